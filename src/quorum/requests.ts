/**
 * The requests that run on this node: admits them, gives each its machine, and brings each answer to the machine that waits
 * for it. Owns no rule of quorums; those are in `get.ts`, `put.ts`, `forward.ts`.
 *
 * A request number is used once in a boot. An answer to a number that nobody waits for any more is late, and ignored.
 *
 * @module
 */
import { nameBytes, type NodeId } from "../id.ts";
import type { BucketProps } from "../protocol/bucket_props.ts";
import type { Config } from "../protocol/config.ts";
import { type Failure, failure, isFailure } from "../protocol/error.ts";
import type { GetAsk, PutAsk, Ticket, Timer } from "../protocol/event.ts";
import type { Locator } from "../protocol/locator.ts";
import type { Message, PutDone, PutOrder } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { Inner, Outbox } from "../protocol/outbox.ts";
import { view } from "../version/view.ts";
import { Forward } from "./forward.ts";
import { Get } from "./get.ts";
import { readNeeds, writeNeeds } from "./needs.ts";
import { Outcomes, saidAgain } from "./outcomes.ts";
import { Put, type PutOptions } from "./put.ts";
import { Whom } from "./whom.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** A machine and the request numbers by which it is found. */
interface Running {
  machine: Get | Put | Forward | null;
  readonly requests: RequestId[];
}

/** What {@linkcode Requests} is made of. */
export interface RequestsOptions {
  readonly locator: Locator;
  readonly config: Config;
  /** What holds for a bucket, as this node knows it. */
  readonly props: (type: string, bucket: string) => BucketProps;
  /** Numbers for requests, unique in this boot. */
  readonly nextRequest: () => RequestId;
  /** Told of a node that has not answered for a while. */
  readonly onSilence: (node: NodeId, out: Outbox) => void;
  /** Whether this node's own disk is full, so that others had better coordinate. */
  readonly isFull: () => boolean;
  /** The monotonic time at which this boot began. */
  readonly startedMs: number;
}

/** What {@linkcode Requests} holds in memory. */
export interface RequestsSnapshot {
  /** Each machine, and the numbers by which answers find it: an answer to any other is late. */
  readonly running: readonly {
    readonly machine: object | null;
    readonly requests: readonly RequestId[];
  }[];
  /** What became of the puts that were handed to this node. */
  readonly outcomes: object;
  /** When this boot began. */
  readonly startedMs: number;
}

/** All client requests of one node. */
export class Requests {
  readonly #locator: Locator;
  readonly #config: Config;
  readonly #props: RequestsOptions["props"];
  readonly #nextRequest: () => RequestId;
  readonly #onSilence: RequestsOptions["onSilence"];
  readonly #found = new Map<RequestId, Running>();
  readonly #running = new Set<Running>();
  readonly #outcomes: Outcomes;
  readonly #whom: Whom;
  readonly #startedMs: number;

  /** No request yet. */
  constructor(options: RequestsOptions) {
    const { locator, config, props, nextRequest, onSilence, isFull, startedMs } = options;
    this.#onSilence = onSilence;
    this.#locator = locator;
    this.#whom = new Whom(locator, isFull);
    this.#config = config;
    this.#props = props;
    this.#nextRequest = nextRequest;
    this.#startedMs = startedMs;
    const keepMs = config.maxMessageAgeMs + config.maxRequestMs + config.requestTimeoutMs;
    this.#outcomes = new Outcomes({ most: config.maxOutcomes, keepMs });
  }

  /** How many requests run. */
  get count(): number {
    return this.#running.size;
  }
  /** The puts that are coordinated here. */
  get puts(): Put[] {
    return [...this.#running].map(({ machine }) => machine).filter((one) => one instanceof Put);
  }

  /** A client reads. */
  get(ticket: Ticket, ask: GetAsk, out: Outbox): void {
    const props = this.#props(ask.name.type, ask.name.bucket);
    const asked = this.#whom.replicas(ask.name, props, ask.nVal);
    if (isFailure(asked)) return out.reply(ticket, asked);
    const needs = readNeeds(ask, props, asked);
    if (isFailure(needs)) return out.reply(ticket, needs);
    if (this.#refuses(ticket, out)) return;
    this.#run((newRequest) =>
      new Get({
        ticket,
        ask,
        props,
        needs,
        ...asked,
        members: this.#locator.members,
        fallbacks: this.#whom.keepers(ask.name, props, ask.sloppyQuorum ?? true),
        isDown: (node) => this.#locator.isDown(node),
        onSilence: this.#onSilence,
        config: this.#config,
        timeoutMs: this.#timeout(ask.timeoutMs),
        newRequest,
      }), out);
  }

  /** A client writes or deletes: here if this node serves the key, else at one other node. */
  put(ticket: Ticket, ask: PutAsk, out: Outbox): void {
    const props = this.#props(ask.name.type, ask.name.bucket);
    const asked = this.#whom.replicas(ask.name, props, ask.nVal);
    if (isFailure(asked)) return out.reply(ticket, asked);
    const timeoutMs = this.#timeout(ask.timeoutMs);
    const order: PutOrder = {
      name: ask.name,
      seen: ask.seen ?? null,
      version: ask.version,
      props,
      w: ask.w ?? "default",
      dw: ask.dw ?? "default",
      pw: ask.pw ?? "default",
      nVal: asked.n,
      sloppyQuorum: ask.sloppyQuorum ?? true,
      timeoutMs,
    };
    const needs = writeNeeds(order, props, asked);
    if (isFailure(needs)) return out.reply(ticket, needs);
    if (this.#refuses(ticket, out)) return;
    const candidates = this.#whom.candidates(asked.list, ask.fastest, order.sloppyQuorum);
    // Where n_val leaves this node out, its own copy is one more, and counts for nothing: those that a read asks do.
    if (this.#whom.coordinates(ask.name, props, candidates)) {
      return this.#coordinate(order, { ...this.#client(ticket, order), standsFor: null }, out);
    }
    // The coordinator gives up a little earlier than the client, so that its own, fuller answer is the one that arrives.
    const marginMs = Math.min(timeoutMs / 4, this.#config.fallbackAfterMs);
    this.#run((newRequest) =>
      new Forward({
        ticket,
        order: { ...order, timeoutMs: Math.ceil(timeoutMs - marginMs) },
        candidates,
        standIn: order.sloppyQuorum
          ? (leftMs, out) => this.#standIn(ticket, { ...order, timeoutMs: leftMs }, out)
          : null,
        onSilence: this.#onSilence,
        timeoutMs,
        fallbackAfterMs: this.#config.fallbackAfterMs,
        newRequest,
        conclude: (ticket, outcome, out) => this.#tell(ticket, order, outcome, out),
      }), out);
  }

  /** Another node hands a put over. It is coordinated here, or refused definitely; it is never handed on (law Q19). */
  onForward(from: NodeId, { request, order }: MessageOf<"forward">, out: Outbox): void {
    const tried = { writeId: order.version.writeId, from, request };
    const name = nameBytes(order.name);
    const answer = (outcome: PutDone | Failure) =>
      out.send(from, { kind: "forward_reply", request, outcome });
    if (this.#outcomes.isOfAnother(tried.writeId, name)) {
      const detail =
        "Cannot put: its write id has been used for another key; a fresh one is wanted";
      return answer(failure("bad_request", detail));
    }
    const known = this.#outcomes.recall(tried);
    if (known !== undefined) {
      out.mark("forward.again");
      const said = saidAgain(known);
      return said === null ? undefined : answer(said);
    }
    const { monoMs } = out.now;
    const busy = this.#running.size >= this.#config.maxRequests;
    if (busy || !this.#outcomes.remember(tried, { as: "running", name, monoMs })) {
      out.mark("forward.overloaded");
      // Definite is only what is remembered: a second copy of this forward must find the refusal. Else, silence.
      if (!this.#outcomes.remember(tried, { as: "fenced", name, monoMs })) {
        return out.mark("outcomes.full");
      }
      return answer(this.#overloaded("too many forwarded puts are running or remembered"));
    }
    const conclude = (outcome: PutDone | Failure, out: Outbox) => {
      this.#outcomes.end(tried, outcome, bytesOf(outcome));
      out.send(from, { kind: "forward_reply", request, outcome });
    };
    const asker = { kind: "entry", tried } as const;
    this.#coordinate(order, { asker, conclude, standsFor: null }, out);
  }

  /** An entry node asks what became of a put that it handed over. */
  onStatus(from: NodeId, { request, writeId, ageMs }: MessageOf<"status">, out: Outbox): void {
    const tried = { writeId, from, request };
    const known = this.#outcomes.recall(tried);
    if (known === undefined && !this.#wasUp(ageMs, out)) {
      // The boot before this one may have issued it. Nobody can know.
      out.mark("outcomes.too_young");
      return out.send(from, { kind: "status_reply", request, state: "running" });
    }
    if (known === undefined) {
      // Only what is remembered is fenced. If it can't be, silence is the honest answer.
      const { monoMs } = out.now;
      if (!this.#outcomes.remember(tried, { as: "fenced", name: null, monoMs })) {
        return out.mark("outcomes.full");
      }
      out.mark("outcomes.fenced");
    }
    if (known === undefined || known.kind === "fenced") {
      return out.send(from, { kind: "status_reply", request, state: "fenced" });
    }
    if (known.kind === "running") {
      return out.send(from, { kind: "status_reply", request, state: "running" });
    }
    const outcome = saidAgain(known);
    if (outcome !== null) out.send(from, { kind: "forward_reply", request, outcome });
  }

  /** An answer from another node, or from a room of this one. */
  onMessage(from: NodeId, message: Message, out: Outbox): void {
    if (!("request" in message)) return;
    const running = this.#found.get(message.request);
    if (running === undefined) return out.mark("request.late_reply");
    const { machine } = running;
    if (machine instanceof Get) {
      if (message.kind === "read_reply") machine.onReadReply(from, message, out);
      else if (message.kind === "foreign_reply") {
        machine.onForeignReply(from, message.container, out);
      }
    } else if (machine instanceof Put) {
      if (message.kind === "write_reply") machine.onWriteReply(from, message, out);
    } else if (message.kind === "forward_reply") {
      machine?.onReply(from, message.request, message.outcome, out);
    } else if (message.kind === "status_reply") {
      machine?.onStatus(from, message.request, message.state, out);
    }
    this.#sweep(running);
  }

  /** The replica room has issued a dot, or refused to. */
  onInner(inner: Extract<Inner, { kind: "issued" | "refused" }>, out: Outbox): void {
    const running = this.#found.get(inner.request);
    const machine = running?.machine;
    // A put whose time was up while its record was being read has been answered already; its write may go on.
    if (!running || !(machine instanceof Put)) return out.mark("put.late_dot");
    if (inner.kind === "issued") machine.onIssued(inner.container, out);
    else machine.onRefused(inner.failure, out);
    this.#sweep(running);
  }

  /** A message certainly did not arrive. */
  onUndelivered(to: NodeId, message: Message, out: Outbox): void {
    if (!("request" in message)) return;
    const running = this.#found.get(message.request);
    if (running === undefined) return;
    const { machine } = running;
    if (machine instanceof Put) {
      if (message.kind === "write") machine.onUndelivered(to, out);
    } else machine?.onUndelivered(to, message, out);
    this.#sweep(running);
  }

  /** A deadline, a linger or a patience is due. */
  onTimer(timer: Extract<Timer, { request: RequestId }>, out: Outbox): void {
    const running = this.#found.get(timer.request);
    if (running === undefined) return;
    const { machine } = running;
    if (machine instanceof Put) {
      if (timer.kind === "stand_in") machine.onSilence(out);
      else machine.onDeadline(out);
    } else machine?.onTimer(timer, out);
    this.#sweep(running);
  }

  /** What it holds in memory. */
  snapshot(): RequestsSnapshot {
    const running = [...this.#running].map(({ machine, requests }) => ({
      machine: machine?.snapshot() ?? null,
      requests,
    }));
    return { running, outcomes: this.#outcomes.snapshot(), startedMs: this.#startedMs };
  }

  /** Whether this process was there already when something was sent that was `ageMs` old when it was asked about. */
  #wasUp(ageMs: number, out: Outbox): boolean {
    return out.now.monoMs - this.#startedMs > ageMs + this.#config.maxMessageAgeMs;
  }

  #coordinate(
    order: PutOrder,
    { asker, conclude, standsFor }: Pick<PutOptions, "asker" | "conclude" | "standsFor">,
    out: Outbox,
  ): void {
    const asked = this.#whom.replicas(order.name, order.props, order.nVal);
    if (isFailure(asked)) return conclude(asked, out);
    const needs = writeNeeds(order, order.props, asked);
    if (isFailure(needs)) return conclude(needs, out);
    this.#run((newRequest) =>
      new Put({
        request: newRequest(),
        order,
        needs,
        ...asked,
        coordinator: this.#locator.node,
        standsFor,
        fallbacks: this.#whom.fallbacks(order.name, order.props, order.sloppyQuorum),
        isDown: (node) => this.#locator.isDown(node),
        fallbackAfterMs: this.#config.fallbackAfterMs,
        onSilence: this.#onSilence,
        asker,
        conclude,
      }), out);
  }

  /** No replica coordinates a put, so this node does, in the place of one that is down (section 4.6). */
  #standIn(ticket: Ticket, order: PutOrder, out: Outbox): void {
    const client = this.#client(ticket, order);
    const asked = this.#whom.replicas(order.name, order.props, order.nVal);
    if (isFailure(asked)) return client.conclude(asked, out);
    const standsFor = this.#whom.absent(asked.list);
    if (isFailure(standsFor)) return client.conclude(standsFor, out);
    this.#coordinate(order, { ...client, standsFor }, out);
  }

  #client(ticket: Ticket, order: PutOrder): Pick<PutOptions, "asker" | "conclude"> {
    return {
      asker: { kind: "client", ticket },
      conclude: (outcome, out) => this.#tell(ticket, order, outcome, out),
    };
  }

  #tell(ticket: Ticket, order: PutOrder, outcome: PutDone | Failure, out: Outbox): void {
    if (outcome.kind === "failure") return out.reply(ticket, outcome);
    const latestOnly = order.props.last_write_wins || !order.props.allow_mult;
    const shown = view(outcome.container, { latestOnly, wallMs: out.now.wallMs });
    out.reply(ticket, { ...outcome, view: shown });
  }

  #run(make: (newRequest: () => RequestId) => Get | Put | Forward, out: Outbox): void {
    const running: Running = { machine: null, requests: [] };
    this.#running.add(running);
    running.machine = make(() => {
      const request = this.#nextRequest();
      running.requests.push(request);
      this.#found.set(request, running);
      return request;
    });
    running.machine.start(out);
    this.#sweep(running);
  }

  #sweep(running: Running): void {
    if (!running.machine?.done) return;
    for (const request of running.requests) this.#found.delete(request);
    this.#running.delete(running);
  }

  #refuses(ticket: Ticket, out: Outbox): boolean {
    if (this.#running.size < this.#config.maxRequests) return false;
    out.mark("request.overloaded");
    out.reply(ticket, this.#overloaded("too many requests are running"));
    return true;
  }

  #overloaded(why: string): Failure {
    return failure("overloaded", `Cannot take the request: ${why}`);
  }

  #timeout(asked: number | undefined): number {
    return Math.min(asked ?? this.#config.requestTimeoutMs, this.#config.maxRequestMs);
  }
}

function bytesOf(outcome: PutDone | Failure): number {
  if (outcome.kind === "failure") return 0;
  return outcome.container.siblings.reduce((sum, { version }) => sum + version.content.length, 0);
}
