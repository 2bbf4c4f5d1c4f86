/**
 * The laws of ranges that split: under strategy 1 a join cuts some, while requests and comparisons go on, and not everybody
 * hears of it at once.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { lastLeafKey } from "../../src/anti_entropy/merkle_tree_key.ts";
import { Recovery } from "../../src/anti_entropy/recovery.ts";
import { LEAF_VERSION } from "../../src/version/digest.ts";
import { type Digest, type NodeId, nodeId, type Position, type WriteId } from "../../src/id.ts";
import { fold } from "../../src/membership/history.ts";
import { planChange } from "../../src/membership/plan.ts";
import { cutRoles, roleAt } from "../../src/membership/register.ts";
import type { Role, Step } from "../../src/protocol/change.ts";
import { Outbox } from "../../src/protocol/outbox.ts";
import { positionOf } from "../../src/ring/hash.ts";
import { equalEnds, startOf } from "../../src/ring/partition.ts";
import { drawFrom } from "../../src/ring/tokens.ts";
import { ask, nameOf, texts } from "../asks.ts";
import { example, type Law, random } from "../law.ts";
import { World } from "../world.ts";
import { arrive, cutOf, wasGot, wasPut } from "./driving.ts";
import { GossipNet, joinOf } from "./gossip_net.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "G20 R25",
    "a role counts at every position of its range, and cut into parts it says the same of each",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someRoles, fc.subarray(PLACES, { minLength: 1 }), (roles, ends) => {
        seen.begin();
        const cut = cutRoles(roles, ends);
        if (cut.length > roles.length) seen.saw("a role was cut");
        for (const place of PLACES) {
          for (const n of [1, 2, 3]) {
            const [before, after] = [roles, cut].map((roles) => roleAt({ roles }, place, n));
            const dumb = roles.find((role) =>
              role.n === n && placesOf(role.rangeStart, role.rangeEnd).includes(place)
            );
            assertEquals(before, dumb ?? null);
            assertEquals(said(after), said(before));
          }
        }
        for (const { rangeStart, rangeEnd } of cut) {
          const inside = placesOf(rangeStart, rangeEnd).filter((place) => ends.includes(place));
          assert(inside.every((place) => place === rangeEnd), "an end is inside a range");
        }
        assertEquals(cutRoles(cut, ends), cut);
        return true;
      });
      seen.demand(300, { "a role was cut": 200 });
    },
  ),
  random(
    "G8 G13 Q15 M5",
    "nodes join under strategy 1, requests go on, and trees are those of the ranges that there are",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.array(someGrowth, { minLength: 1, maxLength: 3 }), fc.nat(2), (growth, at) => {
        seen.begin();
        const world = worldOfTokens({ n: 2 });
        const acknowledged = new Map<string, string>();
        const write = (many: number) => {
          for (let i = 0; i < many; i++) {
            const path = `b/k${acknowledged.size % 40}`;
            const node = world.ids[(i + at) % 3]!;
            acknowledged.delete(path);
            acknowledged.set(path, put(world, node, path, 2));
          }
        };
        write(20);
        for (const step of growth) {
          if (step.kind === "join" && !world.machines.has(step.node)) world.begin(step.node);
          settle(world);
          if (viewOf(world, world.ids[at]!).status.has(step.node) === (step.kind === "join")) {
            continue;
          }
          const before = viewOf(world, world.ids[at]!).ring.ends.length;
          commit(world, world.ids[at]!, step);
          if (viewOf(world, world.ids[at]!).ring.ends.length > before) seen.saw("ranges were cut");
          write(6); // the others have not heard
          settle(world);
          write(6);
        }
        for (const node of world.machines.keys()) {
          for (const [path, text] of acknowledged) {
            assertEquals(texts(wasGot(get(world, node, path))), [text]);
          }
          assertTrees(world, node);
        }
        return true;
      });
      seen.demand(25, { "ranges were cut": 25 });
    },
    { runs: 25 },
  ),
  random(
    "G20 M10 S14",
    "ranges are cut while a wiped node compares: it says that it is whole only where it has everything",
    (run) => {
      const seen = new Sometimes();
      const moments = Array.from({ length: 130 }, (_, i) => i);
      run.forAll(fc.constantFrom(...moments), fc.constantFrom(0, 0, 1, 2, 2), (cutAt, cutter) => {
        seen.begin();
        const world = worldOfTokens({ n: 2 });
        const paths = Array.from({ length: 60 }, (_, i) => `b/k${i}`);
        for (const path of paths) put(world, world.ids[0]!, path, 2);
        const wiped = world.ids[1]!;
        world.crash(wiped);
        const { disk } = world.machines.get(wiped)!;
        disk.records.clear();
        disk.restored = { history: [], register: null, props: [] };
        world.restart(wiped);
        const { node } = world.machines.get(wiped)!;
        let happened = 0;
        let register = node.register;
        const isDone = () =>
          node.ready &&
          node.register!.roles.every(({ role, recovering }) => role !== "serving" || !recovering);
        for (let i = 0; i < 600 && !(isDone() && happened > cutAt); i++) {
          world.wait(100);
          while (world.pending.length > 0) {
            if (happened++ === cutAt) {
              const is = commitNow(world, world.ids[cutter]!, heavier(world.ids[cutter]!));
              if (is && !isDone()) seen.saw("cut on the way");
            }
            world.happen();
            if (node.register === register) continue;
            register = node.register;
            for (const path of paths) {
              const name = nameOf(path);
              const role = roleAt(register!, positionOf(name), 2);
              const isWhole = role?.role === "serving" && !role.recovering;
              const isThere = world.onDisk(wiped, name) !== undefined;
              assert(!isWhole || isThere, `it says that it is whole, and lacks ${path}`);
            }
          }
        }
        if (world.marks.has("exchange.overtaken")) seen.saw("cut between two answers");
        assert(isDone(), "it never comes to an end");
        settle(world);
        for (const id of world.ids) assertTrees(world, id);
        return true;
      });
      seen.demand(150, { "cut on the way": 50, "cut between two answers": 1 });
    },
    { runs: 150 },
  ),
  example(
    "G20",
    "what waits to be said of a range that is cut meanwhile is said of all its parts",
    () => {
      const placement = { strategy: 1, tokens: 2 } as const;
      const net = new GossipNet({ founders: ["a", "b"], placement });
      net.until(() => net.alike(), 400);
      const a = net.at("a");
      const { membership } = a;
      const { ends } = membership.ring;
      const ranges = ends.map((end) => ({ end, n: 2 }));
      net.do(a, (out) => void membership.say(ranges, true, out));
      assertEquals(membership.recovering.length, ends.length);
      a.slow = true;
      for (const some of [ranges.slice(0, 1), ranges]) {
        net.do(a, (out) => void membership.say(some, false, out));
      }
      const steps = [joinOf("c"), heavier(a.id)];
      const draw = drawFrom("c");
      const { moves } = planChange(membership.book, { author: a.id, wallMs: 0, steps, draw });
      const plannedOn = membership.history;
      net.do(a, (out) => membership.commit(1, { plannedOn, steps, moves }, out));
      a.storing.reverse(); // the history is durable first
      net.end(a, "durable");
      assert(membership.ring.ends.length > ends.length, "nothing was cut");
      while (a.storing.length > 0) net.end(a, "durable");
      assertEquals(membership.recovering, []);
    },
  ),
  example(
    "M10",
    "a loss that a range is to make known is made known of all its parts, if it is cut first",
    () => {
      const [middle, end] = equalEnds(2) as [Position, Position];
      const said: string[] = [];
      const [a, b] = [nodeId("a"), nodeId("b")];
      const recovery = new Recovery({
        node: a,
        members: () => [a, b],
        maxRequestMs: 1_000,
        next: () => 1,
        ranges: () => [],
        owners: () => [a, b],
        isDown: () => false,
        leastW: () => 2,
        say: (ranges) => {
          for (const { end } of ranges) said.push(end);
          return said.length > 1; // the disk does not take the first
        },
      });
      const out = () => new Outbox(a, { monoMs: 0, wallMs: 0 });
      assertEquals(recovery.onDamaged(nameOf("b/k"), { end, n: 2 }, out()), false);
      recovery.onCut(({ n }) => [middle, end].map((end) => ({ end, n })));
      recovery.onTimer(out());
      assertEquals(said, [end, middle, end]);
    },
  ),
  example(
    "M12",
    "who cuts the ring otherwise is not compared with, until both cut it alike",
    () => {
      const world = worldOfTokens({ n: 3 });
      const [a, b] = world.ids as [NodeId, NodeId];
      put(world, a, "b/k", 3);
      commitNow(world, a, heavier(a));
      world.run();
      const tell = (cut: Digest) => {
        const before = world.sent.length;
        const message = {
          kind: "roots",
          request: 1,
          leaves: LEAF_VERSION,
          cut,
          roots: [],
        } as const;
        arrive(world, { from: b, to: a, message });
        return world.sent.slice(before).map(({ message: { kind } }) => kind);
      };
      assertEquals(tell(cutOf(world)), []);
      assertEquals(world.marks.get("exchange.other_ends"), 1);
      assertEquals(tell(viewOf(world, a).ring.cut), ["roots_reply"]);
      settle(world);
      const cuts = world.ids.map((id) => viewOf(world, id).ring.cut);
      assertEquals(new Set(cuts).size, 1);
    },
  ),
];

/** Where ranges may begin and end. */
const PLACES = equalEnds(7);

/** The places in (start, end], by walking. */
function placesOf(start: Position, end: Position): Position[] {
  const places: Position[] = [];
  let at = PLACES.indexOf(start);
  do {
    at = (at + 1) % PLACES.length;
    places.push(PLACES[at]!);
  } while (PLACES[at] !== end);
  return places;
}

const someRole = fc.record({
  role: fc.constantFrom("receiving" as const, "serving" as const),
  seat: fc.nat(2),
  seats: fc.constant(3),
  tenure: fc.integer({ min: 1, max: 3 }),
  recovering: fc.boolean(),
  peers: fc.constant([]),
});

/** For two n the ring, cut at some places, and of some ranges a role. */
const someRoles: fc.Arbitrary<Role[]> = fc.tuple(
  ...[1, 2].map((n) =>
    fc.record({
      ends: fc.subarray(PLACES, { minLength: 1 }),
      roles: fc.array(fc.option(someRole, { nil: null }), { minLength: 7, maxLength: 7 }),
    }).map(({ ends, roles }) =>
      ends.flatMap((rangeEnd, i): Role[] => {
        const role = roles[i] ?? null;
        return role === null ? [] : [{ rangeStart: startOf(ends, rangeEnd), rangeEnd, n, ...role }];
      })
    )
  ),
).map((lists) =>
  lists.flat().sort((a, b) =>
    a.rangeEnd < b.rangeEnd ? -1 : +(a.rangeEnd > b.rangeEnd) || a.n - b.n
  )
);

/** What a role says, but of which range. */
function said(role: Role | null | undefined) {
  return role && { ...role, rangeStart: null, rangeEnd: null };
}

const someGrowth: fc.Arbitrary<Extract<Step, { kind: "join" | "weight" }>> = fc.oneof(
  fc.constantFrom("n4", "n5").map((id) => ({
    kind: "join" as const,
    node: nodeId(id),
    zone: "",
    weight: 1,
  })),
  fc.record({
    kind: fc.constant("weight" as const),
    node: fc.constantFrom("n1", "n2", "n3").map(nodeId),
    weight: fc.integer({ min: 1, max: 3 }),
  }),
);

function heavier(node: NodeId): Step {
  return { kind: "weight", node, weight: 3 };
}

/** Three nodes under strategy 1, with two tokens each: six ranges. */
function worldOfTokens({ n }: { readonly n: number }): World {
  const world = new World({
    nodes: 3,
    config: { n, gossipMs: 1_000, exchangeMs: 3_000 },
    placement: { strategy: 1, tokens: 2 },
  });
  settle(world);
  return world;
}

let writes = 0;

/** A put that has seen what is there. Returns what it has put. */
function put(world: World, node: NodeId, path: string, w: number): string {
  const text = `v${++writes}`;
  const { clock } = wasGot(get(world, node, path)).container;
  const seen = { clock, stamp: 0 };
  const ticket = world.put(node, {
    ...ask(path, text, text.padStart(16, "0") as WriteId),
    w,
    seen,
  });
  world.run();
  wasPut(world.replies.get(ticket));
  return text;
}

function get(world: World, at: NodeId, path: string) {
  const ticket = world.get(at, { name: nameOf(path) });
  world.run();
  return world.replies.get(ticket);
}

function commit(world: World, at: NodeId, step: Step): void {
  assert(commitNow(world, at, step), "nothing can be committed");
  world.run();
}

/** A change is on its way to the disk; false if the node takes none now. */
function commitNow(world: World, at: NodeId, step: Step): boolean {
  const { node } = world.machines.get(at)!;
  if (!node.ready) return false;
  const { history } = node.roster;
  const steps = [step];
  const draw = drawFrom(history.digest);
  const { moves } = planChange(history, { author: at, wallMs: 0, steps, draw });
  const plannedOn = history.digest;
  world.ask(at, (ticket) => ({ kind: "commit", ticket, plannedOn, steps, moves }));
  return true;
}

/** Everybody comes to know everything. */
function settle(world: World): void {
  for (let i = 0; i < 40; i++) {
    world.wait(1_000);
    world.run();
  }
}

function viewOf(world: World, at: NodeId) {
  return fold(world.machines.get(at)!.node.roster.history);
}

/** The trees of a node are of the ring's ranges, and each has what is on the disk and in its range. */
function assertTrees(world: World, id: NodeId): void {
  const { node, disk } = world.machines.get(id)!;
  const { ring } = viewOf(world, id);
  const keys = new Set<string>();
  for (const { end, tree } of node.trees!.plots) {
    assert(ring.ends.includes(end), "a tree of no range");
    const [after, last] = [ring.rangeStart(end), end].map(lastLeafKey);
    for (const { key } of tree.leaves()) {
      const isIn = after! < last! ? after! < key && key <= last! : after! < key || key <= last!;
      assert(isIn, "a key stands in the tree of another range");
      assert(!keys.has(key), "a key stands in two trees");
      keys.add(key);
    }
  }
  assertEquals(keys.size, disk.records.size);
}
