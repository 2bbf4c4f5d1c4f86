/**
 * Nodes that settle, driven by hand: a key that was written and deleted, and time that goes by in small steps.
 *
 * M is 1 s and D is 1.2 s, so that nothing that is under way is older than 2.2 s.
 *
 * @module
 */
import { type Boot, type NodeId, type ObjectName, sameDot } from "../../src/id.ts";
import { type Config, lifeMs, quietMs } from "../../src/protocol/config.ts";
import type { Message } from "../../src/protocol/message.ts";
import type { KeyAt } from "../../src/protocol/terms.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { DEFAULTS } from "../../src/protocol/config.ts";
import type { Container } from "../../src/version/siblings.ts";
import { contextOf } from "../asks.ts";
import { World } from "../world.ts";
import { arrive, NAME, ownersOf, put, wasPut } from "./driving.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** Short times. */
export const TIMES = {
  maxMessageAgeMs: 1_000,
  maxRequestMs: 1_000,
  requestTimeoutMs: 500,
  repairWaitMs: 200,
  fallbackAfterMs: 300,
  reapAfterMs: 1,
  settleMs: 500,
} satisfies Partial<Config>;

/** M, D, and for how long a leader waits. */
export const M_MS = TIMES.maxMessageAgeMs;
/** D. */
export const D_MS = lifeMs({ ...DEFAULTS, ...TIMES });
/** What a leader waits between its rounds, and how long a grave is kept. */
export const QUIET_MS = quietMs({ ...DEFAULTS, ...TIMES });

/** A world in which a value was written and deleted, everywhere. */
export interface Stage {
  readonly world: World;
  /** Who holds the key, the leader first. */
  readonly owners: [NodeId, NodeId, NodeId];
  /** Who does not. */
  readonly others: NodeId[];
  /** What all replicas held before the delete. */
  readonly old: Container;
  /** What they hold since. */
  readonly dead: Container;
}

/** Five nodes; v is written at all three replicas, and then deleted at all of them. */
export function deleted(config: Partial<Config> = {}): Stage {
  const world = new World({ nodes: 5, config: { ...TIMES, ...config } });
  const { owners, others } = ownersOf(world, 3);
  const at = owners[0]!;
  const { container: old } = wasPut(put(world, "v", { at, w: 3 }));
  const seen = contextOf(wasPut(put(world, "v2", { at, w: 3 })));
  const { container: dead } = wasPut(put(world, null, { at, w: 3, seen }));
  return { world, owners: owners as Stage["owners"], others, old, dead };
}

/** Time goes by in steps, and all that is pending happens after each. */
export function pass(world: World, ms: number, stepMs = 50): void {
  for (let gone = 0; gone < ms; gone += stepMs) {
    world.wait(Math.min(stepMs, ms - gone));
    world.run();
  }
}

/** Which of these nodes hold a record of the key. */
export function holders(world: World, ids: readonly NodeId[], name: ObjectName = NAME): NodeId[] {
  return ids.filter((id) => world.onDisk(id, name) !== undefined);
}

/** A message that was sent at another time, perhaps to another process of its receiver. */
export interface Late {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
  readonly toBoot: Boot;
  /** What its receiver's clock showed when it left its sender. */
  readonly sentMs: number;
}

/** It arrives. */
export function arriveLate(world: World, { from, to, message, toBoot, sentMs }: Late): void {
  const { boot: fromBoot } = world.machines.get(from)!;
  const envelope = {
    ...{ cluster: world.genesis.id, from, fromBoot, to, toBoot, toStampMs: sentMs },
    messages: [message],
  };
  world.step(to, { kind: "envelope", ticket: -1, envelope });
}

/** Every copy of the key on every disk: records and hints. */
export function copiesOn(world: World): { readonly at: NodeId; readonly container: Container }[] {
  return world.ids.flatMap((at) => {
    const record = world.onDisk(at, NAME);
    const own = record === undefined ? [] : [{ at, container: record.container }];
    const hints = world.machines.get(at)!.disk.hints.all;
    return [...own, ...hints.map(({ record: { container } }) => ({ at, container }))];
  });
}

/** Whether anything that is live in `old` is live in this. */
export function brings(old: Container, { siblings }: Container): boolean {
  return siblings.some(({ dot }) => old.siblings.some((one) => sameDot(one.dot, dot)));
}

/** A copy of what was deleted is kept there for the last replica. */
export function keep({ world, owners: [a, , c], old }: Stage, at: NodeId): void {
  const hint = { owner: c, seat: 2, w: 1 };
  arrive(world, {
    ...{ from: a, to: at },
    message: { kind: "write", request: 3, name: NAME, n: 3, container: old, hint },
  });
  world.run();
}

let requests = 1_000;

/** The key, with what its replicas hold. */
export function keyOf({ dead }: Stage): KeyAt {
  return { name: NAME, digest: containerDigest(NAME, dead) };
}

/** What the leader asks about it. `since`: the request of the first round. */
export function askAbout(stage: Stage, since: number | null = null): MessageOf<"settle_ask"> {
  const { history } = stage.world.machines.get(stage.owners[0])!.node.register!;
  const request = ++requests;
  return { kind: "settle_ask", request, since, history, n: 3, how: "reap", keys: [keyOf(stage)] };
}

/** What members have said. */
export function repliesOf(world: World): MessageOf<"settle_reply">[] {
  return world.sent.flatMap(({ message }) => message.kind === "settle_reply" ? [message] : []);
}
