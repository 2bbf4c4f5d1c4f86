import { assertEquals } from "@std/assert";
import { add, countOf, NONE, showCount, withoutColours } from "./test_report.ts";

Deno.test("the runner's last line is the count", () => {
  assertEquals(countOf("ok | 3 passed | 0 failed (7ms)\n"), { passed: 3, failed: 0, skipped: 0 });
  assertEquals(
    countOf("FAILED | 3 passed (2 steps) | 4 failed (1 step) | 5 ignored (1 step) (7ms)"),
    { passed: 3, failed: 4, skipped: 5 },
  );
  const printedByATest = "ok | 99 passed | 0 failed (1ms)\nok | 1 passed | 0 failed (2ms)\n";
  assertEquals(countOf(printedByATest)?.passed, 1);
  assertEquals(countOf("ok | 1 passed | 0 failed | 2 filtered out (2ms)")?.skipped, 0);
});

Deno.test("output without a count is no success", () => {
  assertEquals(countOf("error: No test modules found\n"), null);
  assertEquals(countOf("test x ... ok | 3 passed | 0 failed"), null);
});

Deno.test("the total names skipped tests only if there are some", () => {
  const one = { passed: 1, failed: 0, skipped: 0 };
  assertEquals(showCount(add(one, one)), "2 passed, 0 failed");
  assertEquals(
    showCount(add(NONE, { passed: 1, failed: 2, skipped: 3 })),
    "1 passed, 2 failed, 3 skipped",
  );
});

Deno.test("colours are taken off before anything is read", () => {
  const coloured = "\x1b[0m\x1b[32mok\x1b[0m | 2 passed | 0 failed \x1b[38;5;245m(7ms)\x1b[0m";
  assertEquals(countOf(withoutColours(coloured))?.passed, 2);
});
