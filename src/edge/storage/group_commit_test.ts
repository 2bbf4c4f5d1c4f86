import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { bytesOf } from "../../id.ts";
import { Complaint } from "./complaint.ts";
import type { Limits, Mutation } from "./engine.ts";
import { type Fault, FaultyEngine } from "./faulty.ts";
import { GroupCommit, type Work } from "./group_commit.ts";
import { MemoryDisk, MemoryEngine, UNLIMITED } from "./memory.ts";

/** Five mutations a commit. */
const FIVE: Limits = { ...UNLIMITED, maxCommitMutations: 5 };

/** An engine that keeps the keys of every commit that it made. */
class RecordingEngine extends MemoryEngine {
  readonly commits: string[][] = [];
  override async commit(mutations: readonly Mutation[]): Promise<void> {
    await super.commit(mutations);
    this.commits.push(mutations.map(({ key }) => String.fromCharCode(...key)));
  }
}

function work(...keys: string[]): Work {
  const mutations = keys.map((key): Mutation => ({
    kind: "put",
    key: bytesOf(key),
    value: new Uint8Array(1),
  }));
  return { mutations, decisive: keys.length - 1 };
}

function groupCommit(engine: MemoryEngine | FaultyEngine, lines: string[] = []): GroupCommit {
  return new GroupCommit(
    engine,
    new Complaint((line) => lines.push(line), { trouble: "Cannot write", over: "It writes" }),
  );
}

Deno.test("all writes that wait when a commit returns go into the next", async () => {
  const engine = new RecordingEngine();
  const commits = groupCommit(engine);
  const early = [work("a"), work("b")].map((one) => commits.submit(one));
  let late: Promise<unknown> | undefined;
  const begin = engine.commit.bind(engine);
  engine.commit = (mutations) => { // three writers come while the first commit is under way
    late ??= Promise.all(["c", "d", "e"].map((key) => commits.submit(work(key)).finished));
    return begin(mutations);
  };
  await Promise.all(early.map(({ finished }) => finished));
  await late;
  assertEquals(engine.commits, [["a", "b"], ["c", "d", "e"]]);
});

Deno.test("writers that each wait for their answer share commits", async () => {
  const engine = new RecordingEngine();
  const commits = groupCommit(engine);
  await Promise.all(Array.from({ length: 64 }, async (_, writer) => {
    for (let i = 0; i < 10; i++) await commits.submit(work(`${writer}/${i}`)).decided;
  }));
  assertEquals(engine.commits.length, 10);
});

Deno.test("what goes whole is not cut; what streams fills the room, in order", async () => {
  const engine = new RecordingEngine({ limits: FIVE });
  const commits = groupCommit(engine);
  const works = [work("a1", "a2", "a3"), work("b1", "b2", "b3"), work(..."1234567"), work("c")];
  await Promise.all(works.map((one) => commits.submit(one).finished));
  assertEquals(engine.commits, [
    ["a1", "a2", "a3"],
    ["b1", "b2", "b3", "1", "2"],
    ["3", "4", "5", "6", "7"],
    ["c"],
  ]);
});

Deno.test("a work is decided before what follows its decisive mutation is durable", async () => {
  const engine = new FaultyEngine(new MemoryEngine({ limits: FIVE }), new Map([[2, "refuse"]]));
  const commits = groupCommit(engine);
  const { decided, finished } = commits.submit({ ...work(..."1234567"), decisive: 3 });
  assertEquals([await decided, await finished], ["durable", "failed"]);
});

Deno.test("a commit that fails takes nobody else with it, and is said once", async () => {
  const lines: string[] = [];
  const disk = new MemoryDisk();
  const faults = new Map<number, Fault>([[2, "refuse"], [3, "refuse"]]);
  const engine = new FaultyEngine(new MemoryEngine({ disk, limits: FIVE }), faults);
  const commits = groupCommit(engine, lines);
  const fates = [work("a", "b", "c"), work(..."1234567"), work("x", "y", "z", "v"), work("w")]
    .map((one) => commits.submit(one).finished);
  assertEquals(await Promise.all(fates), ["durable", "failed", "failed", "failed"]);
  assertEquals(lines, ["Cannot write: no space left on device"]);
  assertEquals(await commits.submit(work("again")).finished, "durable");
  assertEquals(lines, ["Cannot write: no space left on device", "It writes"]);
  assertEquals(disk.range("", "\xff"), ["1", "2", "a", "again", "b", "c"]);
});

Deno.test("who is shut out fails for ever, and says why", async () => {
  const disk = new MemoryDisk();
  const commits = groupCommit(new MemoryEngine({ disk, limits: FIVE }));
  assertEquals(await commits.submit(work("a")).finished, "durable");
  await new MemoryEngine({ disk }).commit([]);
  const fates = [work("b"), work(..."1234567"), work("c")].map((one) => commits.submit(one));
  assertEquals(
    await Promise.all(fates.map(({ decided }) => decided)),
    ["failed", "failed", "failed"],
  );
  assertEquals(await commits.submit(work("d")).finished, "failed");
  assert((await commits.shutOut).includes("another engine"));
  assertEquals(disk.range("", "\xff"), ["a"]);
});

Deno.test("a mutation that no commit takes is refused before it can harm others", () => {
  const commits = groupCommit(new MemoryEngine({ limits: { ...FIVE, maxValueBytes: 0 } }));
  assertThrows(() => commits.submit(work("a")), RangeError, "at most 0 bytes");
  assertThrows(() => commits.submit({ mutations: [], decisive: 0 }), RangeError, "decisive");
});

Deno.test("S13 group commit: whatever fails, the disk is what the answers say", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
      async (sizes, refused) => {
        const disk = new MemoryDisk();
        const faults = new Map(refused.map((commit) => [commit, "refuse" as Fault]));
        const engine = new FaultyEngine(new MemoryEngine({ disk, limits: FIVE }), faults);
        const commits = groupCommit(engine);
        const names = sizes.map((size, i) =>
          Array.from({ length: size }, (_, j) => String.fromCharCode(i, j))
        );
        const outcomes = await Promise.all(
          names.map((keys) => commits.submit(work(...keys)).finished),
        );
        for (const [i, keys] of names.entries()) {
          const there = keys.map((key) => disk.get(key) !== undefined);
          const count = there.lastIndexOf(true) + 1;
          assert(there.slice(0, count).every(Boolean), "a beginning of the list");
          assertEquals(count === keys.length, outcomes[i] === "durable");
          if (keys.length <= 5) assert(count === 0 || count === keys.length, "whole");
        }
        return true;
      },
    ),
    { numRuns: 100 },
  );
});
