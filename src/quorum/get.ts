/**
 * One client's read (paper, sections 4.5 and 5): one machine a request.
 *
 * It asks the n nodes of the preference list, answers with the merge of what came as soon as R seats have, goes on gathering
 * for a while, and then repairs the primaries that it saw behind.
 *
 * ```
 *              R met, and the session is satisfied                  all answered, or repairWaitMs
 *   gathering -------------------------------------> lingering -----------------------------------> done
 *    |   |  ^                                            repair whoever was behind
 *    |   |  | every member has answered: ask all again
 *    |   v  |
 *    |  foreign        (everybody answered, but nothing descends the session)
 *    v
 *   lingering, too   503: R cannot be met any more, or time is up
 * ```
 *
 * A **session** is a context that the client sends with its GET: the answer must descend it (law S20). If all have
 * answered and the merge still does not, every member is asked for copies that are not its to serve, and then all are read
 * again; if even that does not give it, what is missing was settled or destroyed, and the answer says `sessionReset`. One
 * silent member, and it is 503: the missing write may be there.
 *
 * Who cannot be reached is stood in for (`stand_ins.ts`): a fallback is asked for what it keeps. What it has counts for the
 * seat; that it has nothing says nothing (law Q20). A reader that serves no seat looks at what it keeps itself before it
 * asks another fallback: a put that it coordinated may be known to nobody else that can be reached.
 *
 * Who counts: one answer a seat, by nodes that serve it. A recovering replica's data is merged, and counts for nothing. A
 * damaged record is no answer, but wants repair. `notfound_ok=false`: "I have nothing" does not count either.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { BucketProps } from "../protocol/bucket_props.ts";
import { type Config, lifeMs } from "../protocol/config.ts";
import { type ErrorKind, failure } from "../protocol/error.ts";
import type { GetAsk, Ticket, Timer } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import type { Entry } from "../ring/preference_list.ts";
import { type Container, EMPTY, sync } from "../version/siblings.ts";
import { view } from "../version/view.ts";
import { descends, FRESH } from "../version/version_vector.ts";
import { isClipped, type ReadNeeds } from "./needs.ts";
import { StandIns } from "./stand_ins.ts";
import { Tally } from "./tally.ts";

type ReadReply = Extract<Message, { kind: "read_reply" }>;

/** What a {@linkcode Get} is made of. */
export interface GetOptions {
  readonly ticket: Ticket;
  readonly ask: GetAsk;
  readonly props: BucketProps;
  readonly needs: ReadNeeds;
  /** The primaries to ask, n of them at most. */
  readonly list: readonly Entry[];
  /** How many replicas the request asks, and how many seats the range has as far as this node knows. */
  readonly n: number;
  readonly seats: number;
  readonly members: ReadonlySet<NodeId>;
  /** Healthy nodes that may stand in, this one first, then in the order of the walk; none if the quorum is strict. */
  readonly fallbacks: readonly NodeId[];
  /** Whether a node is held to be down. */
  readonly isDown: (node: NodeId) => boolean;
  /** Told of a node that has been silent for `fallbackAfterMs`. */
  readonly onSilence: (node: NodeId, out: Outbox) => void;
  readonly config: Config;
  readonly timeoutMs: number;
  /** A request number of this machine: replies that name it come here. Called at the start, and for a second round. */
  readonly newRequest: () => RequestId;
}

type Phase = "gathering" | "foreign" | "lingering" | "done";

/** The machine of one read. */
export class Get {
  readonly #options: GetOptions;
  readonly #deadline: RequestId;
  #phase: Phase = "gathering";
  #round: RequestId;
  #tally: Tally<"r" | "pr">;
  #standIns: StandIns;
  /** What each replica of this round holds: null is nothing, or nothing readable. */
  readonly #holds = new Map<NodeId, Container | null>();
  #merged: Container = EMPTY;
  /** After that it sends nothing on: a timer may be late, a copy may not (protocol.md, Part 1 c). */
  #untilMs = Infinity;
  #fastest: NodeId | null = null;
  #nothing = 0;
  /** Members whose foreign copies are still to be told. */
  #foreignFrom: Set<NodeId> | null = null;

  /** A read that has not begun. */
  constructor(options: GetOptions) {
    this.#options = options;
    this.#round = options.newRequest();
    this.#deadline = this.#round;
    this.#tally = new Tally(options.needs, options);
    this.#standIns = new StandIns(options.list, options.fallbacks);
  }

  /** True when nothing that comes can matter any more. */
  get done(): boolean {
    return this.#phase === "done";
  }

  /** Asks all replicas. */
  start(out: Outbox): void {
    this.#untilMs = out.now.monoMs + lifeMs(this.#options.config);
    out.setTimer({ kind: "deadline", request: this.#deadline }, this.#options.timeoutMs);
    this.#askAll(out);
  }

  /** A replica has answered. */
  onReadReply(from: NodeId, { request, standing, outcome }: ReadReply, out: Outbox): void {
    if (request !== this.#round || !this.#tally.awaits(from)) return;
    const holds = outcome.kind === "found" ? outcome.container : null;
    if (holds) this.#merged = sync(this.#merged, holds);
    const told = outcome.kind === "found" || outcome.kind === "absent";
    if (told) this.#fastest ??= from;
    const reliable = standing.seat !== null && !standing.recovering;
    if (outcome.kind === "absent" && reliable) this.#nothing++;
    if ((told || outcome.kind === "damaged") && standing.seat !== null) {
      this.#holds.set(from, holds);
    }
    const kept = standing.seat === null && holds !== null;
    const counts = kept || (told && reliable && (holds !== null || this.#notfoundOk));
    if (standing.recovering) out.mark("get.recovering_reply");
    this.#tally.record(from, outcome.kind, standing, counts ? ["r", "pr"] : []);
    // That this node keeps nothing was worth a look, and costs nobody a turn.
    const isOwnBlank = from === out.self && standing.seat === null && holds === null;
    if (!told || isOwnBlank) this.#replace(from, out);
    this.#decide(out);
  }

  /** Replicas that are silent still are stood in for. They may answer yet. */
  onSilence(out: Outbox): void {
    if (this.#phase !== "gathering" && this.#phase !== "lingering") return;
    for (const { node } of this.#tally.participants()) {
      if (!this.#tally.awaits(node)) continue;
      this.#options.onSilence(node, out);
      this.#replace(node, out);
    }
    this.#awaitSilence(out);
  }

  /** A replica cannot be reached: it certainly did not get the question. */
  onUndelivered(to: NodeId, message: Message, out: Outbox): void {
    if (message.kind === "foreign") {
      return this.#fail("session_unmet", `${to} cannot be reached`, out);
    }
    if (message.kind !== "read" || message.request !== this.#round || !this.#tally.awaits(to)) {
      return;
    }
    this.#tally.record(to, "unreachable", null, []);
    this.#replace(to, out);
    this.#decide(out);
  }

  /** A member has told its foreign copy. When all have, everything is read once more. */
  onForeignReply(from: NodeId, container: Container | null, out: Outbox): void {
    if (this.#phase !== "foreign" || !this.#foreignFrom?.delete(from)) return;
    if (container) this.#merged = sync(this.#merged, container);
    if (this.#foreignFrom.size > 0) return;
    this.#phase = "gathering";
    this.#round = this.#options.newRequest();
    const { needs, n } = this.#options;
    this.#tally = new Tally(needs, { n, seats: this.#tally.seats });
    this.#standIns = new StandIns(this.#options.list, this.#options.fallbacks);
    this.#holds.clear();
    this.#nothing = 0;
    this.#askAll(out);
  }

  /** Time is up, for the client or for gathering. */
  onTimer(timer: Timer, out: Outbox): void {
    if (timer.kind === "linger") return this.#finish(out);
    if (timer.kind === "stand_in") return this.onSilence(out);
    if (this.#phase === "lingering" || this.#phase === "done") return;
    const late = this.#tally.enough
      ? this.#failure(
        "session_unmet",
        "Time is up, and nothing that descends the session was found",
      )
      : this.#failure("timeout", `Time is up after ${this.#options.timeoutMs} ms`);
    this.#conclude(late, out);
  }

  /** What it holds in memory. */
  snapshot(): object {
    const { ticket, ask, props, needs, list, members, timeoutMs } = this.#options;
    return {
      ...{ kind: "get", ticket, ask, props, needs, list, members: [...members], timeoutMs },
      deadline: this.#deadline,
      untilMs: this.#untilMs,
      phase: this.#phase,
      round: this.#round,
      tally: this.#tally.snapshot(),
      holds: [...this.#holds],
      merged: this.#merged,
      fastest: this.#fastest,
      nothing: this.#nothing,
      standIns: this.#standIns.snapshot(),
      foreignFrom: this.#foreignFrom && [...this.#foreignFrom],
    };
  }

  #askAll(out: Outbox): void {
    const asked = this.#options.list.map((entry) =>
      this.#options.isDown(entry.node) ? this.#standIns.after(entry.node) ?? entry : entry
    );
    for (const entry of asked) this.#tally.ask(entry);
    for (const entry of asked) this.#send(entry, out);
    this.#awaitSilence(out);
  }

  #send({ node, role }: Entry, out: Outbox): void {
    const { ask: { name }, props: { n_val: n } } = this.#options;
    const asFallback = role === "fallback";
    out.send(node, { kind: "read", request: this.#round, name, n, asFallback });
  }

  /** Whoever will not answer is stood in for. */
  #replace(node: NodeId, out: Outbox): void {
    const standIn = this.#phase === "gathering" ? this.#standIns.after(node) : null;
    if (standIn === null || !this.#tally.ask(standIn)) return;
    this.#send(standIn, out);
  }

  /** Whoever is silent from now on is stood in for, while there is anybody who could. */
  #awaitSilence(out: Outbox): void {
    if (this.#phase !== "gathering" || !this.#standIns.any) return;
    const { fallbackAfterMs } = this.#options.config;
    out.setTimer({ kind: "stand_in", request: this.#deadline }, fallbackAfterMs);
  }

  /** What the answers so far come to. */
  #decide(out: Outbox): void {
    if (this.#phase === "lingering") {
      if (this.#tally.pending === 0) this.#finish(out);
      return;
    }
    if (this.#phase !== "gathering") return;
    const { enough, pending } = this.#tally;
    if (enough && descends(this.#merged.clock, this.#session)) return this.#answer(false, out);
    if (enough) {
      if (pending === 0) this.#seekSession(out);
    } else if (this.#nothingHere) this.#answer(false, out);
    else if (this.#tally.hopeless) {
      this.#fail("quorum_unmet", "Too few replicas can answer", out);
    }
  }

  /** All have answered, and what the session has seen is not among it. */
  #seekSession(out: Outbox): void {
    // Who was passed over, or stood in for, counts as silent: what is missing may be there.
    const said = new Map(this.#tally.participants().map(({ node, said }) => [node, said]));
    const all = [...this.#options.list.map(({ node }) => node), ...said.keys()];
    const unreached = all.find((node) => !["found", "absent"].includes(said.get(node) ?? "silent"));
    if (unreached !== undefined) {
      const detail = `${unreached} may hold what the session has seen: `;
      return this.#fail("session_unmet", detail + (said.get(unreached) ?? "not asked"), out);
    }
    if (this.#foreignFrom !== null) return this.#answer(true, out);
    out.mark("get.session_foreign");
    this.#phase = "foreign";
    this.#foreignFrom = new Set(this.#options.members);
    const { name } = this.#options.ask;
    for (const node of this.#options.members) {
      out.send(node, { kind: "foreign", request: this.#round, name });
    }
  }

  #answer(sessionReset: boolean, out: Outbox): void {
    const { ticket, props, needs } = this.#options;
    const latestOnly = props.last_write_wins || !props.allow_mult;
    out.reply(ticket, {
      kind: "get",
      container: this.#merged,
      view: view(this.#merged, { latestOnly, wallMs: out.now.wallMs }),
      fastest: this.#fastest,
      sessionReset,
      r: this.#tally.want("r"),
      pr: this.#tally.want("pr"),
      clipped: isClipped(needs, this.#tally.seats),
      participants: this.#tally.participants(),
    });
    if (sessionReset) out.mark("get.session_reset");
    this.#linger(out);
  }

  #fail(kind: ErrorKind, detail: string, out: Outbox): void {
    if (this.#phase === "gathering" || this.#phase === "foreign") {
      this.#conclude(this.#failure(kind, detail), out);
    }
  }

  #failure(kind: ErrorKind, detail: string) {
    const participants = this.#tally.participants();
    // A read writes nothing, so whatever became of it is definite.
    return failure(kind, `Cannot read: ${detail}`, {
      definite: true,
      participants,
      ...this.#tally.counts(),
    });
  }

  #conclude(failed: ReturnType<typeof failure>, out: Outbox): void {
    out.reply(this.#options.ticket, failed);
    this.#linger(out);
  }

  /** The client has its answer, good or bad: what still comes is for repair. */
  #linger(out: Outbox): void {
    out.cancelTimer({ kind: "deadline", request: this.#deadline });
    this.#phase = "lingering";
    this.#stopWaiting(out);
    if (this.#tally.pending === 0) return this.#finish(out);
    out.setTimer({ kind: "linger", request: this.#deadline }, this.#options.config.repairWaitMs);
  }

  #stopWaiting(out: Outbox): void {
    if (this.#options.fallbacks.length === 0) return;
    out.cancelTimer({ kind: "stand_in", request: this.#deadline });
  }

  /** Repairs the primaries that were seen behind, and only those (laws RR1, RR7). */
  #finish(out: Outbox): void {
    if (this.#phase === "done") return;
    this.#phase = "done";
    out.cancelTimer({ kind: "deadline", request: this.#deadline });
    out.cancelTimer({ kind: "linger", request: this.#deadline });
    this.#stopWaiting(out);
    if (out.now.monoMs > this.#untilMs) return;
    const { ask: { name }, props: { n_val: n } } = this.#options;
    for (const [node, holds] of this.#holds) {
      if (descends(holds?.clock ?? FRESH, this.#merged.clock)) continue;
      out.mark("get.repair");
      out.send(node, { kind: "repair", name, n, container: this.#merged });
    }
  }

  get #session() {
    return this.#options.ask.session ?? FRESH;
  }

  get #notfoundOk(): boolean {
    return this.#options.ask.notfoundOk ?? this.#options.props.notfound_ok;
  }

  /** With notfound_ok=false: so many replicas have nothing that the rest cannot make R, or with basic_quorum a majority. */
  get #nothingHere(): boolean {
    if (this.#notfoundOk || this.#merged.clock.size > 0) return false;
    const k = this.#tally.seats;
    const basic = this.#options.ask.basicQuorum ?? this.#options.props.basic_quorum;
    const impossible = k - this.#tally.want("r") + 1;
    const threshold = basic ? Math.min(Math.floor(k / 2) + 1, impossible) : impossible;
    return this.#nothing >= threshold && descends(FRESH, this.#session);
  }
}
