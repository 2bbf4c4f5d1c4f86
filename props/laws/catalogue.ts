/**
 * Laws about the laws: everything that is promised is checked, or said to be open; and every check has a wrong
 * implementation that it must find. That it does find it is `deno task mutants`, which takes longer.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { chapters, statements } from "../catalogue/catalogue.ts";
import { exhaustive, type Law, titleOf } from "../law.ts";
import { mutants } from "../mutants/mutants.ts";
import type { UnboundedLaw } from "../smt/unbounded.ts";

/** Groups whose every `M` is checked as soon as what it speaks of is built. */
const BUILT: readonly string[] = ["V", "D", "R", "Q", "RR", "A", "T"];

/** The group that is about the suite: its mutants would be mistakes in the suite. */
const OF_THE_SUITE = "T";

/** Statements that no implementation can break: they are about numbers alone. */
const THEOREMS: readonly string[] = ["Q2"];

/** The laws about `laws`, which are all others, and about `proofs`. */
export function lawsOfCatalogue(
  laws: readonly Law[],
  proofs: readonly UnboundedLaw[],
): readonly Law[] {
  const own = [
    exhaustive(
      "T5",
      "ids are names: a group's letters and a number, without gaps, each once",
      () => {
        for (const { letters, statements } of chapters) {
          assertEquals(
            statements.map(({ id }) => id),
            statements.map((_, i) => `${letters}${i + 1}`),
          );
        }
      },
    ),
    exhaustive(
      "T5",
      "what a law checks is a statement of the catalogue, and one that is not open",
      () => {
        const entered = (id: string, name: string) => {
          const statement = statements.find((statement) => statement.id === id);
          if (!statement) throw new Error(`${name}: there is no ${id} in the catalogue`);
          const gone = statement.superseded ?? statement.absent;
          assert(!gone, `${name}: ${id} is entered as not promised: ${gone}`);
          return statement;
        };
        for (const { ids, name } of [...laws, ...own]) {
          for (const { id, open } of ids.map((id) => entered(id, name))) {
            assert(!open, `${name}: ${id} is entered as open: ${open}`);
          }
        }
        // A proof is of the mathematics, so it may come before the code that it is about.
        for (const { ids, name } of proofs) for (const id of ids) entered(id, name);
      },
    ),
    exhaustive(
      "T5",
      "a statement says one thing about its state: checked, open, or not promised",
      () => {
        const checked = idsOf([...laws, ...own]);
        for (const { id, open, superseded, absent, tests } of statements) {
          const states = [checked.has(id) || tests, open, superseded, absent].filter(Boolean);
          assertEquals(states.length, 1, `${id}: ${JSON.stringify(states)}`);
        }
      },
    ),
    exhaustive("T5", "every M of the groups that are built is checked or open", () => {
      const checked = idsOf([...laws, ...own]);
      for (const { letters, statements } of chapters) {
        if (!BUILT.includes(letters)) continue;
        for (const { id, must, open, superseded } of statements) {
          assert(must !== "M" || checked.has(id) || open || superseded, `nothing checks ${id}`);
        }
      }
    }),
    exhaustive(
      "T5",
      "every M about code that is checked has a mutant that its laws must find",
      () => {
        const killing = new Set(mutants.flatMap(({ kills }) => kills));
        const checked = idsOf(laws);
        for (const { letters, statements } of chapters) {
          if (letters === OF_THE_SUITE) continue;
          for (const { id, must } of statements) {
            if (must !== "M" || !checked.has(id) || THEOREMS.includes(id)) continue;
            assert(killing.has(id), `no mutant dies by ${id}`);
          }
        }
      },
    ),
    exhaustive(
      "T5",
      "every mutant has its own name, says what is wrong, and names laws that there are",
      () => {
        const checked = idsOf([...laws, ...own]);
        const names = mutants.map(({ name }) => name);
        assertEquals(new Set(names).size, names.length);
        for (const { name, why, kills } of mutants) {
          assert(/^[a-z]+(-[a-z]+)*$/.test(name) && why !== "", name);
          assert(kills.length > 0, `${name} need not die`);
          for (const id of kills) assert(checked.has(id), `${name}: no law checks ${id}`);
        }
      },
    ),
    exhaustive(
      "T5",
      "a law's title is a sentence that a shell takes as it is between quotes",
      () => {
        for (const title of [...laws, ...own].map(titleOf)) {
          assert(!/["$`\\!\n]/.test(title), title);
          assert(!title.endsWith("."), `a sentence without its period wanted, got ${title}`);
        }
      },
    ),
  ];
  return own;
}

function idsOf(laws: readonly Law[]): ReadonlySet<string> {
  return new Set(laws.flatMap(({ ids }) => ids));
}
