/**
 * Runs of a few real nodes under a schedule: clients put and get, messages arrive, are lost, come twice and out of order,
 * stores fail, processes crash and start again. Then everything is healed and read, and held to a {@linkcode History}.
 *
 * A schedule is plain data, so a failing one shrinks to the shortest that still fails.
 *
 * @module
 */
import fc from "fast-check";
import type { Digest, NodeId, WriteId } from "../src/id.ts";
import type { Ticket } from "../src/protocol/event.ts";
import { containerDigest } from "../src/version/digest.ts";
import type { Container, Seen } from "../src/version/siblings.ts";
import { sortedEntries } from "../src/version/version_vector.ts";
import { ask, contextOf, nameOf, texts } from "./asks.ts";
import { History } from "./history.ts";
import type { World } from "./world.ts";

/** One thing that the schedule makes happen. Numbers are taken modulo what there is. */
export type Action =
  | { readonly kind: "put" | "get"; readonly client: number; readonly node: number }
  | {
    readonly kind: "happen" | "lose" | "refuse" | "twice" | "crash" | "restart";
    readonly which: number;
  }
  | { readonly kind: "wait"; readonly ms: number };

/** Schedules. Most of what happens is ordinary, or nothing would ever be acknowledged. */
export function schedules(maxLength: number): fc.Arbitrary<Action[]> {
  const which = fc.nat(19);
  const one = (kind: "happen" | "lose" | "refuse" | "twice" | "crash" | "restart") =>
    which.map((which) => ({ kind, which }));
  const ask = (kind: "put" | "get") =>
    fc.record({ kind: fc.constant(kind), client: fc.nat(1), node: fc.nat(9) });
  return fc.array(
    fc.oneof(
      { weight: 4, arbitrary: ask("put") },
      { weight: 2, arbitrary: ask("get") },
      { weight: 30, arbitrary: one("happen") },
      { weight: 2, arbitrary: one("lose") },
      { weight: 1, arbitrary: one("refuse") },
      { weight: 2, arbitrary: one("twice") },
      { weight: 1, arbitrary: one("crash") },
      { weight: 2, arbitrary: one("restart") },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant("wait" as const),
          ms: fc.constantFrom(600, 11_000, 31_000),
        }),
      },
    ),
    { maxLength, size: "max" },
  );
}

interface Client {
  context: Seen | undefined;
  shown: string[];
}

/** What a run has come to. */
export interface Outcome {
  readonly world: World;
  readonly history: History;
  /** How many puts were acknowledged. */
  readonly acknowledged: number;
  /** The texts that all replicas hold in the end. */
  readonly final: string[];
}

const PATH = "b/k";

/**
 * Plays a schedule in a world, heals it, and checks S1, S2, S4, Q14 (every request was answered, once), Q18 (one dot a
 * put), M18 (equal clocks, equal contents, over every container that was ever sent or stored) and S9.
 */
export function play(world: World, actions: readonly Action[]): Outcome {
  const history = new History();
  const clients: Client[] = [0, 1].map(() => ({ context: undefined, shown: [] }));
  const puts = new Map<Ticket, string>();
  const gets = new Map<Ticket, Client>();
  const learn = () => {
    for (const [ticket, client] of gets) {
      const reply = world.replies.get(ticket);
      if (reply === undefined) continue;
      gets.delete(ticket);
      if (reply.kind !== "get") continue;
      client.context = contextOf(reply);
      client.shown = texts(reply) as string[];
    }
  };
  for (const action of actions) {
    act(world, action, {
      put(client, node) {
        const text = `v${puts.size + 1}`;
        const { context, shown } = clients[client]!;
        history.attempted(text, shown);
        const writeId = text.padStart(16, "0") as WriteId;
        puts.set(world.put(node, { ...ask(PATH, text, writeId), seen: context }), text);
      },
      get(client, node) {
        gets.set(world.get(node, { name: nameOf(PATH) }), clients[client]!);
      },
    });
    learn();
  }
  heal(world);
  let acknowledged = 0;
  for (const [ticket, text] of puts) {
    const reply = world.replies.get(ticket);
    // The client of a node that crashed hears nothing; all others must have heard something.
    if (reply?.kind === "put") {
      history.acknowledged(text);
      acknowledged++;
    }
  }
  const final = agree(world);
  history.check(final);
  checkDots(world);
  return { world, history, acknowledged, final };
}

function act(
  world: World,
  action: Action,
  clients: {
    put(client: number, node: NodeId): void;
    get(client: number, node: NodeId): void;
  },
): void {
  const { ids, pending, machines } = world;
  switch (action.kind) {
    case "put":
    case "get": {
      const node = ids[action.node % ids.length]!;
      if (machines.get(node)!.up && machines.get(node)!.node.ready) {
        clients[action.kind](action.client, node);
      }
      return;
    }
    case "wait":
      return world.wait(action.ms);
    case "crash":
      return world.crash(ids[action.which % ids.length]!);
    case "restart": {
      const node = ids[action.which % ids.length]!;
      if (!machines.get(node)!.up) world.restart(node);
      return;
    }
  }
  if (pending.length === 0) return;
  const index = action.which % pending.length;
  switch (action.kind) {
    case "happen":
      return world.happen(index);
    case "twice":
      return world.duplicate(index);
    case "refuse":
      return world.undelivered(index);
    case "lose": {
      // A store of metadata that fails at a start ends the process; that is not what is studied here.
      const next = pending[index]!;
      if (next.kind === "io" && next.effect.kind === "store_meta") return world.happen(index);
      return world.fail(index);
    }
  }
}

/** Everybody is up, nothing is lost any more, and whatever was begun ends. */
function heal(world: World): void {
  for (const id of world.ids) if (!world.machines.get(id)!.up) world.restart(id);
  world.run();
  world.wait(2 * world.config.maxRequestMs);
  world.run();
  for (const id of world.ids) {
    const { node } = world.machines.get(id)!;
    if (node.load.requests > 0) {
      throw new Error(`Q14: ${id} still has ${node.load.requests} requests`);
    }
    if (node.load.lanes > 0) throw new Error(`Q14: ${id} still has ${node.load.lanes} lanes`);
  }
}

/** Reads from all until read repair has made the replicas equal, which one read must do (S9 as far as reads go). */
function agree(world: World): string[] {
  const read = () => {
    const ticket = world.get(world.ids[0]!, { name: nameOf(PATH), r: "all" });
    world.run();
    const reply = world.replies.get(ticket);
    if (reply?.kind !== "get") throw new Error(`Cannot read: ${JSON.stringify(reply)}`);
    return texts(reply) as string[];
  };
  const first = read();
  const repairs = world.marks.get("get.repair") ?? 0;
  const second = read();
  if ((world.marks.get("get.repair") ?? 0) !== repairs) {
    throw new Error("RR5: the second of two equal reads repaired something");
  }
  if (first.join() !== second.join()) throw new Error(`S9: ${first} and then ${second}`);
  return second;
}

/** Every container that was sent or stored: one dot a write id, and equal clocks have equal contents. */
function checkDots(world: World): void {
  const name = nameOf(PATH);
  const dots = new Map<WriteId, string>();
  const states = new Map<string, Digest>();
  const look = (container: Container) => {
    for (const { dot, version } of container.siblings) {
      const issued = `${dot.actor}#${dot.counter}`;
      const known = dots.get(version.writeId) ?? issued;
      if (known !== issued) throw new Error(`Q18: ${version.writeId} was issued twice`);
      dots.set(version.writeId, known);
    }
    const clock = JSON.stringify(sortedEntries(container.clock));
    const digest = containerDigest(name, container);
    const same = states.get(clock) ?? digest;
    if (same !== digest) throw new Error(`M18: one clock, two contents`);
    states.set(clock, same);
  };
  for (const { message } of world.sent) {
    if ("container" in message && message.container) look(message.container);
  }
  for (const id of world.ids) {
    const record = world.onDisk(id, name);
    if (record) look(record.container);
  }
}
