/**
 * A node that holds what all others lack, and whose clients fare badly all the time (paper, section 6.5; protocol.md, Part 1 g
 * and i): it has one slice in a second or two for all of them, and they come to have everything all the same.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { leafKey } from "../../src/anti_entropy/merkle_tree_key.ts";
import { nameBytes, type NodeId, type WriteId } from "../../src/id.ts";
import { positionOf } from "../../src/ring/hash.ts";
import { LEAF_VERSION } from "../../src/version/digest.ts";
import { ask, nameOf } from "../asks.ts";
import { example, type Law } from "../law.ts";
import type { Pending } from "../pending.ts";
import { World } from "../world.ts";
import { arrive, cutOf, runRefusing } from "./driving.ts";

const WRITE = "w".repeat(16) as WriteId;
const KEYS = 160;

/** The laws of this file. */
export const laws: readonly Law[] = [
  example(
    "M16 A1",
    "six nodes that lack everything have it in time from one whose clients are always slow: no slice of that is spent in vain",
    () => {
      const { world, giver, others } = slowGiver({ nodes: 7, lacking: 6, exchangeMs: 10_000 });
      const came = { replies: 0, vain: 0 };
      world.onStep = (id, _, effects) => {
        for (const effect of effects) {
          if (id !== giver || effect.kind !== "send") continue;
          const { to, message } = effect;
          if (message.kind !== "want_reply") continue;
          came.replies++;
          if (!world.machines.get(to)!.node.snapshot().exchange!.open.includes(message.request)) {
            came.vain++;
          }
        }
      };
      for (let minutes = 0; others.some((id) => sizeOf(world, id) <= KEYS); minutes++) {
        assert(minutes < 12, `${others.map((id) => sizeOf(world, id))} after ${minutes} minutes`);
        pass(world, giver, 60_000);
      }
      assert(world.marks.get("exchange.dropped")! > 0, "nobody had to wait for long");
      assertEquals(came.vain, 0, `of ${came.replies} answers`);
    },
  ),
  example(
    "M16 A4",
    "peers have turns, and what a peer wanted before it told its roots anew is not read for it",
    () => {
      for (const tellsAnew of [false, true]) {
        const { world, giver, others } = slowGiver({ nodes: 3, lacking: 0, exchangeMs: 60_000 });
        const [a, b] = others as [NodeId, NodeId];
        tell(world, { from: a, to: giver, request: 10 });
        tell(world, { from: b, to: giver, request: 11 });
        // The slice of this moment is used.
        want(world, { from: a, to: giver, request: 1 });
        for (const request of [2, 3]) want(world, { from: a, to: giver, request });
        for (const request of [5, 6]) want(world, { from: b, to: giver, request });
        if (tellsAnew) {
          tell(world, { from: a, to: giver, request: 7 });
          want(world, { from: a, to: giver, request: 8 });
        }
        const given: number[] = [];
        world.onStep = (id, _, effects) => {
          for (const effect of effects) {
            if (id !== giver || effect.kind !== "send") continue;
            if (effect.message.kind === "want_reply") given.push(effect.message.request);
          }
        };
        pass(world, giver, 9_000);
        const asked = given.filter((request) => request < 10);
        assertEquals(asked, tellsAnew ? [5, 8, 6] : [1, 5, 2, 6, 3]);
      }
    },
  ),
];

/** One peer tells that it has nothing. */
function tell(
  world: World,
  { from, to, request }: { readonly from: NodeId; readonly to: NodeId; readonly request: number },
): void {
  const cut = cutOf(world);
  arrive(world, {
    from,
    to,
    message: { kind: "roots", request, leaves: LEAF_VERSION, cut, roots: [] },
  });
}

/** One peer asks for a few copies. */
function want(
  world: World,
  { from, to, request }: { readonly from: NodeId; readonly to: NodeId; readonly request: number },
): void {
  const { plots } = world.machines.get(to)!.node.trees!;
  const { end, n } = plots.find(({ tree }) => tree.size > 0)!;
  const name = nameOf("b/k1");
  const keys = [leafKey(name, positionOf(name))];
  arrive(world, { from, to, message: { kind: "want", request, end, n, keys } });
}

/** One that has all keys, and clients that fare badly; `lacking` of the others have nothing. */
function slowGiver(
  { nodes, lacking, exchangeMs }: {
    readonly nodes: number;
    readonly lacking: number;
    readonly exchangeMs: number;
  },
): { world: World; giver: NodeId; others: NodeId[] } {
  const config = { n: nodes, exchangeMs, backgroundTargetMs: 50, probeMs: 1_000 };
  const world = new World({ nodes, config });
  const [giver, ...others] = world.ids as [NodeId, ...NodeId[]];
  for (const id of others) world.crash(id);
  world.put(giver, { ...ask("b/first", "v", WRITE), w: 1 });
  runRefusing(world, others);
  const record = world.onDisk(giver, nameOf("b/first"))!;
  world.machines.get(giver)!.disk.hints.all.length = 0;
  others.forEach((id, i) => {
    if (i >= lacking) {
      world.machines.get(id)!.disk.records.set(nameBytes(nameOf("b/first")), record);
    }
  });
  for (let i = 0; i < KEYS; i++) {
    const key = nameBytes(nameOf(`b/k${i}`));
    [giver, ...others.slice(lacking)].forEach((id) =>
      world.machines.get(id)!.disk.records.set(key, record)
    );
  }
  world.restart(giver);
  while (world.machines.get(giver)!.node.admission(world.monoMs).size > 0) {
    pass(world, giver, 1_000);
  }
  assertEquals(world.machines.get(giver)!.node.admission(world.monoMs).size, 0);
  for (const id of others) world.restart(id);
  return { world, giver, others };
}

/** Time goes by. At `slow` clients read all the time, and each of its fetches takes longer than it should. */
function pass(world: World, slow: NodeId, ms: number): void {
  const isSlow = (one: Pending) =>
    one.kind === "io" && one.node === slow && one.effect.kind === "fetch";
  for (let passedMs = 0; passedMs < ms; passedMs += 100) {
    const late = new Set(world.pending);
    const next = () => world.pending.findIndex((one) => !isSlow(one) || late.has(one));
    for (let i = next(); i >= 0; i = next()) world.happen(i);
    for (let i = 0; i < 2; i++) world.get(slow, { name: nameOf("b/k1"), r: 1 });
    world.wait(100);
  }
}

function sizeOf(world: World, id: NodeId): number {
  return world.machines.get(id)!.disk.records.size;
}
