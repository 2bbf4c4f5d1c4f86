/**
 * The requests of one node by themselves, without its other rooms: what it does with what clients and other nodes ask, to
 * the last effect. Who lives where is made up: a, b and c have the seats 0, 1 and 2, d stands in, and the node is a, or
 * whoever is wanted.
 *
 * @module
 */
import { type NodeId, nodeId, type ObjectName } from "../../src/id.ts";
import type { BucketProps } from "../../src/protocol/bucket_props.ts";
import { type Config, DEFAULTS } from "../../src/protocol/config.ts";
import type { Reply } from "../../src/protocol/effect.ts";
import type { GetAsk, PutAsk } from "../../src/protocol/event.ts";
import type { Locator } from "../../src/protocol/locator.ts";
import type { Message, PutOrder } from "../../src/protocol/message.ts";
import { type Inner, Outbox } from "../../src/protocol/outbox.ts";
import { Requests } from "../../src/quorum/requests.ts";
import type { Entry } from "../../src/ring/preference_list.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { type Container, EMPTY } from "../../src/version/siblings.ts";
import { standingOf } from "./driving.ts";
import { NAME, PROPS } from "./one_read.ts";
import { orderOf } from "./one_put.ts";
import { toldStep } from "./told_effects.ts";

/** When the node's process began. In ms. */
const STARTED_MS = 1000;

/** What a {@linkcode RequestRoom} may be given. */
export interface RoomOptions {
  readonly config?: Partial<Config>;
  readonly props?: Partial<BucketProps>;
  /** Which node it is. @default "a" */
  readonly self?: string;
  /** What that node serves. @default its place in the list */
  readonly seat?: number | null;
  /** Who owns the key, in the order of the seats. @default a, b, c */
  readonly primaries?: readonly string[];
  /** Whom the node holds to be down. */
  readonly down?: readonly string[];
}

/** The requests of a node. Tickets and requests are numbered from 1. */
export class RequestRoom {
  readonly #requests: Requests;
  readonly #self: NodeId;
  #tickets = 0;
  #monoMs = STARTED_MS;
  /** What the clients were told, by ticket. */
  readonly replies = new Map<number, Reply>();
  /** All messages that left. */
  readonly sent: { readonly to: NodeId; readonly message: Message }[] = [];
  /** The last put that it coordinates itself. */
  coordinating: Extract<Inner, { kind: "coordinate" }> | null = null;

  constructor(options: RoomOptions = {}) {
    const { config = {}, props = {}, self = "a", primaries = ["a", "b", "c"], down = [] } = options;
    const { seat = primaries.includes(self) ? primaries.indexOf(self) : null } = options;
    this.#self = nodeId(self);
    const list = [
      ...primaries.map((node, seat): Entry => ({ node: nodeId(node), seat, role: "primary" })),
      { node: nodeId("d"), seat: null, role: "fallback" as const },
    ];
    const locator: Locator = {
      node: this.#self,
      members: new Set(["a", "b", "c", "d"].map(nodeId)),
      list: () => list,
      nOf: () => props.n_val ?? PROPS.n_val,
      standsIn: true,
      receives: () => false,
      isDown: (node) => down.includes(node),
      standing: () => standingOf(seat, primaries.length),
    };
    let requests = 0;
    this.#requests = new Requests({
      locator,
      config: { ...DEFAULTS, ...config },
      props: () => ({ ...PROPS, ...props }),
      nextRequest: () => ++requests,
      onSilence: (node, out) => out.mark(`silent: ${node}`),
      isFull: () => false,
      startedMs: STARTED_MS,
    });
  }

  /** How many requests run. */
  get count(): number {
    return this.#requests.count;
  }

  /** What it holds in memory. */
  snapshot(): object {
    return this.#requests.snapshot();
  }

  /** Time goes by. */
  wait(ms: number): void {
    this.#monoMs += ms;
  }

  /** A client reads {@linkcode NAME}. */
  get(more: Partial<GetAsk> = {}): string[] {
    const ask = { name: NAME, ...more };
    return this.#step((room, out) => room.get(++this.#tickets, ask, out));
  }

  /** A client puts something there. */
  put(more: Partial<PutAsk> = {}): string[] {
    const ask = { name: NAME, version: orderOf().version, ...more };
    return this.#step((room, out) => room.put(++this.#tickets, ask, out));
  }

  /** Another node hands a put over. */
  forwarded(
    from: string,
    request: number,
    { writeId = "w", name = NAME, ...more }:
      & { readonly writeId?: string; readonly name?: ObjectName }
      & Partial<PutOrder> = {},
  ): string[] {
    const order = orderOf(more);
    const message = {
      kind: "forward" as const,
      request,
      order: { ...order, name, version: { ...order.version, writeId: writeIdOf(writeId) } },
    };
    return this.#step((room, out) => room.onForward(nodeId(from), message, out));
  }

  /** Another node asks what became of a put. */
  askedFor(from: string, request: number, writeId = "w", ageMs = 0): string[] {
    const message = { kind: "status" as const, request, writeId: writeIdOf(writeId), ageMs };
    return this.#step((room, out) => room.onStatus(nodeId(from), message, out));
  }

  /** The replica room has issued the dot of a put. */
  issued(request: number, container: Container = EMPTY): string[] {
    return this.#step((room, out) =>
      room.onInner({ kind: "issued", request, container } as Issued, out)
    );
  }

  /** It issues none. */
  refused(request: number, failure: Extract<Inner, { kind: "refused" }>["failure"]): string[] {
    return this.#step((room, out) => room.onInner({ kind: "refused", request, failure }, out));
  }

  /** A message comes that is for a request. */
  comes(from: string, message: Message): string[] {
    return this.#step((room, out) => room.onMessage(nodeId(from), message, out));
  }

  /** A message did not arrive. */
  undelivered(to: string, message: Message): string[] {
    return this.#step((room, out) => room.onUndelivered(nodeId(to), message, out));
  }

  /** A timer is due. */
  timer(kind: "deadline" | "linger" | "patience" | "stand_in", request: number): string[] {
    const timer = { kind, request } as const;
    return this.#step((room, out) => room.onTimer(timer, out));
  }

  #step(act: (room: Requests, out: Outbox) => void): string[] {
    const out = new Outbox(this.#self, { monoMs: this.#monoMs, wallMs: this.#monoMs });
    act(this.#requests, out);
    for (const inner of out.inner) if (inner.kind === "coordinate") this.coordinating = inner;
    for (const effect of out.effects) {
      if (effect.kind === "send") this.sent.push(effect);
      if (effect.kind !== "reply") continue;
      if (this.replies.has(effect.ticket)) throw new Error(`${effect.ticket} was answered before`);
      this.replies.set(effect.ticket, effect.reply);
    }
    return toldStep(out);
  }
}

type Issued = Extract<Inner, { kind: "issued" }>;

function writeIdOf(text: string): PutOrder["version"]["writeId"] {
  return text.padEnd(16) as PutOrder["version"]["writeId"];
}

/** A replica's acknowledgement of a container under {@linkcode NAME}. */
export function stored(request: number, seat: number, container: Container): Message {
  const digest = containerDigest(NAME, container);
  const outcome = { kind: "stored" as const, durable: true, digest };
  return { kind: "write_reply", request, standing: standingOf(seat, 3), outcome };
}
