/**
 * One client's put at a node that does not serve the key: handed to one coordinator (paper, section 5).
 *
 * The danger is two coordinators for one put: each issues a dot, and one client put becomes two siblings, or a twin comes
 * back after the value was overwritten (protocol.md, Part 1 a). So another node is tried only after a *definite*
 * non-issue: the forward never left, or the coordinator refused, or it is **fenced**: asked what became of the put, it
 * said "never issued, and from now on refused". (Only a process that was up before the forward was sent can say so: the
 * one before it may have issued the dot and died.) In every other case the client is told that nobody knows.
 *
 * ```
 *             forward_reply: done, or a refusal that is the client's
 *   forwarded -------------------------------------------------------> done
 *    |    ^  |                                                           ^
 *    |    |  | undelivered, fenced, or refused definitely: the next      | nobody left: this node, as a fallback
 *    |    +--+-----------------------------------------------------------+
 *    | silent for fallbackAfterMs: ask for its status, again and again
 *    v
 *   done   lost while asked, or time is up: coordinator_lost, definite false
 * ```
 *
 * When every replica has refused or cannot be reached, this node coordinates the put itself, in the place of one of them
 * (section 4.6). A strict quorum forbids that: then it is `no_coordinator`.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import { type ErrorKind, type Failure, failure } from "../protocol/error.ts";
import type { Ticket, Timer } from "../protocol/event.ts";
import type { Message, PutDone, PutOrder } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";

/** Refusals after which another coordinator may do better. All of them are definite. */
const TRY_ANOTHER: ReadonlySet<ErrorKind> = new Set([
  "disk_full",
  "no_coordinator",
  "overloaded",
  "not_ready",
  "store_failed",
]);

/** What a {@linkcode Forward} is made of. */
export interface ForwardOptions {
  readonly ticket: Ticket;
  readonly order: PutOrder;
  /** The nodes that may coordinate, best first. */
  readonly candidates: readonly NodeId[];
  readonly timeoutMs: number;
  readonly fallbackAfterMs: number;
  /** A request number of this machine; each handing over has its own, so that a late answer finds only its own try. */
  readonly newRequest: () => RequestId;
  /** This node coordinates, as a fallback, in the time that is left; null if it may not. */
  readonly standIn: ((leftMs: number, out: Outbox) => void) | null;
  /** Told of a coordinator that has been silent for `fallbackAfterMs`. */
  readonly onSilence: (node: NodeId, out: Outbox) => void;
  /** Tells the client. */
  readonly conclude: (ticket: Ticket, outcome: PutDone | Failure, out: Outbox) => void;
}

/** The machine of one forwarded put, at its entry node. */
export class Forward {
  readonly #options: ForwardOptions;
  readonly #untried: NodeId[];
  readonly #deadline: RequestId;
  #handed: { readonly to: NodeId; readonly request: RequestId; readonly atMs: number } | null =
    null;
  #done = false;
  #startedMs = 0;

  /** A put that has not been handed over. */
  constructor(options: ForwardOptions) {
    this.#options = options;
    this.#untried = [...options.candidates];
    this.#deadline = options.newRequest();
  }

  /** True when the client has been told. */
  get done(): boolean {
    return this.#done;
  }

  /** Hands the put to the best candidate. */
  start(out: Outbox): void {
    this.#startedMs = out.now.monoMs;
    out.setTimer({ kind: "deadline", request: this.#deadline }, this.#options.timeoutMs);
    this.#handOver(out);
  }

  /** The coordinator says how the put ended. */
  onReply(from: NodeId, request: RequestId, outcome: PutDone | Failure, out: Outbox): void {
    if (!this.#isHanded(from, request)) return;
    if (outcome.kind === "failure" && outcome.definite && TRY_ANOTHER.has(outcome.error)) {
      out.mark("forward.refused");
      this.#handOver(out);
    } else this.#conclude(outcome, out);
  }

  /** The coordinator says that it has not ended, or that it never will begin. */
  onStatus(from: NodeId, request: RequestId, state: "fenced" | "running", out: Outbox): void {
    if (!this.#isHanded(from, request)) return;
    if (state === "running") return;
    out.mark("forward.fenced");
    this.#handOver(out);
  }

  /** A message certainly did not reach the coordinator. */
  onUndelivered(to: NodeId, message: Message, out: Outbox): void {
    if (message.kind !== "forward" && message.kind !== "status") return;
    if (!this.#isHanded(to, message.request)) return;
    if (message.kind === "forward") this.#handOver(out);
    else {
      this.#conclude(
        this.#lost(`${to} took it and cannot be reached any more`),
        out,
      );
    }
  }

  /** The coordinator is silent, or time is up. */
  onTimer(timer: Timer, out: Outbox): void {
    if (this.#done || this.#handed === null) return;
    const { to, request, atMs } = this.#handed;
    if (timer.kind === "deadline") {
      return this.#conclude(
        this.#lost(`${to} did not answer in ${this.#options.timeoutMs} ms`),
        out,
      );
    }
    if (timer.kind !== "patience" || timer.request !== request) return;
    out.mark("forward.status");
    this.#options.onSilence(to, out);
    const { order } = this.#options;
    const ageMs = Math.ceil(out.now.monoMs - atMs);
    out.send(to, { kind: "status", request, writeId: order.version.writeId, ageMs });
    out.setTimer({ kind: "patience", request }, this.#options.fallbackAfterMs);
  }

  /** What it holds in memory. */
  snapshot(): object {
    const { ticket, order, timeoutMs } = this.#options;
    const [untried, deadline, handed] = [this.#untried, this.#deadline, this.#handed];
    const startedMs = this.#startedMs;
    return { kind: "forward", ticket, order, timeoutMs, untried, deadline, handed, startedMs };
  }

  #handOver(out: Outbox): void {
    if (this.#handed) out.cancelTimer({ kind: "patience", request: this.#handed.request });
    const to = this.#untried.shift();
    if (to === undefined && this.#options.standIn !== null) return this.#standIn(out);
    if (to === undefined) {
      const detail = "Cannot put: every node that serves the key refused it or is unreachable";
      return this.#conclude(failure("no_coordinator", detail), out);
    }
    const request = this.#options.newRequest();
    this.#handed = { to, request, atMs: out.now.monoMs };
    out.send(to, { kind: "forward", request, order: this.#options.order });
    out.setTimer({ kind: "patience", request }, this.#options.fallbackAfterMs);
  }

  /** Nobody who serves the key has issued anything, and nobody will: it is this node's to coordinate. */
  #standIn(out: Outbox): void {
    out.mark("forward.stood_in");
    this.#done = true;
    out.cancelTimer({ kind: "deadline", request: this.#deadline });
    const { timeoutMs, standIn } = this.#options;
    standIn!(Math.max(1, timeoutMs - (out.now.monoMs - this.#startedMs)), out);
  }

  #isHanded(node: NodeId, request: RequestId): boolean {
    return !this.#done && this.#handed?.to === node && this.#handed.request === request;
  }

  #lost(why: string): Failure {
    const detail = `Cannot say what became of the put: its coordinator ${why}`;
    return failure("coordinator_lost", detail, { definite: false });
  }

  #conclude(outcome: PutDone | Failure, out: Outbox): void {
    this.#done = true;
    if (this.#handed) out.cancelTimer({ kind: "patience", request: this.#handed.request });
    out.cancelTimer({ kind: "deadline", request: this.#deadline });
    this.#options.conclude(this.#options.ticket, outcome, out);
  }
}
