/**
 * Nodes that have lost, with their disks, what buckets promise of copies (protocol.md, Part 1 e, Recovery): how many others
 * are enough follows from the least W that any bucket has, and that is one of the things that a wiped disk does not know.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { NodeId, WriteId } from "../../src/id.ts";
import type { Message } from "../../src/protocol/message.ts";
import { ask } from "../asks.ts";
import { Disasters } from "../disasters.ts";
import { example, type Law } from "../law.ts";
import { World } from "../world.ts";
import { holdDown, NAME, ownersOf, PATH, runLosing, wasPut } from "./driving.ts";

/** What brings properties. */
const TELLING: readonly Message["kind"][] = ["props", "props_reply", "gossip_rumors"];

/** The laws of this file. */
export const laws: readonly Law[] = [
  example(
    "S14 Q20",
    "a wiped node that has not heard of a bucket with a smaller W waits for those who may hold what was promised there",
    () => {
      for (const heard of [true, false]) {
        const { world, wiped, away, other } = wipedWith(heard);
        runLosing(
          world,
          (from, to, kind) =>
            to === away || from === away || (to === wiped && TELLING.includes(kind)),
        );
        pass(world, { wiped, away });
        assert(recovers(world, wiped), `whole by ${other} alone, who heard of it: ${heard}`);
        const ticket = world.get(wiped, { name: NAME, r: 2 });
        runLosing(world, (from, to) => from === away || to === away);
        world.wait(world.config.requestTimeoutMs);
        world.run();
        assert(world.replies.get(ticket)?.kind !== "get", "not found, of what was acknowledged");
      }
    },
  ),
  example(
    "S14",
    "what nodes say of W that were wiped themselves is not believed: they may have forgotten it, too",
    () => {
      const world = new World({ nodes: 5, config: { n: 3, w: 3, r: 1 } });
      const { owners: [wiped, away, other], others } = ownersOf(world, 3) as {
        owners: [NodeId, NodeId, NodeId];
        others: NodeId[];
      };
      setW(world, wiped);
      const isMissed = (_: NodeId, to: NodeId, kind: Message["kind"]) =>
        to === other && (kind === "write" || TELLING.includes(kind));
      runLosing(world, isMissed);
      const put = world.put(wiped, ask(PATH, "x", "w".repeat(16) as WriteId));
      runLosing(world, isMissed);
      wasPut(world.replies.get(put));
      world.crash(away);
      const disasters = new Disasters(world);
      for (const id of [...others, wiped]) disasters.befall(id, "wipe", NAME);
      pass(world, { wiped, away });
      assert(recovers(world, wiped));
    },
  ),
  example(
    "S14",
    "where enough members have said that no bucket has a smaller W, a wiped node does not wait for one that is down",
    () => {
      const world = new World({ nodes: 5, config: { n: 3, w: 3, r: 1 } });
      const [wiped, away] = world.ids as [NodeId, NodeId];
      world.crash(away);
      new Disasters(world).befall(wiped, "wipe", NAME);
      holdDown(world, world.ids.filter((id) => id !== away), [away]);
      for (let i = 0; i < 80 && recovers(world, wiped); i++) {
        world.wait(1_000);
        runLosing(world, (_, to) => to === away);
      }
      assertEquals(recovers(world, wiped), false);
    },
  ),
];

/** x and y hold what W = 2 of its bucket promised, where others promise 3; x is wiped, y is away, and z may know of that W. */
function wipedWith(heard: boolean): {
  world: World;
  wiped: NodeId;
  away: NodeId;
  other: NodeId;
} {
  const world = new World({ nodes: 3, config: { w: 3, r: 1 } });
  const [wiped, away, other] = world.ids as [NodeId, NodeId, NodeId];
  setW(world, wiped);
  const isMissed = (_: NodeId, to: NodeId, kind: Message["kind"]) =>
    to === other && (kind === "write" || (!heard && TELLING.includes(kind)));
  runLosing(world, isMissed);
  const put = world.put(wiped, ask(PATH, "x", "w".repeat(16) as WriteId));
  runLosing(world, isMissed);
  wasPut(world.replies.get(put));
  assert(world.onDisk(other, NAME) === undefined && world.onDisk(away, NAME) !== undefined);
  world.crash(away);
  new Disasters(world).befall(wiped, "wipe", NAME);
  return { world, wiped, away, other };
}

/** The key's bucket promises two copies of three, and no more. */
function setW(world: World, at: NodeId): void {
  const patch = { w: 2, r: 2 };
  const { bucket } = NAME;
  world.step(at, { kind: "props_set", ticket: 900, type: "default", bucket, patch });
}

/** Time goes by, in which `away` is found to be down, and nobody tells any property. */
function pass(
  world: World,
  { wiped, away }: { readonly wiped: NodeId; readonly away: NodeId },
): void {
  holdDown(world, world.ids.filter((id) => id !== away), [away]);
  for (let i = 0; i < 80; i++) {
    world.wait(1_000);
    runLosing(
      world,
      (from, to, kind) => to === away || from === away || (to === wiped && TELLING.includes(kind)),
    );
  }
}

/** Whether a node says of any range that it recovers. */
function recovers(world: World, id: NodeId): boolean {
  return world.machines.get(id)!.node.register?.roles.some(({ recovering }) => recovering) ?? true;
}
