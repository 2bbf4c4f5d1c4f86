/**
 * S23: no torn object, whenever the process ends and whichever commit fails; and nothing is left lying about.
 *
 * A history is a list of rounds; the writes of one round are made at once, and the next begins when they are answered.
 * It is played once for every commit that it takes, with the fault at that commit: exhaustive over the place of it.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { crc32 } from "node:zlib";
import { actor, BOOT, objectName, version } from "../../../props/generators.ts";
import { type Boot, bytesOf, nodeId } from "../../id.ts";
import { encodeRecord } from "../../protocol/codec.ts";
import type { FetchResult, StoredRecord } from "../../protocol/event.ts";
import { EMPTY, write } from "../../version/siblings.ts";
import { FRESH } from "../../version/version_vector.ts";
import type { CopyName } from "../../protocol/outbox.ts";
import { audit } from "./audit.ts";
import { DENO_KV_LIMITS, denoKvSizeOf } from "./deno_kv.ts";
import type { Limits } from "./engine.ts";
import { type Fault, FaultyEngine } from "./faulty.ts";
import { MemoryDisk, MemoryEngine } from "./memory.ts";
import { RecordStore } from "./record_store.ts";

/** Some node for which this one keeps hints. */
const OWNER = nodeId("owner");
const TERMS = { n: 3, seat: 1, w: 2 };

/**
 * One write: of a sibling beside what is there (`beside`), in place of it (`over`), or the removal of the record. The
 * key `h:k` is the hint of `k` for {@linkcode OWNER}.
 */
type Act =
  | { readonly kind: "beside" | "over"; readonly key: string; readonly bytes: number }
  | { readonly kind: "remove"; readonly key: string };
type History = readonly (readonly Act[])[];

/** Limits that make everything large: three chunks to a commit. */
const TINY: Limits = {
  maxKeyBytes: 512,
  maxValueBytes: 512,
  maxCommitBytes: 2_048,
  maxCommitKeyBytes: 1_024,
  maxCommitMutations: 6,
};

/** What was stored under one key, oldest first, as prints; and from which of them on a reader may find it. */
interface Told {
  readonly issued: string[];
  acknowledged: number;
}

/** One process's life on a disk. */
class Life {
  readonly engine: FaultyEngine;
  readonly told = new Map<string, Told>();
  readonly #records = new Map<string, StoredRecord | null>();
  #actors = 0;
  #writes = 0;

  constructor(disk: MemoryDisk, limits: Limits, faults: ReadonlyMap<number, Fault> = new Map()) {
    const engine = new MemoryEngine({ disk, limits, sizeOf: denoKvSizeOf });
    this.engine = new FaultyEngine(engine, faults);
  }

  open(boot: Boot = BOOT): Promise<RecordStore> {
    return RecordStore.open(this.engine, { boot });
  }

  /** Makes the writes. With `again`, one that failed is made once more. */
  async play(store: RecordStore, history: History, again = false): Promise<void> {
    for (const round of history) {
      await Promise.all(round.map(async (act) => {
        const record = this.#next(act);
        if (await this.#store(store, act.key, record) === "failed" && again) {
          await this.#store(store, act.key, this.#records.get(act.key)!);
        }
      }));
    }
  }

  /** Checks what a store holds against what was told. */
  async check(store: RecordStore): Promise<void> {
    const hints: string[] = [];
    for (const [key, { issued, acknowledged }] of this.told) {
      const found = await look(store, key);
      const allowed = issued.slice(acknowledged);
      assert(allowed.includes(found), `${key}: one of ${allowed} wanted, got ${found}`);
      if (copyOf(key).owner !== null && found !== ABSENT) hints.push(found);
    }
    const scan = await store.scanHints(OWNER, { after: null, most: 100 });
    const scanned = scan.kind === "hints" ? scan.hints.map(({ record }) => print(record)) : [scan];
    assertEquals(scanned, hints);
  }

  async #store(store: RecordStore, key: string, record: StoredRecord | null) {
    const told = this.told.get(key) ?? { issued: [ABSENT], acknowledged: 0 };
    this.told.set(key, told);
    const at = told.issued.push(print(record)) - 1;
    const outcome = await store.store(copyOf(key), record);
    if (outcome === "durable") told.acknowledged = Math.max(told.acknowledged, at);
    return outcome;
  }

  #next(act: Act): StoredRecord | null {
    const { key } = act;
    const { container, mine } = this.#records.get(key) ?? { container: EMPTY, mine: null };
    let record: StoredRecord | null = null;
    if (act.kind !== "remove") {
      const dot = mine === null
        ? { actor: actor("a", ++this.#actors), counter: 1 }
        : { actor: mine.actor, counter: mine.counter + 1 };
      const content = contentOf(++this.#writes, act.bytes);
      const seen = act.kind === "over" ? container.clock : FRESH;
      record = { container: write(container, seen, dot, version("", { content })), mine: dot };
      if (copyOf(key).owner !== null) record = { ...record, hint: TERMS };
    }
    this.#records.set(key, record);
    return record;
  }
}

/** Bytes that differ from write to write and from place to place. */
function contentOf(write: number, length: number): Uint8Array {
  const content = new Uint8Array(length);
  for (let i = 0; i < length; i += 32) content.fill(write ^ (i >> 5), i, i + 32);
  return content;
}

/** Which copy a key of a history is about. */
function copyOf(key: string): CopyName {
  const isHint = key.startsWith("h:");
  return {
    name: objectName("b", isHint ? key.slice(2) : key),
    owner: isHint ? OWNER : null,
  };
}

/** What a fetch finds of one copy, in a line. */
async function look(store: RecordStore, key: string): Promise<string> {
  const { name, owner } = copyOf(key);
  const { result, hints } = await store.fetch(name, owner === null ? [] : [owner]);
  if (owner === null || result.kind === "failed") return print(result);
  return hints.length === 0 ? ABSENT : print(hints[0]!.record);
}

/** A record in a line that tells it from every other. */
function print(found: FetchResult | StoredRecord | null): string {
  if (found === null) return "absent";
  if ("kind" in found) return found.kind === "record" ? print(found.record) : found.kind;
  const bare = encodeRecord({
    container: {
      clock: found.container.clock,
      siblings: found.container.siblings.map(({ dot, version }) => ({
        dot,
        version: { ...version, content: bytesOf(String(crc32(version.content))) },
      })),
    },
    mine: found.mine,
    hint: found.hint,
  });
  return `${found.container.siblings.length} siblings, ${crc32(bare)}`;
}

/** Ends the process at every commit in turn; then again at every commit of the start that follows. */
async function crashEverywhere(history: History, limits: Limits): Promise<number> {
  for (let at = 1;; at++) {
    const disk = new MemoryDisk();
    const life = new Life(disk, limits, new Map([[at, "crash"]]));
    const lived = life.open().then(async (store) => {
      await life.play(store, history);
      await store.close();
      return "ended";
    });
    const ended = await Promise.race([lived, life.engine.crashed]);
    await reopenEverywhere(life, disk, limits);
    if (ended === "ended") return at - 1;
  }
}

async function reopenEverywhere(life: Life, crashed: MemoryDisk, limits: Limits): Promise<void> {
  for (let at = 1;; at++) {
    const disk = crashed.copy();
    const second = new Life(disk, limits, new Map([[at, "crash"]]));
    const opened = await Promise.race([second.open("boot two" as Boot), second.engine.crashed]);
    const third = new Life(disk, limits);
    const store = await third.open("boot 003" as Boot);
    await life.check(store);
    assertEquals(await audit(third.engine), []);
    if (opened instanceof RecordStore) return await writeOn(store, third);
  }
}

/** After a crash every key can be written, and when all are gone nothing is left of them. */
async function writeOn(store: RecordStore, life: Life): Promise<void> {
  const keys = ["k", "l", "h:k"];
  await life.play(store, [
    keys.map((key): Act => ({ kind: "over", key, bytes: 1_500 })),
    keys.map((key): Act => ({ kind: "remove", key })),
  ]);
  await life.check(store);
  const left = [];
  const all = { start: new Uint8Array(0), end: new Uint8Array([255]) };
  for await (const [key] of life.engine.list(all)) left.push(key);
  assertEquals(left.length, 1, "the format, and nothing else");
}

/** Lets every commit in turn fail once, while the process goes on. */
async function failEverywhere(history: History, limits: Limits, fault: Fault): Promise<number> {
  for (let at = 2;; at++) {
    for (const again of [false, true]) {
      const disk = new MemoryDisk();
      const life = new Life(disk, limits, new Map([[at, fault]]));
      const store = await life.open();
      await life.play(store, history, again);
      await life.check(store);
      const done = life.engine.commits;
      if (again) {
        // What failed was made again, so each key is what was told last.
        for (const told of life.told.values()) {
          assertEquals(told.acknowledged, told.issued.length - 1);
        }
        // The next write of a key tidies up after a failed one: nothing waits for the sweep of the next start. (Two
        // rounds, for the fault may fall into the first.)
        const round = ["k", "l", "h:k"].map((key): Act => ({ kind: "over", key, bytes: 1 }));
        await life.play(store, [round, round]);
        await store.close();
        assertEquals(await audit(new MemoryEngine({ disk })), []);
      } else await store.close();
      const next = new Life(disk, limits);
      await life.check(await next.open("boot two" as Boot));
      assertEquals(await audit(next.engine), []);
      if (again && done < at) return at - 1;
    }
  }
}

const ABSENT = "absent";
const KEYS = fc.constantFrom("k", "l", "h:k");
const SMALL_SIZES = fc.constantFrom(0, 1, 30, 40, 200, 600, 3_000);
const ACT: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom("beside" as const, "over"), key: KEYS, bytes: SMALL_SIZES }),
  fc.record({ kind: fc.constant("remove" as const), key: KEYS }),
);
const HISTORY = fc.array(fc.array(ACT, { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 5,
});

/** Overwritten, grown to 3 MiB, shrunk again, removed; small ones, and a hint, beside it in the same commits. */
const LARGE: History = [
  [{ kind: "over", key: "k", bytes: 1 << 20 }, { kind: "over", key: "l", bytes: 0 }],
  [{ kind: "beside", key: "k", bytes: 1 << 20 }, { kind: "beside", key: "l", bytes: 70_000 }],
  [{ kind: "beside", key: "k", bytes: 1 << 20 }, { kind: "remove", key: "l" }],
  [{ kind: "over", key: "h:k", bytes: 1 << 20 }, { kind: "over", key: "l", bytes: 0 }],
  [{ kind: "beside", key: "h:k", bytes: 900_000 }, { kind: "over", key: "k", bytes: 70_000 }],
  [{ kind: "over", key: "k", bytes: 5 }, { kind: "over", key: "l", bytes: 61_440 }],
  [{ kind: "over", key: "h:k", bytes: 3 }, { kind: "remove", key: "l" }],
  [{ kind: "over", key: "k", bytes: 900_000 }, { kind: "over", key: "k", bytes: 800_000 }],
  [{ kind: "remove", key: "k" }, { kind: "remove", key: "h:k" }],
];

/** Under tiny limits: contents apart, a body apart, both replaced and removed, with small ones in the same commits. */
const LONG: History = [
  [{ kind: "over", key: "k", bytes: 3_000 }, { kind: "over", key: "l", bytes: 1 }],
  [{ kind: "beside", key: "k", bytes: 600 }, { kind: "beside", key: "l", bytes: 200 }],
  [{ kind: "beside", key: "k", bytes: 30 }, { kind: "beside", key: "l", bytes: 200 }],
  [{ kind: "over", key: "k", bytes: 3_000 }, { kind: "remove", key: "l" }],
  [{ kind: "over", key: "h:k", bytes: 3_000 }, { kind: "over", key: "l", bytes: 1 }],
  [{ kind: "beside", key: "h:k", bytes: 600 }, { kind: "over", key: "k", bytes: 600 }],
  [{ kind: "over", key: "k", bytes: 40 }, { kind: "over", key: "k", bytes: 3_000 }],
  [{ kind: "remove", key: "h:k" }, { kind: "remove", key: "l" }],
];

Deno.test("S23 a crash at any commit of any history tears nothing and leaves nothing", async () => {
  const commits = await crashEverywhere(LONG, TINY);
  assert(commits > 12, `more than 12 commits wanted, got ${commits}`);
  await fc.assert(
    fc.asyncProperty(HISTORY, async (history) => {
      await crashEverywhere(history, TINY);
      return true;
    }),
    { numRuns: 60 },
  );
});

Deno.test("S23 a crash at any commit, objects to 1 MiB, containers to 3 MiB", async () => {
  const commits = await crashEverywhere(LARGE, DENO_KV_LIMITS);
  assert(commits > 10, `more than 10 commits wanted, got ${commits}`);
});

for (const fault of ["refuse", "lose answer"] as const) {
  Deno.test(`S23 a commit that fails (${fault}) tears nothing, and can be made again`, async () => {
    await fc.assert(
      fc.asyncProperty(HISTORY, async (history) => {
        await failEverywhere(history, TINY, fault);
        return true;
      }),
      { numRuns: 40 },
    );
    assert(await failEverywhere(LARGE, DENO_KV_LIMITS, fault) > 10);
  });
}
