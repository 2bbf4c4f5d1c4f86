/**
 * What became of the mutants, as a table of statements and mutants.
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

/** Lines of the table are no longer, unless one name is. */
const WIDTH = 100;
const HEAD =
  "statement  found  mutants that its laws found alone; IN CAPITALS those that they did not";
const MARGIN = HEAD.indexOf("mutants");

/**
 * The table of statements and mutants: a row for each statement that a mutant names, in the order of the catalogue, with
 * how many of its mutants its laws found alone, and which.
 *
 * @example One statement, two mutants
 * ```ts
 * import { byLaw } from "./mutant_table.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const mutant = (name: string) => ({ name, file: "", from: "", to: "", why: "", kills: ["V5"] });
 * const table = byLaw([
 *   { mutant: mutant("dead"), checked: [{ id: "V5", end: "fails" }], killed: true },
 *   { mutant: mutant("alive"), checked: [{ id: "V5", end: "holds" }], killed: false },
 * ]);
 * assertEquals(table.split("\n")[1], "V5           1/2  dead, ALIVE");
 * ```
 */
export function byLaw(verdicts: readonly Verdict[]): string {
  let table = `${HEAD}\n`;
  for (const { id } of statements) {
    const cells = verdicts.flatMap(({ mutant: { name }, checked }) =>
      checked.filter((one) => one.id === id).map(({ end }) => ({ name, found: end !== "holds" }))
    );
    if (cells.length === 0) continue;
    const found = `${cells.filter(({ found }) => found).length}/${cells.length}`;
    const names = cells.map(({ name, found }) => found ? name : name.toUpperCase());
    const row = `${id.padEnd("statement".length)}  ${found.padStart("found".length)}  `;
    table += `${row}${wrapped(names).join("\n" + " ".repeat(MARGIN))}\n`;
  }
  return table;
}

/** Names with commas between, in lines that fit behind the margin. */
function wrapped(names: readonly string[]): string[] {
  const lines: string[] = [];
  for (const [i, name] of names.entries()) {
    const cell = i < names.length - 1 ? `${name},` : name;
    const line = lines.at(-1);
    if (line !== undefined && MARGIN + line.length + 1 + cell.length <= WIDTH) {
      lines[lines.length - 1] = `${line} ${cell}`;
    } else lines.push(cell);
  }
  return lines;
}
