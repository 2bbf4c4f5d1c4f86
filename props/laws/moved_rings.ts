/**
 * The laws of requests while the ring is no longer what the registers are: members have changed, and no data has moved. Real
 * nodes are asked; what they must answer is what was acknowledged.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type NodeId, nodeId, type WriteId } from "../../src/id.ts";
import { fold } from "../../src/membership/history.ts";
import { planChange } from "../../src/membership/plan.ts";
import type { Register, Step } from "../../src/protocol/change.ts";
import { positionOf } from "../../src/ring/hash.ts";
import { drawFrom } from "../../src/ring/tokens.ts";
import { ask, nameOf, texts } from "../asks.ts";
import { example, type Law, random } from "../law.ts";
import { World } from "../world.ts";
import { wasGot, wasPut } from "./driving.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "G8 G13 Q15",
    "whatever members change, every put with W = N is taken and every read shows what was acknowledged",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.array(someStep, { minLength: 1, maxLength: 4 }), fc.nat(3), (steps, at) => {
        seen.begin();
        const config = { partitions: 16, gossipMs: 1_000 };
        const world = new World({ nodes: 4, config, leaves: true });
        const acknowledged = new Map<string, string>();
        let writes = 0;
        const write = () => {
          for (let key = 0; key < 6; key++) {
            const { running } = world;
            const node = running[(key + at) % running.length]!;
            const path = `b/k${key}`;
            const text = `v${++writes}`;
            const read = wasGot(get(world, node, path)).container;
            const put = {
              ...ask(path, text, `w${writes}`.padStart(16, "0") as WriteId),
              w: 3,
            };
            const ticket = world.put(node, { ...put, seen: { clock: read.clock, stamp: 0 } });
            world.run();
            wasPut(world.replies.get(ticket));
            acknowledged.set(path, text);
          }
        };
        write();
        const before = wished(world);
        for (const step of steps) {
          const { running } = world;
          commit(world, running[at % running.length]!, [step]);
          write();
          settle(world);
          write();
        }
        if (world.running.length < 4) seen.saw("somebody has left");
        assert(
          world.marks.has("handover.arrived") || wished(world) === before,
          "no data has moved",
        );
        if (wished(world) !== before) seen.saw("another ring");
        for (const node of world.running) {
          for (const [path, text] of acknowledged) {
            assertEquals(texts(wasGot(get(world, node, path))), [text]);
          }
        }
        return true;
      });
      seen.demand(40, { "another ring": 25, "somebody has left": 10 });
    },
    { runs: 40 },
  ),
  example(
    "G8 S15",
    "a second node joins a single one, and puts go on: k is what was promised",
    () => {
      const world = new World({ nodes: 1, config: { n: 3, gossipMs: 1_000 } });
      const [only] = world.ids;
      commit(world, only!, [{ kind: "join", node: nodeId("n2"), zone: "", weight: 1 }]);
      const ticket = world.put(only!, ask("b/k", "x", "w".padStart(16, "0") as WriteId));
      world.run();
      const done = wasPut(world.replies.get(ticket));
      assertEquals([done.w, done.clipped], [1, true]);
      assertEquals(texts(wasGot(get(world, only!, "b/k"))), ["x"]);
    },
  ),
  example("G24", "a newcomer serves nothing, says so, and hands puts over", () => {
    const world = new World({ nodes: 3, config: { n: 2, gossipMs: 1_000 } });
    const before = world.ids.map((node) => world.machines.get(node)!.node.register);
    // Nothing of what it is to have comes to it.
    const blocked = () => {
      while (world.pending.length > 0) {
        const next = world.pending[0]!;
        if (next.kind === "message" && next.message.kind === "take") world.fail();
        else world.happen();
      }
    };
    propose(world, world.ids[0]!, [{ kind: "weight", node: world.ids[1]!, weight: 3 }]);
    for (let i = 0; i < 60; i++) {
      blocked();
      world.wait(1_000);
    }
    const { ring } = viewOf(world, world.ids[2]!);
    const key = Array.from({ length: 200 }, (_, i) => nameOf(`b/k${i}`)).find((name) => {
      const owners = ring.owners(positionOf(name), 2);
      const { roles } = before[1]!;
      const end = ring.rangeEnd(positionOf(name));
      return owners[0] === world.ids[1] && roles.every(({ rangeEnd }) => rangeEnd !== end);
    });
    if (key === undefined) throw new Error("the ring gave it nothing new");
    const newcomer = world.ids[1]!;
    const path = `${key.bucket}/${key.key}`;
    const ticket = world.put(newcomer, {
      ...ask(path, "x", "w".padStart(16, "0") as WriteId),
      w: 2,
    });
    blocked();
    const done = wasPut(world.replies.get(ticket));
    assert(done.coordinator !== newcomer, "it coordinated what it does not serve");
    assertEquals(world.onDisk(newcomer, key), undefined);
    const read = world.get(newcomer, { name: key });
    blocked();
    assertEquals(texts(wasGot(world.replies.get(read))), ["x"]);
    const serving = (register: Register | null | undefined) =>
      register?.roles.filter(({ role }) => role === "serving").map(({ rangeEnd }) => rangeEnd);
    assertEquals(
      world.ids.map((node) => serving(world.machines.get(node)!.node.register)),
      before.map(serving),
    );
  }),
  example(
    "G31",
    "a node put back from an old copy counts toward no read, until it has what it acknowledged",
    () => {
      const world = new World({ nodes: 3, config: { gossipMs: 1_000, exchangeMs: 5_000 } });
      const back = world.ids[1]!;
      const { disk } = world.machines.get(back)!;
      const isWhole = () => {
        const { register, ready } = world.machines.get(back)!.node;
        return ready && register!.roles.every(({ recovering }) => !recovering);
      };
      const pass = (ms: number, isSo: () => boolean) => {
        for (let i = 0; i < ms / 100 && !isSo(); i++) {
          world.wait(100);
          world.run();
        }
        assert(isSo(), "it took too long");
      };
      pass(60_000, isWhole);
      const copy = { records: new Map(disk.records), restored: disk.restored };
      world.restart(back);
      pass(60_000, isWhole);
      const known = () => world.machines.get(world.ids[0]!)!.node.register !== null;
      pass(60_000, known);
      world.wait(60_000); // its peers have heard of the newer generation
      world.run();
      const ticket = world.put(back, {
        ...ask("b/k", "x", "w".padStart(16, "0") as WriteId),
        w: 3,
      });
      world.run();
      wasPut(world.replies.get(ticket));
      world.crash(back);
      Object.assign(disk, copy);
      world.restart(back);
      world.run();
      assertEquals(isWhole(), true, "it cannot know yet");
      assertEquals(world.onDisk(back, nameOf("b/k")), undefined);
      const count = (mark: string) => world.marks.get(mark) ?? 0;
      const [raised, done] = [count("register.raised"), count("recovery.done")];
      pass(60_000, () => count("register.raised") > raised);
      pass(60_000, isWhole);
      assert(world.onDisk(back, nameOf("b/k")) !== undefined, "it counts, and lacks what it had");
      assert(count("recovery.done") > done, "it has not compared");
    },
  ),
  example("G24", "who is on its way out keeps nothing more for others", () => {
    const world = new World({ nodes: 4, config: { n: 3, gossipMs: 1_000 } });
    const key = nameOf("b/k");
    const owners = viewOf(world, world.ids[0]!).ring.owners(positionOf(key), 3);
    const spare = world.ids.find((node) => !owners.includes(node))!;
    const [coordinator, gone] = owners as [NodeId, NodeId];
    commit(world, spare, [{ kind: "leave", node: spare }]);
    // The coordinator has not heard that it leaves, and takes it for one that may stand in.
    assert(viewOf(world, coordinator).status.get(spare) === "in");
    world.crash(gone);
    const ticket = world.put(coordinator, {
      ...ask("b/k", "x", "w".padStart(16, "0") as WriteId),
      w: 3,
    });
    world.run();
    world.wait(600); // who is silent is stood in for
    world.run();
    world.wait(60_000);
    const reply = world.replies.get(ticket);
    if (reply?.kind !== "failure") throw new Error(`a failure wanted, got ${reply?.kind}`);
    assertEquals(reply.error, "timeout");
    assertEquals(reply.participants.find(({ node }) => node === spare)?.said, "not_serving");
    assertEquals(world.machines.get(spare)!.disk.hints.all, []);
  }),
];

const someStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("weight" as const),
    node: fc.constantFrom("n1", "n2", "n3", "n4").map(nodeId),
    weight: fc.integer({ min: 1, max: 5 }),
  }),
  // With fewer than three members there are fewer than three seats.
  fc.constant({ kind: "leave" as const, node: nodeId("n1") }),
  fc.record({
    kind: fc.constant("zone" as const),
    node: fc.constantFrom("n1", "n2", "n3", "n4").map(nodeId),
    zone: fc.constantFrom("x", "y"),
  }),
);

function commit(world: World, at: NodeId, steps: readonly Step[]): void {
  const ticket = propose(world, at, steps);
  world.run();
  assertEquals(world.replies.get(ticket)?.kind, "committed");
}

function propose(world: World, at: NodeId, steps: readonly Step[]): number {
  const { history } = world.machines.get(at)!.node.roster;
  const { moves } = planChange(history, { author: at, wallMs: 0, steps, draw: drawFrom("") });
  const plannedOn = history.digest;
  return world.ask(at, (ticket) => ({ kind: "commit", ticket, plannedOn, steps, moves }));
}

/** Everybody comes to know. */
function settle(world: World): void {
  for (let i = 0; i < 60; i++) {
    world.wait(1_000);
    world.run();
  }
  const known = world.running.map((id) => world.machines.get(id)!.node.roster.history.digest);
  assertEquals(new Set(known).size, 1, "gossip has not reached everybody");
}

function viewOf(world: World, at: NodeId) {
  return fold(world.machines.get(at)!.node.roster.history);
}

/** The ring that its history wishes for. */
function wished(world: World): string {
  const { ring } = viewOf(world, world.running[0]!);
  return ring.ends.map((end) => ring.owners(end, 3).join()).join(";");
}

function get(world: World, at: NodeId, path: string) {
  const ticket = world.get(at, { name: nameOf(path) });
  world.run();
  return world.replies.get(ticket);
}
