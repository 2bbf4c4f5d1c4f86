/**
 * Anti-entropy: two replicas find out what they do not hold alike, and each fetches what it lacks (paper, section 4.7;
 * protocol.md, Part 1 g). It needs no client, and it is what brings a disk that was wiped to its contents again.
 *
 * Every `exchangeMs` a node tells each peer, one after the other, the roots of all trees that it shares with it: over all
 * peers each root is told n - 1 times, so the cost does not grow with the cluster. Where they are alike, the answer says so,
 * and that is all. Where not, the node goes down the peer's trees, level by level, only where they differ
 * (`merkle_tree_compare.ts`), and asks for the copies that it lacks:
 *
 * ```text
 *  a                                            b
 *  |-- roots ------------------------------------>|
 *  |<-------------------------------- roots_reply --|  all alike: nothing more
 *  |-- places: what stands at the top? ---------->|
 *  |<------------------------------- places_reply --|
 *  |-- places ----------------------------------->|  and so on, down to the leaves
 *  |<------------------------------- places_reply --|
 *  |-- want: these keys ------------------------->|  b reads them again
 *  |<--------------------------------- want_reply --|  a merges and stores them; then it wants more
 * ```
 *
 * What b lacks it asks for itself, when its turn comes. So whoever fetches goes as fast as its own disk, and knows when it
 * has everything: that is what a node that recovers must know (`recovery.ts`). A node fetches from one peer at a time
 * (`pull.ts`); it gives to all who ask (`giver.ts`).
 *
 * A copy is merged where it comes: what is late, lost, doubled or out of date does no harm, and the next exchange finds what
 * this one missed. Copies go to primaries alone; what fallbacks keep is not in any tree (laws M12, H13).
 *
 * A node that recovers does not wait for its turns: as soon as its trees are filled it begins, and goes on from peer to peer;
 * when somebody cannot be reached it tries again every second, and at once when that one tells its own roots.
 *
 * Two nodes compare only while both cut the ring into the same ranges: under strategy 1 a join cuts some, and not everybody
 * hears of it at once. Who cuts it otherwise is not answered, and nobody is when the trees were cut since it told its roots.
 *
 * All of it waits for slices of background work: each page of records that fills the trees, each comparison that is due,
 * and, on both sides, each few copies.
 *
 * @module
 */
import { compare, type NodeId, type ObjectName } from "../id.ts";
import type { Begin, Slice, Slices } from "../protocol/background.ts";
import type { Config } from "../protocol/config.ts";
import type { ScanResult } from "../protocol/event.ts";
import type { Locator } from "../protocol/locator.ts";
import type { Message, NamedContainer, WriteOutcome } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { Forest, type Land } from "./forest.ts";
import { Giver } from "./giver.ts";
import type { Moving } from "./moving.ts";
import type { Comparison, TreesOverview } from "./overview.ts";
import { Pull, type Settled } from "./pull.ts";
import type { Recovery } from "./recovery.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** What answers a question of an exchange. */
type Answer = "roots_reply" | "places_reply" | "want_reply";
/** What this room is told. */
type Spoken = "roots" | "places" | "want" | "amnesia_reply" | Answer;

/** Records that are read at a time, to fill trees. */
const PAGE = 256;
/** While a node recovers it tries again so often, if nothing else makes it. In ms. */
const RECOVERY_MS = 1_000;
/** Keys that are looked at again at a time, of those of which it is not known what is durable. */
const DOUBTS = 16;

/** What an {@linkcode Exchange} is made of. */
export interface ExchangeOptions {
  readonly locator: Locator;
  readonly land: Land;
  readonly config: Pick<Config, "exchangeMs" | "maxRequestMs" | "repairWaitMs">;
  readonly recovery: Recovery;
  readonly moving: Moving;
  /** Before each small piece it waits its turn. */
  readonly slices: Slices;
  /** What was done with this very container a moment ago; null if it is not settled. */
  readonly settled: (copy: NamedContainer, out: Outbox) => Settled | null;
  /** Who shares a range with this node. */
  readonly neighbours: () => ReadonlySet<NodeId>;
  /** Numbers its messages and its reading. */
  readonly next: () => number;
  /** Told of a record that cannot be read. */
  readonly damaged: (name: ObjectName, out: Outbox) => void;
  /** Looks again what is durable of a key. */
  readonly look: (name: ObjectName, out: Outbox) => void;
}

/** What an {@linkcode Exchange} holds in memory. */
export interface ExchangeSnapshot {
  /** The questions that are open. */
  readonly open: readonly RequestId[];
  /** All else. */
  readonly [room: string]: unknown;
}

/** The trees of one node, and the talk about them. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #forest: Forest;
  readonly #giver: Giver;
  #pull: Pull | null = null;
  /** What moved when it began. */
  #movingAt = 0;
  /** The page that is being read; 0 if none is. */
  #filling = 0;
  /** Leave to read it; 0 if there is none. */
  #page: Slice = 0;
  /** Kinds of work that wait their turn. */
  readonly #waits = new Set<"exchange" | "rebuild">();
  #turn = 0;
  /** From one turn to the next, as the timer is set. In ms. */
  #paceMs = 0;
  /** Roots that were told before the trees were filled: they are answered then. */
  readonly #early = new Map<NodeId, MessageOf<"roots">>();
  /** Nothing depends on it: it is for people. */
  readonly #compared = new Map<NodeId, Comparison>();

  /** Nothing is known of any record. */
  constructor(options: ExchangeOptions) {
    const { land, config, next, recovery, slices, damaged } = options;
    const forest = new Forest(land);
    const [isWhole, losses] = [() => recovery.isWhole, () => recovery.losses];
    this.#options = options;
    this.#forest = forest;
    this.#giver = new Giver({ forest, land, config, slices, next, damaged, isWhole, losses });
  }

  /** The trees. */
  get forest(): Forest {
    return this.#forest;
  }

  /** The trees, and when they were last compared. */
  get overview(): TreesOverview {
    const { isFull, plots } = this.#forest;
    const { overview: recovery } = this.#options.recovery;
    return { isFull, plots, compared: [...this.#compared.values()], recovery };
  }

  /** What it holds in memory. */
  snapshot(): ExchangeSnapshot {
    return {
      open: [...this.#pull?.open ?? [], ...this.#options.recovery.open],
      forest: this.#forest.snapshot(),
      giver: this.#giver.snapshot(),
      pull: this.#pull?.snapshot() ?? null,
      recovery: this.#options.recovery.snapshot(),
      ...{
        filling: this.#filling,
        turn: this.#turn,
        paceMs: this.#paceMs,
        early: [...this.#early],
      },
      movingAt: this.#movingAt,
      waits: [...this.#waits],
    };
  }

  /** The node serves: its trees are filled. */
  onReady(out: Outbox): void {
    this.#options.recovery.onRecovering(out);
    this.#fill(null, out);
  }

  /** The next peer in turn; or the trees are filled, if that has failed. */
  onTimer(out: Outbox): void {
    if (!this.#forest.isFull) return this.onReady(out);
    const { recovery, locator } = this.#options;
    this.#pull?.onTimer(out);
    if (this.#pull && locator.isDown(this.#pull.peer)) this.#pull.fail(out);
    recovery.onTimer(out);
    this.#lookAgain(out);
    this.#setTimer(out);
    if (!this.#isBusy) this.#inTurn("exchange", (slice, out) => this.#onTurn(slice, out), out);
  }

  /** What could not be seen since a store failed is looked at again. */
  #lookAgain(out: Outbox): void {
    const { recovery, look, slices } = this.#options;
    if (!recovery.hasDoubts) return;
    this.#inTurn("rebuild", (slice, out) => {
      for (const name of recovery.nextDoubts(DOUBTS)) look(name, out);
      slices.end(slice, out);
    }, out);
  }

  /** An exchange that is due may begin. */
  #onTurn(slice: Slice, out: Outbox): void {
    const { slices } = this.#options;
    const peers = this.#peers();
    const turns = peers.map((_, i) => peers[(this.#turn + i) % peers.length]!);
    this.#turn++;
    const peer = turns.find((peer) => this.#needs(peer)) ?? turns[0];
    if (peer !== undefined && !this.#isBusy) this.#begin(peer, out);
    slices.end(slice, out);
  }

  /** The ranges of this node have begun to recover, or have done so. */
  onRecovering(out: Outbox): void {
    this.#options.recovery.onRecovering(out);
    if (!this.#forest.isFull) return;
    // A register is stored for many reasons: only another pace puts the next turn off, or brings it nearer.
    if (this.#turnMs() !== this.#paceMs) this.#setTimer(out);
    this.#recover(out);
  }

  /** Copies of ranges that come to this node are to be fetched. */
  onMoving(out: Outbox): void {
    if (!this.#forest.isFull) return;
    if (this.#turnMs() !== this.#paceMs) this.#setTimer(out);
    this.#recover(out);
  }

  /**
   * The ring is another one. Where ranges were cut, whoever compares with this node begins anew: what it was told of were
   * other trees. What this node fetches goes on: it walks the trees of the peer, and lacks at most more than it thinks.
   */
  onRing(out: Outbox): void {
    const finer = this.#forest.onRing();
    if (finer === null) return;
    out.mark("exchange.cut");
    this.#options.recovery.onCut(finer);
    this.#giver.onCut();
  }

  /** A member says that it has lost something. So it is there. */
  onSign(from: NodeId, out: Outbox): void {
    const { recovery, locator: { node } } = this.#options;
    if (from !== node) recovery.onSign(from, out);
  }

  /** A peer says something of trees, or of what was lost. */
  onMessage(from: NodeId, message: MessageOf<Spoken>, out: Outbox): void {
    switch (message.kind) {
      case "roots":
        return this.#onRoots(from, message, out);
      case "places":
        return this.#forest.isFull ? this.#giver.onPlaces(from, message, out) : undefined;
      case "want":
        return this.#forest.isFull ? this.#giver.onWant(from, message, out) : undefined;
      case "amnesia_reply":
        this.#options.recovery.onReply(from, message);
        return this.#forest.isFull ? this.#recover(out) : undefined;
      default:
        return this.#onAnswer(from, message, out);
    }
  }

  /** A peer tells its roots. */
  #onRoots(from: NodeId, message: MessageOf<"roots">, out: Outbox): void {
    if (!this.#forest.isFull) {
      this.#early.set(from, message);
      return;
    }
    const differing = this.#giver.onRoots(from, message, out);
    if (differing === null) return;
    this.#compared.set(from, { peer: from, atMs: out.now.monoMs, differing });
    // It is there: whoever has waited for it need not wait for a turn.
    if (!this.#isBusy && this.#needs(from)) this.#begin(from, out);
  }

  /** A peer has answered. */
  #onAnswer(from: NodeId, message: MessageOf<Answer>, out: Outbox): void {
    if (this.#pull?.peer !== from) return;
    if (message.kind === "roots_reply") this.#pull.onRootsReply(message, out);
    else if (message.kind === "places_reply") this.#pull.onPlacesReply(message, out);
    else this.#pull.onWantReply(message, out);
    this.#settle(out);
  }

  /** A copy was stored, or was not. Returns whether it was one that this room has fetched. */
  onStored(
    { request, outcome }: { readonly request: number; readonly outcome: WriteOutcome },
    out: Outbox,
  ): boolean {
    if (!this.#pull?.onStored(request, outcome, out)) return false;
    this.#settle(out);
    return true;
  }

  /** A question certainly did not arrive. */
  onUndelivered(to: NodeId, message: Message, out: Outbox): boolean {
    if (!["roots", "places", "want"].includes(message.kind)) return false;
    if (this.#pull?.peer === to) this.#pull.fail(out);
    return true;
  }

  /** Records are here. Returns whether the number was one of this room's. */
  onScanned(scan: number, result: ScanResult, out: Outbox): boolean {
    if (scan !== this.#filling) return this.#giver.onScanned(scan, result, out);
    this.#onPage(result, out);
    return true;
  }

  /** The next page of records is read into the trees. */
  #fill(after: ObjectName | null, out: Outbox): void {
    this.#inTurn("rebuild", (slice, out) => {
      this.#page = slice;
      this.#filling = this.#options.next();
      out.scanRecords(this.#filling, { after, most: PAGE });
    }, out);
  }

  /** Does work of a kind when it is its turn; nothing new, if some of it waits already. */
  #inTurn(kind: "exchange" | "rebuild", begin: Begin, out: Outbox): void {
    if (this.#waits.has(kind)) return;
    this.#waits.add(kind);
    this.#options.slices.ask(kind, (slice, out) => {
      this.#waits.delete(kind);
      begin(slice, out);
    }, out);
  }

  #onPage(result: ScanResult, out: Outbox): void {
    this.#filling = 0;
    this.#options.slices.end(this.#page, out);
    if (result.kind !== "records") {
      // It begins anew, but not at once: a disk that cannot be read would be asked for nothing else.
      return out.setTimer({ kind: "exchange" }, this.#options.config.exchangeMs);
    }
    for (const name of result.damaged ?? []) this.#options.damaged(name, out);
    this.#forest.onPage(result.records.map(({ name, record: { container } }) => ({
      name,
      container,
    })));
    const last = result.records.at(-1);
    if (last !== undefined) return this.#fill(last.name, out);
    this.#forest.onFilled();
    out.mark("exchange.filled");
    this.#setTimer(out);
    for (const [from, message] of this.#early) this.#onRoots(from, message, out);
    this.#early.clear();
    this.#recover(out);
  }

  /** An exchange may be over: then it counts, and the next one that is needed begins. */
  #settle(out: Outbox): void {
    const { recovery } = this.#options;
    if (!this.#pull?.isDone) return;
    const { peer, epoch, isWhole } = this.#pull;
    this.#pull = null;
    recovery.onCompared(peer, { epoch, isWhole }, out);
    this.#options.moving.onCompared(peer, this.#movingAt, out);
    this.#recover(out);
  }

  /** Whoever is still to be compared with, one after the other. */
  #recover(out: Outbox): void {
    const { recovery, moving } = this.#options;
    if (!(recovery.isRecovering || moving.isMoving) || this.#isBusy) return;
    const peer = this.#peers().find((peer) => this.#needs(peer));
    if (peer !== undefined) this.#begin(peer, out);
  }

  #needs(peer: NodeId): boolean {
    return this.#options.recovery.needs(peer) || this.#options.moving.needs(peer);
  }

  #begin(peer: NodeId, out: Outbox): void {
    const { locator: { node }, recovery: { epoch }, slices, settled, next } = this.#options;
    this.#movingAt = this.#options.moving.epoch;
    const cut = this.#options.land.cut();
    this.#pull = new Pull({ node, peer, forest: this.#forest, cut, epoch, slices, settled, next });
    this.#pull.begin(out);
  }

  get #isBusy(): boolean {
    return this.#pull !== null && !this.#pull.isOver;
  }

  /** Who is to be compared with, in turn. */
  #peers(): NodeId[] {
    const { locator, neighbours } = this.#options;
    return [...neighbours()].filter((peer) => !locator.isDown(peer)).sort(compare);
  }

  #setTimer(out: Outbox): void {
    this.#paceMs = this.#turnMs();
    out.setTimer({ kind: "exchange" }, this.#paceMs);
  }

  /** Each of them has its turn within `exchangeMs`, however many there are. */
  #turnMs(): number {
    const { config: { exchangeMs }, recovery, moving } = this.#options;
    const turnMs = Math.ceil(exchangeMs / Math.max(1, this.#peers().length));
    const isUrgent = moving.isMoving || !recovery.isWhole;
    return isUrgent ? Math.min(turnMs, RECOVERY_MS) : turnMs;
  }
}
