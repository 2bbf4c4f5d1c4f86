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
 * @module
 */
import { nameBytes, type NodeId } from "../id.ts";
import type { FetchResult, StoredHint } from "../protocol/event.ts";
import type { Locator } from "../protocol/locator.ts";
import type { KeyAt, Message, RequestId, SettleAnswer } from "../protocol/message.ts";
import type { CopyName, Outbox } from "../protocol/outbox.ts";
import { containerDigest } from "../version/digest.ts";
import { goneFromMs } from "../version/settled.ts";
import type { Container } from "../version/siblings.ts";

type Ask = Extract<Message, { kind: "settle_ask" }>;

/** What a {@linkcode Witness} is made of. */
export interface WitnessOptions {
  readonly locator: Locator;
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
}

/** One question, and what has been found out so far. */
interface Asked {
  readonly from: NodeId;
  readonly ask: Ask;
  readonly answers: (SettleAnswer | null)[];
  open: number;
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
    return { looks: [...this.#looks], vows: [...this.#vows] };
  }

  /** The node serves. */
  onReady(): void {
    this.#isReady = true;
  }

  /** A leader asks. */
  onAsk(from: NodeId, ask: Ask, out: Outbox): void {
    const { locator, next, owners, isAtWork } = this.#options;
    this.#forget(out);
    const asked: Asked = { from, ask, answers: ask.keys.map(() => null), open: ask.keys.length };
    const whose = owners();
    for (const [index, { name }] of ask.keys.entries()) {
      const { history } = locator.standing(name, ask.n);
      if (history !== ask.history) this.#answer(asked, index, "other_ring", out);
      else if (!this.#isReady) this.#answer(asked, index, "recovering", out);
      else if (isAtWork(name, locator.members)) this.#answer(asked, index, "busy", out);
      else {
        const fetch = next();
        this.#looks.set(fetch, { asked, index, key: nameBytes(name), disturbed: false });
        out.fetch(fetch, name, whose.filter((owner) => owner !== locator.node));
      }
    }
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
    const { asked, index, disturbed } = look;
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
