import { assertEquals, assertThrows } from "@std/assert";
import { type Listed, mutantsOf, scoreOf, type StrykerReport } from "./mutation_report.ts";

const source = "function least(a, b) {\n  if (a < b) return a;\n  return b;\n}\n";
const LISTED: Listed = {
  file: "least.ts",
  line: "if (a < b) return a;",
  becomes: "if (a <= b) return a;",
  reason: "Equal numbers are the same number.",
};

/** A report of two mutants of `a < b`, and of an emptied body. */
function report({ orEqual = "Survived", body = "Killed" } = {}): StrykerReport {
  const at = { start: { line: 2, column: 7 }, end: { line: 2, column: 12 } };
  const all = { start: { line: 1, column: 22 }, end: { line: 4, column: 2 } };
  return {
    files: {
      "least.ts": {
        source,
        mutants: [
          { mutatorName: "EqualityOperator", replacement: "a <= b", status: orEqual, location: at },
          {
            mutatorName: "EqualityOperator",
            replacement: "a >= b",
            status: "Timeout",
            location: at,
          },
          { mutatorName: "BlockStatement", replacement: "{}", status: body, location: all },
        ],
      },
    },
  };
}

Deno.test("mutation: a mutant is shown as its lines before and after", () => {
  assertEquals(
    mutantsOf(report()).map(({ at, line, becomes, noticed }) => [at, line, becomes, noticed]),
    [
      [2, "if (a < b) return a;", "if (a <= b) return a;", false],
      [2, "if (a < b) return a;", "if (a >= b) return a;", true],
      [
        1,
        "function least(a, b) { if (a < b) return a; return b; }",
        "function least(a, b) {}",
        true,
      ],
    ],
  );
});

Deno.test("mutation: a survivor counts against the laws unless it is listed", () => {
  const mutants = mutantsOf(report());
  const unlisted = scoreOf(mutants, []);
  assertEquals([unlisted.noticed, unlisted.listed, unlisted.share], [2, 0, 2 / 3]);
  assertEquals(unlisted.survivors, [mutants[0]]);
  const listed = scoreOf(mutants, [LISTED]);
  assertEquals([listed.noticed, listed.listed, listed.share], [2, 1, 1]);
  assertEquals(listed.survivors, []);
});

Deno.test("mutation: a listing excuses that change of that line of that file only", () => {
  const mutants = mutantsOf(report({ body: "Survived" }));
  for (const other of [{ file: "most.ts" }, { line: "if (a < c) return a;" }, { becomes: "x" }]) {
    assertEquals(scoreOf(mutants, [{ ...LISTED, ...other }]).listed, 0);
  }
  assertEquals(scoreOf(mutants, [LISTED]).survivors, [mutants[2]]);
});

Deno.test("mutation: a listing whose mutant is noticed, or is no more, is stale; of other files nothing is said", () => {
  const gone = { ...LISTED, line: "if (a < c) return a;" };
  const elsewhere = { ...LISTED, file: "most.ts" };
  assertEquals(scoreOf(mutantsOf(report()), [LISTED, elsewhere]).stale, []);
  assertEquals(scoreOf(mutantsOf(report()), [gone, elsewhere]).stale, [gone]);
  assertEquals(scoreOf(mutantsOf(report({ orEqual: "Killed" })), [LISTED]).stale, [LISTED]);
});

Deno.test("mutation: a mutant that was not tried is not scored", () => {
  for (const status of ["NoCoverage", "RuntimeError", "Pending", "Ignored"]) {
    assertThrows(() => mutantsOf(report({ body: status })), Error, status);
  }
});
