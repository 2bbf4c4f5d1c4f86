/**
 * The two rounds of questions: what a leader asks, and what it makes of the answers.
 *
 * One **batch** is about some keys of one range:
 *
 * ```text
 *   first --all: yes--> quiet --M + D later--> second --all: yes--> agreed: the keys may go
 *     |                   |                       |
 *     +-------------------+-----------------------+--> given up: somebody is silent, or down, or the ring is another
 * ```
 *
 * A key to which anybody says no leaves its batch, the others go on. Nothing of a batch is durable.
 *
 * Each question waits its turn (`admission/`). It keeps its slice while it is sent, and no longer: the work is that of the
 * members, this node among them, who take slices of their own for it. A leader that held one until all had answered would
 * stand in its own way, and leaders in that of each other.
 *
 * @module
 */
import { compare, type Digest, nameBytes, type NodeId, type ObjectName } from "../id.ts";
import type { Slices } from "../protocol/background.ts";
import { type Config, quietMs } from "../protocol/config.ts";
import type { Locator } from "../protocol/locator.ts";
import type { Message, SettleAnswer, Settling } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import type { Entry, Waiting } from "./waiting.ts";

/** Keys that one question is about. */
const BATCH = 64;
/** Batches at a time. Each keeps its place while nothing happens, so this is what bounds how many keys go in a minute. */
const MOST_BATCHES = 256;
/** So many places are filled at once, when the list is long: it is looked through from end to end. */
const PLACES = 32;

/** What a {@linkcode Rounds} is made of. */
export interface RoundsOptions {
  readonly locator: Locator;
  readonly config: Config;
  /** Before each question it waits its turn. */
  readonly slices: Slices;
  /** Numbers its questions. */
  readonly next: () => number;
  /** What is asked about. */
  readonly waiting: Waiting;
  /** Everybody has agreed, for the first time since this is held, that it is all there is. */
  readonly agreed: (name: ObjectName, digest: Digest, out: Outbox) => void;
  /** A question has been put, or a batch given up: {@linkcode Rounds.wakeAtMs} may be another. */
  readonly moved: (out: Outbox) => void;
}

/** Some keys of one range that are being asked about. A range may have more than one batch. */
interface Batch {
  readonly n: number;
  readonly how: Settling;
  /** What the leader knew when it began. */
  readonly history: Digest;
  /** Those that nobody has said no to. */
  entries: Entry[];
  /** The keys of the question that is open, in its order. */
  asked: readonly Entry[];
  phase: "first" | "quiet" | "second";
  /** The question that is open; 0 while it waits its turn. */
  request: RequestId;
  /** The question of the first round. */
  first: RequestId;
  /** Who has not answered. */
  readonly silent: Set<NodeId>;
  /** When it is given up, or when it goes on; never, while its question waits its turn. */
  untilMs: number;
}

/** All batches of one leader. */
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #batches = new Set<Batch>();
  /** Whether a batch has ended, and nobody has looked yet what comes in its place. */
  #hasRoom = false;
  readonly #quietMs: number;

  /** Nobody has been asked yet. */
  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#quietMs = quietMs(options.config);
  }

  /** When the next batch goes on or is given up; never, if there is none. */
  get wakeAtMs(): number {
    return [...this.#batches].reduce((least, { untilMs }) => Math.min(least, untilMs), Infinity);
  }
  /** Members that are held to be down: without them nothing goes. */
  get down(): NodeId[] {
    const { locator } = this.#options;
    return [...locator.members].filter((member) => locator.isDown(member)).sort(compare);
  }

  /** What it holds in memory. */
  snapshot(): object {
    return [...this.#batches].map((batch) => ({ ...batch, silent: [...batch.silent] }));
  }

  /** It is time to look at the list: all that is due is asked about, what was refused, too. */
  sweep(out: Outbox): void {
    for (const entry of this.#options.waiting.entries) entry.tried = false;
    this.#begin(out);
  }

  /** Batches begin, of what is due and has not been asked about since the last sweep. */
  #begin(out: Outbox): void {
    const { locator, waiting } = this.#options;
    this.#hasRoom = false;
    if (waiting.size === 0) return;
    if (this.down.length > 0) return out.mark("settle.stalled");
    const { wallMs } = out.now;
    const inBatches = new Set(
      [...this.#batches].flatMap(({ entries }) => entries.map(({ name }) => nameBytes(name))),
    );
    /** Of each range, the batch that has room. */
    const open = new Map<string, Batch>();
    const begun: Batch[] = [];
    for (const entry of waiting.entries) {
      if (entry.asked || entry.tried || !waiting.isDue(entry, wallMs)) continue;
      const { n, name } = entry;
      // Of what it was before somebody is asked still.
      if (inBatches.has(nameBytes(name))) continue;
      const led = waiting.ledNow(entry);
      if (led === null) continue;
      const how = waiting.how(entry, wallMs);
      const range = `${n} ${how} ${led.end}`;
      let batch = open.get(range);
      if (batch === undefined || batch.entries.length >= BATCH) {
        if (this.#batches.size >= MOST_BATCHES) continue;
        const { history } = locator.standing(name, n);
        batch = {
          ...{ n, how, history, entries: [], asked: [], phase: "first" },
          ...{ request: 0, first: 0, silent: new Set(), untilMs: Infinity },
        };
        open.set(range, batch);
        this.#batches.add(batch);
        begun.push(batch);
      }
      entry.asked = true;
      batch.entries.push(entry);
    }
    for (const batch of begun) this.#ask(batch, "first", out);
  }

  #end(batch: Batch): void {
    this.#batches.delete(batch);
    this.#hasRoom = true;
  }

  /** What waits takes the place of what has ended, without waiting for the next sweep. */
  #fill(out: Outbox): void {
    const isRoomy = this.#batches.size <= MOST_BATCHES - PLACES;
    if (this.#hasRoom && isRoomy) this.#begin(out);
  }

  /** Time goes by. */
  onTimer(out: Outbox): void {
    for (const batch of [...this.#batches]) {
      if (batch.untilMs > out.now.monoMs) continue;
      if (batch.phase === "quiet") this.#ask(batch, "second", out);
      else this.#giveUp(batch, "silence", out);
    }
    this.#fill(out);
  }

  /** A member has answered. */
  onReply(
    from: NodeId,
    { request, answers }: Extract<Message, { kind: "settle_reply" }>,
    out: Outbox,
  ): void {
    const batch = [...this.#batches].find((one) => one.request === request);
    if (batch === undefined || batch.phase === "quiet") return;
    // A timer may be late, an answer may not.
    if (out.now.monoMs > batch.untilMs) this.#giveUp(batch, "silence", out);
    else this.#hear(batch, from, answers, out);
    this.#fill(out);
  }

  #hear(batch: Batch, from: NodeId, answers: readonly SettleAnswer[], out: Outbox): void {
    const { waiting } = this.#options;
    if (answers.length !== batch.asked.length || !batch.silent.delete(from)) return;
    for (const [i, answer] of answers.entries()) {
      const entry = batch.asked[i]!;
      if (answer === "yes") continue;
      this.#leave(batch, entry, answer, out);
      // This node holds another thing itself: its store says so in a moment, or the records are looked through again.
      const isOld = from === this.#options.locator.node && answer === "differs";
      if (isOld && waiting.forget(entry)) waiting.leftOut++;
    }
    if (batch.entries.length === 0) this.#end(batch);
    else if (batch.silent.size > 0) return;
    else if (batch.phase === "first") this.#rest(batch, out);
    else this.#go(batch, out);
  }

  /** Everybody has said yes once: now nothing happens for as long as anything that was under way can live. */
  #rest(batch: Batch, out: Outbox): void {
    const { wallMs, monoMs } = out.now;
    for (const entry of batch.entries) {
      if (entry.agreedMs !== null) continue;
      entry.agreedMs = wallMs;
      this.#options.agreed(entry.name, entry.digest, out);
    }
    batch.phase = "quiet";
    batch.untilMs = monoMs + this.#quietMs;
    // What G keeps for longer is not asked about again now.
    this.#keepDue(batch, wallMs + 2 * this.#quietMs, out);
  }

  /** A question, when it is its turn. */
  #ask(batch: Batch, phase: "first" | "second", out: Outbox): void {
    const { slices, moved } = this.#options;
    Object.assign(batch, { phase, request: 0, untilMs: Infinity });
    slices.ask("settle", (slice, out) => {
      this.#put(batch, phase, out);
      slices.end(slice, out);
      this.#fill(out);
      moved(out);
    }, out);
  }

  #put(batch: Batch, phase: "first" | "second", out: Outbox): void {
    const { locator, next, config } = this.#options;
    this.#keepDue(batch, out.now.wallMs, out);
    const { entries, n, history, how } = batch;
    const [entry] = entries;
    if (entry === undefined) return;
    const isOther = locator.standing(entry.name, n).history !== history;
    if (isOther || this.down.length > 0) {
      return this.#giveUp(batch, isOther ? "other_ring" : "silence", out);
    }
    const request = next();
    if (phase === "first") batch.first = request;
    batch.request = request;
    batch.asked = [...entries];
    batch.untilMs = out.now.monoMs + config.requestTimeoutMs;
    for (const member of locator.members) batch.silent.add(member);
    const keys = keysOf(entries);
    const since = phase === "first" ? null : batch.first;
    for (const member of locator.members) {
      out.send(member, { kind: "settle_ask", request, since, history, n, how, keys });
    }
  }

  /** Everybody has said yes twice. */
  #go(batch: Batch, out: Outbox): void {
    this.#end(batch);
    out.mark("settle.agreed");
    const { n, how, entries } = batch;
    for (const entry of entries) Object.assign(entry, { asked: false, tried: true });
    const keys = keysOf(entries);
    for (const { node, role } of this.#options.locator.list(entries[0]!.name, n)) {
      if (role === "primary") out.send(node, { kind: "settle_do", n, how, keys });
    }
  }

  /** Only keys that may go by then stay in the batch. */
  #keepDue(batch: Batch, wallMs: number, out: Outbox): void {
    const { waiting } = this.#options;
    const isDue = (entry: Entry) =>
      waiting.isDue(entry, wallMs) && waiting.how(entry, out.now.wallMs) === batch.how;
    const later = batch.entries.filter((entry) => !isDue(entry));
    batch.entries = batch.entries.filter(isDue);
    for (const entry of later) waiting.stays(entry, null, out.now.wallMs);
    if (batch.entries.length === 0) this.#end(batch);
  }

  /** A key to which somebody says no leaves its batch. */
  #leave(batch: Batch, entry: Entry, refused: Entry["refused"], out: Outbox): void {
    const at = batch.entries.indexOf(entry);
    if (at < 0) return;
    batch.entries.splice(at, 1);
    out.mark("settle.refused");
    this.#options.waiting.stays(entry, refused, out.now.wallMs);
  }

  #giveUp(batch: Batch, refused: Entry["refused"], out: Outbox): void {
    out.mark("settle.aborted");
    this.#end(batch);
    for (const entry of batch.entries) {
      this.#options.waiting.stays(entry, refused, out.now.wallMs);
    }
  }
}

function keysOf(entries: readonly Entry[]) {
  return entries.map(({ name, digest }) => ({ name, digest }));
}
