/**
 * A node's records, hints and metadata on an engine: what the driver talks to.
 *
 * Each is a parcel. Who damages a record makes it *damaged*, never empty: a container without its siblings but with its
 * clock would kill good copies everywhere (protocol.md, Part 1 g; law S21). The copy of a key that is kept for another
 * node stands beside this node's own, and never in its place: they are merged by rules above, if at all.
 *
 * The disk may fail at any time; that is data here, not an exception: `fetch` says `failed`, `store` says `failed`, and
 * the operator reads one line about it. Only what cannot be helped ends the process: {@linkcode RecordStore.fatal}.
 *
 * @module
 */
import { type Boot, bytesOf, byteString, type NodeId, nodeId, type ObjectName } from "../../id.ts";
import type { LeafKey } from "../../anti_entropy/merkle_tree_key.ts";
import { CodecError, decodeMeta, encodeMeta, UnknownVersionError } from "../../protocol/codec.ts";
import type { MetaValue } from "../../protocol/effect.ts";
import type { FetchResult, Restored, ScanResult, StoredRecord } from "../../protocol/event.ts";
import type { CopyName } from "../../protocol/outbox.ts";
import type { DriverStore, Fetched, ScanOptions } from "../driver_options.ts";
import { Complaint, type Log } from "./complaint.ts";
import type { Engine } from "./engine.ts";
import { GroupCommit, type Outcome } from "./group_commit.ts";
import { HintReader, type HintTally } from "./hint_reader.ts";
import { type RecordPage, RecordReader } from "./record_reader.ts";
import { copyKey, metaKey, recordKey } from "./layout.ts";
import { type Found, ParcelStore } from "./parcel_store.ts";
import { parcelOf, recordOf } from "./record_parcel.ts";

/**
 * The format of the whole store: raised when a rotor that knows only the old one must not touch the new. Since 2 there
 * are hints: who does not know of them would neither read what may be the only copy of a write, nor hand it over. Since 3
 * a record may say when all members have agreed on it.
 */
export const STORE_FORMAT = 3;

/** A store that cannot be used as it is. The message is one sentence for the operator. */
export class StoreError extends Error {
  override name = "StoreError";
}

/** What {@linkcode RecordStore.open} needs to know. */
export interface RecordStoreOptions {
  /** Of this process: 8 fresh random bytes. */
  readonly boot: Boot;
  /** Takes lines for the operator. @default nobody reads them */
  readonly log?: Log | undefined;
  /** Called when the store is closed, last. @default nothing */
  readonly release?: (() => void) | undefined;
}

/** The records, the hints and the metadata of one node. */
export class RecordStore implements DriverStore {
  readonly #engine: Engine;
  readonly #parcels: ParcelStore;
  readonly #hints: HintReader;
  readonly #records: RecordReader;
  readonly #unreadable: Complaint;
  readonly #release: () => void;
  /** Resolves, with the reason, when this process must end: another one has taken the data over. */
  readonly fatal: Promise<string>;

  private constructor(engine: Engine, { boot, log = () => {}, release }: RecordStoreOptions) {
    const unwritable = new Complaint(log, {
      trouble: "Cannot write to the store",
      over: "The store can be written to again",
    });
    const commits = new GroupCommit(engine, unwritable);
    this.#unreadable = new Complaint(log, {
      trouble: "Cannot read the store",
      over: "The store can be read again",
    });
    this.#engine = engine;
    this.#parcels = new ParcelStore(engine, commits, { boot, unreadable: this.#unreadable });
    this.#hints = new HintReader(this.#parcels, log);
    this.#records = new RecordReader(this.#parcels);
    this.#release = release ?? (() => {});
    this.fatal = commits.shutOut;
  }

  /**
   * Opens what is on an engine, shuts out whoever else has it open, and removes what a crash has left half-way.
   *
   * @throws {StoreError} If it was made by a newer rotor, or is nothing of rotor's. Then nothing has been touched.
   *
   * @example What is stored can be fetched
   * ```ts
   * import { MemoryEngine } from "./memory.ts";
   * import { RecordStore } from "./record_store.ts";
   * import type { Boot } from "../../id.ts";
   * import { EMPTY } from "../../version/siblings.ts";
   * import { assertEquals } from "@std/assert";
   *
   * const store = await RecordStore.open(new MemoryEngine(), { boot: "bootboot" as Boot });
   * const name = { type: "default", bucket: "carts", key: "mary" };
   * assertEquals(await store.fetch(name), { result: { kind: "absent" }, hints: [] });
   *
   * const record = { container: EMPTY, mine: null };
   * assertEquals(await store.store({ name, owner: null }, record), "durable");
   * assertEquals(await store.fetch(name), { result: { kind: "record", record }, hints: [] });
   * await store.close();
   * ```
   */
  static async open(engine: Engine, options: RecordStoreOptions): Promise<RecordStore> {
    await checkFormat(engine);
    const format = bytesOf(String(STORE_FORMAT));
    await engine.commit([{ kind: "put", key: metaKey("format"), value: format }]);
    const store = new RecordStore(engine, options);
    await store.#parcels.sweep();
    return store;
  }

  /**
   * The record of a key as it is on the disk, and what is kept of that key for these owners; a hint that is damaged is
   * left out. If any of it cannot be read the fetch has failed. Never rejects.
   *
   * @param owners @default nobody: only the record is read
   */
  async fetch(name: ObjectName, owners: readonly NodeId[] = []): Promise<Fetched> {
    try {
      const [found, ...hints] = await Promise.all([
        this.#parcels.get(recordKey(name)),
        ...owners.map((owner) => this.#hints.find(owner, name)),
      ]);
      this.#unreadable.settle();
      return { result: resultOf(found), hints: hints.filter((hint) => hint !== null) };
    } catch (error) {
      return { result: { kind: "failed", reason: this.#unreadable.raise(error) }, hints: [] };
    }
  }

  /**
   * Replaces a copy of a key; null removes it. Never rejects: a failed one may be on the disk nevertheless.
   *
   * @throws {Error} If a hint has no terms, or a record has some.
   */
  store(copy: CopyName, record: StoredRecord | null): Promise<Outcome> {
    if (record !== null && (record.hint !== undefined) !== (copy.owner !== null)) {
      const [wanted, got] = copy.owner === null ? ["no terms", "some"] : ["terms", "none"];
      throw new Error(
        `Cannot store for ${copy.owner ?? "this node"}: ${wanted} wanted, got ${got}`,
      );
    }
    const parcel = record === null ? null : parcelOf(record, this.#engine.limits.maxValueBytes);
    return this.#parcels.put(copyKey(copy), parcel);
  }

  /**
   * What is kept for an owner, in the order of position and name: at most so many, and fewer if they are large; none if
   * there are no more. A hint that is damaged is left out.
   *
   * @throws {RangeError} If none is asked for. What the disk does is a result.
   */
  async scanHints(owner: NodeId, options: ScanOptions): Promise<ScanResult> {
    if (!(options.most >= 1)) {
      throw new RangeError(`Cannot scan hints: at least 1 wanted, got ${options.most}`);
    }
    try {
      const hints = await this.#hints.scan(owner, options);
      this.#unreadable.settle();
      return { kind: "hints", hints };
    } catch (error) {
      return { kind: "failed", reason: this.#unreadable.raise(error) };
    }
  }

  /** What is kept for each owner; null if the store cannot be read. It looks at every hint. */
  async tallyHints(): Promise<readonly HintTally[] | null> {
    try {
      const tallies = await this.#hints.tally();
      this.#unreadable.settle();
      return tallies;
    } catch (error) {
      this.#unreadable.raise(error);
      return null;
    }
  }

  /** This node's own records, in the order of position and name. None in the result: there are no more. */
  scanRecords(options: ScanOptions): Promise<ScanResult> {
    return this.#readMany(() => this.#records.page(options));
  }
  /** Those of its own records that stand at these leaves. */
  findRecords(keys: readonly LeafKey[]): Promise<ScanResult> {
    return this.#readMany(() => this.#records.at(keys));
  }

  async #readMany(read: () => Promise<RecordPage>): Promise<ScanResult> {
    try {
      const page = await read();
      this.#unreadable.settle();
      return { kind: "records", ...page };
    } catch (error) {
      return { kind: "failed", reason: this.#unreadable.raise(error) };
    }
  }

  /** Replaces a piece of metadata. Never rejects. */
  storeMeta(value: MetaValue): Promise<Outcome> {
    const parcel = { body: encodeMeta(value), contents: new Map() };
    return this.#parcels.put(metaKey(value.kind), parcel);
  }

  /** What the node was when it ended. @throws {StoreError} If some of it is damaged. */
  async restore(): Promise<Restored> {
    const history = await this.#meta("history");
    const register = await this.#meta("register");
    const props = await this.#meta("props");
    const hints = await this.#tally();
    return {
      hintBytes: hints.reduce((sum, { bytes }) => sum + bytes, 0),
      hintOwners: hints.map(({ owner }) => owner),
      history: history?.changes ?? [],
      register: register?.register ?? null,
      ticks: register?.ticks ?? [],
      props: props?.entries ?? [],
    };
  }

  async #tally(): Promise<HintTally[]> {
    try {
      return await this.#hints.tally();
    } catch (cause) {
      if (!(cause instanceof UnknownVersionError)) throw cause;
      throw new StoreError(`Cannot open the store: a hint cannot be read: ${cause.message}`, {
        cause,
      });
    }
  }

  /** The node whose data this is; null in a new store. @throws {StoreError} If it is damaged. */
  async identity(): Promise<NodeId | null> {
    const body = await this.#body("node");
    return body === null ? null : nodeId(byteString(body));
  }

  /** From now on this is the data of `node`. */
  adopt(node: NodeId): Promise<Outcome> {
    return this.#parcels.put(metaKey("node"), { body: bytesOf(node), contents: new Map() });
  }

  /** What it takes. In bytes. */
  usedBytes(): number {
    return this.#engine.usedBytes();
  }

  /** Ends all writes that are under way, and lets go of the engine. */
  async close(): Promise<void> {
    await this.#parcels.idle();
    await this.#engine.close();
    this.#release();
  }

  async #meta<Kind extends MetaValue["kind"]>(
    kind: Kind,
  ): Promise<Extract<MetaValue, { kind: Kind }> | null> {
    const body = await this.#body(kind);
    if (body === null) return null;
    try {
      const value = decodeMeta(body);
      if (value.kind === kind) return value as Extract<MetaValue, { kind: Kind }>;
      throw new CodecError(`Cannot decode metadata: ${kind} wanted, got ${value.kind}`);
    } catch (cause) {
      const why = cause instanceof UnknownVersionError ? `: ${cause.message}` : "";
      throw new StoreError(`Cannot open the store: its ${kind} cannot be read${why}`, { cause });
    }
  }

  async #body(name: string): Promise<Uint8Array | null> {
    const found = await this.#parcels.get(metaKey(name));
    if (found.kind === "damaged") {
      throw new StoreError(`Cannot open the store: its ${name} is damaged`);
    }
    return found.kind === "absent" ? null : found.parcel.body;
  }
}

async function checkFormat(engine: Engine): Promise<void> {
  const found = await engine.get(metaKey("format"));
  if (found === null) {
    const everything = { start: new Uint8Array(0), end: new Uint8Array([255]), limit: 1 };
    for await (const _ of engine.list(everything)) {
      throw new StoreError("Cannot open the store: it holds data, but not of rotor");
    }
    return;
  }
  const text = byteString(found);
  if (!/^[1-9][0-9]{0,8}$/.test(text)) {
    throw new StoreError(
      `Cannot open the store: a format wanted, got ${JSON.stringify(text.slice(0, 32))}`,
    );
  }
  if (Number(text) > STORE_FORMAT) {
    throw new StoreError(
      `Cannot open the store: made by a newer rotor: format ${text}, this one reads up to ${STORE_FORMAT}`,
    );
  }
}

function resultOf(found: Found): FetchResult {
  if (found.kind !== "parcel") return found;
  const record = recordOf(found.parcel);
  if (record === null || record.hint !== undefined) return { kind: "damaged" };
  return { kind: "record", record };
}
