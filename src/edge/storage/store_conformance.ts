/**
 * What a store keeps, checked against two `Map`s (law S13): records by name, hints by owner and name. The engine's own
 * suite is `conformance.ts`; this one is for what stands above it, on each engine.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  actorOf,
  type Boot,
  ByteWriter,
  nameBytes,
  type NodeId,
  nodeId,
  type ObjectName,
  type WriteId,
} from "../../id.ts";
import type { StoredHint, StoredRecord } from "../../protocol/event.ts";
import { sizeOf } from "../../replica/coordinate.ts";
import { positionOf } from "../../ring/hash.ts";
import { EMPTY, write } from "../../version/siblings.ts";
import { FRESH } from "../../version/version_vector.ts";
import type { CopyName } from "../../protocol/outbox.ts";
import type { Place } from "./conformance.ts";
import { SCAN_BYTES } from "./hint_reader.ts";
import { RecordStore } from "./record_store.ts";

/** Registers the suite. */
export function storeConformance(
  name: string,
  place: () => Promise<Place>,
  { numRuns = 30 }: { numRuns?: number } = {},
): void {
  Deno.test(`S13 ${name}: a store is the model after any writes, scans and reopenings`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(COMMANDS, { maxCommands: 30 }), async (commands) => {
        const where = await place();
        const real = new Real(where, await openIn(where, 0));
        await fc.asyncModelRun(() => ({ model: new Model(), real }), commands);
        await real.store.close();
        await where.remove();
        return true;
      }),
      { numRuns },
    );
  });
}

// ---- The model

class Model {
  readonly records = new Map<string, StoredRecord>();
  /** By owner, then by name. */
  readonly hints = new Map<NodeId, Map<string, StoredHint>>();

  /** All that is kept for an owner, sorted in the dumbest way there is. */
  hintsFor(owner: NodeId): StoredHint[] {
    const place = ({ name }: StoredHint) => positionOf(name) + nameBytes(name);
    return [...this.hints.get(owner)?.values() ?? []]
      .sort((a, b) => place(a) < place(b) ? -1 : 1);
  }
}

class Real {
  boots = 0;
  constructor(readonly where: Place, public store: RecordStore) {}
}

type Command = fc.AsyncCommand<Model, Real>;

async function openIn(where: Place, boot: number): Promise<RecordStore> {
  return await RecordStore.open(await where.open(), {
    boot: new ByteWriter().u64(boot).toByteString() as Boot,
  });
}

/** A record or a hint is replaced, or with no size removed. */
class Store implements Command {
  constructor(readonly copy: CopyName, readonly sizes: readonly number[] | null) {}
  check = () => true;
  async run(model: Model, { store }: Real): Promise<void> {
    const { name, owner } = this.copy;
    const record = this.sizes === null ? null : recordOf(this.sizes, owner !== null);
    assertEquals(await store.store(this.copy, record), "durable");
    const key = nameBytes(name);
    if (owner === null) {
      if (record === null) model.records.delete(key);
      else model.records.set(key, record);
      return;
    }
    const kept = model.hints.get(owner) ?? new Map<string, StoredHint>();
    model.hints.set(owner, kept);
    if (record === null) kept.delete(key);
    else kept.set(key, { owner, name, record });
  }
  toString = () => `store(${JSON.stringify([this.copy.name.key, this.copy.owner, this.sizes])})`;
}

class Fetch implements Command {
  constructor(readonly name: ObjectName, readonly owners: readonly NodeId[]) {}
  check = () => true;
  async run(model: Model, { store }: Real): Promise<void> {
    const key = nameBytes(this.name);
    const record = model.records.get(key);
    assertEquals(await store.fetch(this.name, this.owners), {
      result: record === undefined ? { kind: "absent" } : { kind: "record", record },
      hints: this.owners.flatMap((owner) => model.hints.get(owner)?.get(key) ?? []),
    });
  }
  toString = () => `fetch(${JSON.stringify([this.name.key, this.owners])})`;
}

/** Scans on and on, until there is no more: each scan gives something, none too much. */
class ScanAll implements Command {
  constructor(readonly owner: NodeId, readonly most: number) {}
  check = () => true;
  async run(model: Model, { store }: Real): Promise<void> {
    const wanted = model.hintsFor(this.owner);
    const got: StoredHint[] = [];
    for (;;) {
      const after = got.at(-1)?.name ?? null;
      const scan = await store.scanHints(this.owner, { after, most: this.most });
      const hints = scan.kind === "hints" ? scan.hints : [];
      assertEquals(hints, wanted.slice(got.length, got.length + hints.length));
      if (hints.length === 0) break;
      const bytes = hints.slice(0, -1).map(contentBytes).reduce((sum, size) => sum + size, 0);
      assertEquals(bytes < SCAN_BYTES, true, `${bytes} bytes before the last hint of a scan`);
      const isFull = bytes + contentBytes(hints.at(-1)!) > SCAN_BYTES - SLACK_BYTES;
      const wantedCount = Math.min(this.most, wanted.length - got.length);
      assertEquals(hints.length <= wantedCount, true);
      assertEquals(hints.length === wantedCount || isFull, true, `only ${hints.length} hints`);
      got.push(...hints);
    }
    assertEquals(got, wanted);
  }
  toString = () => `scanAll(${JSON.stringify([this.owner, this.most])})`;
}

/** From behind any name, be there a hint of it or not. */
class ScanBehind implements Command {
  constructor(readonly owner: NodeId, readonly after: ObjectName) {}
  check = () => true;
  async run(model: Model, { store }: Real): Promise<void> {
    const place = (name: ObjectName) => positionOf(name) + nameBytes(name);
    const hints = model.hintsFor(this.owner)
      .filter(({ name }) => place(name) > place(this.after)).slice(0, 1);
    const options = { after: this.after, most: 1 };
    assertEquals(await store.scanHints(this.owner, options), { kind: "hints", hints });
  }
  toString = () => `scanBehind(${JSON.stringify([this.owner, this.after.key])})`;
}

class Reopen implements Command {
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    await real.store.close();
    real.store = await openIn(real.where, ++real.boots);
    const kept = [...model.hints.values()].flatMap((hints) => [...hints.values()]);
    const bytes = kept.reduce((sum, { record }) => sum + sizeOf(record.container), 0);
    const { hintBytes, hintOwners } = await real.store.restore();
    assertEquals(hintBytes, bytes);
    const owners = [...model.hints].flatMap(([owner, { size }]) => size > 0 ? [owner] : []);
    assertEquals(hintOwners, owners.sort());
  }
  toString = () => "reopen()";
}

// ---- What is stored

/** What a hint's bytes may have beside its contents: clock, versions, terms. */
const SLACK_BYTES = 16_384;

let writes = 0;

/** A record with a sibling of each size, unlike any other. */
function recordOf(sizes: readonly number[], isHint: boolean): StoredRecord {
  writes++;
  const actor = actorOf(nodeId("a"), "bootbbbb" as Boot, writes);
  let container = EMPTY;
  for (const [i, size] of sizes.entries()) {
    container = write(container, FRESH, { actor, counter: i + 1 }, {
      tombstone: false,
      content: new Uint8Array(size).fill(writes + i),
      contentType: "text/plain",
      headers: [["meta", "data"]],
      lastModifiedMs: writes,
      stamp: writes,
      expiresAtMs: null,
      writeId: "0123456789abcdef" as string as WriteId,
    });
  }
  const mine = { actor, counter: sizes.length };
  return isHint ? { container, mine, hint: { n: 3, seat: writes % 3, w: 2 } } : { container, mine };
}

function contentBytes({ record }: StoredHint): number {
  return record.container.siblings
    .reduce((bytes, { version }) => bytes + version.content.length, 0);
}

const NAMES = Array.from(
  { length: 20 },
  (_, i) => ({ type: "default", bucket: "b", key: `key ${i}` }),
);
const NAME = fc.constantFrom(...NAMES);
/** One's name is the beginning of another's. */
const OWNER = fc.constantFrom("n1", "n10", "n2").map(nodeId);
/** Small ones mostly; one entry just filled, many chunks, and beyond what one scan gives. */
const SIZE = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 100 }) },
  { weight: 2, arbitrary: fc.constantFrom(60_000, 61_440, 400_000) },
  { weight: 1, arbitrary: fc.constant(1_100_000) },
);
const SIZES = fc.option(fc.array(SIZE, { minLength: 1, maxLength: 3 }), { freq: 4 });
const COPY = fc.record({ name: NAME, owner: fc.option(OWNER, { freq: 5 }) });
/** Very many at once: more than one page of a scan. */
const FILL = OWNER.map((owner) => NAMES.map((name) => new Store({ name, owner }, [10])));

class Many implements Command {
  constructor(readonly commands: readonly Command[]) {}
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    for (const command of this.commands) await command.run(model, real);
  }
  toString = () => `[${this.commands.join(", ")}]`;
}

const COMMANDS = [
  fc.tuple(COPY, SIZES).map(([copy, sizes]) => new Store(copy, sizes)),
  fc.array(fc.tuple(COPY, SIZES), { maxLength: 6 })
    .map((all) => new Many(all.map(([copy, sizes]) => new Store(copy, sizes)))),
  FILL.map((all) => new Many(all)),
  fc.tuple(NAME, fc.uniqueArray(OWNER)).map(([name, owners]) => new Fetch(name, owners)),
  fc.tuple(OWNER, fc.constantFrom(1, 2, 16, 17, 100))
    .map(([owner, most]) => new ScanAll(owner, most)),
  fc.tuple(OWNER, NAME).map(([owner, after]) => new ScanBehind(owner, after)),
  fc.constant(new Reopen()),
];
