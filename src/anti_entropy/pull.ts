/**
 * One exchange, from the side of the node that wants to hold what a peer holds (paper, section 4.7): it compares its trees
 * with the peer's, and fetches what it lacks, as fast as its own disk takes it.
 *
 * ```text
 *          roots_reply: nothing differs
 *        +------------------------------------------------------------+
 *        |                                                            v
 *  asking roots --roots_reply--> walking --nothing is open any more--> done
 *        |                          |
 *        +----- failed <------------+   undelivered, silent, overtaken by a loss there, a store that failed
 * ```
 *
 * While it walks, three things go on side by side: a question what stands at some places of one tree, and never more than
 * one; wants, each for a few keys; and stores of copies that have come. **Keys that are wanted or being stored are bounded**,
 * so that a node that lacks everything is not flooded by those who have it: what it cannot take yet it does not ask for.
 * And each want waits for a slice of background work, which ends when its copies are stored.
 *
 * Invariant: when it is done, everything that the peer held when the exchange began is durable here, or the peer has said
 * that it is gone. For each such key stood in the peer's tree whenever it was asked; and it was the same here then, or it
 * was wanted, and its store is done. A part of an exchange proves nothing: one that failed counts for nothing, but that
 * what it has brought is here.
 *
 * What it does not do: send the peer what that lacks. The peer asks for it.
 *
 * @module
 */
import type { Digest, NodeId } from "../id.ts";
import type { Slice, Slices } from "../protocol/background.ts";
import type { Message, NamedContainer, Settling, WriteOutcome } from "../protocol/message.ts";
import type { RequestId, TreeName } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { positionOf } from "../ring/hash.ts";
import { LEAF_VERSION } from "../version/digest.ts";
import type { Forest } from "./forest.ts";
import { compareWith } from "./merkle_tree_compare.ts";
import { type LeafKey, leafKey, type Path } from "./merkle_tree_key.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** Keys in one want. */
const BATCH = 16;
/** Keys that are wanted, or being stored, at a time. */
const WINDOW = 64;
/** Places that are asked about at a time. */
const PLACES = 64;
/** No more is asked about while so many keys wait to be wanted. */
const MOST_LACKING = 1_024;
/** Roots are answered from memory: who is silent for so long is not going to. In ms. */
const ROOTS_PATIENCE_MS = 2_000;
/** What is read and stored takes a disk; whoever gives knows how long it is worth while. In ms. */
export const PATIENCE_MS = 10_000;

/** What was done with a container that all had agreed on. */
export interface Settled {
  readonly how: Settling;
  /** Of the container. */
  readonly digest: Digest;
}

/** What a {@linkcode Pull} is made of. */
export interface PullOptions {
  /** This node. */
  readonly node: NodeId;
  /** Whom it is compared with. */
  readonly peer: NodeId;
  readonly forest: Forest;
  /** How its trees are cut. */
  readonly cut: Digest;
  /** What the recovery counted when it began (`recovery.ts`). */
  readonly epoch: number;
  /** Before each want it waits its turn. */
  readonly slices: Slices;
  /** What was done with this very container a moment ago; null if it is not settled. */
  readonly settled: (copy: NamedContainer, out: Outbox) => Settled | null;
  readonly next: () => RequestId;
}

/** Some places of one tree. */
interface Places extends TreeName {
  readonly paths: readonly Path[];
}

/** Some keys of one tree. */
interface Keys extends TreeName {
  readonly keys: readonly LeafKey[];
}

/** How far one is. */
type Phase = "roots" | "walking" | "done" | "failed";

/** One exchange. */
export class Pull {
  readonly #options: PullOptions;
  #phase: Phase = "roots";
  /** The roots that were told, or the places that were asked about; 0 if nothing is open. */
  #question: RequestId = 0;
  #asked: Places | null = null;
  /** Places to be asked about: what was found last comes first, so that few are open. */
  readonly #places: Places[] = [];
  /** Keys to be wanted, at most {@linkcode BATCH} together. */
  readonly #lacking: Keys[] = [];
  readonly #wants = new Map<RequestId, Keys>();
  /** Copies of a want that are being stored: their writes go by its number. */
  readonly #stores = new Map<RequestId, number>();
  /** Leave for each want, until its copies are stored. */
  readonly #slices = new Map<RequestId, Slice>();
  /** Whether it waits for leave to want more. */
  #waits = false;
  #heardMs = 0;
  #whole = true;

  /** One that has not begun. */
  constructor(options: PullOptions) {
    this.#options = options;
  }

  /** With whom. */
  get peer(): NodeId {
    return this.#options.peer;
  }
  /** What the recovery counted when it began. */
  get epoch(): number {
    return this.#options.epoch;
  }
  /** True once everything that the peer held is here. */
  get isDone(): boolean {
    return this.#phase === "done";
  }
  /** True when nothing that comes can matter any more. */
  get isOver(): boolean {
    return this.#phase === "done" || this.#phase === "failed";
  }
  /** Whether the peer has said, whenever it answered, that it has lost nothing that it knows of. */
  get isWhole(): boolean {
    return this.#whole;
  }

  /** The questions that are open. */
  get open(): RequestId[] {
    const wants = [...this.#wants.keys()];
    return this.#question === 0 ? wants : [this.#question, ...wants];
  }

  /** What it holds in memory. */
  snapshot(): object {
    const { peer, epoch } = this.#options;
    return {
      ...{ peer, epoch, phase: this.#phase, question: this.#question, asked: this.#asked },
      ...{ places: [...this.#places], lacking: [...this.#lacking], whole: this.#whole },
      ...{ wants: [...this.#wants], stores: [...this.#stores], heardMs: this.#heardMs },
      waits: this.#waits,
    };
  }

  /** The peer is told the roots. */
  begin(out: Outbox): void {
    const { peer, forest, cut, next } = this.#options;
    this.#heardMs = out.now.monoMs;
    this.#question = next();
    const roots = forest.fetchedFrom(peer).map(({ end, n, tree }) => ({
      end,
      n,
      root: tree.root(),
    }));
    out.send(peer, { kind: "roots", request: this.#question, leaves: LEAF_VERSION, cut, roots });
  }

  /** The peer has said which trees differ. */
  onRootsReply({ request, whole, differing }: MessageOf<"roots_reply">, out: Outbox): void {
    if (this.#phase !== "roots" || request !== this.#question) return;
    this.#phase = "walking";
    this.#question = 0;
    this.#whole = whole;
    this.#places.push(...differing.map((tree) => ({ ...tree, paths: [""] })));
    this.#goOn(out);
  }

  /** The peer has said what stands at the places that it was asked about. */
  onPlacesReply({ request, summaries }: MessageOf<"places_reply">, out: Outbox): void {
    const asked = this.#asked;
    if (request !== this.#question || asked === null) return;
    if (summaries === null) return this.fail(out);
    const { end, n } = asked;
    this.#question = 0;
    this.#asked = null;
    const { tree } = this.#options.forest.plot(end, n) ?? this.#options.forest.plant(end, n);
    const { differences, ask } = compareWith(tree, summaries);
    const keys = differences.filter(({ theirs }) => theirs !== null).map(({ key }) => key);
    for (let i = 0; i < keys.length; i += BATCH) {
      this.#lacking.push({ end, n, keys: keys.slice(i, i + BATCH) });
    }
    for (let i = 0; i < ask.length; i += PLACES) {
      this.#places.push({ end, n, paths: ask.slice(i, i + PLACES) });
    }
    this.#goOn(out);
  }

  /** The peer has sent copies. They are merged here like any others, and counted when they are durable. */
  onWantReply({ request, whole, copies, gone }: MessageOf<"want_reply">, out: Outbox): void {
    const want = this.#wants.get(request);
    if (want === undefined || this.isOver) return;
    this.#wants.delete(request);
    this.#whole &&= whole;
    const { n } = want;
    const { node } = this.#options;
    const open = new Set(want.keys);
    for (const key of gone) open.delete(key);
    const wanted = copies.filter(({ name }) => open.delete(leafKey(name, positionOf(name))));
    if (wanted.length > 0) this.#stores.set(request, wanted.length);
    else this.#over(request, out);
    for (const { name, container } of wanted) {
      out.mark("exchange.repair");
      out.send(node, { kind: "write", request, name, n, container, hint: null });
      this.#tell({ name, container }, n, out);
    }
    // A peer that neither sends nor denies anything would be asked for ever.
    if (open.size === want.keys.length) return this.fail(out);
    if (open.size > 0) this.#lacking.push({ ...want, keys: [...open] });
    this.#goOn(out);
  }

  /** A peer that still holds what was settled here has not heard of it. */
  #tell(copy: NamedContainer, n: number, out: Outbox): void {
    const { peer, settled } = this.#options;
    const done = settled(copy, out);
    if (done === null) return;
    out.mark("grave.told");
    const { how, digest } = done;
    out.send(peer, { kind: "settle_do", n, how, keys: [{ name: copy.name, digest }] });
  }

  /** A copy is durable, or could not be stored. Returns whether it was one of these. */
  onStored(request: RequestId, outcome: WriteOutcome, out: Outbox): boolean {
    const left = this.#stores.get(request);
    if (left === undefined) return false;
    if (outcome.kind === "stored" && !outcome.durable) return true; // it will be, or fail
    if (left > 1) this.#stores.set(request, left - 1);
    else {
      this.#stores.delete(request);
      this.#over(request, out);
    }
    if (this.isOver) return true;
    // What this node does not serve any more it need not have.
    if (outcome.kind === "failed") this.fail(out);
    else this.#goOn(out);
    return true;
  }

  /** It cannot be ended. What it has brought is here. */
  fail(out: Outbox): void {
    if (this.isOver) return;
    out.mark("exchange.failed");
    this.#phase = "failed";
    for (const request of [...this.#slices.keys()]) this.#over(request, out);
  }

  /** Gives up, if the peer has been silent for too long. */
  onTimer(out: Outbox): void {
    // While it waits for leave, nobody else is silent.
    if (this.#question === 0 && this.#inFlight === 0) return;
    const patienceMs = this.#phase === "roots" ? ROOTS_PATIENCE_MS : PATIENCE_MS;
    if (out.now.monoMs - this.#heardMs >= patienceMs) this.fail(out);
  }

  /** Whatever may be asked now is. */
  #goOn(out: Outbox): void {
    const { peer, next } = this.#options;
    this.#heardMs = out.now.monoMs;
    if (this.#mayWant && !this.#waits) {
      this.#waits = true;
      this.#options.slices.ask("repair", (slice, out) => this.#onTurn(slice, out), out);
      if (this.isOver) return;
    }
    if (this.#asked === null && this.#lacking.length * BATCH < MOST_LACKING) {
      this.#asked = this.#places.pop() ?? null;
      if (this.#asked !== null) {
        this.#question = next();
        out.send(peer, { kind: "places", request: this.#question, ...this.#asked });
      }
    }
    if (this.#asked === null && this.#inFlight === 0 && this.#lacking.length === 0) {
      this.#phase = "done";
    }
  }

  /** Leave to want a few keys. */
  #onTurn(slice: Slice, out: Outbox): void {
    const { peer, slices, next } = this.#options;
    this.#waits = false;
    if (this.isOver || !this.#mayWant) return slices.end(slice, out);
    const keys = this.#lacking.shift()!;
    const request = next();
    this.#wants.set(request, keys);
    this.#slices.set(request, slice);
    out.send(peer, { kind: "want", request, ...keys });
    this.#goOn(out);
  }

  /** Nothing of a want is open any more. */
  #over(request: RequestId, out: Outbox): void {
    const slice = this.#slices.get(request);
    if (slice === undefined) return;
    this.#slices.delete(request);
    this.#options.slices.end(slice, out);
  }

  get #mayWant(): boolean {
    return this.#lacking.length > 0 && this.#inFlight + BATCH <= WINDOW;
  }

  get #inFlight(): number {
    let count = 0;
    for (const { keys } of this.#wants.values()) count += keys.length;
    for (const left of this.#stores.values()) count += left;
    return count;
  }
}
