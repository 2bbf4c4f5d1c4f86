/**
 * Ranges of this node that others get (protocol.md, Part 2 a6): it keeps in mind what it stores while they fetch what it
 * holds, and lets go in one step.
 *
 * ```text
 *         take                      promote                nothing is unsent                durable
 *   (none) ---> open: what is stored --------> closing: writes ----------> giving: it serves ------> given
 *                is kept in mind, and  <------ wait, for a moment            no more, or says
 *                sent as it can be     1 s                                   that there is a seat more
 *                        ^---------------------------------------------------------+
 *                                          the store failed
 * ```
 *
 * **The fence.** In the step in which it lets go there is nothing stored here, since the newcomer was given its mark, that
 * the newcomer has not stored, too; and what it stores from then on it does not acknowledge for the seat. So whatever was
 * acknowledged for the seat is at the newcomer: it was here before the mark, and was fetched, or is one of those.
 * Who does not let go, for the seat is another, says from that step on that there is one seat more: what is acknowledged
 * later knows of it.
 *
 * A mark is forgotten in a crash, and with it what is unsent: then the newcomer compares again. What was given is in the
 * register.
 *
 * @module
 */
import { type LeafKey, leafKey } from "../anti_entropy/merkle_tree_key.ts";
import type { NodeId } from "../id.ts";
import type { RoleThere } from "../protocol/change.ts";
import type { Slice, Slices } from "../protocol/background.ts";
import type { StoredCopy } from "../protocol/event.ts";
import type { Message, WriteOutcome } from "../protocol/message.ts";
import type { RequestId, TreeName } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { positionOf } from "../ring/hash.ts";
import { type DepartureOverview, type Late, type Mark, newMark } from "./mark.ts";
import { rangeId, type Stage } from "./stage.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** So long writes may wait for a seat to be passed on. In ms. */
export const CLOSING_MS = 1_000;
/** Copies that are sent at a time. */
const FEW = 16;
/** Copies that are not answered for so long are sent again. In ms. */
const PATIENCE_MS = 5_000;
/** Who has so many keys before it that it has not been sent had better compare again. */
const MOST_UNSENT = 65_536;

/** What {@linkcode Departures} are made of. */
export interface DeparturesOptions {
  readonly stage: Stage;
  readonly slices: Slices;
  readonly next: () => number;
}

/** All ranges that others get from one node. */
export class Departures {
  readonly #options: DeparturesOptions;
  readonly #marks = new Map<string, Mark>();
  /** Counts stores of marked ranges. */
  #stores = 0;

  /** Nothing is promised. */
  constructor(options: DeparturesOptions) {
    this.#options = options;
  }

  /** Whether nothing is promised. */
  get isEmpty(): boolean {
    return this.#marks.size === 0;
  }
  /** All of it. */
  get overview(): DepartureOverview[] {
    return [...this.#marks.values()].map(({ range, to, seat, passes, phase, unsent }) => ({
      ...{ end: range.end, n: range.n, to, seat, passes, phase, unsent: unsent.size },
    }));
  }
  /** What it holds in memory. */
  snapshot(): object {
    return [...this.#marks].map(([id, { unsent, sent, sending, ...mark }]) => [id, {
      ...mark,
      unsent: [...unsent],
      sent: [...sent],
      sending: sending && [...sending.keys],
    }]);
  }

  /** Whether a node may fetch what is here of a range, though it does not serve it. */
  gives(range: TreeName, to: NodeId): boolean {
    return this.#marks.has(markId(range, to));
  }

  /** A newcomer wants a seat. */
  onTake(from: NodeId, message: MessageOf<"take">, out: Outbox): void {
    const { request, end, n, seat, passes, seats } = message;
    const range = { end, n };
    if (!this.#may(from, message)) {
      out.mark("handover.not_promised");
      return out.send(from, { kind: "take_reply", request, mark: null });
    }
    const id = markId(range, from);
    const known = this.#marks.get(id);
    // Whoever asks again may have forgotten what it had: it compares anew, and what it was sent since, it has stored.
    const isKnown = known?.phase === "open" && known.seat === seat && known.passes === passes &&
      known.seats >= seats;
    const mark = isKnown
      ? known
      : newMark(this.#options.next(), range, { to: from, seat, passes, seats });
    if (!isKnown && known !== undefined) this.#letIn(known, out);
    this.#marks.set(id, mark);
    out.send(from, { kind: "take_reply", request, mark: mark.id });
  }

  /** A newcomer has fetched what was here, and wants the seat. */
  onPromote(from: NodeId, { request, mark: id }: MessageOf<"promote">, out: Outbox): void {
    const mark = [...this.#marks.values()].find((mark) => mark.id === id && mark.to === from);
    if (mark === undefined) {
      return out.send(from, { kind: "promote_reply", request, ending: "unknown", seats: 0 });
    }
    mark.request = request;
    if (mark.phase === "given") return this.#answer(mark, "given", out);
    const { isWhole, isConfirmed } = this.#options.stage;
    if (!isWhole || !isConfirmed) return this.#answer(mark, "again", out);
    if (mark.phase === "open") Object.assign(mark, { phase: "closing", closingMs: out.now.monoMs });
    this.#goOn(mark, out);
  }

  /** Something is durable here that was not. */
  onStored(range: TreeName, key: LeafKey, out: Outbox): void {
    for (const mark of this.#of(range)) {
      if (mark.phase === "given" && !mark.passes) continue;
      mark.unsent.set(key, ++this.#stores);
      this.#goOn(mark, out);
    }
  }

  /** Whether a write, or a put, has to wait, for the range is just being passed on. */
  holds(range: TreeName, late: Late): boolean {
    if (this.#marks.size === 0) return false;
    const mark = this.#of(range).find(({ phase }) => phase === "closing");
    mark?.late.push(late);
    return mark !== undefined;
  }

  /** Copies that are to be sent are here. Returns whether the number was one of these. */
  onFound(find: number, records: readonly StoredCopy[] | null, out: Outbox): boolean {
    const mark = [...this.#marks.values()].find(({ sending }) => sending?.find === find);
    if (mark?.sending == null) return false;
    const { keys, slice } = mark.sending;
    mark.sending = null;
    this.#options.slices.end(slice, out);
    if (records === null) return true; // the timer tries again
    const gone = new Map(keys);
    for (const copy of records) {
      const key = leafKey(copy.name, positionOf(copy.name));
      const at = gone.get(key);
      if (at === undefined) continue;
      gone.delete(key);
      const request = this.#options.next();
      mark.sent.set(request, { key, at, atMs: out.now.monoMs });
      const { name, record: { container } } = copy;
      out.send(mark.to, { kind: "write", request, name, n: mark.range.n, container, hint: null });
    }
    // What is not here any more was forgotten by all, or is being replaced: then it comes again.
    for (const [key, at] of gone) if (mark.unsent.get(key) === at) mark.unsent.delete(key);
    this.#goOn(mark, out);
    return true;
  }

  /** A newcomer has stored a copy, or has not. Returns whether it was one of these. */
  onReply(from: NodeId, request: RequestId, outcome: WriteOutcome, out: Outbox): boolean {
    const mark = [...this.#marks.values()].find(({ to, sent }) => to === from && sent.has(request));
    if (mark === undefined) return false;
    const { key, at } = mark.sent.get(request)!;
    if (outcome.kind === "stored" && !outcome.durable) return true; // it will be, or fail
    mark.sent.delete(request);
    if (outcome.kind === "stored" && mark.unsent.get(key) === at) mark.unsent.delete(key);
    // One that could not be stored is sent again by the timer.
    if (outcome.kind === "stored") this.#goOn(mark, out);
    return true;
  }

  /** What this node has said of itself is durable, or could not be stored. */
  onRoles(out: Outbox): void {
    const { stage } = this.#options;
    for (const mark of this.#marks.values()) {
      if (mark.phase !== "giving" || stage.isTurning(mark.range)) continue;
      if (this.#hasGiven(mark)) {
        out.mark("handover.given");
        mark.phase = "given";
        this.#answer(mark, "given", out);
      } else {
        mark.phase = "open";
        this.#answer(mark, "again", out);
      }
    }
    this.sweep(out);
  }

  /** All promises are forgotten. */
  clear(out: Outbox): void {
    for (const mark of this.#marks.values()) {
      this.#letIn(mark, out);
      this.#end(mark, out);
    }
    this.#marks.clear();
  }

  /** Promises that are void are forgotten. */
  sweep(out: Outbox): void {
    const { stage } = this.#options;
    for (const [id, mark] of this.#marks) {
      const own = stage.own(mark.range);
      const isOwner = stage.owners(mark.range).includes(mark.to) ||
        (mark.passes && this.#hasGiven(mark));
      const isServing = stage.holders(mark.range).some(({ node, role }) =>
        node === mark.to && role.role === "serving"
      );
      const isOver = own === null || own.role === "receiving" || isServing;
      if (mark.phase === "giving" || (stage.members.has(mark.to) && isOwner && !isOver)) continue;
      this.#letIn(mark, out);
      this.#end(mark, out);
      this.#marks.delete(id);
    }
  }

  /** Whoever is closed for too long opens again, and what was not answered is sent again. */
  onTimer(out: Outbox): void {
    const { monoMs } = out.now;
    for (const mark of [...this.#marks.values()]) {
      for (const [request, { atMs }] of mark.sent) {
        if (monoMs - atMs >= PATIENCE_MS) mark.sent.delete(request);
      }
      if (mark.sending !== null && monoMs - mark.sending.atMs >= PATIENCE_MS) this.#end(mark, out);
      if (mark.phase === "closing" && monoMs - mark.closingMs >= CLOSING_MS) {
        out.mark("handover.reopened");
        mark.phase = "open";
        this.#letIn(mark, out);
        this.#answer(mark, "again", out);
      }
      if (mark.unsent.size > MOST_UNSENT) {
        this.#end(mark, out);
        this.#marks.delete(markId(mark.range, mark.to));
      } else this.#goOn(mark, out);
    }
    this.sweep(out);
  }

  /** Something did not arrive. Returns whether it was of this room. */
  onUndelivered(to: NodeId, message: Message): boolean {
    if (message.kind !== "write") return false;
    for (const mark of this.#marks.values()) {
      if (mark.to === to && mark.sent.delete(message.request)) return true;
    }
    return false;
  }

  #may(from: NodeId, { end, n, seat, passes, history }: MessageOf<"take">): boolean {
    const { stage } = this.#options;
    const range = { end, n };
    const own = stage.own(range);
    if (own === null || own.recovering || stage.isTurning(range)) return false;
    // By another history the ring may be cut into other ranges.
    if (history !== stage.history) return false;
    if (own.role === "released") return passes && own.seat === seat && own.peers[0] === from;
    if (own.role !== "serving") return false;
    const owners = stage.owners(range);
    if (!owners.includes(from) || !stage.members.has(from)) return false;
    if (!passes) return seat !== own.seat;
    const others = this.#of(range).some((mark) => mark.passes && mark.to !== from);
    return seat === own.seat && !owners.includes(stage.node) && !others;
  }

  /** Lets go, if nothing is unsent; or sends some of it. */
  #goOn(mark: Mark, out: Outbox): void {
    if (mark.unsent.size === 0) {
      if (mark.phase === "closing") this.#give(mark, out);
      return;
    }
    if (mark.sending !== null || mark.sent.size > 0) return;
    // Writes wait while it closes: that is no time to wait for others, nor for leave that was asked for before.
    if (mark.phase === "closing") return this.#send(mark, 0, out);
    if (mark.waits) return;
    mark.waits = true;
    this.#options.slices.ask("handover", (slice, out) => {
      mark.waits = false;
      const isThere = this.#marks.get(markId(mark.range, mark.to)) === mark;
      if (isThere && mark.sending === null && mark.unsent.size > 0) this.#send(mark, slice, out);
      else this.#options.slices.end(slice, out);
    }, out);
  }

  #send(mark: Mark, slice: Slice, out: Outbox): void {
    const find = this.#options.next();
    const keys = new Map([...mark.unsent].slice(0, FEW));
    mark.sending = { find, keys, slice, atMs: out.now.monoMs };
    out.findRecords(find, [...keys.keys()]);
  }

  /** The fence: from this step on it serves the seat no more; or there is one seat more. */
  #give(mark: Mark, out: Outbox): void {
    const { stage } = this.#options;
    const own = stage.own(mark.range)!;
    mark.phase = "giving";
    if (!this.#hasGiven(mark)) {
      const role: RoleThere = mark.passes
        ? { ...own, role: "released", peers: [mark.to] }
        : { ...own, seats: Math.max(own.seats, mark.seats) };
      stage.turn(mark.range, role, out);
    }
    this.#letIn(mark, out);
    if (!stage.isTurning(mark.range)) this.onRoles(out);
  }

  #hasGiven({ range, passes, seats, to }: Mark): boolean {
    const own = this.#options.stage.own(range);
    return passes
      ? own?.role === "released" && own.peers[0] === to
      : own?.role === "serving" && own.seats >= seats;
  }

  /** What had to wait goes on. */
  #letIn(mark: Mark, out: Outbox): void {
    for (const late of mark.late.splice(0)) out.tell(late);
  }

  #answer(mark: Mark, ending: "given" | "again", out: Outbox): void {
    if (mark.request === 0) return;
    const { request, to, range } = mark;
    mark.request = 0;
    const seats = this.#options.stage.own(range)?.seats ?? 0;
    out.send(to, { kind: "promote_reply", request, ending, seats });
  }

  /** What was being read is not waited for any more. */
  #end(mark: Mark, out: Outbox): void {
    if (mark.sending !== null) this.#options.slices.end(mark.sending.slice, out);
    mark.sending = null;
  }

  #of(range: TreeName): Mark[] {
    const id = rangeId(range);
    return [...this.#marks.values()].filter((mark) => rangeId(mark.range) === id);
  }
}

function markId(range: TreeName, to: NodeId): string {
  return `${to} ${rangeId(range)}`;
}
