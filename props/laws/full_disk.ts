/**
 * Nodes whose disks are full (docs/storage.md): they only read, others take their place, and they take their share again
 * when there is room.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { NodeId, WriteId } from "../../src/id.ts";
import type { Reply } from "../../src/protocol/effect.ts";
import type { PutAsk } from "../../src/protocol/event.ts";
import { fold, History } from "../../src/membership/history.ts";
import { positionOf } from "../../src/ring/hash.ts";
import { ask, nameOf, texts } from "../asks.ts";
import { example, exhaustive, type Law } from "../law.ts";
import { World } from "../world.ts";
import {
  arrive,
  get,
  holdDown,
  NAME,
  ownersOf,
  PATH,
  put,
  recovered,
  refusal,
  runRefusing,
  wasGot,
  wasPut,
} from "./driving.ts";

/** Longer than a full disk is left alone. */
const LONG_MS = 10_000;

/** S25. */
export const laws: readonly Law[] = [
  exhaustive(
    "S25",
    "while a primary's disk is full every put that anybody is asked for is taken, by others, and none under a dot of its own",
    () => {
      for (const nodes of [3, 5]) {
        const { world, owners: [x, y] } = start(nodes);
        const full = [x!];
        assertEquals(isFull(world, x!), false);
        wasPut(putFull(world, full, { at: x! })); // its own store fails, and W others have it
        assertEquals(isFull(world, x!), true);
        const before = dotsOf(world, x!);
        world.sent.length = 0;
        for (let round = 0; round < 3; round++) {
          // With nodes to stand in, all three copies are made.
          for (const at of world.ids) wasPut(putFull(world, full, { at, w: nodes === 5 ? 3 : 2 }));
          world.wait(100);
        }
        assertEquals(dotsOf(world, x!), before, "it has issued dots");
        assert(world.marks.get("store.no_room")! > 0);
        // Reads go on, and it answers what it has.
        wasGot(get(world, { at: x! }));
        const read = { kind: "read", request: 1, name: NAME, n: 3, asFallback: false } as const;
        world.sent.length = 0;
        arrive(world, { from: y!, to: x!, message: read });
        world.run();
        assert(world.sent.some(({ message }) => message.kind === "read_reply"));
      }
    },
  ),
  example(
    "S25",
    "where every disk is full a put is refused at once, definitely, and reads go on",
    () => {
      const { world } = start(3);
      wasPut(put(world, "before"));
      for (const at of world.ids) putFull(world, world.ids, { at });
      assert(world.ids.every((id) => isFull(world, id)));
      const before = world.ids.map((id) => dotsOf(world, id));
      for (const at of world.ids) {
        for (const sloppyQuorum of [true, false]) {
          const refused = refusal(putFull(world, world.ids, { at, sloppyQuorum }));
          const error = sloppyQuorum ? "disk_full" : "no_coordinator";
          assertEquals([refused.error, refused.definite], [error, true]);
        }
      }
      assertEquals(world.ids.map((id) => dotsOf(world, id)), before);
      assert(texts(get(world)).includes("before"));
    },
  ),
  example("S25", "a node finds out by itself that there is room again: by what others send", () => {
    const { world, owners: [x, y] } = start(3);
    putFull(world, [x!], { at: x! });
    assertEquals(isFull(world, x!), true);
    for (let i = 0; i < 3; i++) {
      world.wait(LONG_MS);
      putFull(world, [x!], { at: y! }); // it is tried, and is full still
      assertEquals(isFull(world, x!), true);
    }
    world.wait(LONG_MS);
    wasPut(put(world, "room", { at: y! }));
    assertEquals(isFull(world, x!), false);
    const before = dotsOf(world, x!);
    wasPut(put(world, "again", { at: x! }));
    assert(dotsOf(world, x!) > before, "it coordinates again");
  }),
  example("S25", "a node alone finds it out by a put", () => {
    const world = new World({ nodes: 1, config: { n: 1, r: 1, w: 1 } });
    const [x] = world.ids as [NodeId];
    const first = refusal(putFull(world, [x], { at: x }));
    assertEquals(first.definite, false, "its dot was issued");
    for (let i = 0; i < 5; i++) {
      const { error, definite } = refusal(putFull(world, [x], { at: x }));
      assertEquals([error, definite], ["disk_full", true]);
    }
    world.wait(LONG_MS);
    wasPut(put(world, "room"));
    assertEquals(isFull(world, x), false);
  }),
  example(
    "S25 H14",
    "a keeper whose disk is full keeps no more, and gives away what it keeps",
    () => {
      const { world, owners: [x, y, z], others } = start(5);
      holdDown(world, world.ids.filter((id) => id !== x), [x!]);
      const ticket = world.put(y!, { ...ask(PATH, "kept", "k".repeat(16) as WriteId), w: 3 });
      runRefusing(world, [x!]);
      wasPut(world.replies.get(ticket));
      const keeper = others.find((id) => world.machines.get(id)!.disk.hints.all.length > 0)!;
      for (const at of [y!, z!]) {
        const more = { ...ask(PATH, "more", `${at}`.padStart(16, "m") as WriteId), w: 3 };
        const ticket = world.put(at, more);
        runFull(world, [keeper], [x!]);
        wasPut(world.replies.get(ticket)); // the other fallback keeps it
      }
      assertEquals(isFull(world, keeper), true);
      // It keeps more than would go by one try a second.
      const { hints } = world.machines.get(keeper)!.disk;
      const [{ record }] = hints.all as [typeof hints.all[number]];
      const { ring } = fold(History.of(world.genesis));
      const names = Array.from({ length: 200 }, (_, i) => nameOf(`b/more${i}`))
        .filter((name) => ring.owners(positionOf(name), 3).includes(x!));
      for (const name of names) hints.put({ owner: x!, name }, record);
      assert(names.length > 20);
      for (let i = 0; i < 3; i++) recovered(world);
      assertEquals(world.machines.get(keeper)!.disk.hints.all, []);
      assertEquals(texts(get(world, { at: x! })), ["kept", "more", "more"].sort());
    },
  ),
];

function start(nodes: number): ReturnType<typeof ownersOf> & { readonly world: World } {
  const world = new World({ nodes });
  return { world, ...ownersOf(world, 3) };
}

let puts = 0;
/** A put while these disks take nothing that needs room. */
function putFull(
  world: World,
  full: readonly NodeId[],
  { at, ...more }: { at: NodeId } & Partial<PutAsk>,
): Reply {
  const writeId = String(++puts).padStart(16, "full-") as WriteId;
  const ticket = world.put(at, { ...ask(PATH, `v${puts}`, writeId), ...more });
  runFull(world, full, []);
  return world.replies.get(ticket)!;
}

function runFull(world: World, full: readonly NodeId[], down: readonly NodeId[]): void {
  for (let next = world.pending[0]; next; next = world.pending[0]) {
    const hasNoRoom = next.kind === "io" && full.includes(next.node) &&
      next.effect.kind === "store" && next.effect.record !== null;
    if (hasNoRoom) world.fail(0, { isFull: true });
    else if (next.kind === "message" && down.includes(next.to)) world.undelivered(0);
    else world.happen();
  }
}

function isFull(world: World, id: NodeId): boolean {
  return world.machines.get(id)!.node.load.isFull;
}

/** How many dots a node has issued of the key, as far as anybody has heard. */
function dotsOf(world: World, id: NodeId): number {
  const clocks = world.ids.flatMap((at) => [...world.onDisk(at, NAME)?.container.clock ?? []]);
  const own = new Map(clocks.filter(([actor]) => actor.slice(1, -12) === id));
  return [...own.values()].reduce((sum, counter) => sum + counter, 0);
}
