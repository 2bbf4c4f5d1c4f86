/**
 * The one loop that runs a node for real.
 *
 * It is a queue of events. **One event, all of its effects, and only then the next event**: what an effect brings about
 * (a record that was read, an answer of a peer, a timer) comes back as another event, at the end of the queue. So no
 * rule ever runs inside another, and what a node does is a function of its events and their times alone.
 *
 * ```text
 * new --start--> starting --ready--> serving --stop--> stopping --no asks left, or time is up--> ended
 * any of them --halt, or a rule that throws--> ended
 * ```
 *
 * 1. Every {@linkcode Driver.ask} is answered once: by the node, or if the node ends first by a failure that says so.
 * 2. After the end nothing happens to the node any more, and no timer is left.
 * 3. Effects need no order among themselves (`protocol/effect.ts`): each is begun at once, and nothing waits for it.
 *
 * An exception from the node is a broken invariant, after which its state cannot be trusted: it ends, with the reason,
 * as by a crash, which every rule expects anyway.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Effect, Reply } from "../protocol/effect.ts";
import type { Envelope, Verdict } from "../protocol/envelope.ts";
import { type Failure, failure } from "../protocol/error.ts";
import type { Event, Ticket } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import { Asks } from "./asks.ts";
import type { DriverOptions } from "./driver_options.ts";
import type { ClientEvent } from "./http/ask.ts";
import { storeEvent } from "./store_events.ts";
import { Timers } from "./timers.ts";

type State = "new" | "starting" | "serving" | "stopping" | "ended";

/** Runs one node. */
export class Driver {
  readonly #options: DriverOptions;
  readonly #timers: Timers;
  readonly #events: Event[] = [];
  readonly #asks = new Asks();
  readonly #marks = new Map<string, number>();
  readonly #halted = Promise.withResolvers<string>();
  #ready: PromiseWithResolvers<void> | null = null;
  #batch: { readonly ticket: Ticket; verdict: Verdict | null } | null = null;
  #state: State = "new";
  #draining = false;
  #tickets = 0;

  /** A driver of a node that has not started. */
  constructor(options: DriverOptions) {
    this.#options = options;
    this.#timers = new Timers(options.clock, (timer) => this.#take({ kind: "timer", timer }));
  }

  /** How often each rare branch was taken. */
  get marks(): ReadonlyMap<string, number> {
    return this.#marks;
  }
  /** Resolves, with the reason, if the node must end by itself; never for one that was stopped. */
  get halted(): Promise<string> {
    return this.#halted.promise;
  }
  /** True while the node takes what peers send: until its end, also while it stops, or asks them something before it serves. */
  get takesBatches(): boolean {
    const asks = this.#state === "starting" && (this.#options.node.load?.asks ?? false);
    return asks || this.#state === "serving" || this.#state === "stopping";
  }
  /** How many clients wait for an answer. */
  get waiting(): number {
    return this.#asks.size;
  }

  /** Brings the node up, once. Resolves when it serves; rejects, with the reason, if it ends before. */
  start(event: Omit<Extract<Event, { readonly kind: "start" }>, "kind">): Promise<void> {
    if (this.#state !== "new") throw new Error(`Cannot start a node that is ${this.#state}`);
    this.#state = "starting";
    this.#ready = Promise.withResolvers();
    this.#take({ kind: "start", ...event });
    return this.#ready.promise;
  }

  /** Asks the node for a client. Always resolves. */
  ask(event: ClientEvent): Promise<Reply> {
    if (this.#state !== "serving") {
      const detail = `Cannot take the request: the node is ${this.#state}`;
      return Promise.resolve(failure("not_ready", detail));
    }
    const ticket = ++this.#tickets;
    const answer = this.#asks.open(ticket);
    this.#take({ ...event, ticket });
    return answer;
  }

  /**
   * Brings a batch of a peer: it is judged and processed before this returns.
   *
   * @throws {Error} If the node takes none, or ends over this one.
   */
  receive(envelope: Envelope): Verdict {
    if (this.#draining) throw new Error("Cannot bring a batch from within a step");
    if (!this.takesBatches) throw new Error(`Cannot bring a batch: the node is ${this.#state}`);
    const batch = { ticket: ++this.#tickets, verdict: null as Verdict | null };
    this.#batch = batch;
    this.#take({ kind: "envelope", ticket: batch.ticket, envelope });
    this.#batch = null;
    if (batch.verdict !== null) return batch.verdict;
    this.halt("the node gave no verdict on a batch");
    throw new Error("Cannot answer a batch: the node has ended over it");
  }

  /** Says that these messages have not reached `to`, and never will. */
  undelivered(to: NodeId, messages: readonly Message[]): void {
    this.#take({ kind: "undelivered", to, messages });
  }

  /** Ends the node at once: the process has to end, too. */
  halt(reason: string): void {
    if (this.#state === "ended") return;
    this.#end(failure("internal", `Cannot say what became of the request: ${reason}`), reason);
    this.#halted.resolve(reason);
  }

  /** Takes no more asks, waits for those that run, but not longer than `withinMs`, and ends the node. */
  async stop({ withinMs }: { readonly withinMs: number }): Promise<void> {
    if (this.#state === "serving") this.#state = "stopping";
    await this.#asks.none({ withinMs });
    if (this.#state === "ended") return;
    this.#end(failure("timeout", "Cannot wait for the request: the node stops"), "it was stopped");
  }

  #take(event: Event): void {
    if (this.#state === "ended") return;
    this.#events.push(event);
    if (this.#draining) return;
    this.#draining = true;
    for (let next = this.#events.shift(); next; next = this.#events.shift()) this.#step(next);
    this.#draining = false;
  }

  #step(event: Event): void {
    const { node, clock, log } = this.#options;
    try {
      for (const effect of node.step(event, clock.now())) {
        if (this.#state === "ended") return;
        this.#perform(effect);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log(`Cannot go on: a rule of the node broke over "${event.kind}"`, error);
      this.halt(`a rule of the node broke over "${event.kind}": ${reason}`);
    }
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "send":
        return this.#options.send(effect.to, effect.message);
      case "peer":
        return this.#options.reach(effect.node, effect.addresses);
      case "fetch":
      case "store":
      case "scan_hints":
      case "scan_records":
      case "find_records":
      case "store_meta":
        return void storeEvent(effect, this.#options).then((event) => this.#take(event));
      case "reply":
        return this.#asks.answer(effect.ticket, effect.reply);
      case "verdict":
        return this.#judge(effect.ticket, effect.verdict);
      case "set_timer":
        return this.#timers.set(effect.timer, effect.atMs);
      case "cancel_timer":
        return this.#timers.cancel(effect.timer);
      case "mark":
        this.#marks.set(effect.name, (this.#marks.get(effect.name) ?? 0) + 1);
        return;
      case "ready":
        this.#state = "serving";
        return this.#ready?.resolve();
      case "halt":
        return this.halt(effect.reason);
      default:
        // An effect that is passed over in silence is a rule of the node that never goes on.
        effect satisfies never;
    }
  }

  #judge(ticket: Ticket, verdict: Verdict): void {
    const batch = this.#batch;
    if (batch?.ticket !== ticket || batch.verdict !== null) {
      throw new Error(`Cannot give a verdict on ticket ${ticket}: no such batch waits for one`);
    }
    batch.verdict = verdict;
  }

  #end(unanswered: Failure, reason: string): void {
    if (this.#state === "starting") this.#ready?.reject(new Error(reason));
    this.#state = "ended";
    this.#timers.clear();
    this.#events.length = 0;
    this.#asks.answerAll(unanswered);
  }
}
