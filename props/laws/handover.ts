/**
 * The laws of data that moves: whoever crashes, whatever is lost, and whenever, who serves has what was acknowledged.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Departures } from "../../src/handover/departures.ts";
import type { Stage } from "../../src/handover/stage.ts";
import { wishOf } from "../../src/handover/wish.ts";
import { type Digest, type NodeId, nodeId, type Position } from "../../src/id.ts";
import type { Role, Step } from "../../src/protocol/change.ts";
import { Outbox } from "../../src/protocol/outbox.ts";
import { example, exhaustive, type Law, random } from "../law.ts";
import { GossipNet, type Site } from "./gossip_net.ts";
import { MovingWorld } from "./moving_world.ts";
import { Sometimes } from "./sometimes.ts";

const [N1, N3, N4] = [nodeId("n1"), nodeId("n3"), nodeId("n4")];
const JOIN = { kind: "join", node: N4, zone: "", weight: 1 } as const;
/** Changes by which seats pass on: of two seats each range has an owner more than it has seats, or loses one. */
const PASSES: readonly (readonly Step[])[] = [
  [JOIN],
  [{ kind: "leave", node: N3 }],
  [JOIN, { kind: "leave", node: N3 }],
  [JOIN, { kind: "leave", node: N1 }],
];

/** What may be filled: seats of a dead node, or new ones. */
const FILLS: readonly {
  readonly nodes: number;
  readonly joins: readonly string[];
  readonly dies: boolean;
  readonly later: readonly Step[];
}[] = [
  { nodes: 4, joins: [], dies: true, later: [] },
  { nodes: 4, joins: ["n5"], dies: true, later: [{ kind: "weight", node: N1, weight: 3 }] },
  { nodes: 5, joins: [], dies: true, later: [{ kind: "weight", node: N1, weight: 3 }] },
  { nodes: 1, joins: ["n2", "n3"], dies: false, later: [] },
  // Each may choose the second seat, for it has not heard of the other.
  { nodes: 1, joins: ["n3"], dies: false, later: [{ ...JOIN, node: nodeId("n2") }] },
  { nodes: 2, joins: ["n3"], dies: false, later: [] },
];
const LEAVE = { kind: "leave", node: N3 } as const;
const STAY = { kind: "stay", node: N3 } as const;
/** Fewer nodes than seats, for a while or for good. */
const SPARES: readonly (readonly Step[])[] = [[LEAVE], [LEAVE, STAY], [LEAVE, JOIN]];
/** Of two nodes each leaves, and has not heard that the other does. */
const BOTH = [nodeId("n1"), nodeId("n2")] as const;

const HISTORY = "a history" as Digest;
const RANGE = { end: "e".repeat(16) as Position, n: 1 };
/** `n1` serves the only range, which is to be `n3`'s. */
const GIVER: Stage = {
  node: N1,
  isReady: true,
  isConfirmed: true,
  history: HISTORY,
  members: new Set([N1, N3]),
  ranges: [RANGE],
  owners: () => [N3],
  holders: () => [],
  own: (): Role => ({
    ...{ rangeStart: RANGE.end, rangeEnd: RANGE.end, n: 1, role: "serving", seat: 0, seats: 1 },
    ...{ tenure: 1, recovering: false, peers: [] },
  }),
  roles: [],
  isTurning: () => false,
  turn: () => {},
  isWhole: true,
  isOut: false,
  acceptsLoss: false,
  isDown: () => false,
};

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "G21 G20 G25 G9 G10",
    "while seats pass on, whoever dies at whatever step, who serves one has all that was acknowledged for it",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.integer(), fc.constantFrom(...PASSES), (seed, steps) => {
        seen.begin();
        const moving = new MovingWorld({ seed, nodes: 3 });
        if (steps.includes(JOIN)) moving.begin("n4");
        moving.commit(steps);
        for (let i = 0; i < 6; i++) moving.mix(150);
        moving.settle();
        moving.end();
        const count = (mark: string) => moving.world.marks.get(mark) ?? 0;
        if (count("handover.given") > 0) seen.saw("a seat was given");
        if (moving.acknowledged > 12) seen.saw("puts were acknowledged");
        return true;
      });
      seen.demand(60, { "a seat was given": 50, "puts were acknowledged": 40 });
    },
    { runs: 60 },
  ),
  random(
    "G26 G23 G20",
    "a seat that is new, or was a dead node's, is filled from all who serve: R of W + R > N find what was acknowledged",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.integer(), fc.constantFrom(...FILLS), (seed, { nodes, joins, dies, later }) => {
        seen.begin();
        const config = { n: 3, exchangeMs: 40_000 };
        const moving = new MovingWorld({ seed, nodes, config, fills: true, losses: 0.05 });
        for (const id of joins) moving.begin(id);
        for (const step of later) if (step.kind === "join") moving.begin(step.node);
        if (nodes > 1) moving.mix(60, { writes: 0.3 });
        if (dies) moving.world.crash(N4);
        const out = dies ? [N4] : [];
        const removal = { kind: "remove", node: N4, acceptLoss: false } as const;
        const steps = joins.map((id) => ({ ...JOIN, node: nodeId(id) }));
        moving.commit(dies ? [removal] : steps);
        moving.mix(moving.chance.between(0, 200), { except: out });
        if (dies && steps.length > 0) moving.commit(steps);
        for (const step of later) {
          moving.mix(moving.chance.between(0, 200), { except: out });
          moving.commit([step]);
        }
        for (let i = 0; i < 4; i++) moving.mix(150, { except: out });
        moving.settle();
        moving.end();
        const count = (mark: string) => moving.world.marks.get(mark) ?? 0;
        if (count("handover.arrived") > 0) seen.saw("a seat was filled");
        if (count("handover.stepped_back") > 0) seen.saw("one of two stepped back");
        return true;
      });
      seen.demand(60, { "a seat was filled": 50 });
    },
    { runs: 60 },
  ),
  random(
    "G36 G25 G23 G10",
    "a member leaves that nobody replaces, and may stay after all: whoever dies, R of W + R > k find what was acknowledged",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.integer(), fc.constantFrom(...SPARES), (seed, steps) => {
        seen.begin();
        const config = { n: 3, exchangeMs: 40_000 };
        const moving = new MovingWorld({ seed, nodes: 3, config, fills: true, losses: 0.05 });
        if (steps.includes(JOIN)) moving.begin("n4");
        moving.mix(60, { writes: 0.3 });
        for (const step of steps) {
          moving.commit([step]);
          moving.mix(moving.chance.between(0, 300));
        }
        for (let i = 0; i < 4; i++) moving.mix(150);
        moving.settle();
        moving.end();
        for (const mark of ["spared", "narrowed", "arrived"]) {
          if ((moving.world.marks.get(`handover.${mark}`) ?? 0) > 0) seen.saw(mark);
        }
        return true;
      });
      seen.demand(60, { spared: 15, narrowed: 10 });
    },
    { runs: 60 },
  ),
  random(
    "G20",
    "who starts on an old copy of its disk gives nothing before it was told what it has forgotten",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.integer({ min: 2, max: 30 }), fc.nat(), (size, chosen) => {
        seen.begin();
        const ids = Array.from({ length: size }, (_, i) => `n${String(i).padStart(2, "0")}`);
        let alone = "";
        let [said, site] = [Infinity, null as Site | null];
        const isConfirmed = () => {
          if (site?.gossip.isConfirmed !== true) return false;
          const isTold = site.membership.register!.generation > said;
          assert(isTold, "it has not been told, and would give");
          return true;
        };
        const reaches = (from: NodeId, to: NodeId) => {
          isConfirmed();
          return from !== alone && to !== alone;
        };
        const net = new GossipNet({ founders: ids, reaches });
        const id = ids[chosen % size]!;
        const old = net.at(id).disk;
        // What it says next is forgotten with the copy.
        net.stop(id);
        net.start(id);
        net.until(() => net.alike(), 200);
        said = net.at(id).membership.register!.generation;
        net.stop(id);
        alone = id;
        site = net.start(id, { disk: old });
        net.rounds(chosen % 5);
        assert(!isConfirmed(), "it has heard nobody, and would give");
        if (chosen % 5 > 0) seen.saw("alone at first");
        alone = "";
        net.until(isConfirmed, 200);
        return true;
      });
      seen.demand(60, { "alone at first": 20 });
    },
    { runs: 60 },
  ),
  example(
    "G20 G21",
    "who has not been confirmed, or has lost something, gives no seat: it is asked again",
    () => {
      for (const [isWhole, isConfirmed] of [[true, true], [true, false], [false, true]] as const) {
        let [number, turns] = [0, 0];
        const departures = new Departures({
          stage: { ...GIVER, isWhole, isConfirmed, turn: () => turns++ },
          slices: { ask: () => {}, end: () => {} },
          next: () => ++number,
        });
        const step = (what: (out: Outbox) => void) => {
          const out = new Outbox(N1, { wallMs: 0, monoMs: 0 });
          what(out);
          return out.effects;
        };
        const wish = { ...RANGE, seat: 0, passes: true, seats: 1, history: HISTORY } as const;
        step((out) => departures.onTake(N3, { kind: "take", request: 1, ...wish }, out));
        const promote = { kind: "promote", request: 2, mark: 1 } as const;
        const effects = step((out) => departures.onPromote(N3, promote, out));
        // In no case is anything durable yet.
        assertEquals(effects.map((it) => it.kind === "send" && it.message.kind), ["promote_reply"]);
        assertEquals(turns, isWhole && isConfirmed ? 1 : 0, `${isWhole} ${isConfirmed}`);
      }
    },
  ),
  exhaustive(
    "G26",
    "of two who get the same seat, and know it, the lesser name stays, and the other chooses a free one",
    () => {
      for (const seat of [1, 2]) {
        const role = (role: Role["role"], seat: number) => ({
          ...GIVER.own(RANGE)!,
          ...{ role, seat, seats: 3 },
        });
        const owners = [N1, N3, N4];
        const holders = [
          { node: N1, role: role("serving", 0) },
          { node: N3, role: role("receiving", seat) },
          { node: N4, role: role("receiving", seat) },
        ];
        const seatOf = (node: NodeId) => {
          const wish = wishOf({ node, owners, holders });
          return wish?.kind === "fill" ? wish.seat : null;
        };
        assertEquals([seatOf(N3), seatOf(N4)], [seat, 3 - seat]);
      }
    },
  ),
  random(
    "G36 G10",
    "two nodes that hold one another for the owner, by two histories, do not both give up what they serve",
    (run) => {
      run.forAll(fc.integer(), (seed) => {
        const moving = new MovingWorld({ seed, nodes: 2, crashes: 0 });
        for (const node of BOTH) moving.commit([{ kind: "leave", node }], node);
        for (let i = 0; i < 6; i++) {
          moving.mix(100);
          assert(moving.isServed, "nobody serves any more");
        }
        return true;
      });
    },
    { runs: 20 },
  ),
];
