/**
 * A run, written down as JSON Lines: its plan first, then every step of every node, at last what came of it.
 *
 * ```text
 * {"trace":1,"plan":{...}}
 * {"atMs":0,"node":"n1","boot":"a1b2...","event":{...},"effects":[...]}
 * {"steps":2041,"virtualMs":...,"fingerprint":...,"breaches":[]}
 * ```
 *
 * A step that a node did not take, because it threw, is a line, too, with the words that it `threw`.
 *
 * A line holds what went in and what came out, whole: bytes as text with one char a byte, maps as lists of pairs. Two runs
 * of one plan give the same lines, byte for byte (law T1); {@linkcode replay} sees whether they do.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesOf, byteString, hex } from "../id.ts";
import type { Step } from "./machine.ts";
import { FORMAT, FormatError, type Plan } from "./plan.ts";
import { readPlan } from "./plan_schema.ts";
import { type Report, simulate } from "./simulate.ts";

/** Runs a plan, and gives each line of its trace, without the line's end, to `write`. `also`: who looks on besides. */
export function traced(
  plan: Plan,
  write: (line: string) => void,
  also: (step: Step) => void = () => {},
): Report {
  write(JSON.stringify({ trace: FORMAT, plan }));
  const stepped = (step: Step) => {
    write(lineOf(step));
    also(step);
  };
  const report = simulate(plan, { onlooker: { stepped } });
  const { steps, virtualMs, fingerprint, breaches } = report;
  write(JSON.stringify({ steps, virtualMs, fingerprint, breaches }));
  return report;
}

/** A digest of the whole trace of a plan, in hex. */
export function traceDigest(plan: Plan): string {
  const hash = sha256.create();
  // A line may hold any char; its JSON escapes what is above one byte nowhere, so it is written as UTF-16 would be.
  traced(plan, (line) => hash.update(bytesOf(escaped(line) + "\n")));
  return hex(byteString(hash.digest())).slice(0, 32);
}

/** What playing a trace again has shown. */
export interface Replay {
  readonly report: Report;
  /** The first line that differs, from 1, and both versions of it; null if none does. */
  readonly differs: { readonly line: number; readonly was: string; readonly is: string } | null;
}

/**
 * Plays a trace again, and compares every line.
 *
 * @throws {FormatError} If it is no trace, or one of another version.
 */
export function replay(text: string): Replay {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const plan = planOf(lines[0] ?? "");
  let at = 0;
  let differs: Replay["differs"] = null;
  const report = traced(plan, (is) => {
    const was = lines[at++] ?? "";
    if (differs === null && was !== is) differs = { line: at, was, is };
  });
  if (differs === null && at < lines.length) differs = { line: at + 1, was: lines[at]!, is: "" };
  return { report, differs };
}

function planOf(first: string): Plan {
  let header: { trace?: unknown; plan?: unknown };
  try {
    header = JSON.parse(first);
  } catch {
    throw new FormatError("Cannot read the trace: its first line is not JSON");
  }
  if (header?.trace === undefined) {
    throw new FormatError("Cannot read the trace: its first line is not the header of a trace");
  }
  if (header.trace !== FORMAT) {
    throw new FormatError(
      `Cannot read the trace: version ${FORMAT} wanted, got ${JSON.stringify(header.trace)}`,
    );
  }
  return readPlan(header.plan);
}

function lineOf({ atMs, node, boot, event, effects, threw }: Step): string {
  return JSON.stringify({ atMs, node, boot: hex(boot), event, effects, threw }, plain);
}

/** Bytes and maps have no JSON of their own. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return byteString(value);
  if (value instanceof Map) return [...value];
  return value;
}

function escaped(line: string): string {
  return line.replaceAll(
    /[^\0-\xff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
