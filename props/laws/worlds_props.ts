/**
 * Bucket properties in worlds on a seed: clients set them at any node while machines crash, disks fail and networks part.
 * What a client was told is held to what all disks hold when everybody is well again.
 *
 * Nobody's disk is destroyed here: a node whose own cells are gone may give one of their counters away again.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { compareEntries } from "../../src/membership/prop_cells.ts";
import type { PropEntry } from "../../src/protocol/bucket_props.ts";
import { Chance } from "../../src/sim/chance.ts";
import { draw } from "../../src/sim/draw.ts";
import { Faults } from "../../src/sim/faults.ts";
import type { Machine } from "../../src/sim/machine.ts";
import { DESTROYING } from "../../src/sim/plan.ts";
import { World } from "../../src/sim/world.ts";
import { type Law, schedule } from "../law.ts";
import { Sometimes } from "./sometimes.ts";

const WORLDS = 100;
const SETS = 30;
const BUCKETS = ["p", "q", "r"];
/** Time for everything that waits, and for all that is told again to be heard. */
const REST_MS = 100_000;
const seeds = fc.noBias(fc.noShrink(fc.nat()));

/** One set that a client asked for. */
interface Asked {
  readonly bucket: string;
  readonly value: boolean;
  /** What its node held of the cell when it said that it was set: this one, or what came after it. */
  held: PropEntry | null;
  ending: "acknowledged" | "refused" | "unknown";
}

/** The laws of this file. */
export const laws: readonly Law[] = [
  schedule(
    "S1 G1 G17 Q14",
    "in any world, what was acknowledged of bucket properties is held by every node in the end, or what came after it, and nothing that nobody set",
    (run) => {
      const seen = new Sometimes();
      run.forAll(seeds, (seed) => {
        seen.begin();
        judge(seed, seen);
        return true;
      });
      seen.demand(WORLDS, {
        ...{ acknowledged: 500, refused: 5, unknown: 50, overtaken: 100, alone: 10 },
        ...{ "props.below_majority": 1, "props.store_failed": 5 },
      });
    },
    { runs: WORLDS },
  ),
];

function judge(seed: number, seen: Sometimes): void {
  const drawn = draw(seed, { operations: 60 });
  const faults = drawn.faults.filter(({ kind }) => !DESTROYING.includes(kind));
  const plan = { ...drawn, faults, intents: [] };
  const world = new World(plan);
  const troubles = new Faults(world);
  for (const machine of world.machines.values()) troubles.start(machine);
  troubles.threaten(plan.faults);
  const asked = ask(world);
  world.agenda.run(plan.calmAtMs);
  troubles.calm();
  world.agenda.run(world.agenda.nowMs + REST_MS);
  for (const machine of world.machines.values()) {
    if (plan.broken.some(({ node }) => world.machine(node) === machine)) continue;
    assertEquals(world.waiting(machine), 0, `${machine.id} has not answered`);
  }
  troubles.reunion();
  world.agenda.run(world.agenda.nowMs + REST_MS);
  const [first, ...others] = [...world.machines.values()];
  const cells = cellsOn(first!);
  for (const machine of others) assertEquals(cellsOn(machine), cells, machine.id);
  for (const one of asked) {
    seen.saw(one.ending);
    if (one.ending !== "acknowledged") continue;
    const held = cells.find(({ bucket }) => bucket === one.bucket);
    if (held === undefined || one.held === null) throw new Error(`nobody holds ${one.bucket}`);
    assert(compareEntries(held, one.held) >= 0, `a set of ${one.bucket} is gone`);
    if (compareEntries(held, one.held) > 0) seen.saw("overtaken");
  }
  for (const { bucket, value } of cells) {
    const sets = asked.filter((one) => one.bucket === bucket && one.ending !== "refused");
    assert(sets.some((one) => one.value === value), `${bucket} is ${value}: nobody set that`);
    if (sets.length === 1) seen.saw("alone");
  }
  for (const what of ["props.below_majority", "props.store_failed"]) {
    seen.saw(what, world.counts.get(what) ?? 0);
  }
}

/** Clients set one property of a few buckets, at any node, whenever something may go wrong. */
function ask(world: World): Asked[] {
  const { plan: { seed, calmAtMs, faults }, ids } = world;
  const chance = new Chance(seed).stream("setters");
  const moments = [0, calmAtMs / 2, ...faults.map(({ atMs }) => atMs)];
  return Array.from({ length: SETS }, (): Asked => {
    const bucket = chance.pick(chance.hits(0.1) ? BUCKETS : BUCKETS.slice(0, 2));
    const one: Asked = { bucket, value: chance.hits(0.5), held: null, ending: "refused" };
    const at = world.machine(chance.below(ids.length));
    const timeoutMs = chance.pick([100, 2_000, 10_000]);
    const patch = { allow_mult: one.value };
    world.agenda.at(chance.pick(moments) + chance.below(500), () => {
      const event = { kind: "props_set" as const, type: "default", bucket, patch, timeoutMs };
      one.ending = "unknown";
      const isAsked = world.ask(at, (ticket) => ({ ...event, ticket }), {
        answered: (reply) => {
          one.ending = reply.kind === "props"
            ? "acknowledged"
            : reply.kind === "failure" && reply.definite
            ? "refused"
            : "unknown";
          one.held = cellsOn(at).find((entry) => entry.bucket === bucket) ?? null;
        },
        hungUp: () => {},
      });
      if (!isAsked) one.ending = "refused";
    });
    return one;
  });
}

/** What a disk holds of cells, in the order of buckets. */
function cellsOn({ disk }: Machine): PropEntry[] {
  return [...disk.restored.props].sort((a, b) => (a.bucket < b.bucket ? -1 : 1));
}
