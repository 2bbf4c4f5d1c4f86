/**
 * The one suite that every storage engine passes (law S13): what `engine.ts` promises, checked against a `Map`.
 *
 * An adapter's test is a line: `engineConformance("Deno KV", () => …)`.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { bytesOf, byteString } from "../../id.ts";
import { type Engine, type Entry, type KeyRange, type Mutation, ShutOut } from "./engine.ts";

/** Where an engine's data stays when no engine is open. New and empty for every test. */
export interface Place {
  /** Opens an engine on the data that is here. May be called again while another one is open. */
  open(): Promise<Engine>;
  /** Takes everything away, when the engines are closed. */
  remove(): Promise<void>;
}

/** Registers the suite. */
export function engineConformance(
  name: string,
  place: () => Promise<Place>,
  { numRuns = 40 }: { numRuns?: number } = {},
): void {
  const law = (claim: string, check: (place: Place) => Promise<void>) =>
    Deno.test(`S13 ${name}: ${claim}`, async () => {
      const where = await place();
      await check(where);
      await where.remove();
    });

  Deno.test(`S13 ${name}: is the model map after any commits, lists and reopenings`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(COMMANDS, { maxCommands: 24 }), async (commands) => {
        const where = await place();
        const real = { where, engine: await where.open() };
        await fc.asyncModelRun(() => ({ model: new Map<string, string>(), real }), commands);
        await real.engine.close();
        await where.remove();
        return true;
      }),
      { numRuns },
    );
  });

  law("lists thousands of entries in the order of their bytes", async (where) => {
    const engine = await where.open();
    const keys = Array.from({ length: 2_500 }, (_, i) => String.fromCharCode(i * 7 % 256, i >> 8));
    for (let i = 0; i < keys.length; i += 500) {
      await engine.commit(keys.slice(i, i + 500).map((key) => put(key, key)));
    }
    const listed = await all(engine, { start: bytesOf(""), end: bytesOf("\xff\xff\xff") });
    assertEquals(listed.map(([key]) => key), [...new Set(keys)].sort(byBytes));
    assert(listed.every(([key, value]) => key === value));
    await engine.close();
  });

  law("takes what is just within its limits, and gives it back", async (where) => {
    const engine = await where.open();
    const { maxKeyBytes, maxValueBytes } = engine.limits;
    const mutation = put(keyOf(engine, maxKeyBytes), "x".repeat(maxValueBytes));
    await engine.commit([mutation]);
    assertEquals(await engine.get(mutation.key), mutation.value);
    const full = fullCommit(engine);
    await engine.commit(full);
    for (const { key, value } of full) assertEquals(await engine.get(key), value);
    await engine.commit(manyOf(engine.limits.maxCommitMutations));
    const count = Math.floor(engine.limits.maxCommitKeyBytes / maxKeyBytes);
    await engine.commit(longKeysOf(engine, count));
    await engine.close();
  });

  law("refuses what passes a limit, and then makes no part of the commit", async (where) => {
    const engine = await where.open();
    const { maxKeyBytes, maxValueBytes, maxCommitMutations, maxCommitKeyBytes } = engine.limits;
    const tooMuch = {
      "a value": [put("v", "x".repeat(maxValueBytes + 1))],
      "a key": [put(keyOf(engine, maxKeyBytes + 1), "")],
      "the mutations": manyOf(maxCommitMutations + 1),
      "the keys": longKeysOf(engine, Math.floor(maxCommitKeyBytes / maxKeyBytes) + 1),
      "the bytes": fullCommit(engine, 1),
    };
    for (const [what, mutations] of Object.entries(tooMuch)) {
      await assertRejects(() => engine.commit(mutations), RangeError, "at most", what);
      await assertRejects(() => engine.commit([put("canary", ""), ...mutations]), RangeError);
    }
    assertEquals(await all(engine, { start: bytesOf(""), end: bytesOf("\xff") }), []);
    await engine.commit([put("canary", "sings")]); // and it goes on
    await engine.close();
  });

  law("keeps bytes of its own", async (where) => {
    const engine = await where.open();
    const mutation = put("key", "value");
    await engine.commit([mutation]);
    mutation.value.fill(0);
    (await engine.get(mutation.key))!.fill(0);
    assertEquals(await engine.get(mutation.key), bytesOf("value"));
    await engine.close();
  });

  law(
    "opening changes nothing; a claim shuts out whoever was there, for ever (S24)",
    async (where) => {
      const first = await where.open();
      await first.commit([put("writer", "first")]);
      const second = await where.open();
      const bystander = await where.open();
      assertEquals(await second.get(bytesOf("writer")), bytesOf("first"));
      await first.commit([put("writer", "first again")]);

      await second.commit([]);
      await assertRejects(() => first.commit([put("writer", "first at last")]), ShutOut);
      await assertRejects(() => bystander.commit([put("writer", "bystander")]), ShutOut);
      await second.commit([put("writer", "second")]);
      await assertRejects(() => first.commit([]), ShutOut);
      await assertRejects(() => bystander.commit([]), ShutOut);
      assertEquals(await second.get(bytesOf("writer")), bytesOf("second"));
      await Promise.all([first.close(), second.close(), bystander.close()]);

      const third = await where.open();
      assertEquals(await third.get(bytesOf("writer")), bytesOf("second"));
      await third.commit([put("writer", "third")]);
      await third.close();
    },
  );
}

// ---- The model

type Model = Map<string, string>;
interface Real {
  where: Place;
  engine: Engine;
}
type Command = fc.AsyncCommand<Model, Real>;

class Commit implements Command {
  constructor(readonly changes: readonly (readonly [string, string | null])[]) {}
  check = () => true;
  async run(model: Model, { engine }: Real): Promise<void> {
    for (const [key, value] of this.changes) {
      if (value === null) model.delete(key);
      else model.set(key, value);
    }
    await engine.commit(
      this.changes.map(([key, value]) =>
        value === null ? { kind: "delete", key: bytesOf(key) } : put(key, value)
      ),
    );
  }
  toString = () => `commit(${JSON.stringify(this.changes)})`;
}

class Get implements Command {
  constructor(readonly key: string) {}
  check = () => true;
  async run(model: Model, { engine }: Real): Promise<void> {
    const value = await engine.get(bytesOf(this.key));
    assertEquals(value === null ? undefined : byteString(value), model.get(this.key));
  }
  toString = () => `get(${JSON.stringify(this.key)})`;
}

class List implements Command {
  constructor(readonly start: string, readonly end: string, readonly limit: number | undefined) {}
  check = () => true;
  async run(model: Model, { engine }: Real): Promise<void> {
    const wanted = [...model].filter(([key]) => this.start <= key && key < this.end)
      .sort(([a], [b]) => byBytes(a, b)).slice(0, this.limit);
    const range = { start: bytesOf(this.start), end: bytesOf(this.end), limit: this.limit };
    assertEquals(await all(engine, range), wanted);
  }
  toString = () => `list(${JSON.stringify([this.start, this.end, this.limit])})`;
}

class Reopen implements Command {
  check = () => true;
  async run(_: Model, real: Real): Promise<void> {
    await real.engine.close();
    real.engine = await real.where.open();
  }
  toString = () => "reopen()";
}

/** Bytes at the edges of what a byte can be, in few combinations, so that keys meet. */
const BYTES = fc.string({ unit: fc.constantFrom("\0", "\x01", "\x80", "\xff"), maxLength: 3 });
const CHANGE = fc.tuple(BYTES, fc.option(BYTES, { freq: 3 }));
const COMMANDS = [
  fc.array(CHANGE, { maxLength: 6 }).map((changes) => new Commit(changes)),
  BYTES.map((key) => new Get(key)),
  fc.tuple(BYTES, BYTES, fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }))
    .map(([start, end, limit]) => new List(start, end, limit)),
  fc.constant(new Reopen()),
];

// ---- Mutations

function put(key: string, value: string): Extract<Mutation, { kind: "put" }> {
  return { kind: "put", key: bytesOf(key), value: bytesOf(value) };
}

async function all(engine: Engine, range: KeyRange): Promise<[string, string][]> {
  const entries: Entry[] = [];
  for await (const entry of engine.list(range)) entries.push(entry);
  return entries.map(([key, value]) => [byteString(key), byteString(value)]);
}

function keyBytesOf(engine: Engine, key: string): number {
  return engine.sizeOf({ kind: "delete", key: bytesOf(key) }).keyBytes;
}

/** A key of exactly `length` key bytes that ends with `tail`: zeros, which some engines count twice, then ones. */
function keyOf(engine: Engine, length: number, tail = ""): string {
  let key = "\0".repeat(Math.max(0, Math.floor(length / 2) - 8 - tail.length));
  while (keyBytesOf(engine, key + tail) < length) key += "\x01";
  return key + tail;
}

function longKeysOf(engine: Engine, count: number): Mutation[] {
  return Array.from(
    { length: count },
    (_, i) => put(keyOf(engine, engine.limits.maxKeyBytes, String.fromCharCode(1 + i)), ""),
  );
}

function manyOf(count: number): Mutation[] {
  return Array.from({ length: count }, (_, i) => put(`m${tailOf(i)}`, ""));
}

/** As many mutations as a commit takes, with as long keys as they can all have, and exactly as many bytes; and `more`. */
function fullCommit(engine: Engine, more = 0): Extract<Mutation, { kind: "put" }>[] {
  const { maxCommitMutations, maxCommitKeyBytes, maxCommitBytes } = engine.limits;
  const keyBytes = Math.floor(maxCommitKeyBytes / maxCommitMutations);
  const bare = Array.from(
    { length: maxCommitMutations },
    (_, i) => put(keyOf(engine, keyBytes, tailOf(i)), ""),
  );
  const left = maxCommitBytes - bare.reduce((bytes, one) => bytes + engine.sizeOf(one).bytes, 0);
  const share = Math.floor(left / bare.length);
  const rest = left - share * bare.length;
  return bare.map(({ kind, key }, i) => ({
    kind,
    key,
    value: new Uint8Array(share + (i === 0 ? rest + more : 0)).fill(i),
  }));
}

/** Two bytes for a number, neither of them zero. */
function tailOf(i: number): string {
  return String.fromCharCode(1 + Math.floor(i / 255), 1 + i % 255);
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
