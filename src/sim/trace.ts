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
  /** Where it differs first; null if it does nowhere. */
  readonly differs: Difference | null;
}

/** Where two traces differ first. */
export interface Difference {
  /** From 1, as the column. */
  readonly line: number;
  readonly column: number;
  /** Which field of the line, as `effects[0].message.kind`; "" if one of the lines is not there. */
  readonly field: string;
  /** Both versions of the line. */
  readonly was: string;
  readonly is: string;
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
    if (differs === null && was !== is) differs = difference(at, was, is);
  });
  if (differs === null && at < lines.length) differs = difference(at + 1, lines[at]!, "");
  return { report, differs };
}

function difference(line: number, was: string, is: string): Difference {
  let column = 0;
  while (was[column] === is[column]) column++;
  return { line, column: column + 1, field: fieldOf(was, is), was, is };
}

/** The first field that is not the same in both lines. */
function fieldOf(was: string, is: string): string {
  try {
    return pathTo(JSON.parse(was), JSON.parse(is)).replace(/^\./, "");
  } catch {
    return ""; // a line that was edited need not be JSON any more: its column says where
  }
}

function pathTo(was: unknown, is: unknown): string {
  const isObject = (value: unknown) => typeof value === "object" && value !== null;
  if (!isObject(was) || !isObject(is)) return "";
  const [old, now] = [was, is] as Record<string, unknown>[];
  const keys = new Set([...Object.keys(old!), ...Object.keys(now!)]);
  const first = [...keys].find((key) => JSON.stringify(old![key]) !== JSON.stringify(now![key]));
  if (first === undefined) return "";
  const step = Array.isArray(was) ? `[${first}]` : `.${first}`;
  return step + pathTo(old![first], now![first]);
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
