import { assertEquals } from "@std/assert";
import { LISTED } from "./mutation_listed.ts";
import { faultsOf, type Share, SHARES, type There, thereIs } from "./mutation_shares.ts";

const ROOT = new URL("..", import.meta.url);

const share: Share = { room: "ring", files: ["ring.ts"], laws: ["ring"], then: ["gaps_ring"] };
const there: There = {
  filesOf: (room) => room === "ring" ? ["ring.ts"] : null,
  laws: ["ring", "gaps_ring"],
};

Deno.test("every file of the rooms that are mutated has one share, and its laws are there", () => {
  assertEquals(faultsOf(SHARES, thereIs(ROOT)), []);
});

Deno.test("every listing is of a line that stands in a file with a share", () => {
  const shared = SHARES.flatMap(({ room, files }) => files.map((file) => `src/${room}/${file}`));
  const lines = new Map(
    shared.map((file) => [file, linesOf(Deno.readTextFileSync(new URL(file, ROOT)))]),
  );
  // A survivor whose line was changed is another mutant, and nobody has said of it why nothing notices.
  const stale = LISTED.filter(({ file, line }) => !standsIn(lines.get(file) ?? [], line));
  assertEquals(stale.map(({ file, line }) => `${file}: ${line}`), []);
});

Deno.test("what shares name and is not there, or leave out, is said", () => {
  const faults = (more: Partial<Share>, has: Partial<There> = {}) =>
    faultsOf([{ ...share, ...more }], { ...there, ...has });
  assertEquals(faults({}), []);
  assertEquals(faults({ files: [] }), ["Cannot mutate ring/ring.ts: no share has it"]);
  assertEquals(faults({}, { filesOf: () => ["plan.ts", "ring.ts"] }), [
    "Cannot mutate ring/plan.ts: no share has it",
  ]);
  assertEquals(faults({ files: ["ring.ts", "plan.ts"] }), [
    "Cannot mutate ring/plan.ts: it is not there",
  ]);
  assertEquals(faults({ room: "disc" }), ["Cannot mutate disc: src/ has no such room"]);
  assertEquals(faults({ laws: ["ring", "rings"] }), [
    "Cannot mutate ring/ring.ts: there are no laws of rings",
  ]);
  assertEquals(faults({ then: ["rings"] }), [
    "Cannot mutate ring/ring.ts: there are no laws of rings",
  ]);
  assertEquals(faultsOf([share, share], there), ["Cannot mutate ring/ring.ts: two shares have it"]);
});

function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.replaceAll(/\s+/g, " ").trim());
}

/** True if these are whole lines of a file. */
function standsIn(lines: readonly string[], listed: string): boolean {
  return lines.some((_, first) => {
    let joined = lines[first]!;
    for (let i = first + 1; i < lines.length && joined.length < listed.length; i++) {
      joined = `${joined} ${lines[i]}`;
    }
    return joined === listed;
  });
}
