/**
 * Driving a few real nodes by hand, for laws that tell a story: puts and gets where nothing goes wrong, messages that are
 * lost or made up, nodes that do not serve the key or do not know what they may have lost.
 *
 * Everything happens to one key, {@linkcode NAME}.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Digest, NodeId, ObjectName, WriteId } from "../../src/id.ts";
import type { Reply } from "../../src/protocol/effect.ts";
import type { Envelope } from "../../src/protocol/envelope.ts";
import { type Failure, isFailure } from "../../src/protocol/error.ts";
import type { GetAsk, PutAsk } from "../../src/protocol/event.ts";
import type { Message, Standing } from "../../src/protocol/message.ts";
import type { Health } from "../../src/membership/health.ts";
import { fold, History } from "../../src/membership/history.ts";
import { positionOf } from "../../src/ring/hash.ts";
import type { Seen } from "../../src/version/siblings.ts";
import { ask, nameOf } from "../asks.ts";
import { World } from "../world.ts";

/** The key of every story. */
export const PATH = "b/k";
/** Its name. */
export const NAME: ObjectName = nameOf(PATH);

/** How many puts a world has had: each has a write id of its own, whatever was played before. */
const puts = new WeakMap<World, number>();

/** A put in a world where nothing goes wrong. */
export function put(
  world: World,
  text: string | null,
  { at = world.ids[0]!, seen, ...more }: { at?: NodeId; seen?: Seen } & Partial<PutAsk> = {},
): Reply {
  const count = (puts.get(world) ?? 0) + 1;
  puts.set(world, count);
  const writeId = String(count).padStart(16, "put-") as WriteId;
  const ticket = world.put(at, { ...ask(PATH, text, writeId), seen, ...more });
  world.run();
  return world.replies.get(ticket)!;
}

/** A read in a world where nothing goes wrong. */
export function get(
  world: World,
  { at = world.ids[0]!, ...more }: { at?: NodeId } & Partial<GetAsk> = {},
): Reply {
  const ticket = world.get(at, { name: NAME, ...more });
  world.run();
  return world.replies.get(ticket)!;
}

/** How the ring of the founding is cut. */
export function cutOf({ genesis }: World): Digest {
  return fold(History.of(genesis)).ring.cut;
}

/** The answer of a put that was stored. */
export function wasPut(reply: Reply | undefined): Extract<Reply, { kind: "put" }> {
  if (reply?.kind === "put") return reply;
  throw new Error(`A stored put was wanted, got ${JSON.stringify(reply)}`);
}

/** The answer of a read that was answered. */
export function wasGot(reply: Reply | undefined): Extract<Reply, { kind: "get" }> {
  if (reply?.kind === "get") return reply;
  throw new Error(`A read was wanted, got ${JSON.stringify(reply)}`);
}

/** The answer of a request that was refused. */
export function refusal(reply: Reply | undefined): Failure {
  if (reply && isFailure(reply)) return reply;
  throw new Error(`A refusal was wanted, got ${JSON.stringify(reply)}`);
}

/** Picks messages by who sends them, who gets them, and what they are. */
export type Which = (from: NodeId, to: NodeId, kind: Message["kind"]) => boolean;

/** Loses every pending message that `which` picks. */
export function lose(world: World, which: Which): void {
  for (let i = world.pending.length - 1; i >= 0; i--) {
    const next = world.pending[i]!;
    if (next.kind === "message" && which(next.from, next.to, next.message.kind)) world.fail(i);
  }
}

/** All that is pending happens, but for messages that `which` picks: those are lost. */
export function runLosing(world: World, which: Which): void {
  for (lose(world, which); world.pending.length > 0; lose(world, which)) world.happen();
}

/** All that is pending happens, but nobody can reach those who are down, and whoever tries learns it. */
export function runRefusing(world: World, down: readonly NodeId[]): void {
  for (let next = world.pending[0]; next; next = world.pending[0]) {
    if (next.kind === "message" && down.includes(next.to)) world.undelivered(0);
    else world.happen();
  }
}

/** These nodes hold those to be down: for so long nothing has reached them. */
export function holdDown(world: World, by: readonly NodeId[], down: readonly NodeId[]): void {
  for (const _ of [1, 2]) {
    for (const id of by) {
      for (const to of down) world.step(id, { kind: "undelivered", to, messages: [] });
    }
    world.wait(world.config.downAfterMs);
  }
}

/** Everybody can be reached again, and is seen to be; what was kept for others is taken there. */
export function recovered(world: World): void {
  for (const id of world.ids) if (!world.machines.get(id)!.up) world.restart(id);
  world.run();
  // Whoever was held to be down is heard of, as by the probes that these worlds go without.
  for (const by of world.ids) {
    for (const [id, { health }] of world.machines.get(by)!.node.snapshot().health.peers) {
      if (health === "up") continue;
      for (let i = 0; i < 2; i++) {
        world.step(by, { kind: "timer", timer: { kind: "probe" } });
        world.run();
      }
      assertEquals(healthOf(world, by, id), "up");
    }
  }
  for (let i = 0; i < 2; i++) {
    world.wait(world.config.handoffMs);
    world.run();
  }
}

/** What a node holds of another. */
export function healthOf(world: World, by: NodeId, of: NodeId): Health {
  const { peers } = world.machines.get(by)!.node.snapshot().health;
  return peers.find(([id]) => id === of)?.[1].health ?? "up";
}

/** A message from one node to another. */
export interface Sent {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

/** A batch of one message, as a peer that is up to date would send it now. */
export function envelopeOf(world: World, { from, to, message }: Sent): Envelope {
  const { boot: fromBoot } = world.machines.get(from)!;
  const { boot: toBoot } = world.machines.get(to)!;
  const toStampMs = world.monoMs;
  const cluster = world.genesis.id;
  return { cluster, from, fromBoot, to, toBoot, toStampMs, messages: [message] };
}

/** A message arrives that no node of this world has sent just now. */
export function arrive(world: World, sent: Sent): void {
  world.step(sent.to, { kind: "envelope", ticket: -1, envelope: envelopeOf(world, sent) });
}

/** Who was sent messages of this kind, in order. */
export function sentTo(world: World, kind: Message["kind"]): NodeId[] {
  return world.sent.filter(({ message }) => message.kind === kind).map(({ to }) => to);
}

/** Who serves the key for n, in the order of its seats, and who does not, in the order of the walk. */
export function ownersOf(world: World, n: number): { owners: NodeId[]; others: NodeId[] } {
  const { ring } = fold(History.of(world.genesis));
  const owners = ring.owners(positionOf(NAME), n);
  return { owners, others: ring.walk(positionOf(NAME)).filter((id) => !owners.includes(id)) };
}

/** How a made-up replica says that it stands to the key. */
export function standingOf(seat: number | null, seats: number, recovering = false): Standing {
  return { seat, seats, recovering, history: "h".repeat(16) as Digest, registerSeq: 0 };
}

/** The node starts again as one that does not know what it may have lost, and nobody hears it ask. */
export function recover(world: World, id: NodeId): void {
  const { disk } = world.machines.get(id)!;
  const register = disk.restored.register!;
  const roles = register.roles.map((role) => ({ ...role, recovering: true }));
  disk.restored = { ...disk.restored, register: { ...register, roles } };
  world.crash(id);
  world.restart(id);
  runLosing(world, (_, __, kind) => kind === "amnesia" || kind === "roots");
}

/** Five nodes, and one that does not serve the key: its puts are forwarded. */
export function outsider(): { world: World; entry: NodeId; serving: NodeId[] } {
  const world = new World({ nodes: 5 });
  put(world, "zero", { at: world.ids[0]! });
  const serving = world.ids.filter((id) => world.onDisk(id, NAME));
  const entry = world.ids.find((id) => !serving.includes(id))!;
  assertEquals(serving.length, 3);
  world.sent.length = 0;
  return { world, entry, serving };
}

/** A client of the node asks, and nobody answers that node. */
export function hang(world: World, at: NodeId): void {
  for (let i = 0; i < 3; i++) {
    const before = new Set(world.pending);
    world.get(at, { name: nameOf("b/hangs"), timeoutMs: 3_000 });
    for (let index = world.pending.length - 1; index >= 0; index--) {
      if (!before.has(world.pending[index]!)) world.pending.splice(index, 1);
    }
  }
}
