/**
 * The machine of one put at its coordinator by itself, without a node around it: what it does at each step, to the last
 * effect.
 *
 * Three replicas a, b, c have the seats 0, 1, 2, and a coordinates. What they say is made up.
 *
 * @module
 */
import { type Digest, nodeId, type WriteId } from "../../src/id.ts";
import type { BucketProps } from "../../src/protocol/bucket_props.ts";
import { type Failure, isFailure } from "../../src/protocol/error.ts";
import type { PutDone, PutOrder } from "../../src/protocol/message.ts";
import { Outbox } from "../../src/protocol/outbox.ts";
import { writeNeeds } from "../../src/quorum/needs.ts";
import { Put } from "../../src/quorum/put.ts";
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

/** A put whose replicas are puppets. */
export class OnePut {
  readonly #put: Put;
  /** What it did at first. */
  readonly started: readonly string[];
  /** How it was concluded; a second conclusion throws. */
  outcome: PutDone | Failure | undefined;

  /** A put that has asked for its dot. Of `n` replicas that are asked for, three exist. */
  constructor(
    more: Partial<PutOrder> = {},
    { n = 3, props = {} }: { readonly n?: number; readonly props?: Partial<BucketProps> } = {},
  ) {
    const order = orderOf(more, { n_val: n, ...props });
    const size = { n, seats: 3 };
    const needs = writeNeeds(order, order.props, size);
    if (isFailure(needs)) throw new Error(needs.detail);
    this.#put = new Put({
      request: 1,
      order,
      needs,
      ...size,
      list: REPLICAS.map((node, seat) => ({ node, seat, role: "primary" })),
      coordinator: nodeId("a"),
      asker: { kind: "client", ticket: 1 },
      standsFor: null,
      fallbacks: [],
      isDown: () => false,
      fallbackAfterMs: 500,
      onSilence: () => {},
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

  /** Time is up. */
  deadline(): string[] {
    return this.#step((put, out) => put.onDeadline(out));
  }

  #step(act: (put: Put, out: Outbox) => void): string[] {
    const out = new Outbox(nodeId("a"), { monoMs: MONO_MS, wallMs: MONO_MS });
    act(this.#put, out);
    return toldStep(out);
  }
}
