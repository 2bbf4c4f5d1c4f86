/**
 * The machine of one put at its coordinator by itself, without a node around it: what it does at each step, to the last
 * effect.
 *
 * Three replicas a, b, c have the seats 0, 1, 2, and a coordinates; or d does, in the place of one of them. What they say is
 * made up.
 *
 * @module
 */
import { type Digest, type NodeId, nodeId, type WriteId } from "../../src/id.ts";
import type { BucketProps } from "../../src/protocol/bucket_props.ts";
import { type Failure, isFailure } from "../../src/protocol/error.ts";
import type { PutDone, PutOrder } from "../../src/protocol/message.ts";
import { Outbox } from "../../src/protocol/outbox.ts";
import { writeNeeds } from "../../src/quorum/needs.ts";
import { Put } from "../../src/quorum/put.ts";
import type { Entry } from "../../src/ring/preference_list.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { type Container, EMPTY, write } from "../../src/version/siblings.ts";
import { FRESH } from "../../src/version/version_vector.ts";
import { actor, version } from "../generators.ts";
import { standingOf } from "./driving.ts";
import { NAME, PROPS, REPLICAS } from "./one_read.ts";
import { toldStep } from "./told_effects.ts";

const MONO_MS = 1000;

/** What was made of the put: what all replicas must hold. */
export const WRITTEN: Container = write(
  EMPTY,
  FRESH,
  { actor: actor("a"), counter: 1 },
  version("new"),
);

/** An order to put something under {@linkcode NAME}. */
export function orderOf(more: Partial<PutOrder> = {}, props: Partial<BucketProps> = {}): PutOrder {
  const { lastModifiedMs: _, stamp: __, expiresAtMs: ___, ...fresh } = version("new");
  return {
    name: NAME,
    seen: null,
    version: { ...fresh, expiresInMs: null, writeId: "w".repeat(16) as WriteId },
    props: { ...PROPS, ...props },
    w: "default",
    dw: "default",
    pw: "default",
    nVal: 3,
    sloppyQuorum: true,
    timeoutMs: 50,
    ...more,
  };
}

/** What is around a put. */
export interface PutAround {
  readonly n?: number;
  readonly props?: Partial<BucketProps>;
  /** In whose place d coordinates. @default null: a coordinates */
  readonly standsFor?: string | null;
  /** Who may stand in, in order. */
  readonly fallbacks?: readonly string[];
  /** Who is held to be down. */
  readonly down?: readonly string[];
}

/** A put whose replicas are puppets. */
export class OnePut {
  readonly #put: Put;
  readonly #coordinator: NodeId;
  /** What it did at first. */
  readonly started: readonly string[];
  /** How it was concluded; a second conclusion throws. */
  outcome: PutDone | Failure | undefined;

  /** A put that has asked for its dot. Of `n` replicas that are asked for, three exist. */
  constructor(
    more: Partial<PutOrder> = {},
    { n = 3, props = {}, standsFor = null, fallbacks = [], down = [] }: PutAround = {},
  ) {
    this.#coordinator = nodeId(standsFor === null ? "a" : "d");
    const order = orderOf(more, { n_val: n, ...props });
    const size = { n, seats: 3 };
    const list = REPLICAS.map((node, seat): Entry => ({ node, seat, role: "primary" }));
    const needs = writeNeeds(order, order.props, size);
    if (isFailure(needs)) throw new Error(needs.detail);
    this.#put = new Put({
      request: 1,
      order,
      needs,
      ...size,
      list,
      coordinator: this.#coordinator,
      asker: { kind: "client", ticket: 1 },
      standsFor: list.find(({ node }) => node === standsFor) ?? null,
      fallbacks: fallbacks.map(nodeId),
      isDown: (node) => down.includes(node),
      fallbackAfterMs: 500,
      onSilence: (node, out) => out.mark(`silent: ${node}`),
      conclude: (outcome, out) => {
        if (this.outcome) throw new Error("A put is concluded once");
        this.outcome = outcome;
        out.mark(isFailure(outcome) ? `concluded: ${outcome.error}` : "concluded");
      },
    });
    this.started = this.#step((put, out) => put.start(out));
  }

  /** True when it has been concluded. */
  get done(): boolean {
    return this.#put.done;
  }

  /** The replica room has issued the dot. */
  issued(): string[] {
    return this.#step((put, out) => put.onIssued(WRITTEN, out));
  }

  /** The replica room issues none. */
  refused(failure: Failure): string[] {
    return this.#step((put, out) => put.onRefused(failure, out));
  }

  /** A replica answers; `other` is an acknowledgement of another container. */
  replies(
    from: string,
    said: "durable" | "buffered" | "other" | "failed" | "not_serving",
    { seat = REPLICAS.indexOf(nodeId(from)) }: { readonly seat?: number | null } = {},
  ): string[] {
    const outcome = said === "failed"
      ? { kind: said, reason: "disk full" }
      : said === "not_serving"
      ? { kind: said, successor: null }
      : {
        kind: "stored" as const,
        durable: said === "durable",
        digest: said === "other" ? "z".repeat(16) as Digest : containerDigest(NAME, WRITTEN),
      };
    const standing = standingOf(seat, 3);
    const reply = { kind: "write_reply" as const, request: 1, standing, outcome };
    return this.#step((put, out) => put.onWriteReply(nodeId(from), reply, out));
  }

  /** The copy for a replica did not reach it. */
  undelivered(to: string): string[] {
    return this.#step((put, out) => put.onUndelivered(nodeId(to), out));
  }

  /** Whoever has not answered has been silent for long. */
  silence(): string[] {
    return this.#step((put, out) => put.onSilence(out));
  }

  /** What it holds in memory. */
  snapshot(): object {
    return this.#put.snapshot();
  }

  /** Time is up. */
  deadline(): string[] {
    return this.#step((put, out) => put.onDeadline(out));
  }

  #step(act: (put: Put, out: Outbox) => void): string[] {
    const out = new Outbox(this.#coordinator, { monoMs: MONO_MS, wallMs: MONO_MS });
    act(this.#put, out);
    return toldStep(out);
  }
}
