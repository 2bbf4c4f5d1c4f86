/**
 * The machine of one forwarded put by itself, at a node that does not serve the key: what it does at each step, to the
 * last effect. The candidates a, b and c are puppets.
 *
 * @module
 */
import { nodeId } from "../../src/id.ts";
import { type Failure, isFailure } from "../../src/protocol/error.ts";
import type { Timer } from "../../src/protocol/event.ts";
import type { Message, PutDone } from "../../src/protocol/message.ts";
import { Outbox } from "../../src/protocol/outbox.ts";
import { Forward } from "../../src/quorum/forward.ts";
import { orderOf, WRITTEN } from "./one_put.ts";
import { toldStep } from "./told_effects.ts";

/** A put that its coordinator has stored. */
export const DONE: PutDone = {
  kind: "put",
  container: WRITTEN,
  coordinator: nodeId("a"),
  w: 2,
  dw: 2,
  pw: 0,
  clipped: false,
  participants: [],
};

/** A forwarded put: request 1 is its own, and each handing over has the next. */
export class OneForward {
  readonly #forward: Forward;
  readonly #timeoutMs: number;
  #requests = 0;
  #monoMs = 1000;
  /** What it did at first. */
  readonly started: readonly string[];
  /** The last status that was asked for. */
  status: Extract<Message, { kind: "status" }> | undefined;
  /** What the client was told; a second answer throws. */
  outcome: PutDone | Failure | undefined;

  /** A put that was handed to the first candidate, whose client waits 1000 ms; a silent coordinator is asked after 100. */
  constructor(
    candidates: readonly string[] = ["a", "b", "c"],
    { timeoutMs = 1000, isSloppy = false }: {
      readonly timeoutMs?: number;
      readonly isSloppy?: boolean;
    } = {},
  ) {
    this.#timeoutMs = timeoutMs;
    this.#forward = new Forward({
      ticket: 7,
      order: orderOf(),
      candidates: candidates.map(nodeId),
      timeoutMs,
      fallbackAfterMs: 100,
      standIn: isSloppy ? (leftMs, out) => out.mark(`stands in for ${leftMs} ms`) : null,
      onSilence: (node, out) => out.mark(`silent: ${node}`),
      newRequest: () => ++this.#requests,
      conclude: (ticket, outcome, out) => {
        if (this.outcome || ticket !== 7) throw new Error("A forward is concluded once");
        this.outcome = outcome;
        out.mark(isFailure(outcome) ? `concluded: ${outcome.error}` : "concluded");
      },
    });
    this.started = this.#step((forward, out) => forward.start(out));
  }

  /** True when the client has been told. */
  get done(): boolean {
    return this.#forward.done;
  }

  /** A coordinator says how the put ended. */
  replies(from: string, outcome: PutDone | Failure, request = this.#requests): string[] {
    return this.#step((forward, out) => forward.onReply(nodeId(from), request, outcome, out));
  }

  /** A coordinator says that it has not ended. */
  says(from: string, state: "fenced" | "running", request = this.#requests): string[] {
    return this.#step((forward, out) => forward.onStatus(nodeId(from), request, state, out));
  }

  /** A message did not arrive. */
  undelivered(to: string, kind: "forward" | "status" | "read", request = this.#requests): string[] {
    const message = { kind, request } as Message;
    return this.#step((forward, out) => forward.onUndelivered(nodeId(to), message, out));
  }

  /** Time goes by until a timer is due. */
  timer(kind: Timer["kind"], request = kind === "deadline" ? 1 : this.#requests, afterMs = 0) {
    this.#monoMs += afterMs;
    return this.#step((forward, out) => forward.onTimer({ kind, request } as Timer, out));
  }

  /** What it holds in memory. */
  snapshot(): object {
    return this.#forward.snapshot();
  }

  #step(act: (forward: Forward, out: Outbox) => void): string[] {
    const now = { monoMs: this.#monoMs, wallMs: this.#monoMs };
    const out = new Outbox(nodeId("entry"), now);
    act(this.#forward, out);
    for (const effect of out.effects) {
      if (effect.kind === "send" && effect.message.kind === "status") this.status = effect.message;
    }
    return toldStep(out);
  }
}
