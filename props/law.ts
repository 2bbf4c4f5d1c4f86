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
  /** The law says that something wrong can be reached; a search must find it. */
  | "negative"
  /** Random schedules of real nodes. */
  | "schedule";

/** One check. */
export interface Law {
  /** Statements of the catalogue that it checks; the first names it. */
  readonly ids: readonly string[];
  /** What it says, in one plain sentence without a final period. */
  readonly name: string;
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
}

/** One arbitrary for each value of a case. */
export type Arbitraries<Case extends unknown[]> = { [At in keyof Case]: fc.Arbitrary<Case[At]> };

/** Which cases to draw. */
export interface RunOptions {
  /** @default the law's own number */
  readonly runs?: number | undefined;
  /** Where drawing begins. @default by chance */
  readonly seed?: number | undefined;
  /** Goes straight to one case of that seed, as a failure has printed it. */
  readonly path?: string | undefined;
}

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
export function example(ids: string, name: string, check: () => void): Law {
  return { ids: ids.split(" "), name, kind: "example", runs: 0, check };
}

/** A law that says that something wrong can be reached: the check searches for it, and throws if it does not find it. */
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
 */
export function hold(law: Law, { runs = law.runs, seed, path }: RunOptions = {}): void {
  let draws = 0;
  law.check({
    runs,
    forAll: (...parts) => {
      draws++;
      if (runs < 1) throw new Error(`${titleOf(law)}: it draws cases, but has no number of runs`);
      const predicate = parts.at(-1) as (...values: unknown[]) => unknown;
      const arbitraries = parts.slice(0, -1) as fc.Arbitrary<unknown>[];
      const details = fc.check(
        fc.property(fc.tuple(...arbitraries), (values) => {
          const said = predicate(...values);
          if (said !== true) throw new Error(`A law returns true or throws, got ${said}`);
        }),
        {
          numRuns: path === undefined ? runs : 1,
          ...(seed === undefined ? {} : { seed }),
          ...(path === undefined ? {} : { path }),
        },
      );
      if (details.failed) throw new LawBroken(law, details);
    },
  });
  if (runs > 0 && draws === 0) throw new Error(`${titleOf(law)}: it has runs, but draws nothing`);
}

/** A law does not hold. */
export class LawBroken extends Error {
  /** Tells it from other errors. */
  override readonly name = "LawBroken";

  /** What fast-check found, in words. */
  constructor(law: Law, details: fc.RunDetails<[unknown[]]>) {
    const { seed, counterexamplePath, counterexample, errorInstance, numRuns } = details;
    const replay = `deno task props ${law.ids[0]} --seed ${seed} --path ${counterexamplePath}`;
    const cause = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
    super(
      `${titleOf(law)}\n  does not hold: ${cause}\n  smallest case, after ${numRuns}: ${
        fc.stringify(counterexample?.[0])
      }\n  play it again: ${replay}`,
      { cause: errorInstance },
    );
  }
}
