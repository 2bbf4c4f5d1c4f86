/**
 * Which ranges this node may have lost something of, and when it has it again (protocol.md, Part 1 e: Recovery).
 *
 * A replica that has lost a copy says "I have nothing" of what it has acknowledged, and a read quorum that counts it misses
 * an acknowledged write. So a node that may have lost copies of a range says that it is **recovering** there: it stores, and
 * counts toward writes; what it holds is shown, and counts toward no read.
 *
 * ```text
 *              an empty disk at the start, or a record that cannot be read
 *   serving ----------------------------------------------------------------> serving, recovering
 *      ^                                                                            |
 *      +----------------------------------------------------------------------------+
 *        no put counts on what was lost (`recovery_fence.ts`), and then an exchange is begun and done with every
 *        other owner that is not down, and with all others, or with N - W + 1 others that were whole when they answered
 * ```
 *
 * **Why so many.** What this node has acknowledged, W - 1 other owners hold at least. Any N - W + 1 of the N - 1 others have
 * one of these among them; and if that one has lost nothing, it has the copy. One that is recovering itself may be the one
 * that has lost it: so it is compared with, and counts only if everybody is. That two nodes which are both recovering can
 * help one another at all is what lets a new cluster begin: **a node that starts on an empty disk cannot know whether it is
 * new or was wiped**, so all of them recover at first, from one another, of nothing; it takes two messages each way.
 *
 * The flag is a part of the node's durable roles (`membership/`): a restart does not end it. What has been compared is in
 * memory alone: a restart begins that anew.
 *
 * @module
 */
import { compare, nameBytes, type NodeId, type ObjectName, type Position } from "../id.ts";
import type { Message } from "../protocol/message.ts";
import type { RequestId, TreeName } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { RecoveryFence } from "./recovery_fence.ts";

/** What a {@linkcode Recovery} is made of. */
export interface RecoveryOptions {
  /** This node. */
  readonly node: NodeId;
  /** Everybody who may coordinate a put, this node too. */
  readonly members: () => Iterable<NodeId>;
  /** D: how long any request may take. In ms. */
  readonly maxRequestMs: number;
  readonly next: () => RequestId;
  /** The ranges of which this node says that it is recovering: durable. */
  readonly ranges: () => readonly TreeName[];
  /** Who owns a range, for n. */
  readonly owners: (end: Position, n: number) => readonly NodeId[];
  /** Whether a node is held to be down. */
  readonly isDown: (node: NodeId) => boolean;
  /** W: the least that any bucket has, as far as is known here. A request that asks for fewer copies is outside the promise. */
  readonly leastW: () => number;
  /** From now on this node says so. True if that is durable already. */
  readonly say: (ranges: readonly TreeName[], recovering: boolean, out: Outbox) => boolean;
}

/** What is still missing, for whoever looks after the node. */
export interface RecoveryOverview {
  /** Ranges that are recovering. */
  readonly ranges: number;
  /** Where puts may still run that count on what was lost: before that is over no exchange counts. */
  readonly puts: readonly NodeId[];
  /** With whom an exchange is still to be done, and of how many of them. */
  readonly waitsFor: readonly { readonly peer: NodeId; readonly ranges: number }[];
}

/** What has been compared of one range. */
interface Progress {
  /** Exchanges count that began at this epoch, or later. */
  since: number;
  /** With whom, and whether they were whole. */
  readonly compared: Map<NodeId, boolean>;
  /** True when that is enough. It remains to be said, or nobody has what is damaged still. */
  isDone: boolean;
}

/** The recovery of one node. */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #progress = new Map<string, Progress>();
  /** Records that are known to be unreadable: to meet one again is no new loss. */
  readonly #damaged = new Set<string>();
  /** Keys of which it is not known what is durable: a store has failed, and nobody could look since. */
  readonly #doubts = new Map<string, ObjectName>();
  /** Ranges that recover, of which it is not durable yet that they do. */
  readonly #unsaid = new Map<string, TreeName>();
  /** Counts losses. */
  #epoch = 0;
  /** The asking about the losses up to an epoch. */
  #fence: { readonly epoch: number; readonly asking: RecoveryFence } | null = null;

  /** Nothing has been compared yet. */
  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** An exchange that begins now tells everything of the losses up to this one, of which the first is 0; of none: -1. */
  get epoch(): number {
    return this.#fence?.asking.isOver ? this.#fence.epoch : -1;
  }
  /** How often something was lost since the start. */
  get losses(): number {
    return this.#epoch;
  }
  /** Whether any range is recovering. */
  get isRecovering(): boolean {
    return this.#options.ranges().length > 0;
  }
  /** Whether there are keys of which it is not known what is durable. */
  get hasDoubts(): boolean {
    return this.#doubts.size > 0;
  }
  /** Whether this node has lost nothing that it knows of, and holds what its trees say. It is said to whoever compares. */
  get isWhole(): boolean {
    return !this.isRecovering && this.#unsaid.size === 0 && !this.hasDoubts;
  }

  /** Whether an exchange with this peer is still to be done, and can be. */
  needs(peer: NodeId): boolean {
    return this.#isFenced &&
      this.#options.ranges().some((range) => this.#missing(range).includes(peer));
  }

  /** What is missing. */
  get overview(): RecoveryOverview {
    const ranges = this.#options.ranges();
    const waitsFor = new Map<NodeId, number>();
    for (const range of ranges) {
      for (const peer of this.#missing(range)) waitsFor.set(peer, (waitsFor.get(peer) ?? 0) + 1);
    }
    return {
      ranges: ranges.length,
      puts: [...this.#fence?.asking.open ?? []].sort(compare),
      waitsFor: [...waitsFor].map(([peer, ranges]) => ({ peer, ranges }))
        .sort((a, b) => compare(a.peer, b.peer)),
    };
  }

  /** The question that is open. */
  get open(): RequestId[] {
    const asking = this.#fence?.asking;
    return asking === undefined || asking.isOver ? [] : [asking.request];
  }

  /** What it holds in memory. */
  snapshot(): object {
    const progress = [...this.#progress].map(([id, { since, compared, isDone }]) => [
      ...[id, since, isDone],
      [...compared],
    ]);
    const { epoch = -1, asking } = this.#fence ?? {};
    const fence = { epoch, asking: asking?.snapshot() ?? null };
    const [damaged, doubts] = [[...this.#damaged].sort(), [...this.#doubts.keys()]];
    const unsaid = [...this.#unsaid.keys()];
    return { epoch: this.#epoch, fence, progress, damaged, doubts, unsaid };
  }

  /**
   * A record of this range cannot be read. True once it is durable that the range recovers: until then nothing may be said
   * or stored of the key. For if its place were taken, and the process died, nobody would know of the loss.
   */
  onDamaged(name: ObjectName, range: TreeName, out: Outbox): boolean {
    // Whom nobody else holds a range with has nobody to have it from.
    if (this.#others(range).length === 0) return true;
    if (this.#damaged.has(nameBytes(name))) {
      // All that could be compared was compared, and nobody had it.
      if (this.#progressOf(range).isDone) return true;
    } else {
      this.#damaged.add(nameBytes(name));
      out.mark("recovery.damaged");
      this.#progress.set(idOf(range), fresh(++this.#epoch));
    }
    // From now on nobody is told that this node is whole: not only when the flag is durable, which may take long.
    this.#unsaid.set(idOf(range), range);
    this.#say(range, out);
    // Where the range recovers already nothing else will say that there is more to ask for.
    this.#ask(out);
    return !this.#unsaid.has(idOf(range));
  }

  /** Ranges were cut: whatever is to be said of the whole of one is to be said of its parts. */
  onCut(finer: (range: TreeName) => readonly TreeName[]): void {
    for (const range of [...this.#unsaid.values()]) {
      this.#unsaid.delete(idOf(range));
      for (const part of finer(range)) this.#unsaid.set(idOf(part), part);
    }
  }

  /** This node says that it recovers, or could not store it. */
  onRecovering(out: Outbox): void {
    const said = new Set(this.#options.ranges().map(idOf));
    for (const [id, range] of this.#unsaid) if (said.has(id)) this.#say(range, out);
    this.#ask(out);
  }

  #say(range: TreeName, out: Outbox): void {
    if (this.#options.say([range], true, out)) this.#unsaid.delete(idOf(range));
  }

  /** From everybody it must hear that no put counts on what was lost. */
  #ask(out: Outbox): void {
    if (!this.isRecovering || this.#fence?.epoch === this.#epoch) return;
    this.#fence = { epoch: this.#epoch, asking: new RecoveryFence(this.#options, out) };
  }

  /** A member has answered. */
  onReply(from: NodeId, message: Extract<Message, { kind: "amnesia_reply" }>): void {
    this.#fence?.asking.onReply(from, message);
  }

  /** A member is there. */
  onSign(from: NodeId, out: Outbox): void {
    this.#fence?.asking.onSign(from, out);
  }

  /** What could not be said is said again. Whoever has not answered is asked again. What is done is done: also because somebody is down now. */
  onTimer(out: Outbox): void {
    for (const range of this.#unsaid.values()) this.#say(range, out);
    if (!this.isRecovering) return;
    this.#fence?.asking.onTimer(out);
    this.#check(out);
  }

  /** It is not known any more what is durable of a key. */
  onDoubt(name: ObjectName): void {
    this.#doubts.set(nameBytes(name), name);
  }

  /** It is known what is durable of a key. */
  onSeen(name: ObjectName, isThere: boolean): void {
    this.#doubts.delete(nameBytes(name));
    if (isThere) this.#damaged.delete(nameBytes(name));
  }

  /** Some keys at which somebody should look: the next ones are others, until it is the turn of these again. */
  nextDoubts(most: number): ObjectName[] {
    const some = [...this.#doubts].slice(0, most);
    for (const [id, name] of some) {
      this.#doubts.delete(id);
      this.#doubts.set(id, name);
    }
    return some.map(([, name]) => name);
  }

  /** An exchange with a peer is done. */
  onCompared(
    peer: NodeId,
    { epoch, isWhole }: { readonly epoch: number; readonly isWhole: boolean },
    out: Outbox,
  ): void {
    for (const range of this.#options.ranges()) {
      if (!this.#others(range).includes(peer)) continue;
      const progress = this.#progressOf(range);
      if (epoch >= progress.since) progress.compared.set(peer, isWhole);
    }
    this.#check(out);
  }

  #check(out: Outbox): void {
    const ranges = this.#options.ranges();
    if (ranges.length === 0) return;
    const w = Math.min(this.#options.leastW(), this.#fence?.asking.leastW ?? 1);
    const done = ranges.filter((range) => this.#isDone(range, w));
    if (done.length === 0) return;
    for (const range of done) this.#progressOf(range).isDone = true;
    out.mark("recovery.done");
    this.#options.say(done, false, out);
  }

  get #isFenced(): boolean {
    return this.#fence?.epoch === this.#epoch && this.#fence.asking.isOver;
  }

  #isDone(range: TreeName, w: number): boolean {
    const { isDown } = this.#options;
    const others = this.#others(range);
    const { compared, isDone } = this.#progressOf(range);
    if (isDone) return true;
    if (others.every((peer) => compared.has(peer))) return true;
    if (others.some((peer) => !compared.has(peer) && !isDown(peer))) return false;
    const whole = others.filter((peer) => compared.get(peer) === true).length;
    const n = others.length + 1;
    return whole >= n - Math.min(w, n) + 1;
  }

  /** With whom an exchange is still to be done. */
  #missing(range: TreeName): NodeId[] {
    const { compared, isDone } = this.#progressOf(range);
    return isDone ? [] : this.#others(range).filter((peer) => !compared.has(peer));
  }

  #others({ end, n }: TreeName): NodeId[] {
    const { node, owners } = this.#options;
    return owners(end, n).filter((owner) => owner !== node);
  }

  #progressOf(range: TreeName): Progress {
    const id = idOf(range);
    let progress = this.#progress.get(id);
    if (progress === undefined) {
      progress = fresh(0);
      this.#progress.set(id, progress);
    }
    return progress;
  }
}

function fresh(since: number): Progress {
  return { since, compared: new Map(), isDone: false };
}

function idOf({ end, n }: TreeName): string {
  return `${n} ${end}`;
}
