/**
 * What became of the mutants, as a table by law.
 *
 * @module
 */
import { statements } from "../props/catalogue/catalogue.ts";
import type { Mutant } from "../props/mutants/mutant.ts";

/** What the laws of a statement said of a mutant. `hangs`: one took so long that it was ended, which is noticing, too. */
export interface Checked {
  /** The statement. */
  readonly id: string;
  readonly end: "holds" | "fails" | "hangs";
}

/** What became of one mutant. */
export interface Verdict {
  readonly mutant: Mutant;
  /** One for each statement that it names. */
  readonly checked: readonly Checked[];
  /** True if the laws of each of them noticed it, alone. */
  readonly killed: boolean;
}

/**
 * For each statement the mutants that its laws found alone; in the order of the catalogue. Whoever survived stands in
 * capitals.
 *
 * @example One law, two mutants
 * ```ts
 * import { byLaw } from "./mutant_table.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const mutant = (name: string) => ({ name, file: "", from: "", to: "", why: "", kills: ["V5"] });
 * const table = byLaw([
 *   { mutant: mutant("dead"), checked: [{ id: "V5", end: "fails" }], killed: true },
 *   { mutant: mutant("alive"), checked: [{ id: "V5", end: "holds" }], killed: false },
 * ]);
 * assertEquals(table, "V5    dead, ALIVE\n");
 * ```
 */
export function byLaw(verdicts: readonly Verdict[]): string {
  let table = "";
  for (const { id } of statements) {
    const names = verdicts.flatMap(({ mutant: { name }, checked }) =>
      checked.filter((one) => one.id === id)
        .map(({ end }) => end === "holds" ? name.toUpperCase() : name)
    );
    if (names.length > 0) table += `${id.padEnd(6)}${names.join(", ")}\n`;
  }
  return table;
}
