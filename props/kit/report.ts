/**
 * Holding laws, and telling what came of it: as data, as a table, or as an exception.
 *
 * @module
 */
import { hold, type Law, LawBroken, LawFaulty, type RunOptions } from "../law.ts";

/** What came of one law. */
export interface Outcome {
  /** The law. */
  readonly law: Law;
  /** True if it holds. */
  readonly ok: boolean;
  /** What breaks it, with the smallest case that was found; null if it holds. */
  readonly error: Error | null;
  /** What the law has noted: of a negative law, the smallest example of what it says can happen. */
  readonly notes: readonly string[];
}

/**
 * Holds each law, and goes on if one is broken.
 *
 * @throws {RangeError} If there is no law, or the options make no sense: nothing would be checked, and nothing broken.
 * @throws {NoSuchCase} If the path that is asked for leads to no case of one of the laws.
 */
export function report(laws: readonly Law[], options: RunOptions = {}): Outcome[] {
  if (laws.length === 0) throw new RangeError("Cannot hold laws: at least one wanted, got none");
  return laws.map((law) => {
    const notes: string[] = [];
    try {
      hold(law, { ...options, note: (text) => notes.push(text) });
      return { law, ok: true, error: null, notes };
    } catch (error) {
      if (!(error instanceof LawBroken || error instanceof LawFaulty)) throw error;
      return { law, ok: false, error, notes };
    }
  });
}

/** A plain text table of outcomes: a line a law, and below each law that is broken the case that breaks it. */
export function table(outcomes: readonly Outcome[]): string {
  const width = Math.max(0, ...outcomes.map(({ law }) => law.ids.join(" ").length));
  const margin = "\n" + " ".repeat(width + 10);
  const lines = outcomes.map(({ law, ok, error, notes }) =>
    [
      `${law.ids.join(" ").padEnd(width)}  ${ok ? "holds " : "BROKEN"}  ${law.name}`,
      ...notes.map((note) => `found: ${note}`),
      ...(error ? explained(error) : []),
    ].join(margin)
  );
  const broken = outcomes.filter(({ ok }) => !ok).length;
  return [...lines, `${outcomes.length - broken} hold, ${broken} broken`].join("\n");
}

/**
 * Holds all laws to their word. To play one failure again, give that law alone, with the seed and the path that the
 * failure names.
 *
 * @throws {LawsBroken} With the table of those that are broken, if any is.
 * @throws {RangeError} If there is no law, or the options make no sense: nothing would be checked, and nothing broken.
 * @throws {NoSuchCase} If the path that is asked for leads to no case of one of the laws.
 */
export function check(laws: readonly Law[], options: RunOptions = {}): void {
  const broken = report(laws, options).filter(({ ok }) => !ok);
  if (broken.length > 0) throw new LawsBroken(broken);
}

/** Some laws do not hold. */
export class LawsBroken extends Error {
  /** Tells it from other errors. */
  override readonly name = "LawsBroken";
  /** What came of each that does not hold. */
  readonly broken: readonly Outcome[];

  /** What came of those that do not hold. */
  constructor(broken: readonly Outcome[]) {
    super(table(broken), { cause: broken[0]?.error });
    this.broken = broken;
  }
}

function explained(error: Error): string[] {
  if (!(error instanceof LawBroken)) return [error.message];
  const { smallest, unshrunk, seed, path } = error.breakage;
  return [
    error.reason,
    ...(smallest === undefined
      ? []
      : [`${unshrunk ? "first case that fails" : "smallest case"}: ${smallest}`]),
    ...(seed === undefined ? [] : [`play it again: { seed: ${seed}, path: "${path}" }`]),
  ];
}
