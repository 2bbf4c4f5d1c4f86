/**
 * The laws of data that moves while ranges split: under strategy 1 nodes join and leave, and in the end everybody holds
 * what it should, and nothing else.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { nameBytes, type NodeId, nodeId, type WriteId } from "../../src/id.ts";
import { fold } from "../../src/membership/history.ts";
import { planChange } from "../../src/membership/plan.ts";
import { cutRoles } from "../../src/membership/register.ts";
import type { Step } from "../../src/protocol/change.ts";
import { positionOf } from "../../src/ring/hash.ts";
import { drawFrom } from "../../src/ring/tokens.ts";
import { ask, nameOf, texts } from "../asks.ts";
import { type Law, random } from "../law.ts";
import { World } from "../world.ts";
import { wasGot } from "./driving.ts";
import { joinOf } from "./gossip_net.ts";
import { Sometimes } from "./sometimes.ts";

const KEYS = Array.from({ length: 40 }, (_, i) => `b/k${i}`);
/** Long enough for everything that a change brings about. In s. */
const PATIENCE_S = 300;

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "G9 R25",
    "under strategy 1 nodes join while clients write, and each range comes to be served by its owners alone",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.string({ minLength: 1 }), fc.constantFrom(2, 3), (seed, n) => {
        seen.begin();
        const world = new World({
          nodes: 3,
          config: { n, r: 2, w: 2, gossipMs: 1_000, exchangeMs: 3_000 },
          placement: { strategy: 1, tokens: 3 },
        });
        pass(world, () => isPlaced(world, n));
        const acknowledged = new Map<string, string>();
        const write = (path: string) => {
          const text = `v${++writes}`;
          const writeId = text.padStart(16, "0") as WriteId;
          const { clock } = wasGot(get(world, path)).container;
          const put = { ...ask(path, text, writeId), w: n === 2 ? 1 : 2, dw: 1 };
          const ticket = world.put(world.ids[0]!, { ...put, seen: { clock, stamp: 0 } });
          world.run();
          if (world.replies.get(ticket)?.kind === "put") acknowledged.set(path, text);
          else seen.saw("a put that was refused");
        };
        KEYS.forEach(write);
        for (const id of ["n4", "n5"]) {
          world.begin(nodeId(id));
          pass(world, () => world.machines.get(nodeId(id))!.node.ready);
          const before = ringOf(world).ends.length;
          commit(world, joinOf(id), seed);
          if (ringOf(world).ends.length > before) seen.saw("ranges were cut");
          for (const path of KEYS.slice(0, 20)) {
            write(path);
            world.wait(200);
            world.run();
          }
          pass(world, () => isPlaced(world, n));
        }
        for (const path of KEYS) {
          const wanted = acknowledged.get(path)!;
          assertEquals(texts(wasGot(get(world, path))), [wanted]);
        }
        pass(world, () => holders(world, n));
        return true;
      });
      seen.demand(12, { "ranges were cut": 24 });
    },
    { runs: 12 },
  ),
];

let writes = 0;

/** The keys of each node are those that it owns. */
function holders(world: World, n: number): boolean {
  const ring = ringOf(world);
  return KEYS.every((path) => {
    const name = nameOf(path);
    const owners = ring.owners(positionOf(name), n);
    return [...world.machines].every(([id, { disk }]) =>
      disk.records.has(nameBytes(name)) === owners.includes(id)
    );
  });
}

/** Whether every range is served by its owners, and by nobody else. */
function isPlaced(world: World, n: number): boolean {
  const ring = ringOf(world);
  const roles = [...world.machines].map(([id, { node }]) =>
    [id, cutRoles(node.register?.roles ?? [], ring.ends)] as const
  );
  return ring.ends.every((end) => {
    const serving = roles.filter(([, roles]) =>
      roles.some((role) => role.rangeEnd === end && role.n === n && role.role === "serving")
    ).map(([id]) => id);
    return serving.sort().join() === ring.owners(end, n).sort().join();
  });
}

function pass(world: World, isSo: () => boolean): void {
  for (let i = 0; i < 2 * PATIENCE_S && !isSo(); i++) {
    world.wait(500);
    world.run();
  }
  assert(isSo(), "it never came to an end");
}

function commit(world: World, step: Step, seed: string): void {
  const at: NodeId = world.ids[0]!;
  const { history } = world.machines.get(at)!.node.roster;
  const steps = [step];
  const draw = drawFrom(`${seed}${history.digest}`);
  const { moves } = planChange(history, { author: at, wallMs: 0, steps, draw });
  const plannedOn = history.digest;
  const ticket = world.ask(at, (ticket) => ({ kind: "commit", ticket, plannedOn, steps, moves }));
  world.run();
  assertEquals(world.replies.get(ticket)?.kind, "committed");
}

function get(world: World, path: string) {
  const ticket = world.get(world.ids[0]!, { name: nameOf(path) });
  world.run();
  return world.replies.get(ticket);
}

function ringOf(world: World) {
  return fold(world.machines.get(world.ids[0]!)!.node.roster.history).ring;
}
