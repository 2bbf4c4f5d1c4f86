/**
 * One node's way to one peer: what it knows of the peer's process, and what is under way.
 *
 * ```text
 * strange --hello answered--> known --a batch is lost, or the stamp grows old--> strange
 * either --no connection, refused, or a hello is lost--> strange, and for `backoffMs` nothing is tried
 * ```
 *
 * *known*: the peer's boot and a stamp of its clock are at hand; batches go, one in each lane at a time, each made of
 * what has queued while the last was under way. *strange*: a hello goes first. So no message is entrusted to a way that
 * has just failed, and only what was in a batch when the way broke is ever in doubt.
 *
 * What becomes of a message:
 *
 * | | |
 * | --- | --- |
 * | its batch was taken | the peer has processed it |
 * | never sent: no connection, hello failed, too old, for a former boot, queue full | **undelivered**: definite |
 * | its batch was refused: wrong boot, node, cluster, version, not a member, or a second process of its node | **undelivered**: definite, nothing of it was processed |
 * | its batch was refused: too old | it goes again with a fresh stamp, until it is too old itself |
 * | its batch was sent and not answered | nothing is said: it may have been processed |
 *
 * A batch refused for its boot is not sent to the new one: its messages were for the former process, and die with it.
 *
 * A peer that does not answer costs time, one that refuses connections does not. So after a *silence* messages are said
 * to be undelivered at once, and only carry a hello along, until one is answered; requests fail over without waiting.
 *
 * @module
 */
import type { Boot, Digest, NodeId } from "../id.ts";
import { encodeEnvelope } from "../protocol/codec.ts";
import type { Verdict } from "../protocol/envelope.ts";
import type { Message } from "../protocol/message.ts";
import type { Clock } from "./clock.ts";
import type { Posted } from "./http_line.ts";
import { messageBytes } from "./message_bytes.ts";
import { type Outcome, outcomeOf, refusal, type Trouble } from "./peer_outcome.ts";
import { type LaneName, PeerQueue, type QueueLimits, type Waiting } from "./peer_queue.ts";
import { Complaint } from "./storage/complaint.ts";

/** What carries bytes to the peer: a `Courier`, or a script in a test. */
export interface Carrier {
  post(body: Uint8Array, options: { readonly timeoutMs: number }): Promise<Posted>;
  close(): Promise<void>;
}

/** How long a link is patient. */
export interface LinkTimes {
  /** Longest wait for the answer to a hello. In ms. @default 2000 */
  readonly helloTimeoutMs: number;
  /** Longest wait for the answer to a batch; each MiB gives a second more. In ms. @default 5000 */
  readonly batchTimeoutMs: number;
  /** After a failure nothing is tried for so long. In ms. @default 75: a retry must not become a storm */
  readonly backoffMs: number;
  /** A trouble that is over sooner is not worth a line to the operator: nodes start and stop. In ms. @default 3000 */
  readonly complainAfterMs: number;
  /** A stamp that this node has had for longer is asked for anew. In ms. @default 15 s, half of what the peer takes */
  readonly stampForMs: number;
}

/** What the times are if nobody says otherwise. */
export const LINK_TIMES: LinkTimes = {
  helloTimeoutMs: 2_000,
  batchTimeoutMs: 5_000,
  backoffMs: 75,
  complainAfterMs: 3_000,
  stampForMs: 15_000,
};

/** Who sends. */
export interface Sender {
  readonly cluster: Digest;
  readonly node: NodeId;
  readonly boot: Boot;
}

/** What a link is made of. */
export interface LinkOptions {
  readonly self: Sender;
  readonly to: NodeId;
  /** One a lane. A hello goes by the brisk one. */
  readonly carriers: Readonly<Record<LaneName, Carrier>>;
  readonly clock: Clock;
  readonly limits: QueueLimits;
  readonly times: LinkTimes;
  /** Told of messages that have not arrived and never will; never from within `send`. */
  readonly undelivered: (messages: readonly Message[]) => void;
  /** Told that the peer hears another process of this node, which lives. */
  readonly onTwin: () => void;
  /** Takes lines for the operator. */
  readonly log: (line: string) => void;
}

/** Counts of messages, but for `batches` and `hellos`. */
export interface LinkCounts {
  sent: number;
  undelivered: number;
  lost: number;
  batches: number;
  hellos: number;
}

const LANES = ["brisk", "bulk"] as const;
/** A network that is slower than this (1 MiB a second) cannot carry large batches in time. */
const BYTES_PER_MS = 1024;

/** The way to one peer. */
export class PeerLink {
  readonly #options: LinkOptions;
  readonly #queue: PeerQueue;
  readonly #trouble: Complaint;
  readonly #counts: LinkCounts = { sent: 0, undelivered: 0, lost: 0, batches: 0, hellos: 0 };
  /** The peer's process as last heard of; kept when the way to it fails. */
  #boot: Boot | null = null;
  #stamp: { readonly ms: number; readonly gotAtMs: number } | null = null;
  #isSilent = false;
  #troubledSinceMs: number | null = null;
  #notBeforeMs = -Infinity;
  #undelivered: Message[] = [];
  /** Lanes with something under way: until its outcome has been dealt with, not only until it is there. */
  readonly #busy = new Set<LaneName>();
  #isWoken = false;
  #isClosed = false;

  /** A link that has not spoken to its peer yet. */
  constructor(options: LinkOptions) {
    this.#options = options;
    this.#queue = new PeerQueue(options.limits);
    this.#trouble = new Complaint(options.log, {
      trouble: `Cannot reach ${options.to}`,
      over: `${options.to} can be reached again`,
    });
  }

  /** What it has done and what waits, for `/stats`. */
  get stats(): LinkCounts & { readonly queuedBytes: number; readonly queued: number } {
    return { ...this.#counts, queuedBytes: this.#queue.bytes, queued: this.#queue.length };
  }

  /** Sends a message, some time soon, or says that it is undelivered. */
  send(message: Message): void {
    if (this.#isClosed) return;
    const sinceMs = this.#nowMs();
    if (sinceMs < this.#notBeforeMs) return this.#giveUp([message]);
    if (this.#isSilent) {
      this.#hello();
      return this.#giveUp([message]);
    }
    const waiting = { message, bytes: messageBytes(message), boot: this.#boot, sinceMs };
    if (!this.#queue.offer(waiting)) return this.#giveUp([message]);
    this.#wake();
  }

  /** The peer's process as last heard of; null if none was. */
  get boot(): Boot | null {
    return this.#boot;
  }

  /** The peer has sent something itself: it is there, as this process. */
  heard(boot: Boot): void {
    this.#isSilent = false;
    this.#notBeforeMs = -Infinity;
    if (this.#boot === boot) return;
    this.#boot = boot;
    this.#stamp = null;
  }

  /** Ends it. What waits is dropped. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#queue.clear();
    this.#undelivered = [];
    await Promise.all(LANES.map((lane) => this.#options.carriers[lane].close()));
  }

  /** All that one step of the node sends goes into one batch: the queue is looked at when the step is over. */
  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    queueMicrotask(() => {
      this.#isWoken = false;
      if (!this.#isClosed) this.#pump();
    });
  }

  #pump(): void {
    const freshMs = this.#nowMs() - this.#options.times.stampForMs;
    if (this.#queue.length > 0) {
      if (this.#stamp === null || this.#stamp.gotAtMs < freshMs) this.#hello();
      else for (const lane of LANES) this.#ship(lane);
    }
    if (this.#undelivered.length === 0) return;
    const messages = this.#undelivered;
    this.#undelivered = [];
    this.#options.undelivered(messages);
  }

  /** Asks for the peer's boot and stamp, unless something that brings them is under way. */
  async #hello(): Promise<void> {
    if (this.#busy.has("brisk")) return;
    this.#counts.hellos++;
    const { helloTimeoutMs } = this.#options.times;
    const outcome = await this.#post("brisk", [], helloTimeoutMs);
    this.#busy.delete("brisk");
    if (outcome.kind === "unanswered") this.#fail(outcome);
    else if (outcome.verdict.refused !== null) this.#fail(refusal(outcome.verdict.refused));
    this.#wake();
  }

  /** Sends the next batch of a lane, unless one is under way. */
  async #ship(lane: LaneName): Promise<void> {
    if (this.#boot === null || this.#busy.has(lane)) return;
    const { batch, dead } = this.#queue.take(lane, { boot: this.#boot, nowMs: this.#nowMs() });
    this.#giveUp(dead.map(({ message }) => message));
    if (batch.length === 0) return;
    this.#counts.batches++;
    const bytes = batch.reduce((sum, waiting) => sum + waiting.bytes, 0);
    const timeoutMs = this.#options.times.batchTimeoutMs + Math.ceil(bytes / BYTES_PER_MS);
    const messages = batch.map(({ message }) => message);
    const outcome = await this.#post(lane, messages, timeoutMs);
    this.#busy.delete(lane);
    if (outcome.kind === "verdict") this.#onVerdict(outcome.verdict, { lane, batch, messages });
    else if (outcome.wasSent) {
      this.#counts.lost += batch.length;
      this.#doubt(outcome);
    } else {
      this.#giveUp(messages);
      this.#fail(outcome);
    }
    this.#wake();
  }

  #onVerdict(
    { refused }: Verdict,
    { lane, batch, messages }: {
      readonly lane: LaneName;
      readonly batch: readonly Waiting[];
      readonly messages: readonly Message[];
    },
  ): void {
    switch (refused) {
      case null:
        this.#counts.sent += messages.length;
        return;
      case "too_old":
        return this.#queue.putBack(lane, batch);
      case "wrong_boot":
        return this.#giveUp(messages);
      case "other_process":
        this.#options.onTwin();
        this.#giveUp(messages);
        return this.#fail(refusal(refused));
      default:
        this.#giveUp(messages);
        return this.#fail(refusal(refused));
    }
  }

  /** Posts a batch, and learns from the answer what the next one must carry. Keeps the lane busy; the caller ends that. */
  async #post(
    lane: LaneName,
    messages: readonly Message[],
    timeoutMs: number,
  ): Promise<Outcome> {
    const { self, to, carriers, log } = this.#options;
    const boot = this.#boot;
    let body: Uint8Array;
    try {
      body = encodeEnvelope({
        cluster: self.cluster,
        from: self.node,
        fromBoot: self.boot,
        to,
        toBoot: messages.length === 0 ? null : boot,
        toStampMs: messages.length === 0 ? 0 : this.#stamp?.ms ?? 0,
        messages,
      });
    } catch (error) {
      log(`Cannot encode a batch for ${to}, a fault in rotor: ${error}`);
      return {
        kind: "unanswered",
        wasSent: false,
        reason: "it cannot be encoded",
        timedOut: false,
      };
    }
    this.#busy.add(lane);
    const posted = await carriers[lane].post(body, { timeoutMs });
    const outcome = outcomeOf(posted);
    if (outcome.kind === "verdict") this.#learn(outcome.verdict, boot);
    return outcome;
  }

  /** `before` is the boot that was known when the batch went: another may have made itself heard since. */
  #learn({ refused, boot, stampMs }: Verdict, before: Boot | null): void {
    this.#isSilent = false;
    if (refused !== null && refused !== "wrong_boot" && refused !== "too_old") return; // a stranger's
    this.#troubledSinceMs = null;
    this.#trouble.settle();
    if (this.#boot !== before && boot === before) return;
    const isOlder = this.#boot === boot && this.#stamp !== null && this.#stamp.ms > stampMs;
    this.#boot = boot;
    if (!isOlder) this.#stamp = { ms: stampMs, gotAtMs: this.#nowMs() };
  }

  /** The way has failed before anything was sent, or the peer will not have this node: nothing is tried for a while. */
  #fail(trouble: Trouble): void {
    if (this.#isClosed) return;
    this.#doubt(trouble);
    this.#notBeforeMs = this.#nowMs() + this.#options.times.backoffMs;
    this.#giveUp(this.#queue.clear().map(({ message }) => message));
  }

  /** A batch was lost: what waits goes on waiting, for a hello. */
  #doubt({ reason, timedOut }: Trouble): void {
    if (this.#isClosed) return;
    this.#stamp = null;
    this.#isSilent = timedOut;
    const nowMs = this.#nowMs();
    this.#troubledSinceMs ??= nowMs;
    const forMs = nowMs - this.#troubledSinceMs;
    if (forMs >= this.#options.times.complainAfterMs) this.#trouble.raise(reason);
  }

  #giveUp(messages: readonly Message[]): void {
    if (this.#isClosed || messages.length === 0) return;
    this.#counts.undelivered += messages.length;
    this.#undelivered.push(...messages);
    this.#wake();
  }

  #nowMs(): number {
    return this.#options.clock.now().monoMs;
  }
}
