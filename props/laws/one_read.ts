/**
 * The machine of one read by itself, without a node around it: what it does at each step, to the last effect.
 *
 * Three replicas a, b, c have the seats 0, 1, 2; d is a member too, and serves nothing. Whoever is wanted may stand in. All
 * their answers are made up.
 *
 * @module
 */
import { type NodeId, nodeId, type ObjectName } from "../../src/id.ts";
import type { BucketProps } from "../../src/protocol/bucket_props.ts";
import { DEFAULTS } from "../../src/protocol/config.ts";
import type { Effect, Reply } from "../../src/protocol/effect.ts";
import { isFailure } from "../../src/protocol/error.ts";
import type { GetAsk, Ticket, Timer } from "../../src/protocol/event.ts";
import type { Message, ReadOutcome } from "../../src/protocol/message.ts";
import { Outbox } from "../../src/protocol/outbox.ts";
import { Get } from "../../src/quorum/get.ts";
import { readNeeds } from "../../src/quorum/needs.ts";
import type { Container } from "../../src/version/siblings.ts";
import { objectName } from "../generators.ts";
import { standingOf } from "./driving.ts";
import { told } from "./told_effects.ts";

/** The key that is read. */
export const NAME: ObjectName = objectName("b", "k");
/** What a bucket's properties are where nobody has set any, and n is 3. */
export const PROPS: BucketProps = {
  n_val: 3,
  r: "quorum",
  w: "quorum",
  dw: "default",
  pr: 0,
  pw: 0,
  allow_mult: true,
  last_write_wins: false,
  notfound_ok: true,
  basic_quorum: false,
  expires_in: null,
};

/** The replicas, by seat. */
export const REPLICAS: readonly NodeId[] = ["a", "b", "c"].map(nodeId);
const MEMBERS: readonly string[] = ["a", "b", "c", "d"];
const MONO_MS = 1000;

/** A read whose replicas are puppets. */
export class OneRead {
  readonly #get: Get;
  readonly #started: readonly string[];
  #requests = 0;
  /** What the client was told; a second answer throws. */
  reply: Reply | undefined;

  /** A read that has asked everybody. */
  constructor(
    ask: Partial<GetAsk> = {},
    props: Partial<BucketProps> = {},
    { fallbacks = [], down = [], members = MEMBERS }: {
      readonly fallbacks?: readonly string[];
      readonly down?: readonly string[];
      readonly members?: readonly string[];
    } = {},
  ) {
    const all = { ...PROPS, ...props };
    const size = { n: 3, seats: 3 };
    const needs = readNeeds(ask, all, size);
    if (isFailure(needs)) throw new Error(needs.detail);
    this.#get = new Get({
      ticket: 7 as Ticket,
      ask: { name: NAME, ...ask },
      props: all,
      needs,
      list: REPLICAS.map((node, seat) => ({ node, seat, role: "primary" })),
      ...size,
      members: new Set(members.map(nodeId)),
      fallbacks: fallbacks.map(nodeId),
      isDown: (node) => down.includes(node),
      onSilence: (node, out) => out.mark(`silent: ${node}`),
      config: DEFAULTS,
      timeoutMs: ask.timeoutMs ?? DEFAULTS.requestTimeoutMs,
      newRequest: () => ++this.#requests,
    });
    this.#started = this.#step((get, out) => get.start(out));
  }

  /** True when nothing that comes can matter any more. */
  get done(): boolean {
    return this.#get.done;
  }

  /** What it did at first. */
  get started(): readonly string[] {
    return this.#started;
  }

  /** A replica answers: with a container, or with another outcome. */
  replies(
    from: string,
    said: Container | Exclude<ReadOutcome["kind"], "found">,
    { request = this.#requests, seat, recovering = false }: {
      readonly request?: number;
      readonly seat?: number | null;
      readonly recovering?: boolean;
    } = {},
  ): string[] {
    const node = nodeId(from);
    const own = REPLICAS.indexOf(node);
    const standing = standingOf(seat === undefined ? own : seat, 3, recovering);
    const message = { kind: "read_reply" as const, request, standing, outcome: outcomeOf(said) };
    return this.#step((get, out) => get.onReadReply(node, message, out));
  }

  /** A member tells its foreign copy. */
  tellsForeign(from: string, container: Container | null): string[] {
    return this.#step((get, out) => get.onForeignReply(nodeId(from), container, out));
  }

  /** A message did not arrive. */
  undelivered(to: string, kind: Message["kind"], request = this.#requests): string[] {
    const message = { kind, request, name: NAME, n: 3 } as Message;
    return this.#step((get, out) => get.onUndelivered(nodeId(to), message, out));
  }

  /** A timer is due. */
  timer(kind: "deadline" | "linger" | "stand_in"): string[] {
    const timer: Timer = { kind, request: 1 };
    return this.#step((get, out) => get.onTimer(timer, out));
  }

  /** What it holds in memory. */
  snapshot(): object {
    return this.#get.snapshot();
  }

  #step(act: (get: Get, out: Outbox) => void): string[] {
    const out = new Outbox(nodeId("reader"), { monoMs: MONO_MS, wallMs: MONO_MS });
    act(this.#get, out);
    return out.effects.map((effect) => this.#take(effect));
  }

  #take(effect: Effect): string {
    if (effect.kind === "reply") {
      if (this.reply) throw new Error("A read is answered once");
      this.reply = effect.reply;
    }
    return told(effect, MONO_MS);
  }
}

function outcomeOf(said: Container | Exclude<ReadOutcome["kind"], "found">): ReadOutcome {
  if (typeof said === "object") return { kind: "found", container: said };
  if (said === "failed") return { kind: said, reason: "read error" };
  return said === "not_serving" ? { kind: said, successor: null } : { kind: said };
}
