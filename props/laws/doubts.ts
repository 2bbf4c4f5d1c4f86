/**
 * Nodes that do not know what their own disks hold (protocol.md, Part 1 g, Exchange): a store has failed, and then so has the
 * look at what is there. Who could not look does not say that nothing is there.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { nameBytes, type NodeId, type WriteId } from "../../src/id.ts";
import { LEAF_VERSION } from "../../src/version/digest.ts";
import { ask, texts } from "../asks.ts";
import { Disasters } from "../disasters.ts";
import { exhaustive, type Law } from "../law.ts";
import { World } from "../world.ts";
import {
  arrive,
  cutOf,
  lose,
  NAME,
  ownersOf,
  PATH,
  put,
  runLosing,
  wasGot,
  wasPut,
} from "./driving.ts";

const FIRST = "1".repeat(16) as WriteId;
const SECOND = "2".repeat(16) as WriteId;
const EXCHANGE_MS = 10_000;

/** The laws of this file. */
export const laws: readonly Law[] = [
  exhaustive(
    "S14 M10 M13",
    "a copy that was acknowledged is found at a node that could not look at it since a store failed, whoever is wiped then",
    () => {
      for (const lands of [false, true]) {
        for (const seat of [0, 1]) {
          const world = new World({ nodes: 3, config: { exchangeMs: EXCHANGE_MS } });
          const { owners } = ownersOf(world, 3);
          const p = owners[seat]!;
          const [x, z] = owners.filter((id) => id !== p) as [NodeId, NodeId];
          const ticket = world.put(p, { ...ask(PATH, "x", FIRST), w: 2 });
          runLosing(world, (_, to, kind) => kind === "write" && to === z);
          wasPut(world.replies.get(ticket));
          doubt(world, p, lands);
          assertEquals(isWhole(world, p), false, "what it holds it does not know");
          new Disasters(world).befall(x, "wipe", NAME);
          world.run();
          const read = world.get(z, { name: NAME, r: 2, sloppyQuorum: false });
          runLosing(world, (from, _, kind) => from === p && kind === "read_reply");
          const reply = world.replies.get(read);
          if (reply?.kind === "get") assert(texts(reply).includes("x"), "what was acknowledged");
          else assert(recovers(world, x), `${JSON.stringify(reply)}, and ${x} counts`);
          pass(world);
          assertEquals(isWhole(world, p), true, "it has looked again");
          for (const id of world.ids) assert(!recovers(world, id), `${id} recovers`);
          const got = world.get(z, { name: NAME, r: 2, sloppyQuorum: false });
          runLosing(world, (from, _, kind) => from === p && kind === "read_reply");
          const want = lands ? ["x", "y"] : ["x"];
          assertEquals(texts(wasGot(world.replies.get(got))).sort(), want);
        }
      }
    },
  ),
  exhaustive(
    "M10 M13",
    "what a failed store has left on a disk that could not be looked at is seen as soon as the disk answers, and comes to all",
    () => {
      for (const failures of [0, 1, 3]) {
        const world = new World({ nodes: 3, config: { exchangeMs: EXCHANGE_MS } });
        const [p] = ownersOf(world, 3).owners as [NodeId];
        put(world, "x", { w: 3 });
        doubt(world, p, true);
        for (let i = 0; i < failures; i++) {
          while (!world.pending.some((one) => one.kind === "io" && one.effect.kind === "fetch")) {
            if (world.pending.length > 0) world.happen();
            else world.wait(100);
          }
          failNext(world, p, "fetch");
          assertEquals(isWhole(world, p), false, `after ${i + 1} more failures`);
        }
        pass(world);
        assertEquals(isWhole(world, p), true);
        for (const id of world.ids) {
          const { siblings } = world.onDisk(id, NAME)!.container;
          assertEquals(siblings.length, 2, `${id} after ${failures} more failures`);
        }
      }
    },
  ),
];

/** A put that nobody else hears of: its store fails, and may have landed, and what is there cannot be looked at. */
function doubt(world: World, at: NodeId, lands: boolean): void {
  world.put(at, { ...ask(PATH, "y", SECOND), w: 1, sloppyQuorum: false });
  const isTold = (from: NodeId) => from === at;
  for (lose(world, isTold); indexOf(world, at, "store") < 0; lose(world, isTold)) world.happen();
  const store = indexOf(world, at, "store");
  if (lands) world.land(store, "failed");
  else world.fail(store);
  failNext(world, at, "fetch");
  lose(world, isTold);
  assert(world.machines.get(at)!.disk.records.has(nameBytes(NAME)));
}

function failNext(world: World, at: NodeId, kind: "fetch" | "store"): void {
  world.fail(indexOf(world, at, kind));
}

function indexOf(world: World, at: NodeId, kind: "fetch" | "store"): number {
  return world.pending.findIndex((one) =>
    one.kind === "io" && one.node === at && one.effect.kind === kind
  );
}

/** What it tells a peer that compares. */
function isWhole(world: World, id: NodeId): boolean {
  const from = world.ids.find((other) => other !== id)!;
  const before = world.sent.length;
  const cut = cutOf(world);
  const roots = { kind: "roots", request: 1, leaves: LEAF_VERSION, cut, roots: [] } as const;
  arrive(world, { from, to: id, message: roots });
  const said = world.sent.slice(before).find(({ message: { kind } }) => kind === "roots_reply");
  if (said?.message.kind !== "roots_reply") throw new Error(`${id} does not answer`);
  return said.message.whole;
}

function recovers(world: World, id: NodeId): boolean {
  const { roles } = world.machines.get(id)!.node.register!;
  return roles.some(({ recovering }) => recovering);
}

/** Every node has compared with each other, some times. */
function pass(world: World): void {
  for (let i = 0; i < 400; i++) {
    world.wait(100);
    world.run();
  }
}
