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
import { compare, type NodeId, type ObjectName } from "../id.ts";
import type { BackgroundKind, Slice, Slices } from "../protocol/background.ts";
import type { Config } from "../protocol/config.ts";
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
  readonly config: Pick<Config, "exchangeMs">;
  /** Before each round, each page of records and each batch of copies it waits its turn. */
  readonly slices: Slices;
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
  #sending: { readonly find: number; readonly job: Job } | null = null;
  /** Leave to do each kind of work, where that is under way. */
  readonly #slices = new Map<BackgroundKind, Slice>();
  /** Kinds of work that wait their turn. */
  readonly #asked = new Set<BackgroundKind>();
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
    const asked = [...this.#asked];
    return {
      forest: this.#forest.snapshot(),
      jobs: [...this.#jobs],
      filling,
      sending,
      turn,
      asked,
    };
  }

  /** The node serves: its trees are filled. */
  onReady(out: Outbox): void {
    this.#fill(null, out);
  }

  /** The next peer in turn is told the roots; or the trees are filled, if that has failed. */
  onTimer(out: Outbox): void {
    if (!this.#forest.isFull) return this.onReady(out);
    this.#setTimer(this.#peers(), out);
    this.#inTurn("exchange", (out) => {
      this.#tellRoots(out);
      this.#done("exchange", out);
    }, out);
  }

  #tellRoots(out: Outbox): void {
    const peers = this.#peers();
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
    const { job } = this.#sending;
    this.#sending = null;
    this.#waiting -= Math.min(job.keys.length, BATCH);
    if (result.kind === "records") {
      for (const { name, record } of result.records) {
        if (this.#options.land.nOf(name) !== job.n) continue;
        out.mark("exchange.repair");
        out.send(job.to, { kind: "repair", name, n: job.n, container: record.container });
      }
    }
    this.#done("repair", out);
    this.#pump(out);
    return true;
  }

  /** The next page of records is read into the trees. */
  #fill(after: ObjectName | null, out: Outbox): void {
    this.#inTurn("rebuild", (out) => {
      this.#filling = this.#options.next();
      out.scanRecords(this.#filling, { after, most: PAGE });
    }, out);
  }

  #onPage(result: ScanResult, out: Outbox): void {
    this.#filling = 0;
    this.#done("rebuild", out);
    if (result.kind !== "records") {
      // It begins anew, but not at once: a disk that cannot be read would be asked for nothing else.
      return out.setTimer({ kind: "exchange" }, this.#options.config.exchangeMs);
    }
    this.#forest.onPage(result.records.map(({ name, record: { container } }) => ({
      name,
      container,
    })));
    const last = result.records.at(-1);
    if (last !== undefined) return this.#fill(last.name, out);
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
    if (this.#sending !== null || this.#jobs.length === 0) return;
    this.#inTurn("repair", (out) => {
      const job = this.#jobs.shift()!;
      const find = this.#options.next();
      this.#sending = { find, job };
      out.findRecords(find, job.keys);
    }, out);
  }

  /** Does work of a kind when it is its turn; nothing new, if some of it waits already. */
  #inTurn(kind: BackgroundKind, begin: (out: Outbox) => void, out: Outbox): void {
    if (this.#asked.has(kind)) return;
    this.#asked.add(kind);
    this.#options.slices.ask(kind, (slice, out) => {
      this.#asked.delete(kind);
      this.#slices.set(kind, slice);
      begin(out);
    }, out);
  }

  #done(kind: BackgroundKind, out: Outbox): void {
    const slice = this.#slices.get(kind);
    this.#slices.delete(kind);
    if (slice !== undefined) this.#options.slices.end(slice, out);
  }
}
