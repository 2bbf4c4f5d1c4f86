/**
 * Anti-entropy: two replicas find out what they do not hold alike, and send each other what is missing (paper, section
 * 4.7; protocol.md, Part 1 g). It needs no client, and it is what brings a disk that was wiped to its contents again.
 *
 * Every `exchangeMs` a node tells each peer, one after the other, the roots of all trees that it shares with it: over all
 * peers each root is told n - 1 times, so the cost does not grow with the cluster. Where they are alike, that is all that is ever said. Where not, the two go down together, level by level, only where they differ
 * (`merkle_tree_compare.ts`), and whoever learns of a key that differs sends its own copy, and asks for the other's:
 *
 * ```text
 *  a                                            b
 *  |-- roots ------------------------------------>|  all alike: nothing more
 *  |<---------------------------------- exchange --|  one is not: what stands below
 *  |-- exchange --------------------------------->|  and so on, down to the leaves
 *  |-- want: these keys ------------------------->|
 *  |-- repair: this is mine --------------------->|
 *  |<------------------------------------ repair --|
 * ```
 *
 * A copy is read again just before it is sent, and merged where it comes: what is late, lost, doubled or out of date does no
 * harm, and the next round finds what this one missed. So nothing waits for anything, and there is no state of a round.
 *
 * Copies go to primaries alone; what fallbacks keep is not in any tree (laws M12, H13).
 *
 * @module
 */
import { compare, type NodeId } from "../id.ts";
import { type Config, lifeMs } from "../protocol/config.ts";
import type { ScanResult } from "../protocol/event.ts";
import type { Locator } from "../protocol/locator.ts";
import type { Message, RequestId } from "../protocol/message.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { Forest, type Land, type Plot } from "./forest.ts";
import { compareWith, summaries } from "./merkle_tree_compare.ts";
import type { LeafKey } from "./merkle_tree_key.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** Records that are read at a time, to fill trees. */
const PAGE = 256;
/** Copies that are read at a time, to be sent. */
const BATCH = 16;
/** Places that are gone into at a time. What differs elsewhere is found in the next round. */
const PLACES = 64;
/** Copies that may wait to be sent. More are found again in a later round. */
const MOST_WAITING = 4_096;

/** What an {@linkcode Exchange} is made of. */
export interface ExchangeOptions {
  readonly locator: Locator;
  readonly land: Land;
  readonly config: Pick<Config, "exchangeMs" | "maxRequestMs" | "repairWaitMs">;
  /** Who shares a range with this node. */
  readonly neighbours: () => ReadonlySet<NodeId>;
  /** Numbers its messages and its reading. */
  readonly next: () => number;
}

/** What came of it when a peer last told its roots. */
export interface Comparison {
  /** With whom. */
  readonly peer: NodeId;
  /** By the monotonic clock. */
  readonly atMs: number;
  /** Ranges of which the two did not hold the same. */
  readonly differing: number;
}

/** The trees, for whoever looks after the node. */
export interface TreesOverview {
  /** Whether every record has its leaf. */
  readonly isFull: boolean;
  /** All of them. */
  readonly plots: readonly Plot[];
  /** With each peer that has told its roots, the last time. */
  readonly compared: readonly Comparison[];
}

/** Copies that are to be sent. */
interface Job {
  readonly to: NodeId;
  readonly n: number;
  readonly keys: readonly LeafKey[];
}

/** The trees of one node, and the talk about them. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #forest: Forest;
  readonly #jobs: Job[] = [];
  #filling = 0;
  #sending: { readonly find: number; readonly job: Job; readonly sinceMs: number } | null = null;
  #waiting = 0;
  #turn = 0;
  /** Nothing depends on it: it is for people. */
  readonly #compared = new Map<NodeId, Comparison>();

  /** Nothing is known of any record. */
  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#forest = new Forest(options.land);
  }

  /** The trees. */
  get forest(): Forest {
    return this.#forest;
  }

  /** The trees, and when they were last compared. */
  get overview(): TreesOverview {
    const { isFull, plots } = this.#forest;
    return { isFull, plots, compared: [...this.#compared.values()] };
  }

  /** What it holds in memory. */
  snapshot(): object {
    const [filling, sending, turn] = [this.#filling, this.#sending, this.#turn];
    return { forest: this.#forest.snapshot(), jobs: [...this.#jobs], filling, sending, turn };
  }

  /** The node serves: its trees are filled. */
  onReady(out: Outbox): void {
    this.#filling = this.#options.next();
    out.scanRecords(this.#filling, { after: null, most: PAGE });
  }

  /** The next peer in turn is told the roots; or the trees are filled, if that has failed. */
  onTimer(out: Outbox): void {
    if (!this.#forest.isFull) return this.onReady(out);
    const peers = this.#peers();
    this.#setTimer(peers, out);
    const { next } = this.#options;
    const peer = peers[this.#turn++ % Math.max(1, peers.length)];
    if (peer === undefined) return;
    const roots = this.#forest.sharedWith(peer).map(({ end, n, tree }) => ({
      end,
      n,
      root: tree.root(),
    }));
    out.send(peer, { kind: "roots", request: next(), roots });
  }

  /** A peer tells its roots. It may know ranges of which nothing is here, and the other way round. */
  onRoots(from: NodeId, { request, roots }: MessageOf<"roots">, out: Outbox): void {
    if (!this.#forest.isFull) return;
    const told = new Map(roots.map(({ end, n, root }) => [`${n} ${end}`, root]));
    let differ = 0;
    for (const { end, n } of roots) {
      const tree = this.#forest.plot(end, n)?.tree;
      if ((tree?.root() ?? null) === (told.get(`${n} ${end}`) ?? null)) continue;
      differ++;
      this.#tell(from, { request, end, n, paths: [""] }, out);
    }
    for (const { end, n, tree } of this.#forest.sharedWith(from)) {
      if (told.has(`${n} ${end}`) || tree.root() === null) continue;
      differ++;
      this.#tell(from, { request, end, n, paths: [""] }, out);
    }
    this.#compared.set(from, { peer: from, atMs: out.now.monoMs, differing: differ });
    out.mark(differ === 0 ? "exchange.equal" : "exchange.differs");
  }

  /** A peer tells what stands at some places of a tree. */
  onExchange(from: NodeId, message: MessageOf<"exchange">, out: Outbox): void {
    if (!this.#forest.isFull) return;
    const { request, end, n } = message;
    const { tree } = this.#forest.plot(end, n) ?? this.#forest.plant(end, n);
    const { differences, onlyHere, ask } = compareWith(tree, message.summaries);
    const here = differences.filter(({ ours }) => ours !== null).map(({ key }) => key);
    for (const path of onlyHere) for (const { key } of tree.leaves(path)) here.push(key);
    const there = differences.filter(({ theirs }) => theirs !== null).map(({ key }) => key);
    if (there.length > 0) out.send(from, { kind: "want", n, keys: there });
    this.#queue({ to: from, n, keys: here }, out);
    if (ask.length > 0) this.#tell(from, { request, end, n, paths: ask.slice(0, PLACES) }, out);
  }

  /** A peer wants copies. */
  onWant(from: NodeId, { n, keys }: MessageOf<"want">, out: Outbox): void {
    this.#queue({ to: from, n, keys }, out);
  }

  /** Records are here. Returns whether the number was one of this room's. */
  onScanned(scan: number, result: ScanResult, out: Outbox): boolean {
    if (scan === this.#filling) {
      this.#onPage(result, out);
      return true;
    }
    if (scan !== this.#sending?.find) return false;
    const { job, sinceMs } = this.#sending;
    this.#sending = null;
    // No copy is kept from one step to the next for longer than a request may: what was read long ago is found again.
    const isLate = out.now.monoMs - sinceMs > lifeMs(this.#options.config);
    this.#waiting -= Math.min(job.keys.length, BATCH);
    if (result.kind === "records" && !isLate) {
      for (const { name, record } of result.records) {
        if (this.#options.land.nOf(name) !== job.n) continue;
        out.mark("exchange.repair");
        out.send(job.to, { kind: "repair", name, n: job.n, container: record.container });
      }
    }
    this.#pump(out);
    return true;
  }

  #onPage(result: ScanResult, out: Outbox): void {
    if (result.kind !== "records") {
      // It begins anew, but not at once: a disk that cannot be read would be asked for nothing else.
      this.#filling = 0;
      return out.setTimer({ kind: "exchange" }, this.#options.config.exchangeMs);
    }
    this.#forest.onPage(result.records.map(({ name, record: { container } }) => ({
      name,
      container,
    })));
    const last = result.records.at(-1);
    if (last !== undefined) {
      this.#filling = this.#options.next();
      return out.scanRecords(this.#filling, { after: last.name, most: PAGE });
    }
    this.#filling = 0;
    this.#forest.onFilled();
    out.mark("exchange.filled");
    this.#setTimer(this.#peers(), out);
  }

  /** Who is to be compared with, in turn. */
  #peers(): NodeId[] {
    const { locator, neighbours } = this.#options;
    return [...neighbours()].filter((peer) => !locator.isDown(peer)).sort(compare);
  }

  /** Each of them has its turn within `exchangeMs`, however many there are. */
  #setTimer(peers: readonly NodeId[], out: Outbox): void {
    const { exchangeMs } = this.#options.config;
    out.setTimer({ kind: "exchange" }, Math.ceil(exchangeMs / Math.max(1, peers.length)));
  }

  #tell(
    to: NodeId,
    { request, end, n, paths }: {
      readonly request: RequestId;
      readonly end: MessageOf<"exchange">["end"];
      readonly n: number;
      readonly paths: readonly string[];
    },
    out: Outbox,
  ): void {
    const { tree } = this.#forest.plot(end, n) ?? this.#forest.plant(end, n);
    out.send(to, { kind: "exchange", request, end, n, summaries: summaries(tree, paths) });
  }

  #queue({ to, n, keys }: Job, out: Outbox): void {
    const room = MOST_WAITING - this.#waiting;
    for (let i = 0; i < Math.min(keys.length, room); i += BATCH) {
      const batch = keys.slice(i, Math.min(i + BATCH, room));
      this.#waiting += batch.length;
      this.#jobs.push({ to, n, keys: batch });
    }
    this.#pump(out);
  }

  #pump(out: Outbox): void {
    if (this.#sending !== null) return;
    const job = this.#jobs.shift();
    if (job === undefined) return;
    const find = this.#options.next();
    this.#sending = { find, job, sinceMs: out.now.monoMs };
    out.findRecords(find, job.keys);
  }
}
