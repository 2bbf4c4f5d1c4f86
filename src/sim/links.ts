/**
 * How messages travel between the nodes of a world on a seed: in envelopes, with the boot and the stamp that the receiver
 * judges them by. It promises of a message what the real way to a peer promises (`edge/peer_link.ts`), and no more:
 *
 * | | |
 * | --- | --- |
 * | nobody listens there, a hello got no answer, or it waited too long | **undelivered**: it never will arrive |
 * | its envelope was refused, and was sent only once | **undelivered** |
 * | its envelope was refused as too old | it goes again, with a fresh stamp |
 * | anything else | nothing is said: it may have arrived |
 *
 * ```text
 * strange --hello answered--> known --silence, or the stamp grows old--> strange
 * ```
 *
 * After a silence messages are undelivered at once, and only carry a hello along, until one is answered or the peer has
 * sent something itself.
 *
 * @module
 */
import type { Boot, Digest, NodeId } from "../id.ts";
import type { Verdict } from "../protocol/envelope.ts";
import type { Message } from "../protocol/message.ts";
import type { Agenda } from "./agenda.ts";
import type { Machine } from "./machine.ts";
import type { Network } from "./network.ts";

/** How long a sender waits for the answer to an envelope, and to a hello. */
const SILENCE_MS = 5_000;
const HELLO_MS = 2_000;
/** After a refused connection nothing is tried for so long. */
const BACKOFF_MS = 75;
/** A stamp that the sender has had for longer than this share of M is asked for anew. */
const STAMP_SHARE = 1 / 4;

/** What links are made of. */
export interface LinksOptions {
  readonly agenda: Agenda;
  readonly network: Network;
  readonly machines: ReadonlyMap<NodeId, Machine>;
  readonly cluster: Digest;
  /** M: half of it is the longest wait before a message is sent. */
  readonly maxMessageAgeMs: number;
  readonly note: (what: string) => void;
}

interface Waiting {
  readonly message: Message;
  readonly sinceMs: number;
  /** The peer's process that it is for; null if none was known yet. */
  readonly boot: Boot | null;
}

/** What one process knows of one peer. */
interface Link {
  readonly senderBoot: Boot;
  boot: Boot | null;
  /** False: a hello goes first. */
  hasStamp: boolean;
  stampMs: number;
  stampAtMs: number;
  waiting: Waiting[];
  saysHello: boolean;
  silent: boolean;
  notBeforeMs: number;
}

/** The ways from every node to every other. */
export class Links {
  readonly #options: LinksOptions;
  readonly #links = new Map<string, Link>();

  /** Nobody knows anybody yet. */
  constructor(options: LinksOptions) {
    this.#options = options;
  }

  /** A node wants these sent. */
  send(from: Machine, to: NodeId, messages: readonly Message[]): void {
    const { agenda: { nowMs }, note } = this.#options;
    const link = this.#link(from, to);
    if (link.silent || nowMs < link.notBeforeMs) {
      note("link.undelivered_at_once");
      this.#undelivered(from, { to, messages });
      if (nowMs >= link.notBeforeMs) this.#hello(from, to, link);
      return;
    }
    const { boot } = link;
    for (const message of messages) link.waiting.push({ message, sinceMs: nowMs, boot });
    this.#flush(from, to, link);
  }

  #flush(from: Machine, to: NodeId, link: Link): void {
    const { agenda: { nowMs }, maxMessageAgeMs } = this.#options;
    const waiting = link.waiting.splice(0);
    const isAlive = ({ sinceMs, boot }: Waiting) =>
      nowMs - sinceMs <= maxMessageAgeMs / 2 &&
      (boot === null || link.boot === null || boot === link.boot);
    const fresh = waiting.filter(isAlive);
    const dead = waiting.filter((one) => !isAlive(one)).map(({ message }) => message);
    if (dead.length > 0) this.#undelivered(from, { to, messages: dead });
    if (fresh.length === 0) return;
    if (!link.hasStamp || nowMs - link.stampAtMs > maxMessageAgeMs * STAMP_SHARE) {
      link.waiting.push(...fresh);
      return this.#hello(from, to, link);
    }
    this.#post(from, to, link, fresh);
  }

  #hello(from: Machine, to: NodeId, link: Link): void {
    if (link.saysHello) return;
    link.saysHello = true;
    const fail = (silent: boolean) => {
      link.saysHello = false;
      link.hasStamp = false;
      link.silent ||= silent;
      const messages = link.waiting.splice(0).map(({ message }) => message);
      if (messages.length > 0) this.#undelivered(from, { to, messages });
    };
    this.#exchange(from, to, link, {
      messages: [],
      withinMs: HELLO_MS,
      answered: () => {
        link.saysHello = false;
        link.silent = false;
        this.#flush(from, to, link);
      },
      absent: () => fail(false),
      silent: () => fail(true),
    });
  }

  #post(from: Machine, to: NodeId, link: Link, parcel: readonly Waiting[]): void {
    const messages = parcel.map(({ message }) => message);
    this.#exchange(from, to, link, {
      messages,
      withinMs: SILENCE_MS,
      answered: ({ refused }, copies) => {
        if (refused === null) return;
        this.#options.note(`link.refused.${refused}`);
        if (refused === "too_old") {
          link.waiting.push(...parcel);
          return this.#flush(from, to, link);
        }
        // Of two copies the other may have been taken.
        if (copies === 1) this.#undelivered(from, { to, messages });
      },
      absent: (copies) => {
        link.hasStamp = false;
        if (copies === 1) this.#undelivered(from, { to, messages });
      },
      silent: () => {
        link.hasStamp = false;
        link.silent = true;
      },
    });
  }

  /** One envelope, and what becomes of it: exactly one of the three, unless the sender ends. */
  #exchange(
    from: Machine,
    to: NodeId,
    link: Link,
    { messages, withinMs, answered, absent, silent }: {
      readonly messages: readonly Message[];
      readonly withinMs: number;
      readonly answered: (verdict: Verdict, copies: number) => void;
      readonly absent: (copies: number) => void;
      readonly silent: () => void;
    },
  ): void {
    const { agenda, network, machines, cluster } = this.#options;
    const receiver = machines.get(to)!;
    const { id, boot: fromBoot } = from;
    const toBoot = messages.length === 0 ? null : link.boot;
    const envelope = {
      cluster,
      from: id,
      fromBoot: fromBoot!,
      to,
      toBoot,
      toStampMs: link.stampMs,
      messages,
    };
    let open = true;
    let copies = 0;
    const back = (happen: () => void) =>
      network.send(to, id, () =>
        from.whenAwake(link.senderBoot, () => {
          if (!open) return;
          open = false;
          happen();
        }));
    const arrive = () => {
      const { boot } = receiver;
      if (boot === null || !(receiver.ready || receiver.load.asks)) {
        return back(() => {
          link.notBeforeMs = agenda.nowMs + BACKOFF_MS;
          absent(copies);
        });
      }
      receiver.whenAwake(boot, () => {
        this.#heard(receiver, id, envelope.fromBoot);
        const verdict = receiver.receive(envelope);
        back(() => {
          link.boot = verdict.boot;
          link.hasStamp = true;
          link.stampMs = verdict.stampMs;
          link.stampAtMs = agenda.nowMs;
          answered(verdict, copies);
        });
      });
    };
    copies = network.send(id, to, arrive);
    agenda.after(withinMs, () =>
      from.whenAwake(link.senderBoot, () => {
        if (!open) return;
        open = false;
        this.#options.note("link.silence");
        silent();
      }));
  }

  /** A peer has sent something itself: it is there, as this process. */
  #heard(at: Machine, from: NodeId, boot: Boot): void {
    const link = this.#link(at, from);
    link.silent = false;
    link.notBeforeMs = 0;
    if (link.boot === boot) return;
    link.boot = boot;
    link.hasStamp = false;
  }

  /** Never from within the step that sent them. */
  #undelivered(from: Machine, { to, messages }: { to: NodeId; messages: readonly Message[] }) {
    const { agenda, note } = this.#options;
    const { boot } = from;
    note("link.undelivered");
    agenda.after(0, () => from.whenAwake(boot!, () => from.undelivered(to, messages)));
  }

  #link(from: Machine, to: NodeId): Link {
    const key = `${from.id}>${to}`;
    const known = this.#links.get(key);
    if (known?.senderBoot === from.boot) return known;
    const link: Link = {
      senderBoot: from.boot!,
      boot: null,
      hasStamp: false,
      stampMs: 0,
      stampAtMs: 0,
      waiting: [],
      saysHello: false,
      silent: false,
      notBeforeMs: 0,
    };
    this.#links.set(key, link);
    return link;
  }
}
