/**
 * Ranges that come to this node (protocol.md, Part 2 a6): it gets what those who serve a range hold, and then the seat.
 *
 * ```text
 *          wishes for a seat      durable              every giver has a mark of it, and was compared with since
 *   (none) ----------------> ... ---------> receiving ------------------------------------> promoting
 *                                              ^   a giver has forgotten it: all anew with that one  |
 *                                              +-----------------------------------------------------+
 *                                                                                                   | all have given
 *          durable                           of a seat that nobody passed on: every member says      v
 *   serving <------ (said at the next store) <----------- that it has no such seat ------------- claiming
 * ```
 *
 * Invariant: a node says that it serves a seat only if it holds, durably, every version that was acknowledged for that seat
 * before. From one who **passes** its seat it has all that this one held when it stopped serving. A seat that nobody has any
 * more, or that is new, is **filled** by all who serve the range: what was acknowledged for it (if it had a server) is with
 * one of them, for W was more than one; and each of them says from then on that the range has as many seats as owners.
 *
 * Nobody may serve the same seat as somebody else. Who passes a seat does so once. Who fills one says so durably, and only
 * then asks every member; of two who fill the same seat at least one hears of the other, and the one with the greater name
 * steps back. A member that does not answer holds it up: it might be serving that seat.
 *
 * All questions may be repeated, and are, each {@linkcode AGAIN_MS}, until they are answered.
 *
 * @module
 */
import { compare, type NodeId } from "../id.ts";
import type { Role } from "../protocol/change.ts";
import type { Station } from "../protocol/handover_message.ts";
import type { Message } from "../protocol/message.ts";
import type { RequestId, TreeName } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { rangeId, type Stage } from "./stage.ts";
import { wishOf } from "./wish.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** A question that is not answered is asked again after so long. In ms. */
export const AGAIN_MS = 1_000;
/** An answer that comes later than this is not listened to. In ms. */
const FORGOTTEN_MS = 30_000;
/** A giver that has refused is not asked again for so long, if there is another. In ms. */
const REFUSED_MS = 5_000;

/** What {@linkcode Arrivals} are made of. */
export interface ArrivalsOptions {
  readonly stage: Stage;
  readonly next: () => RequestId;
  /** An exchange with somebody is needed: at once, if that can be. */
  readonly wake: (out: Outbox) => void;
}

/** What has come of one giver. */
interface Giver {
  /** What the promise goes by; null before it is given. */
  mark: number | null;
  /** Counts promises: an exchange that was begun later tells all that the giver held. */
  since: number;
  isCompared: boolean;
  /** How many seats there are, as it says; null before it has given. */
  seats: number | null;
}

/** A range on its way here. */
interface Arrival {
  readonly range: TreeName;
  readonly passes: boolean;
  readonly seat: number;
  /** How many seats the range has with this one, as far as is known. */
  readonly seats: number;
  readonly givers: Map<NodeId, Giver>;
  /** What members have said that they are for it. */
  readonly stations: Map<NodeId, Station | null>;
  /** When its open questions were asked; -Infinity if they are to be asked now. */
  askedMs: number;
}

/** What is wanted of a range. */
type Target = Pick<Arrival, "seat" | "passes"> & { readonly from: readonly NodeId[] };

/** What a question is about. */
interface Question {
  readonly to: NodeId;
  readonly atMs: number;
  readonly ranges: readonly string[];
}

/** A range that comes, for whoever looks after the node. */
export interface ArrivalOverview extends TreeName {
  /** Which of its seats this node is to have. */
  readonly seat: number;
  /** Who gives it, and what is still missing of it. */
  readonly from: readonly {
    readonly node: NodeId;
    readonly waitsFor: "mark" | "copies" | "seat" | "nothing";
  }[];
  /** Members that have not said that they do not have the seat. */
  readonly claims: readonly NodeId[];
}

/** All ranges that come to one node. */
export class Arrivals {
  readonly #options: ArrivalsOptions;
  readonly #arrivals = new Map<string, Arrival>();
  readonly #questions = new Map<RequestId, Question>();
  /** Givers that would not, of a range, and until when they are left alone. */
  readonly #refusals = new Map<string, number>();
  /** Ranges that it was to serve, or stepped back from, since the last timer: what begins anew does not begin at once. */
  readonly #tried = new Set<string>();
  #marks = 0;

  /** Nothing is on its way. */
  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /** Whether nothing is on its way. */
  get isEmpty(): boolean {
    return this.#arrivals.size === 0;
  }
  /** An exchange that begins now tells everything that was promised up to this. */
  get epoch(): number {
    return this.#marks;
  }
  /** What is on its way, and what is missing of it. */
  get overview(): ArrivalOverview[] {
    return [...this.#arrivals.values()].map(({ range, seat, givers, stations, passes }) => ({
      ...{ end: range.end, n: range.n, seat },
      from: [...givers].map(([node, { mark, isCompared, seats }]) => ({
        node,
        waitsFor: mark === null
          ? "mark"
          : !isCompared
          ? "copies"
          : seats === null
          ? "seat"
          : "nothing",
      })),
      claims: passes ? [] : this.#others.filter((member) => !stations.has(member)),
    }));
  }

  /** What it holds in memory. */
  snapshot(): object {
    return {
      arrivals: [...this.#arrivals.values()].map(({ givers, stations, ...arrival }) => ({
        ...arrival,
        givers: [...givers],
        stations: [...stations],
      })),
      ...{ questions: [...this.#questions], refusals: [...this.#refusals] },
      ...{ tried: [...this.#tried], marks: this.#marks },
    };
  }

  /** All that is on its way begins anew. */
  clear(): void {
    this.#arrivals.clear();
    this.#questions.clear();
  }

  /** Whether an exchange with this node is needed. */
  needs(peer: NodeId): boolean {
    for (const { givers } of this.#arrivals.values()) {
      const giver = givers.get(peer);
      if (giver !== undefined && giver.mark !== null && !giver.isCompared) return true;
    }
    return false;
  }

  /** An exchange with a peer is done, which was begun at this epoch. */
  onCompared(peer: NodeId, epoch: number, out: Outbox): void {
    for (const arrival of this.#arrivals.values()) {
      const giver = arrival.givers.get(peer);
      if (giver === undefined || giver.mark === null || giver.isCompared || giver.since > epoch) {
        continue;
      }
      giver.isCompared = true;
      arrival.askedMs = -Infinity;
    }
    this.#goOn(out);
  }

  /** Who owns or serves what is otherwise than before, or this node's roles have changed: what it wants is found anew. */
  survey(ranges: readonly TreeName[], out: Outbox): void {
    for (const range of ranges) this.#look(range, out);
    this.#goOn(out);
  }

  /** What was not answered is asked again. */
  onTimer(out: Outbox): void {
    for (const [request, { atMs }] of this.#questions) {
      if (out.now.monoMs - atMs > FORGOTTEN_MS) this.#questions.delete(request);
    }
    this.#tried.clear();
    for (const arrival of this.#arrivals.values()) arrival.askedMs = -Infinity;
    this.#goOn(out);
  }

  /** A giver has given its promise, or would not. */
  onTakeReply(from: NodeId, { request, mark }: MessageOf<"take_reply">, out: Outbox): void {
    for (const arrival of this.#asked(from, request)) {
      const giver = arrival.givers.get(from);
      if (giver === undefined || giver.mark !== null) continue;
      if (mark === null) {
        out.mark("handover.refused");
        this.#refusals.set(`${from} ${rangeId(arrival.range)}`, out.now.monoMs + REFUSED_MS);
        if (arrival.passes) this.#look(arrival.range, out);
        continue;
      }
      Object.assign(giver, { mark, since: ++this.#marks });
      this.#options.wake(out);
    }
  }

  /** A giver has given the seat, or not. */
  onPromoteReply(from: NodeId, message: MessageOf<"promote_reply">, out: Outbox): void {
    const { request, ending, seats } = message;
    for (const arrival of this.#asked(from, request)) {
      const giver = arrival.givers.get(from);
      if (giver === undefined || ending === "again") continue;
      if (ending === "given") giver.seats = seats;
      // It has started anew since, or has let go: what it has stored since then it does not know.
      else Object.assign(giver, fresh());
      arrival.askedMs = -Infinity;
    }
    this.#goOn(out);
  }

  /** A member says what it is for some ranges. */
  onClaimReply(from: NodeId, { request, stations }: MessageOf<"claim_reply">, out: Outbox): void {
    const asked = this.#asked(from, request);
    if (stations === null || stations.length !== asked.length) return;
    for (const [i, arrival] of asked.entries()) arrival.stations.set(from, stations[i]!);
    this.#goOn(out);
  }

  /** What this node wants of a range, and whether it is on its way. */
  #look(range: TreeName, out: Outbox): void {
    const { stage } = this.#options;
    const id = rangeId(range);
    const own = stage.own(range);
    if (stage.isTurning(range)) return;
    const target = this.#targetOf(range, own, out);
    if (target === null) {
      // What has come may be all there is of something: it goes as what was passed on goes.
      if (own?.role === "receiving") {
        out.mark("handover.dropped");
        stage.turn(range, { ...own, role: "released", peers: [] }, out);
      }
      this.#arrivals.delete(id);
      return;
    }
    const { seat, from, passes } = target;
    if (own?.role !== "receiving" && this.#tried.has(id)) return;
    if (own?.role !== "receiving" || own.seat !== seat || own.peers.join() !== from.join()) {
      const seats = this.#seatsOf(range, seat);
      const tenure = own?.role === "receiving" ? own.tenure : this.#tenure();
      const role = { role: "receiving", seat, seats, tenure, recovering: false } as const;
      stage.turn(range, { ...role, peers: from }, out);
      if (own?.role !== "receiving" || own.seat !== seat) this.#arrivals.delete(id);
      return;
    }
    const known = this.#arrivals.get(id);
    const seats = this.#seatsOf(range, seat);
    const isOther = known === undefined || known.seat !== seat || known.passes !== passes ||
      known.seats < seats;
    const kept = isOther ? undefined : known.givers;
    const givers = new Map(from.map((node) => [node, kept?.get(node) ?? fresh()]));
    const isSame = !isOther && [...known.givers.keys()].join() === from.join();
    if (isSame) return;
    const stations = new Map<NodeId, Station | null>();
    const askedMs = this.#tried.has(id) ? out.now.monoMs : -Infinity;
    this.#arrivals.set(id, { range, passes, seat, seats, givers, stations, askedMs });
  }

  /** Which seat it wants, and from whom. Of several who could pass theirs on, the first that has not refused just now. */
  #targetOf(range: TreeName, own: Role | null, out: Outbox): Target | null {
    const { stage } = this.#options;
    const { node } = stage;
    const wish = wishOf({ node, owners: stage.owners(range), holders: stage.holders(range) });
    const isWilling = (giver: NodeId) =>
      (this.#refusals.get(`${giver} ${rangeId(range)}`) ?? -Infinity) <= out.now.monoMs;
    if (wish?.kind === "fill") {
      return { seat: wish.seat, from: [...wish.from].sort(compare), passes: false };
    }
    if (wish !== null) {
      const { node, seat } = wish.from.find((giver) => isWilling(giver.node)) ?? wish.from[0]!;
      return { seat, from: [node], passes: true };
    }
    // It may have been given the seat already, and not have heard it: then nobody else can serve it. Its giver knows.
    const [giver] = own?.role === "receiving" && own.peers.length === 1 ? own.peers : [];
    return giver !== undefined && stage.members.has(giver) && isWilling(giver)
      ? { seat: own!.seat, from: [giver], passes: true }
      : null;
  }

  /** Whatever may be asked now is. */
  #goOn(out: Outbox): void {
    const { stage, next } = this.#options;
    const claims = new Map<NodeId, Arrival[]>();
    for (const arrival of [...this.#arrivals.values()]) {
      if (stage.isTurning(arrival.range)) continue;
      const { range, seat, seats: total, passes, givers, stations } = arrival;
      const isDue = arrival.askedMs === -Infinity;
      for (const [node, { mark, isCompared, seats }] of givers) {
        if (!isDue || seats !== null) continue;
        const request = next();
        if (mark !== null && !isCompared) continue;
        this.#ask(request, node, [arrival], out);
        if (mark === null) {
          const { history } = stage;
          out.send(node, { kind: "take", request, ...range, seat, passes, seats: total, history });
        } else out.send(node, { kind: "promote", request, mark });
      }
      arrival.askedMs = out.now.monoMs;
      if ([...givers.values()].some(({ seats }) => seats === null)) continue;
      if (passes) this.#serve(arrival, out);
      else if (this.#others.every((member) => stations.has(member))) this.#decide(arrival, out);
      else if (isDue) {
        for (const member of this.#others) {
          if (!stations.has(member)) claims.set(member, [...claims.get(member) ?? [], arrival]);
        }
      }
    }
    for (const [member, arrivals] of claims) {
      const request = next();
      this.#ask(request, member, arrivals, out);
      const ranges = arrivals.map(({ range }) => range);
      out.send(member, { kind: "claim", request, history: stage.history, ranges });
    }
  }

  /** Every member has said what it is for the range. */
  #decide(arrival: Arrival, out: Outbox): void {
    const { stage } = this.#options;
    const { range, seat, givers, stations } = arrival;
    const there = [...stations].flatMap(([node, station]) => station ? [{ node, ...station }] : []);
    const rivals = there.filter((one) => one.seat === seat && one.role !== "released");
    const unheard = there.filter((one) => one.role === "serving" && !givers.has(one.node));
    stations.clear();
    if (rivals.some(({ role, node }) => role === "serving" || compare(node, stage.node) < 0)) {
      out.mark("handover.stepped_back");
      this.#tried.add(rangeId(range));
      return stage.turn(range, { ...stage.own(range)!, role: "released", peers: [] }, out);
    }
    if (rivals.length + unheard.length > 0) return; // others step back, or a register comes: it is asked again
    if (givers.size === 0 && !stage.acceptsLoss) return out.mark("handover.no_survivor");
    this.#serve(arrival, out);
  }

  /** It holds all that was acknowledged for the seat: it says that it serves it. */
  #serve({ range, seat, seats: total, givers }: Arrival, out: Outbox): void {
    const { stage } = this.#options;
    const own = stage.own(range);
    if (own?.role !== "receiving" || own.seat !== seat) return;
    const said = [...givers.values()].map(({ seats }) => seats ?? 0);
    const seats = Math.max(total, ...said);
    out.mark("handover.arrived");
    stage.turn(range, { ...own, role: "serving", seats, recovering: false, peers: [] }, out);
    this.#arrivals.delete(rangeId(range));
    this.#tried.add(rangeId(range));
  }

  /** Of a range with this seat, all that are served, and all that are being filled: their promises know nothing of this one. */
  #seatsOf(range: TreeName, seat: number): number {
    const { stage } = this.#options;
    const served = stage.holders(range).filter(({ role }) => role.role === "serving");
    const seats = new Set([seat, ...served.map(({ role }) => role.seat)]).size;
    return Math.max(seats, stage.owners(range).length, ...served.map(({ role }) => role.seats));
  }

  #ask(request: RequestId, to: NodeId, arrivals: readonly Arrival[], out: Outbox): void {
    const atMs = out.now.monoMs;
    this.#questions.set(request, { to, atMs, ranges: arrivals.map(({ range }) => rangeId(range)) });
  }

  /** What was asked of a node with this request, as far as it is still on its way. */
  #asked(from: NodeId, request: RequestId): Arrival[] {
    const question = this.#questions.get(request);
    if (question?.to !== from) return [];
    this.#questions.delete(request);
    return question.ranges.flatMap((id) => this.#arrivals.get(id) ?? []);
  }

  get #others(): NodeId[] {
    const { stage: { members, node } } = this.#options;
    return [...members].filter((member) => member !== node).sort(compare);
  }

  /** Above all that this node has had. */
  #tenure(): number {
    return 1 +
      this.#options.stage.roles.reduce((most, { tenure }: Role) => Math.max(most, tenure), 0);
  }
}

function fresh(): Giver {
  return { mark: null, since: 0, isCompared: false, seats: null };
}
