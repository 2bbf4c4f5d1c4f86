/**
 * What a member says when it is asked whether a key may go (protocol.md, Part 1 c): what its disk holds of it now, and
 * whether that has stayed so.
 *
 * A replica says yes if its durable record is exactly what the leader holds, and nobody is at work on the key; and, of what is
 * to be forgotten, if all of it is deleted or has expired by the replica's own clock. Every member,
 * replica or not, says no if it keeps a copy of the key for somebody else. **And it says no in the second round if it has
 * had such a copy, if only for a moment, since it said yes in the first.** Such a copy may have been written upon and sent to
 * another fallback, whose yes is older than that; what has been kept nowhere since the first round is on its way nowhere in
 * the second. So a yes of the first round is a *vow*, which this node remembers, and breaks by opening a lane.
 *
 * A look takes time. Whatever lane of the key opens meanwhile makes it a no.
 *
 * Looks wait their turn, a few keys at a time (`admission/`). A question that waits for too long is answered while its leader
 * still listens, and what was not looked at is called busy: so a node without time settles less, and never nothing. Of one
 * whose leader has given up nothing more is looked at.
 *
 * @module
 */
import { nameBytes, type NodeId } from "../id.ts";
import type { Slice, Slices } from "../protocol/background.ts";
import type { FetchResult, StoredHint } from "../protocol/event.ts";
import type { Locator } from "../protocol/locator.ts";
import type { Message, SettleAnswer } from "../protocol/message.ts";
import type { KeyAt, RequestId } from "../protocol/terms.ts";
import type { CopyName, Outbox } from "../protocol/outbox.ts";
import { containerDigest } from "../version/digest.ts";
import { goneFromMs } from "../version/settled.ts";
import type { Container } from "../version/siblings.ts";

/** Keys that are looked at on one slice. */
const FEW = 8;

type Ask = Extract<Message, { kind: "settle_ask" }>;

/** What a {@linkcode Witness} is made of. */
export interface WitnessOptions {
  readonly locator: Locator;
  /** Before it looks at a few keys it waits its turn. */
  readonly slices: Slices;
  /** For so long a leader waits for an answer. In ms. */
  readonly answerMs: number;
  /** Numbers its fetches. */
  readonly next: () => number;
  /** For whom this node may keep copies. */
  readonly owners: () => readonly NodeId[];
  /** Whether anybody is at work on a copy of a key. */
  readonly isAtWork: (name: KeyAt["name"], owners: Iterable<NodeId>) => boolean;
  /** So long after a version has expired, by this node's clock, it is taken to have expired everywhere. In ms. */
  readonly expiryMarginMs: number;
  /** A record has gone bad, and nobody may have noticed yet. */
  readonly damaged: (name: KeyAt["name"], out: Outbox) => void;
  /** A vow is forgotten after so long: its leader has given up. In ms. */
  readonly keepMs: number;
  /** Vows that it remembers at most: the oldest is forgotten first, which makes its key stay. */
  readonly mostVows: number;
}

/** What the disk holds of one key is being looked at. */
interface Look {
  readonly asked: Asked;
  /** Which of its keys. */
  readonly index: number;
  /** That key, as one string. */
  readonly key: string;
  /** Whether a lane of the key has opened meanwhile. */
  disturbed: boolean;
  /** Of those that are looked at with it. */
  readonly piece: Piece;
}

/** Some keys that are looked at on one slice, and how many of them have not been read. */
interface Piece {
  readonly slice: Slice;
  open: number;
}

/** One question, and what has been found out so far. */
interface Asked {
  readonly from: NodeId;
  readonly ask: Ask;
  readonly answers: (SettleAnswer | null)[];
  /** How many keys have no answer. */
  open: number;
  /** Which key is to be looked at next. */
  next: number;
  /** When it came. */
  readonly sinceMs: number;
}

/** To whom it was said that no copy is kept here, and when that is forgotten. */
interface Vow {
  readonly to: NodeId;
  readonly request: RequestId;
  readonly untilMs: number;
}

/** The member side of settling, at one node. */
export class Witness {
  readonly #options: WitnessOptions;
  readonly #looks = new Map<number, Look>();
  /** Questions with keys that have not been looked at, as they came. A leader has a bounded number of them under way. */
  readonly #queue: Asked[] = [];
  /** Whether it waits its turn. */
  #waits = false;
  /** In the order in which they are forgotten. */
  readonly #vows = new Map<string, Vow>();
  /** Before its start is over a node does not know what it keeps. */
  #isReady = false;

  /** Nobody has asked yet. */
  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** What it holds in memory. */
  snapshot(): object {
    // Which slice it is makes no difference.
    const looks = [...this.#looks].map(([fetch, { piece, ...look }]) =>
      [fetch, { ...look, inPiece: piece.open }] as const
    );
    return { looks, vows: [...this.#vows], queue: [...this.#queue], waits: this.#waits };
  }

  /** The node serves. */
  onReady(): void {
    this.#isReady = true;
  }

  /** A leader asks. */
  onAsk(from: NodeId, ask: Ask, out: Outbox): void {
    this.#forget(out);
    const { length } = ask.keys;
    const answers = ask.keys.map(() => null);
    this.#queue.push({ from, ask, answers, open: length, next: 0, sinceMs: out.now.monoMs });
    this.#goOn(out);
  }

  /** A few keys more, when it is their turn. */
  #goOn(out: Outbox): void {
    if (this.#waits || this.#queue.length === 0) return;
    this.#waits = true;
    this.#options.slices.ask("settle", (slice, out) => {
      this.#waits = false;
      this.#lookOn(slice, out);
      this.#goOn(out);
    }, out);
  }

  #lookOn(slice: Slice, out: Outbox): void {
    const { slices, answerMs } = this.#options;
    const ageMs = ({ sinceMs }: Asked) => out.now.monoMs - sinceMs;
    while (this.#queue.length > 0 && ageMs(this.#queue[0]!) > answerMs) this.#queue.shift();
    const [asked] = this.#queue;
    const piece: Piece = { slice, open: 0 };
    if (asked !== undefined) {
      const { keys } = asked.ask;
      const isLate = ageMs(asked) > answerMs / 2;
      const until = Math.min(asked.next + FEW, keys.length);
      if (isLate || until === keys.length) this.#queue.shift();
      const from = asked.next;
      asked.next = isLate ? keys.length : until;
      for (let i = from; i < until; i++) this.#look(asked, i, piece, out);
      for (let i = until; i < asked.next; i++) this.#answer(asked, i, "busy", out);
    }
    if (piece.open === 0) slices.end(slice, out);
  }

  #look(asked: Asked, index: number, piece: Piece, out: Outbox): void {
    const { locator, next, owners, isAtWork } = this.#options;
    const { ask } = asked;
    const { name } = ask.keys[index]!;
    const { history } = locator.standing(name, ask.n);
    if (history !== ask.history) return this.#answer(asked, index, "other_ring", out);
    if (!this.#isReady) return this.#answer(asked, index, "recovering", out);
    if (isAtWork(name, locator.members)) return this.#answer(asked, index, "busy", out);
    const fetch = next();
    piece.open++;
    this.#looks.set(fetch, { asked, index, key: nameBytes(name), disturbed: false, piece });
    out.fetch(fetch, name, owners().filter((owner) => owner !== locator.node));
  }

  /** Work on a copy begins: what is looked at is not at rest, and what was vowed may not hold any more. */
  onOpened({ name, owner }: CopyName): void {
    if (this.#looks.size === 0 && this.#vows.size === 0) return;
    const key = nameBytes(name);
    if (owner !== null) this.#vows.delete(key);
    for (const look of this.#looks.values()) {
      if (look.key === key) look.disturbed = true;
    }
  }

  /** What the disk holds is here. False if the number is none of its own. */
  onFetched(
    fetch: number,
    { result, hints = [] }: {
      readonly result: FetchResult;
      readonly hints?: readonly StoredHint[] | undefined;
    },
    out: Outbox,
  ): boolean {
    const look = this.#looks.get(fetch);
    if (look === undefined) return false;
    this.#looks.delete(fetch);
    const { asked, index, disturbed, piece } = look;
    if (--piece.open === 0) this.#options.slices.end(piece.slice, out);
    if (result.kind === "damaged") this.#options.damaged(asked.ask.keys[index]!.name, out);
    const found = { result, hints, wallMs: out.now.wallMs };
    const answer = disturbed ? "busy" : this.#judge(asked, index, found);
    this.#answer(asked, index, answer, out);
    return true;
  }

  #judge(
    { from, ask: { n, keys, since, history, how } }: Asked,
    index: number,
    { result, hints, wallMs }: {
      readonly result: FetchResult;
      readonly hints: readonly StoredHint[];
      readonly wallMs: number;
    },
  ): SettleAnswer {
    const { name, digest } = keys[index]!;
    const standing = this.#options.locator.standing(name, n);
    if (standing.history !== history) return "other_ring";
    if (standing.recovering) return "recovering";
    if (result.kind === "failed" || result.kind === "damaged") return "unreadable";
    if (hints.length > 0) return "foreign";
    const record = result.kind === "record" ? result.record : null;
    if (standing.seat === null) {
      if (record !== null) return "foreign";
    } else if (record === null || containerDigest(name, record.container) !== digest) {
      return "differs";
    } else if (how === "reap" && !this.#isGone(record.container, wallMs)) return "unexpired";
    if (since === null) return "yes";
    const vow = this.#vows.get(nameBytes(name));
    return vow?.to === from && vow.request === since ? "yes" : "touched";
  }

  /** Whether nothing of it is shown any more, by this node's clock, which may be wrong. */
  #isGone(container: Container, wallMs: number): boolean {
    const gone = goneFromMs(container);
    return gone === 0 || (gone !== null && gone + this.#options.expiryMarginMs <= wallMs);
  }

  #answer(asked: Asked, index: number, answer: SettleAnswer, out: Outbox): void {
    const { from, ask: { request, since, keys }, answers } = asked;
    answers[index] = answer;
    const key = nameBytes(keys[index]!.name);
    this.#vows.delete(key);
    if (answer === "yes" && since === null) {
      const untilMs = out.now.monoMs + this.#options.keepMs;
      this.#vows.set(key, { to: from, request, untilMs });
      if (this.#vows.size > this.#options.mostVows) {
        this.#vows.delete(this.#vows.keys().next().value!);
      }
    }
    if (--asked.open > 0) return;
    out.send(from, { kind: "settle_reply", request, answers: answers.map((said) => said!) });
  }

  #forget({ now: { monoMs } }: Outbox): void {
    for (const [key, { untilMs }] of this.#vows) {
      if (monoMs <= untilMs) return;
      this.#vows.delete(key);
    }
  }
}
