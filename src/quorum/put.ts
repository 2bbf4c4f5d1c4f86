/**
 * One put at its coordinator (paper, sections 4.5 and 5): one machine a put.
 *
 * The replica room issues the dot and stores the own copy; as soon as the dot is issued the whole container goes to the
 * other replicas, in parallel with the own store. The put is acknowledged when W seats have stored it, DW of them durably,
 * PW of them primaries. The own copy counts like any other: when its store is done, not before.
 *
 * ```
 *            issued: send to the others           W, DW, PW met: acknowledge
 *   issuing ---------------------------> spreading --------------------------> done
 *      | refused: definite, nothing written   | can't be met any more, or time is up: definite false
 *      v                                      v
 *     done                                   done
 * ```
 *
 * Who cannot be reached is stood in for: another node keeps the copy for it, as a hint that counts for its seat
 * (`stand_ins.ts`). A node that serves no seat coordinates only when nobody who does can: its own copy is such a hint, too.
 *
 * It ends with W. A replica that had not answered by then gets no hint: W copies are durable without it, and exchange
 * brings it what it has missed.
 *
 * There is one coordinator a put, for ever: nothing here hands a put on to somebody else (protocol.md, Part 1 a).
 *
 * @module
 */
import type { Digest, NodeId } from "../id.ts";
import { type Failure, failure } from "../protocol/error.ts";
import type { Ticket } from "../protocol/event.ts";
import type { Hint, Message, PutDone, PutOrder } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import type { Entry } from "../ring/preference_list.ts";
import { containerDigest } from "../version/digest.ts";
import type { Container } from "../version/siblings.ts";
import { isClipped, type WriteNeeds } from "./needs.ts";
import type { Try } from "./outcomes.ts";
import { StandIns } from "./stand_ins.ts";
import { Tally } from "./tally.ts";

type WriteReply = Extract<Message, { kind: "write_reply" }>;

/** What a {@linkcode Put} is made of. */
export interface PutOptions {
  readonly request: RequestId;
  readonly order: PutOrder;
  readonly needs: WriteNeeds;
  /** The replicas, this node among them. */
  readonly list: readonly Entry[];
  /** How many replicas the request asks, and how many seats the range has as far as this node knows. */
  readonly n: number;
  readonly seats: number;
  readonly coordinator: NodeId;
  /** The primary in whose place this node coordinates; null if it serves a seat itself. */
  readonly standsFor: Entry | null;
  /** Healthy nodes that may stand in, in the order of the walk; none if the quorum is strict. */
  readonly fallbacks: readonly NodeId[];
  /** Whether a node is held to be down. */
  readonly isDown: (node: NodeId) => boolean;
  /** After how long a silent node is stood in for. In ms. */
  readonly fallbackAfterMs: number;
  /** Told of a node that has been silent for so long. */
  readonly onSilence: (node: NodeId, out: Outbox) => void;
  /** Who waits for it: a client here, or an entry node elsewhere. */
  readonly asker: Asker;
  /** Told how it ended, once. */
  readonly conclude: (outcome: PutDone | Failure, out: Outbox) => void;
}

/** Who waits for a put at its coordinator. */
export type Asker =
  | { readonly kind: "client"; readonly ticket: Ticket }
  | { readonly kind: "entry"; readonly tried: Try };

type State =
  | { readonly phase: "issuing" }
  | { readonly phase: "spreading"; readonly container: Container; readonly digest: Digest }
  | { readonly phase: "done" };

/** The machine of one put at its coordinator. */
export class Put {
  readonly #options: PutOptions;
  readonly #tally: Tally<"w" | "dw" | "pw">;
  readonly #standIns: StandIns;
  #state: State = { phase: "issuing" };
  /** After that it sends nothing: its timer may be late, a copy may not (protocol.md, Part 1 c). */
  #untilMs = Infinity;

  /** A put that has not begun. */
  constructor(options: PutOptions) {
    this.#options = options;
    this.#tally = new Tally(options.needs, options);
    this.#standIns = new StandIns(options.list, options.fallbacks);
  }

  /** True when it has been concluded. */
  get done(): boolean {
    return this.#state.phase === "done";
  }

  /** Its number. */
  get request(): RequestId {
    return this.#options.request;
  }

  /** Whether it has asked this node for a copy. */
  hasAsked(node: NodeId): boolean {
    return this.#tally.participants().some((asked) => asked.node === node);
  }

  /** Asks the replica room for the dot. */
  start(out: Outbox): void {
    const { request, order } = this.#options;
    this.#untilMs = out.now.monoMs + order.timeoutMs;
    out.setTimer({ kind: "deadline", request }, order.timeoutMs);
    const { standsFor } = this.#options;
    const hint = standsFor === null ? null : this.#hintFor(standsFor);
    out.tell({ kind: "coordinate", request, order, hint });
  }

  /** The dot is issued: the others get the container while the own copy is being stored. */
  onIssued(container: Container, out: Outbox): void {
    if (this.#state.phase !== "issuing") return;
    const { order: { name }, list, coordinator, standsFor } = this.#options;
    this.#state = { phase: "spreading", container, digest: containerDigest(name, container) };
    for (const entry of list) {
      if (entry.node === coordinator) this.#tally.ask(entry);
      else if (entry.node === standsFor?.node) {
        this.#tally.ask(this.#standIns.takes(entry.seat, coordinator));
        // It would not coordinate, or cannot be reached; a copy it may take, and count for more than a hint.
        if (!this.#options.isDown(entry.node)) this.#ask(entry, null, out);
      } else if (!this.#options.isDown(entry.node) || !this.#replace(entry.node, out)) {
        this.#ask(entry, null, out);
      }
    }
    this.#awaitSilence(out);
  }

  /** Replicas that are silent still are stood in for. They may answer yet. */
  onSilence(out: Outbox): void {
    if (this.#state.phase !== "spreading") return;
    for (const { node } of this.#tally.participants()) {
      if (!this.#tally.awaits(node) || node === this.#options.coordinator) continue;
      this.#options.onSilence(node, out);
      this.#replace(node, out);
    }
    this.#awaitSilence(out);
  }

  /** No dot was issued, and none will be. */
  onRefused(refused: Failure, out: Outbox): void {
    if (this.#state.phase === "issuing") this.#conclude(refused, out);
  }

  /** A replica says what became of its copy. */
  onWriteReply(from: NodeId, { standing, outcome }: WriteReply, out: Outbox): void {
    if (this.#state.phase !== "spreading" || !this.#tally.awaits(from)) return;
    if (outcome.kind !== "stored") {
      this.#tally.record(from, outcome.kind, standing, []);
      this.#replace(from, out);
    } else {
      // An acknowledgement of another container than the one that was sent is not one of this put.
      if (outcome.digest !== this.#state.digest) return out.mark("put.other_digest");
      this.#tally.record(
        from,
        "stored",
        standing,
        outcome.durable ? ["w", "dw", "pw"] : ["w", "pw"],
      );
    }
    this.#decide(out);
  }

  /** A replica cannot be reached: it certainly did not get its copy. */
  onUndelivered(to: NodeId, out: Outbox): void {
    if (this.#state.phase !== "spreading" || !this.#tally.awaits(to)) return;
    this.#tally.record(to, "unreachable", null, []);
    this.#replace(to, out);
    this.#decide(out);
  }

  /** Time is up. The dot may be issued, stored, or on its way. */
  onDeadline(out: Outbox): void {
    if (this.#state.phase === "done") return;
    this.#conclude(
      this.#failure("timeout", `time was up after ${this.#options.order.timeoutMs} ms`),
      out,
    );
  }

  /** What it holds in memory. */
  snapshot(): object {
    const { request, asker, order, needs, list, standsFor } = this.#options;
    const tally = this.#tally.snapshot();
    const standIns = this.#standIns.snapshot();
    const options = { request, asker, order, needs, list, standsFor };
    return { kind: "put", ...options, state: this.#state, tally, standIns };
  }

  /** Whoever will not store a copy is stood in for: the next fallback keeps it for its primary. False if nobody can. */
  #replace(node: NodeId, out: Outbox): boolean {
    const standIn = this.#standIns.after(node);
    if (standIn === null) return false;
    out.mark("put.stood_in");
    const owner = this.#options.list.find(({ seat }) => seat === standIn.seat)!;
    this.#ask(standIn, this.#hintFor(owner), out);
    return true;
  }

  /** Whoever is silent from now on is stood in for, while there is anybody who could. */
  #awaitSilence(out: Outbox): void {
    if (!this.#standIns.any) return;
    const { request } = this.#options;
    out.setTimer({ kind: "stand_in", request }, this.#options.fallbackAfterMs);
  }

  #ask(entry: Entry, hint: Hint | null, out: Outbox): void {
    if (this.#state.phase !== "spreading" || out.now.monoMs > this.#untilMs) return;
    if (!this.#tally.ask(entry)) return;
    const { request, order: { name, props: { n_val: n } } } = this.#options;
    const { container } = this.#state;
    out.send(entry.node, { kind: "write", request, name, n, container, hint });
  }

  #hintFor({ node, seat }: Entry): Hint {
    return { owner: node, seat: seat!, w: Math.max(1, this.#tally.want("w")) };
  }

  #decide(out: Outbox): void {
    if (this.#state.phase !== "spreading") return;
    if (this.#tally.enough) {
      this.#conclude({
        kind: "put",
        container: this.#state.container,
        coordinator: this.#options.coordinator,
        w: this.#tally.want("w"),
        dw: this.#tally.want("dw"),
        pw: this.#tally.want("pw"),
        clipped: isClipped(this.#options.needs, this.#tally.seats),
        participants: this.#tally.participants(),
      }, out);
    } else if (this.#tally.hopeless) {
      this.#conclude(this.#failure("quorum_unmet", "too few replicas could store it"), out);
    }
  }

  #failure(kind: "timeout" | "quorum_unmet", why: string): Failure {
    return failure(kind, `Cannot say that the put is stored: ${why}; it may be, on some replicas`, {
      definite: false,
      participants: this.#tally.participants(),
      ...this.#tally.counts(),
    });
  }

  #conclude(outcome: PutDone | Failure, out: Outbox): void {
    this.#state = { phase: "done" };
    const { request, fallbacks } = this.#options;
    out.cancelTimer({ kind: "deadline", request });
    if (fallbacks.length > 0) out.cancelTimer({ kind: "stand_in", request });
    this.#options.conclude(outcome, out);
  }
}
