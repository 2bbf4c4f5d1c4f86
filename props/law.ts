/**
 * What a law is, and how it is held.
 *
 * A **law** is one check of one or more statements of the catalogue (`catalogue.ts`): it has their ids, a plain sentence
 * of its own, and a `check` that throws if the law does not hold. Laws are data. From them come the tests
 * (`laws_test.ts`), the page `docs/laws.md`, the command `deno task props`, and the kit for other implementations.
 *
 * A check asks its {@linkcode Run} for cases, instead of drawing them by itself: so one law can run a thousand cases in a
 * test and a hundred thousand in a long night, and a failure can be played again from its seed and path.
 *
 * A predicate returns true, or throws. Everything else is an error of the law, `undefined` above all: fast-check would
 * count it as a pass (law T9).
 *
 * @module
 */
import fc from "fast-check";

/** How a law is checked. */
export type Kind =
  /** Random cases, of which the smallest that fails is shown. */
  | "random"
  /** Every case of a small scope. */
  | "exhaustive"
  /** Cases chosen by hand: a story, a known bug. */
  | "example"
  /** The law says that something wrong can be reached; a search must find it, and show it. */
  | "negative"
  /** Random schedules of real nodes. */
  | "schedule";

/** One check. */
export interface Law {
  /** Statements of the catalogue that it checks; the first names it. */
  readonly ids: readonly string[];
  /** What it says, in one plain sentence without a final period. */
  readonly name: string;
  /** How it is checked. */
  readonly kind: Kind;
  /** How many random cases the test command runs; 0 where nothing is drawn. */
  readonly runs: number;
  /** Throws if the law does not hold. */
  readonly check: (run: Run) => void;
}

/** Where the cases of a check come from. */
export interface Run {
  /** How many cases each {@linkcode Run.forAll} draws. */
  readonly runs: number;
  /** The predicate holds for all cases that are drawn. Once a law, so that a seed and a path mean one case. */
  forAll<Case extends [unknown, ...unknown[]]>(
    ...parts: [...arbitraries: Arbitraries<Case>, predicate: (...values: Case) => true]
  ): void;
  /** Says what was found on the way: of a negative law, the smallest example. Whoever holds the law may print it. */
  note(text: string): void;
}

/** One arbitrary for each value of a case. */
export type Arbitraries<Case extends unknown[]> = { [At in keyof Case]: Drawable<Case[At]> };

/** What values are drawn from: an arbitrary of fast-check, of which this is all that need be known. */
export interface Drawable<Value> {
  /** Draws one. Fast-check knows how. */
  generate(random: never, bias: number | undefined): {
    /** What was drawn. */
    readonly value: Value;
  };
}

/** Which cases to draw. */
export interface RunOptions {
  /** How many cases, from 1 to {@linkcode MOST_RUNS}. A law that draws nothing takes no notice. @default the law's own number */
  readonly runs?: number | undefined;
  /** Where drawing begins: a whole number of 32 bits, from -2147483648 to 2147483647. @default by chance */
  readonly seed?: number | undefined;
  /** Goes straight to one case of that seed, as a failure has printed it: numbers, with colons between. */
  readonly path?: string | undefined;
  /** Is told what the check notes. @default nobody */
  readonly note?: ((text: string) => void) | undefined;
}

/** Most random cases that may be asked of one law: months of them. */
export const MOST_RUNS = 1_000_000_000;

/** How many random cases a law runs that does not say. */
export const USUAL_RUNS = 300;

/**
 * A law that draws random cases.
 *
 * @example Addition is commutative
 * ```ts
 * import { hold, random } from "./law.ts";
 * import fc from "fast-check";
 *
 * const law = random("X1", "addition is commutative", (run) => {
 *   run.forAll(fc.integer(), fc.integer(), (a, b) => a + b === b + a || fail());
 * });
 * hold(law);
 *
 * function fail(): never {
 *   throw new Error("not commutative");
 * }
 * ```
 */
export function random(
  ids: string,
  name: string,
  check: (run: Run) => void,
  { runs = USUAL_RUNS }: { runs?: number } = {},
): Law {
  return { ids: ids.split(" "), name, kind: "random", runs, check };
}

/** A law that draws random schedules of real nodes. */
export function schedule(
  ids: string,
  name: string,
  check: (run: Run) => void,
  { runs = USUAL_RUNS }: { runs?: number } = {},
): Law {
  return { ids: ids.split(" "), name, kind: "schedule", runs, check };
}

/** A law that looks at every case of a small scope. */
export function exhaustive(ids: string, name: string, check: () => void): Law {
  return { ids: ids.split(" "), name, kind: "exhaustive", runs: 0, check };
}

/** A law that looks at cases chosen by hand. */
export function example(ids: string, name: string, check: (run: Run) => void): Law {
  return { ids: ids.split(" "), name, kind: "example", runs: 0, check };
}

/**
 * A law that says that something wrong can be reached: the check searches for it, notes what it has found, the smallest
 * first, and throws if it finds nothing.
 */
export function negative(
  ids: string,
  name: string,
  check: (run: Run) => void,
  { runs = 0 }: { runs?: number } = {},
): Law {
  return { ids: ids.split(" "), name, kind: "negative", runs, check };
}

/** A law's title: what its test is called. */
export function titleOf({ ids, name }: Law): string {
  return `${ids.join(" ")} ${name}`;
}

/**
 * Holds a law to its word.
 *
 * @throws {LawBroken} With the smallest case that was found, and the command that plays it again.
 * @throws {LawFaulty} If the law is no law: it draws nothing, draws twice, its check says something by its result, or it
 * is negative and shows nothing.
 * @throws {NoSuchCase} If the path that is asked for leads to no case of this law.
 * @throws {RangeError} If the options make no sense.
 */
export function hold(law: Law, options: RunOptions = {}): void {
  demandSense(options);
  const { seed, path, note } = options;
  // A law that draws nothing has nothing to draw more of.
  const runs = law.runs === 0 ? 0 : options.runs ?? law.runs;
  let draws = 0;
  let notes = 0;
  const run: Run = {
    runs,
    note: (text) => {
      notes++;
      note?.(text);
    },
    forAll: (...parts) => {
      draws++;
      if (runs < 1) throw new LawFaulty(law, "it draws cases, but has no number of runs");
      if (draws > 1) throw new LawFaulty(law, "it draws twice: a seed and a path would mean two");
      const predicate = parts.at(-1) as (...values: unknown[]) => unknown;
      const arbitraries = parts.slice(0, -1) as fc.Arbitrary<unknown>[];
      const property = fc.property(fc.tuple(...arbitraries), (values) => {
        const said = predicate(...values);
        if (said !== true) throw new Error(`A law returns true or throws, got ${said}`);
      });
      const details = checked(law, property, {
        numRuns: path === undefined ? runs : 1,
        ...(seed === undefined ? {} : { seed }),
        ...(path === undefined ? {} : { path }),
      });
      if (details.failed) throw brokenBy(law, details);
    },
  };
  try {
    // The type says void, to which TypeScript assigns a function of any result, a promise too.
    const said: unknown = law.check(run);
    if (said === false || said instanceof Promise) {
      throw new LawFaulty(law, `a check throws, and waits for nothing; it returned ${said}`);
    }
  } catch (error) {
    const isSaid = [LawBroken, LawFaulty, NoSuchCase].some((kind) => error instanceof kind);
    throw isSaid ? error : new LawBroken(law, { cause: error });
  }
  if (runs > 0 && draws === 0) throw new LawFaulty(law, "it has runs, but draws nothing");
  if (law.kind === "negative" && notes === 0) {
    throw new LawFaulty(law, "it says that something can be reached, and shows nothing");
  }
}

/** Options that cannot be meant are refused: with them a law would look at nothing, or never end. */
function demandSense({ runs, seed, path }: RunOptions): void {
  demandWhole("runs", runs, 1, MOST_RUNS);
  demandWhole("seed", seed, -(2 ** 31), 2 ** 31 - 1); // of more bits fast-check makes these
  if (path !== undefined && !isPath(path)) {
    throw new RangeError(
      `Cannot play a case again: path: numbers with colons between wanted, as in 3:1, got ${
        JSON.stringify(path)
      }`,
    );
  }
}

/** True if a text may be the path of a case: numbers, with colons between. */
export function isPath(text: string): boolean {
  return /^\d{1,9}(:\d{1,9})*$/.test(text);
}

function demandWhole(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(
    `Cannot hold a law: ${name}: a whole number from ${least} to ${most} wanted, got ${value}`,
  );
}

function checked(
  law: Law,
  property: fc.IProperty<[unknown[]]>,
  options: fc.Parameters<[unknown[]]>,
): fc.RunDetails<[unknown[]]> {
  try {
    return fc.check(property, options) as fc.RunDetails<[unknown[]]>;
  } catch (error) {
    // What a predicate throws is in the details: this is said before any case is drawn.
    const leadsNowhere = error instanceof Error && error.message.startsWith("Unable to replay");
    throw leadsNowhere ? new NoSuchCase(law, options.path!) : error;
  }
}

/** What is known of a case that breaks a law. */
export interface Breakage {
  /** What the check threw. */
  readonly cause: unknown;
  /** The smallest case that was found, printed. Absent where nothing is drawn. */
  readonly smallest?: string;
  /** True if none smaller was looked for, because fast-check was told to end at the first that fails. */
  readonly unshrunk?: boolean;
  /** How many cases were drawn until the first that failed. */
  readonly after?: number;
  /** Where drawing began. */
  readonly seed?: number;
  /** The way from there to the smallest case. */
  readonly path?: string;
}

/** A law does not hold. */
export class LawBroken extends Error {
  /** Tells it from other errors. */
  override readonly name = "LawBroken";
  /** Why, in the words of the check. */
  readonly reason: string;
  /** The case that breaks it. */
  readonly breakage: Breakage;

  /** The law, and what breaks it. */
  constructor(law: Law, breakage: Breakage) {
    const { cause, smallest, unshrunk, after, seed, path } = breakage;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const which = unshrunk ? "first case that fails" : "smallest case";
    const found = smallest === undefined ? "" : `\n  ${which}, after ${after}: ${smallest}`;
    const again = seed === undefined ? "" : ` --seed ${seed} --path ${path}`;
    super(
      `${titleOf(law)}\n  does not hold: ${reason}${found}\n  play it again: ` +
        `deno task props ${JSON.stringify(titleOf(law))}${again}`,
      { cause },
    );
    this.reason = reason;
    this.breakage = breakage;
  }
}

/** A law is written wrongly, so that it says nothing: a programmer's mistake, never a finding. */
export class LawFaulty extends Error {
  /** Tells it from other errors. */
  override readonly name = "LawFaulty";

  /** The law, and what is wrong with it. */
  constructor(law: Law, why: string) {
    super(`${titleOf(law)}: ${why}`);
  }
}

/** A path that leads to no case of a law: nothing was checked. */
export class NoSuchCase extends Error {
  /** Tells it from other errors. */
  override readonly name = "NoSuchCase";

  /** The law, and the path. */
  constructor(law: Law, path: string) {
    super(`Cannot play a case again: no case of this law has the path ${path}: ${titleOf(law)}`);
  }
}

function brokenBy(law: Law, details: fc.RunDetails<[unknown[]]>): LawBroken {
  const { seed, counterexamplePath, counterexample, errorInstance, numRuns, numSkips } = details;
  if (counterexample === null) throw new LawFaulty(law, `${numSkips} cases were skipped: too many`);
  return new LawBroken(law, {
    cause: errorInstance,
    smallest: fc.stringify(counterexample[0]),
    ...(details.runConfiguration.endOnFailure ? { unshrunk: true } : {}),
    after: numRuns,
    seed,
    ...(counterexamplePath === null ? {} : { path: counterexamplePath }),
  });
}
