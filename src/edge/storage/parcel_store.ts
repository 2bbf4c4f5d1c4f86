/**
 * Parcels on an engine: values of any size that are never torn, whenever the process ends (protocol.md, Part 1 h5).
 *
 * Replacing a parcel takes: the chunks of its new blobs, its entry, and the removal of the chunks that nothing names any
 * more. Mostly that fits one commit, which is made or not. Where it does not, the mutations go in this order:
 *
 * ```text
 * 1 put intent      "there may be chunks of this key that its entry does not name"
 * 2 put chunks      of blobs that nobody knows yet
 * 3 put entry       the new parcel is there, the old one is gone: this is the moment
 * 4 delete chunks   of blobs that nobody names any more
 * 5 delete intent
 * ```
 *
 * Any beginning of that list may be all that is on the disk. Before 3 the entry is the old one and names only chunks that
 * are there; from 3 on it is the new one, and so does it. What is too much is told by **one rule**, which needs no
 * knowledge of how far the list came: *a chunk of an intent's key that the entry does not name is rubbish.* `sweep`
 * applies it to all intents at the start, which costs what was under way and not what there is.
 *
 * Invariants:
 * 1. an entry names only chunks that are on the disk, in every state that a crash can leave;
 * 2. a chunk that no entry names has an intent of its parcel;
 * 3. one write a key is under way; a later one waits, and if several wait the last stands for all of them.
 *
 * A reader may find that a chunk has gone under its hands, for 3 and 4 of a replacement. It reads the entry again: if
 * that has changed it begins anew, if not the parcel is damaged.
 *
 * @module
 */
import { type Boot, bytesOf, byteString, ByteWriter } from "../../id.ts";
import type { Complaint } from "./complaint.ts";
import type { Engine, Entry, KeyRange, Mutation } from "./engine.ts";
import type { GroupCommit, Outcome } from "./group_commit.ts";
import { intentKey, justBehind, KEYSPACE, keyspace, parcelKeyOf } from "./layout.ts";
import {
  type BlobRef,
  CHUNK_BYTES,
  chunkKeys,
  packManifest,
  type Parcel,
  refOf,
  sealEntry,
} from "./parcel.ts";
import {
  type Blobs,
  blobsOnDisk,
  chunkKeysOf,
  chunksOnDisk,
  NO_BLOBS,
  type Outline,
  readOutline,
  readParcel,
} from "./parcel_read.ts";

/** What a read found where something stands. */
export type Present =
  | { readonly kind: "parcel"; readonly parcel: Parcel }
  | { readonly kind: "damaged" };

/** What a read found. */
export type Found = Present | { readonly kind: "absent" };

/** What the disk holds under a key, as far as a writer needs it. */
interface Held {
  /** Blobs that can stay if the new parcel wants them. */
  readonly blobs: Blobs;
  /** Where there is doubt about the key: all its chunks, of which none is trusted. */
  readonly distrusted: readonly Uint8Array[] | null;
}

/** The writes of one key: one is under way, one may wait. */
interface Lane {
  next: { parcel: Parcel | null; tell: ((outcome: Outcome) => void)[] } | null;
}

/** What replaces a parcel: a work for the group commit, and what the disk holds afterwards. */
interface Plan {
  readonly mutations: readonly Mutation[];
  readonly decisive: number;
  readonly whole: boolean;
  readonly after: Blobs;
}

/** How many keys' blobs are remembered, so that writing them need not read first. */
const REMEMBERED_KEYS = 65_536;
/** How many entries a scan reads at once: at most 1 MiB on Deno KV, of which the reader may want only the first. */
const PAGE_ENTRIES = 16;
/** A reader whose parcel is replaced this often under its hands gives up: each time somebody has written a whole one. */
const MAX_READS = 100;

/** Parcels by key. */
export class ParcelStore {
  readonly #engine: Engine;
  readonly #commits: GroupCommit;
  readonly #boot: Boot;
  readonly #unreadable: Complaint;
  readonly #lanes = new Map<string, Lane>();
  /**
   * Which blobs the keys have that were written or first read last, in this order. A write puts a new memo in the place of
   * the old one. So a reader that fills in the memo which it saw *before* it read never makes a newer one wrong.
   */
  readonly #memos = new Map<string, { blobs: Blobs | null }>();
  /** Keys that were found damaged, or of which a large write has failed, so that an intent may be on the disk. */
  readonly #doubtful = new Set<string>();
  #blobs = 0;
  #waitForIdle: (() => void)[] = [];

  /**
   * Parcels on `engine`, written through `commits`.
   *
   * @param options.boot Never used by another process: it makes the names of blobs new.
   * @param options.unreadable Takes what goes wrong when a write must read first.
   */
  constructor(
    engine: Engine,
    commits: GroupCommit,
    options: { boot: Boot; unreadable: Complaint },
  ) {
    this.#engine = engine;
    this.#commits = commits;
    this.#boot = options.boot;
    this.#unreadable = options.unreadable;
  }

  /** The parcel of a key, whole, as it is on the disk. @throws If the engine cannot read. */
  async get(key: Uint8Array): Promise<Found> {
    const name = byteString(key);
    const memo = this.#memoOf(name);
    let before: Uint8Array | null = null;
    for (let reads = 0; reads < MAX_READS; reads++) {
      const entry = await this.#engine.get(key);
      if (entry !== null && before !== null && sameBytes(entry, before)) {
        this.#doubtful.add(name); // so that whoever replaces it takes nothing over from it
        return { kind: "damaged" };
      }
      const found = entry === null ? null : await readParcel(this.#engine, { key, entry });
      if (entry === null || found !== null) {
        if (memo === this.#memos.get(name)) memo.blobs = found?.blobs ?? NO_BLOBS;
        return found === null ? { kind: "absent" } : { kind: "parcel", parcel: found.parcel };
      }
      before = entry;
    }
    throw new Error(`Cannot read a parcel: it was replaced ${MAX_READS} times meanwhile`);
  }

  /**
   * The parcels of a range in the order of their keys, each as it was at some moment of the reading. Reads as far as it
   * is asked to, and a few entries more.
   *
   * @throws If the engine cannot read.
   */
  async *scan({ start, end }: KeyRange): AsyncIterable<readonly [Uint8Array, Present]> {
    for (let from: Uint8Array | null = start; from !== null;) {
      const page: Entry[] = [];
      for await (const entry of this.#engine.list({ start: from, end, limit: PAGE_ENTRIES })) {
        page.push(entry);
      }
      for (const [key, entry] of page) {
        const read = await readParcel(this.#engine, { key, entry });
        // What cannot be read was replaced meanwhile, or has gone, or is damaged.
        const found = read === null
          ? await this.get(key)
          : { kind: "parcel" as const, parcel: read.parcel };
        if (found.kind !== "absent") yield [key, found];
      }
      from = page.length < PAGE_ENTRIES ? null : justBehind(page.at(-1)![0]);
    }
  }

  /** The parcels of a range with their keys, all but their contents. Damaged ones are left out. @throws If the engine cannot read. */
  async *outlines(range: KeyRange): AsyncIterable<readonly [Uint8Array, Outline]> {
    for await (const [key, entry] of this.#engine.list(range)) {
      const outline = await readOutline(this.#engine, { key, entry });
      if (outline !== null) yield [key, outline];
    }
  }

  /** Replaces the parcel of a key; null removes it. Never rejects. */
  put(key: Uint8Array, parcel: Parcel | null): Promise<Outcome> {
    return new Promise((tell) => {
      const name = byteString(key);
      const lane = this.#lanes.get(name);
      if (lane !== undefined) {
        lane.next = { parcel, tell: [...(lane.next?.tell ?? []), tell] };
        return;
      }
      const fresh: Lane = { next: { parcel, tell: [tell] } };
      this.#lanes.set(name, fresh);
      this.#run(key, name, fresh);
    });
  }

  /** Removes the rubbish that the last process left. Once, before anything else. @throws If the engine cannot read. */
  async sweep(): Promise<void> {
    const keys: Uint8Array[] = [];
    for await (const [intent] of this.#engine.list(keyspace(KEYSPACE.intent))) {
      keys.push(parcelKeyOf(intent));
    }
    for (const key of keys) {
      const blobs = await blobsOnDisk(this.#engine, key) ?? NO_BLOBS;
      const named = new Set(chunkKeysOf(key, blobs).map(byteString));
      const rubbish = [...(await chunksOnDisk(this.#engine, key)).keys()]
        .filter((chunk) => !named.has(chunk));
      const mutations = [...rubbish.map(bytesOf), intentKey(key)].map(deletion);
      const { finished } = this.#commits.submit({ mutations, decisive: mutations.length - 1 });
      if (await finished !== "durable") this.#doubtful.add(byteString(key));
    }
  }

  /** Resolves when no write is under way. */
  idle(): Promise<void> {
    if (this.#lanes.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waitForIdle.push(resolve));
  }

  async #run(key: Uint8Array, name: string, lane: Lane): Promise<void> {
    while (lane.next !== null) {
      const { parcel, tell } = lane.next;
      lane.next = null;
      await this.#write(key, parcel, (outcome) => tell.forEach((one) => one(outcome)));
    }
    this.#lanes.delete(name);
    if (this.#lanes.size === 0) this.#waitForIdle.splice(0).forEach((resolve) => resolve());
  }

  async #write(
    key: Uint8Array,
    parcel: Parcel | null,
    tell: (outcome: Outcome) => void,
  ): Promise<void> {
    const name = byteString(key);
    let held: Held;
    try {
      held = await this.#heldUnder(key, name);
    } catch (error) {
      this.#unreadable.raise(error);
      return tell("failed");
    }
    const plan = this.#plan(key, parcel, held);
    const { decided, finished } = this.#commits.submit(plan);
    tell(await decided);
    if (await finished === "durable") {
      this.#doubtful.delete(name);
      this.#remember(name, plan.after);
    } else {
      // The commit that failed may be on the disk nevertheless: look, before anything is taken over from there.
      this.#memos.delete(name);
      if (!plan.whole) this.#doubtful.add(name);
    }
  }

  async #heldUnder(key: Uint8Array, name: string): Promise<Held> {
    if (!this.#doubtful.has(name)) {
      const blobs = this.#memos.get(name)?.blobs ?? await blobsOnDisk(this.#engine, key);
      if (blobs !== null) return { blobs, distrusted: null };
    }
    const chunks = await chunksOnDisk(this.#engine, key);
    return { blobs: NO_BLOBS, distrusted: [...chunks.keys()].map(bytesOf) };
  }

  /** The list at the head of this file; without 1 and 5 if it fits one commit. */
  #plan(key: Uint8Array, parcel: Parcel | null, held: Held): Plan {
    const mutations: Mutation[] = [];
    const after = parcel === null ? NO_BLOBS : this.#putParcel(mutations, key, { parcel, held });
    if (parcel === null) mutations.push(deletion(key));
    const decisive = mutations.length - 1;
    const named = new Set(chunkKeysOf(key, after).map(byteString));
    const old = held.distrusted ?? chunkKeysOf(key, held.blobs);
    for (const chunk of old) {
      if (!named.has(byteString(chunk))) mutations.push(deletion(chunk));
    }
    const intent = intentKey(key);
    if (held.distrusted !== null) mutations.push(deletion(intent));
    if (this.#commits.fits(mutations)) return { mutations, decisive, whole: true, after };
    if (held.distrusted === null) mutations.push(deletion(intent));
    mutations.unshift({ kind: "put", key: intent, value: new Uint8Array(0) });
    return { mutations, decisive: decisive + 1, whole: false, after };
  }

  /** Adds the chunks of what is not on the disk yet, then the entry. */
  #putParcel(
    mutations: Mutation[],
    key: Uint8Array,
    { parcel, held }: { parcel: Parcel; held: Held },
  ): Blobs {
    const { maxValueBytes } = this.#engine.limits;
    const putBlob = (bytes: Uint8Array, there?: BlobRef): BlobRef => {
      const ref = refOf(this.#freshId(), bytes, Math.min(CHUNK_BYTES, maxValueBytes));
      if (there?.size === ref.size && there.checksum === ref.checksum) return there;
      for (const [i, chunk] of chunkKeys(key, ref).entries()) {
        const value = bytes.subarray(i * ref.chunkBytes, (i + 1) * ref.chunkBytes);
        mutations.push({ kind: "put", key: chunk, value });
      }
      return ref;
    };
    const manifest = new Map<string, BlobRef>();
    for (const [label, content] of parcel.contents) {
      manifest.set(label, putBlob(content, held.blobs.manifest.get(label)));
    }
    const bytes = packManifest(manifest, parcel.body);
    let body: BlobRef | null = null;
    let value = sealEntry(key, { kind: "inline", bytes });
    if (value.length > maxValueBytes) {
      body = putBlob(bytes);
      value = sealEntry(key, { kind: "blob", ref: body });
    }
    mutations.push({ kind: "put", key, value });
    return body === null && manifest.size === 0 ? NO_BLOBS : { manifest, body };
  }

  /** A name that no blob ever had. */
  #freshId(): string {
    return this.#boot + new ByteWriter().u64(++this.#blobs).toByteString();
  }

  /** The memo of a key, to be filled in by whoever reads. */
  #memoOf(name: string): { blobs: Blobs | null } {
    return this.#memos.get(name) ?? this.#remember(name, null);
  }

  #remember(name: string, blobs: Blobs | null): { blobs: Blobs | null } {
    const memo = { blobs };
    this.#memos.delete(name);
    this.#memos.set(name, memo);
    if (this.#memos.size > REMEMBERED_KEYS) {
      for (const oldest of this.#memos.keys()) {
        this.#memos.delete(oldest);
        break;
      }
    }
    return memo;
  }
}

function deletion(key: Uint8Array): Mutation {
  return { kind: "delete", key };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
