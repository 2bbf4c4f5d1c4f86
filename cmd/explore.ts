/**
 * `rotor explore`: everything that can happen to a few nodes, in every order.
 *
 * Alone it lists the scopes. With a scope's name it explores that one; options change its numbers. A broken law is printed
 * with the shortest way to it (exit code 1).
 *
 * @module
 */
import {
  BOUNDS,
  type Count,
  type Scope,
  ScopeError,
  validateScope,
} from "../src/explorer/scope.ts";
import { SCOPES } from "../src/explorer/scopes.ts";
import { explore, type Explored, type Progress, TooManyStates } from "../src/explorer/search.ts";
import { transcript } from "../src/explorer/transcript.ts";
import { nearest } from "./near.ts";
import { EXIT, type ExitCode, Refusal } from "./outcome.ts";
import { clearProgress, print, showProgress } from "./print.ts";
import { programName, quoted } from "./process.ts";

/** What the command line may say beside the scope's name. */
export type ExploreFlags =
  & { readonly [Field in Count]?: string }
  & {
    readonly audit?: boolean;
    readonly symmetry?: boolean;
    readonly slowReads?: boolean;
    readonly sessions?: boolean;
    readonly compares?: boolean;
    readonly twins?: boolean;
    readonly most?: string;
    readonly json?: boolean;
  };

/** The flags that set a scope's numbers: the flag, what it counts, its bounds. */
export const COUNT_FLAGS: readonly { readonly flag: string; readonly doc: string }[] = Object
  .entries(BOUNDS).map(([field, { what, least, most }]) => ({
    flag: `--${field} <count>`,
    doc: `${what}, ${least} to ${most}`,
  }));

/** What a scope may have, and a flag of the same name gives. */
const FLAGS = ["slowReads", "sessions", "compares", "twins"] as const;
/** Progress is said so often. */
const PROGRESS_MS = 500;
/** About as many states as 2 GB of memory hold. */
const MOST_STATES = 30_000_000;
/** More than any memory holds. */
const MOST_EVER = 999_999_999;

/** Runs the command. Resolves with its exit code. */
export function exploreCommand(name: string | undefined, flags: ExploreFlags): ExitCode {
  const { json: _, ...others } = flags;
  const given = argumentsOf(others);
  if (name === undefined) {
    if (given.length === 0) return list(flags);
    const [flag] = given;
    throw new Refusal(`Cannot use ${flag}: a scope wanted, which it is to change`, EXIT.usage);
  }
  const scope = scopeFrom(name, flags);
  const most = wholeOf("--most", flags.most, { least: 1, most: MOST_EVER }) ?? MOST_STATES;
  const again = [programName(), "explore", name, ...given].join(" ");
  const startMs = performance.now();
  try {
    const explored = explore(scope, {
      audit: flags.audit === true,
      most,
      ...(Deno.stderr.isTerminal() ? { progress: progressLine() } : {}),
    });
    const seconds = (performance.now() - startMs) / 1000;
    clearProgress();
    print(flags.json ? asJson(explored, again, seconds) : asText(explored, again, seconds));
    return explored.violation === null ? EXIT.ok : EXIT.failed;
  } catch (error) {
    if (error instanceof TooManyStates) throw new Refusal(`${error.message}: say --most for more`);
    throw error;
  }
}

/** The flags as they were typed, but for numbers in other words and the order. */
function argumentsOf(flags: ExploreFlags): string[] {
  return Object.entries(flags).flatMap(([field, value]) => {
    if (field === "symmetry") return value === false ? ["--no-symmetry"] : [];
    const flag = `--${field.replaceAll(/[A-Z]/g, (char) => `-${char.toLowerCase()}`)}`;
    return typeof value === "string" ? [flag, quoted(value)] : value === true ? [flag] : [];
  });
}

function list({ json }: ExploreFlags): ExitCode {
  if (json) {
    print(JSON.stringify(SCOPES.map(({ scope, long }) => ({ ...scope, long })), null, 2));
    return EXIT.ok;
  }
  const width = Math.max(...SCOPES.map(({ scope }) => scope.name.length));
  for (const { scope, long } of SCOPES) {
    print(`${scope.name.padEnd(width)}  ${scope.what}${long ? " (long)" : ""}`);
    print(`${" ".repeat(width)}  ${contents(scope)}`);
  }
  print("explore one with: rotor explore SCOPE");
  return EXIT.ok;
}

/** What a scope contains, in a line. */
function contents(scope: Scope): string {
  const always = `${scope.nodes} nodes, n ${scope.n}, r ${scope.r}, w ${scope.w}`;
  const shape: readonly string[] = ["nodes", "n", "r", "w"];
  const counts = Object.entries(BOUNDS).flatMap(([field]) => {
    const value = scope[field as Count];
    return shape.includes(field) || value === 0 ? [] : [`${field} ${value}`];
  });
  return [always, ...counts, ...FLAGS.filter((flag) => scope[flag])].join(", ");
}

function scopeFrom(name: string, flags: ExploreFlags): Scope {
  const known = SCOPES.find(({ scope }) => scope.name === name)?.scope;
  if (known === undefined) {
    const near = nearest(name, SCOPES.map(({ scope }) => scope.name)).join(", ");
    throw new Refusal(
      `Cannot explore ${name}: there is no such scope; near ones: ${near}`,
      EXIT.usage,
    );
  }
  const counts: Partial<Record<Count, number>> = {};
  for (const field of Object.keys(BOUNDS) as Count[]) {
    const value = wholeOf(`--${field}`, flags[field], BOUNDS[field]);
    if (value !== undefined) counts[field] = value;
  }
  const scope: Scope = {
    ...known,
    ...counts,
    ...Object.fromEntries(FLAGS.map((flag) => [flag, known[flag] || flags[flag] === true])),
    symmetry: known.symmetry && flags.symmetry !== false,
  };
  try {
    validateScope(scope);
  } catch (error) {
    if (error instanceof ScopeError) throw new Refusal(error.message, EXIT.usage);
    throw error;
  }
  return scope;
}

function wholeOf(
  flag: string,
  text: string | undefined,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  const got = JSON.stringify(text);
  const wanted = `a whole number from ${least} to ${most} wanted`;
  throw new Refusal(`Cannot use ${flag}: ${wanted}, got ${got}`, EXIT.usage);
}

function asText(explored: Explored, again: string, seconds: number): string {
  const { scope, states, transitions, depth, memories, steps, audited, marks, violation } =
    explored;
  const found = violation === null ? [] : [...transcript(violation), `play it again: ${again}`, ""];
  const rate = Math.round(states / seconds);
  const audit = audited > 0 ? `, ${audited} confirmations from other histories` : "";
  return [
    ...found,
    `${scope.name}: ${violation === null ? "no law is broken" : "a law is broken"}`,
    `  ${states} states, ${transitions} transitions, depth ${depth}`,
    `  ${memories} memories of nodes, ${steps} different steps${audit}`,
    ...marks.length === 0 ? [] : [`  rare branches taken: ${marks.join(", ")}`],
    `  ${seconds.toFixed(2)} s, ${rate} states/s`,
  ].join("\n");
}

function asJson({ violation, ...counts }: Explored, again: string, seconds: number): string {
  const found = violation === null ? null : {
    again,
    broken: violation.broken,
    length: violation.path.length,
    transcript: transcript(violation),
  };
  const rate = Math.round(counts.states / seconds);
  return JSON.stringify({ ...counts, seconds, statesPerSecond: rate, violation: found }, null, 2);
}

/** Says how far it has come on standard error, over and over on one line. */
function progressLine(): (progress: Progress) => void {
  let saidMs = 0;
  return ({ states, transitions, depth }) => {
    const nowMs = performance.now();
    if (nowMs - saidMs < PROGRESS_MS) return;
    saidMs = nowMs;
    showProgress(`${states} states, ${transitions} transitions, depth ${depth} ...`);
  };
}
