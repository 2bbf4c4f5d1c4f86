/**
 * The other side of an exchange (`pull.ts`): what a node tells a peer that compares its trees, and the copies that it sends.
 *
 * A record is read again just before it is sent; a peer is sent what it owns, and nothing else (laws M12, H13). What the disk
 * says is held against the tree: **a leaf that is not what the disk holds is mended** (law M13), and a record that cannot be
 * read is made known. But a leaf that has changed since the disk was asked is newer than its answer, and stays.
 *
 * While clients fare badly there may be one slice in a second or two, and then none of it may be spent in vain: peers have
 * turns, what a peer waits for no longer is dropped before a slice is used for it, and so is what it wanted before it told
 * its roots anew. So each slice that is used brings somebody a few of the keys that it lacks, and all comes to an end.
 *
 * @module
 */
import type { Digest, NodeId, ObjectName } from "../id.ts";
import type { Slice, Slices } from "../protocol/background.ts";
import { type Config, lifeMs } from "../protocol/config.ts";
import type { ScanResult, StoredCopy } from "../protocol/event.ts";
import type { Message, NamedContainer } from "../protocol/message.ts";
import type { TreeName } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { positionOf } from "../ring/hash.ts";
import { containerDigest, LEAF_VERSION } from "../version/digest.ts";
import type { Container } from "../version/siblings.ts";
import type { Forest, Land } from "./forest.ts";
import { summaries } from "./merkle_tree_compare.ts";
import { type LeafKey, leafKey } from "./merkle_tree_key.ts";
import { PATIENCE_MS } from "./pull.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** Copies that may wait to be read. Who wants more than that does not wait for its answers, and is not answered. */
const MOST_WAITING = 4_096;
/** A reply ends with the copy that brings it to so many bytes. */
const REPLY_BYTES = 1 << 20;

/** What a {@linkcode Giver} is made of. */
export interface GiverOptions {
  readonly forest: Forest;
  readonly land: Land;
  readonly config: Pick<Config, "maxRequestMs" | "repairWaitMs">;
  /** Before each reading it waits its turn. */
  readonly slices: Slices;
  /** Numbers its reading. */
  readonly next: () => number;
  /** Whether this node has lost nothing that it knows of. */
  readonly isWhole: () => boolean;
  /** How often it has lost something. */
  readonly losses: () => number;
  /** Told of a record that cannot be read. */
  readonly damaged: (name: ObjectName, out: Outbox) => void;
}

/** Copies that a peer wants. */
interface Job {
  readonly to: NodeId;
  readonly want: MessageOf<"want">;
  /** When, by the monotonic clock. */
  readonly askedMs: number;
  /** What the tree said of each when the disk was asked. */
  readonly leaves: Map<LeafKey, Digest | null>;
}

/** What is being read for a peer. */
interface Reading {
  readonly find: number;
  readonly job: Job;
  readonly sinceMs: number;
  /** Whether trees were cut since: nobody waits for it any more. */
  readonly isVain: boolean;
}

/** What is told to those who compare. */
export class Giver {
  readonly #options: GiverOptions;
  /** In the order in which they are done: the next one of each peer, and so on. */
  #jobs: Job[] = [];
  #reading: Reading | null = null;
  /** Leave to read; 0 if there is none. */
  #slice: Slice = 0;
  /** Whether it waits for leave. */
  #waits = false;
  /** Of how many losses each peer was told when it last told its roots. */
  readonly #told = new Map<NodeId, number>();

  /** Nobody has asked yet. */
  constructor(options: GiverOptions) {
    this.#options = options;
  }

  /** What it holds in memory. */
  snapshot(): object {
    const shown = ({ leaves, ...job }: Job) => ({ ...job, leaves: [...leaves] });
    const { find, job, isVain } = this.#reading ?? {};
    const reading = job && { find, job: shown(job), isVain };
    const told = [...this.#told].filter(([, losses]) => losses === this.#options.losses());
    return { jobs: this.#jobs.map(shown), reading, waits: this.#waits, told };
  }

  /**
   * A peer tells its roots. It may know ranges of which nothing is here, and the other way round. Returns of how many the
   * two do not hold the same; null if they cannot be compared.
   */
  onRoots(
    from: NodeId,
    { request, leaves, cut, roots }: MessageOf<"roots">,
    out: Outbox,
  ): number | null {
    const { forest, isWhole, land } = this.#options;
    // A node fetches from one peer at a time, so what it had wanted in its last exchange it does not wait for.
    this.#drop((job) => job.to === from, out);
    if (leaves !== LEAF_VERSION) {
      // Leaves of another version are other leaves of the same contents: everything would seem to differ (law M19).
      out.mark("exchange.other_leaves");
      return null;
    }
    if (cut !== land.cut()) {
      out.mark("exchange.other_ends");
      return null;
    }
    this.#told.set(from, this.#options.losses());
    const told = new Set(roots.map(({ end, n }) => `${n} ${end}`));
    const differing: TreeName[] = roots.filter(({ end, n, root }) =>
      this.#isShared(from, { end, n }) && (forest.plot(end, n)?.tree.root() ?? null) !== root
    ).map(({ end, n }) => ({ end, n }));
    for (const { end, n, tree } of forest.givenTo(from)) {
      if (!told.has(`${n} ${end}`) && tree.root() !== null) differing.push({ end, n });
    }
    out.mark(differing.length === 0 ? "exchange.equal" : "exchange.differs");
    out.send(from, { kind: "roots_reply", request, whole: isWhole(), differing });
    return differing.length;
  }

  /** Trees were cut: whoever was told of them must tell its roots anew. */
  onCut(): void {
    this.#told.clear();
    this.#jobs = [];
    if (this.#reading !== null) this.#reading = { ...this.#reading, isVain: true };
  }

  /** A peer asks what stands at some places. */
  onPlaces(from: NodeId, { request, end, n, paths }: MessageOf<"places">, out: Outbox): void {
    const { forest } = this.#options;
    if (!this.#isShared(from, { end, n })) return;
    // What has been lost since is in no tree any more: who was told that this node is whole must begin anew.
    const isOvertaken = this.#told.get(from) !== this.#options.losses();
    if (isOvertaken) out.mark("exchange.overtaken");
    const { tree } = forest.plot(end, n) ?? forest.plant(end, n);
    const told = isOvertaken ? null : summaries(tree, paths);
    out.send(from, { kind: "places_reply", request, summaries: told });
  }

  /** A peer wants copies. */
  onWant(from: NodeId, want: MessageOf<"want">, out: Outbox): void {
    this.#dropLate(out);
    const waiting = this.#jobs.reduce((sum, { want: { keys } }) => sum + keys.length, 0);
    // Who has not told its roots to this cut of the trees means other ranges.
    const isTold = this.#told.has(from);
    if (!isTold || !this.#isShared(from, want) || waiting + want.keys.length > MOST_WAITING) {
      return out.mark("exchange.refused");
    }
    this.#jobs.push({ to: from, want, askedMs: out.now.monoMs, leaves: new Map() });
    this.#read(out);
  }

  /** Records are here. Returns whether the number was one of these. */
  onScanned(scan: number, result: ScanResult, out: Outbox): boolean {
    if (scan !== this.#reading?.find) return false;
    const { job, sinceMs, isVain } = this.#reading;
    this.#reading = null;
    // No copy is kept from one step to the next for longer than a request may: what was read long ago is read again.
    const isLate = out.now.monoMs - sinceMs > lifeMs(this.#options.config);
    if (isLate && !isVain) this.#jobs.unshift(job);
    if (!isLate && !isVain && result.kind === "records") {
      this.#give(job, result.records, result.damaged ?? [], out);
    }
    this.#options.slices.end(this.#slice, out);
    this.#read(out);
    return true;
  }

  #give(
    { to, want, leaves }: Job,
    records: readonly StoredCopy[],
    damaged: readonly ObjectName[],
    out: Outbox,
  ): void {
    const { isWhole } = this.#options;
    const { request, n } = want;
    const found = new Map<LeafKey, NamedContainer>();
    for (const { name, record: { container } } of records) {
      if (this.#options.land.nOf(name) !== n) continue;
      found.set(leafKey(name, positionOf(name)), { name, container });
    }
    for (const name of damaged) this.#options.damaged(name, out);
    for (const [key, leaf] of leaves) this.#mend(want, key, { leaf, found: found.get(key) }, out);
    const copies: NamedContainer[] = [];
    let bytes = 0;
    for (const copy of found.values()) {
      if (bytes >= REPLY_BYTES) break;
      copies.push(copy);
      bytes += bytesIn(copy.container);
    }
    const gone = want.keys.filter((key) => !found.has(key));
    const whole = isWhole() && damaged.length === 0;
    out.send(to, { kind: "want_reply", request, whole, copies, gone });
  }

  /** The disk was asked when the tree said `leaf`. If that has not changed since, the disk is right. */
  #mend(
    { end, n }: TreeName,
    key: LeafKey,
    { leaf, found }: { readonly leaf: Digest | null; readonly found: NamedContainer | undefined },
    out: Outbox,
  ): void {
    const tree = this.#options.forest.plot(end, n)?.tree;
    const there = found ? containerDigest(found.name, found.container) : null;
    if (tree === undefined || there === leaf || tree.get(key) !== leaf) return;
    out.mark("exchange.mended");
    if (there === null) tree.remove(key);
    else tree.put(key, there);
  }

  #read(out: Outbox): void {
    if (this.#reading !== null || this.#waits || this.#jobs.length === 0) return;
    this.#waits = true;
    const { slices } = this.#options;
    slices.ask("repair", (slice, out) => {
      this.#waits = false;
      this.#slice = slice;
      const job = this.#nextJob(out);
      if (job === undefined) slices.end(slice, out);
      else this.#begin(job, out);
    }, out);
  }

  /** The first; what else its peer wants comes after what all others want. */
  #nextJob(out: Outbox): Job | undefined {
    this.#dropLate(out);
    const job = this.#jobs.shift();
    if (job === undefined) return undefined;
    const isItsOwn = ({ to }: Job) => to === job.to;
    this.#jobs = [...this.#jobs.filter((one) => !isItsOwn(one)), ...this.#jobs.filter(isItsOwn)];
    return job;
  }

  /** Whoever has waited for so long waits no more. */
  #dropLate(out: Outbox): void {
    this.#drop(({ askedMs }) => out.now.monoMs - askedMs >= PATIENCE_MS, out);
  }

  #drop(isInVain: (job: Job) => boolean, out: Outbox): void {
    const left = this.#jobs.filter((job) => !isInVain(job));
    if (left.length < this.#jobs.length) out.mark("exchange.dropped");
    this.#jobs = left;
  }

  #begin(job: Job, out: Outbox): void {
    const { end, n, keys } = job.want;
    const tree = this.#options.forest.plot(end, n)?.tree;
    for (const key of keys) job.leaves.set(key, tree?.get(key) ?? null);
    const find = this.#options.next();
    this.#reading = { find, job, sinceMs: out.now.monoMs, isVain: false };
    out.findRecords(find, keys);
  }

  #isShared(peer: NodeId, { end, n }: TreeName): boolean {
    return this.#options.land.gives({ end, n }, peer);
  }
}

function bytesIn({ siblings }: Container): number {
  return siblings.reduce((sum, { version: { content } }) => sum + content.length, 0);
}
