/**
 * The laws of registers that travel, and of commits: what a node holds of others, what it does when others hold more of it
 * than it does itself, and which changes it commits.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Boot, type NodeId, nodeId, type Position } from "../../src/id.ts";
import { found } from "../../src/membership/found.ts";
import { planChange } from "../../src/membership/plan.ts";
import { firstRegister, foundingRoles } from "../../src/membership/register.ts";
import { fold, History } from "../../src/membership/history.ts";
import { servingList } from "../../src/membership/serving_list.ts";
import { Registers } from "../../src/membership/registers.ts";
import type { Register, Role } from "../../src/protocol/change.ts";
import { equalEnds } from "../../src/ring/partition.ts";
import { drawFrom } from "../../src/ring/tokens.ts";
import { example, type Law, random } from "../law.ts";
import { GossipNet, joinOf, memberOf, type Site } from "./gossip_net.ts";
import { Sometimes } from "./sometimes.ts";

const MOST_ROUNDS = 400;

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "G22",
    "of each node the greatest (generation, seq, nonce) that ever came is held, and it says who serves",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.array(someRegister, { maxLength: 30 }), fc.subarray(NODES), (all, out) => {
        seen.begin();
        const held = new Registers(GENESIS);
        const came: Register[] = [...NODES.map((node) => held.of(node)!)];
        for (const [i, register] of all.entries()) {
          if (i === 5) held.void(out);
          const isOut = i >= 5 && out.includes(register.node);
          const greatest = newest(came, register.node);
          const isNewer = order(register, greatest) > 0;
          assertEquals(held.take(register), isNewer && !isOut);
          if (!isNewer) seen.saw("old news");
          came.push(register);
        }
        const gone = all.length > 5 ? out : [];
        for (const node of NODES) {
          const wanted = gone.includes(node) ? undefined : newest(came, node);
          if (wanted === undefined) assertEquals(held.of(node), undefined);
          else assertEquals(held.of(node)?.roles, wanted.roles);
        }
        const said = (node: NodeId) => gone.includes(node) ? [] : newest(came, node).roles;
        for (const position of PLACES) {
          const dumb = NODES.flatMap((node) =>
            said(node).filter((role) => role.role === "serving" && role.n === 2)
              .filter(({ rangeStart, rangeEnd }) =>
                placesOf(rangeStart, rangeEnd).includes(position)
              )
              .map(({ seat, seats }) => ({ node, seat, seats }))
          );
          assertEquals(
            held.serversAt(position, 2).map(({ node, role: { seat } }) => `${seat} ${node}`),
            dumb.map(({ node, seat }) => `${seat} ${node}`).sort(),
          );
          assertEquals(
            held.seatsAt(position, 2),
            Math.max(0, ...dumb.map(({ seats }) => seats)),
          );
        }
        for (const start of PLACES) {
          for (const end of PLACES) {
            const dumb = placesOf(start, end).flatMap((place) => held.serversAt(place, 2));
            const nodes = new Set(dumb.map(({ node }) => node));
            assertEquals(held.serversWithin(start, end, 2).toSorted(), [...nodes].sort());
          }
        }
        return true;
      });
      seen.demand(300, { "old news": 300 });
    },
  ),
  example("G11", "a node whose disk has gone back in time speaks above what its peers hold", () => {
    for (const disk of [{ history: [], register: null, props: [] }, "old"] as const) {
      const net = new GossipNet({ founders: ["a", "b", "c"] });
      net.until(() => net.alike(), MOST_ROUNDS);
      const copy = net.at("a").disk;
      for (let i = 0; i < 3; i++) net.start("a");
      net.until(() => net.alike(), MOST_ROUNDS);
      const before = net.at("b").membership.registers.of(nodeId("a"))!;
      assertEquals(before.generation, 4);
      net.start("a", { disk: disk === "old" ? copy : disk, address: "elsewhere:9" });
      net.until(() => net.alike(), MOST_ROUNDS);
      const a = net.at("a");
      assertEquals(a.halted, null);
      assertEquals([a.membership.register!.generation, a.membership.register!.seq], [5, 1]);
      assertEquals(a.disk.register, a.membership.register);
      for (const { membership, reached } of [net.at("b"), net.at("c")]) {
        assertEquals(membership.registers.of(nodeId("a")), a.membership.register);
        assertEquals(reached.get(nodeId("a")), "elsewhere:9");
      }
    }
  }),
  example(
    "G11",
    "a generation that the disk does not take is raised later, and is not said before",
    () => {
      const net = new GossipNet({ founders: ["a", "b"] });
      const { disk } = net.at("a");
      net.start("a");
      net.start("a");
      net.until(() => net.alike(), MOST_ROUNDS);
      const a = net.start("a", { disk });
      a.slow = true;
      for (let i = 0; i < 5; i++) {
        net.rounds(5);
        assertEquals(a.membership.register!.generation, 2);
        net.end(a, "failed");
      }
      net.rounds(5);
      net.end(a, "durable");
      assertEquals(a.membership.register!.generation, 4);
    },
  ),
  random(
    "G32",
    "of two processes of one node one ends and the other goes on, whoever hears first",
    (run) => {
      run.forAll(fc.array(fc.constantFrom("a", "twin"), { maxLength: 12 }), (turns) => {
        const net = new GossipNet({ founders: ["a", "b", "c"] });
        net.until(() => net.alike(), MOST_ROUNDS);
        const a = net.start("a");
        const twin = net.start("a", { disk: net.at("a").disk, as: "twin" });
        // The way back is to both: each message that is for a comes to whoever has its address, or to both of them.
        for (const turn of turns) {
          net.do(turn === "a" ? a : twin, (out) => {
            (turn === "a" ? a : twin).gossip.onTimer(out);
          });
        }
        net.until(() => a.halted !== null || twin.halted !== null, MOST_ROUNDS);
        net.rounds(100);
        const ended = [a, twin].filter(({ halted }) => halted !== null);
        assertEquals(ended.length, 1, "both have ended");
        assert(ended[0]!.halted!.includes("another process runs under this id"));
        return true;
      });
    },
    { runs: 60 },
  ),
  example(
    "G5",
    "who is out takes no requests when it starts again on its data directory; it ends when others know, and says why",
    () => {
      const net = new GossipNet({ founders: ["a", "b", "c"] });
      net.until(() => net.alike(), MOST_ROUNDS);
      net.commit("a", [{ kind: "remove", node: nodeId("c"), acceptLoss: false }]);
      net.until(() => net.at("c").membership.status === "out", MOST_ROUNDS);
      assertEquals(net.at("c").membership.refusal?.error, "not_ready");
      const again = net.start("c", { seeds: ["a"] });
      assertEquals([again.halted, again.membership.refusal?.error], [null, "not_ready"]);
      net.until(() => again.halted !== null, MOST_ROUNDS);
      assertEquals(
        again.halted,
        "c has left the cluster for good, and holds nothing any more that others could need; " +
          "another name, and an empty data directory, may join",
      );
      assertEquals(again.disk.history.length, 2, "its directory is as it was");
      // One that has not heard it starts, and takes no requests as soon as it has.
      const late = net.start("c", { disk: { history: [], register: null, props: [] } });
      assertEquals(late.halted, null);
      net.until(() => late.membership.status === "out", MOST_ROUNDS);
      assertEquals(late.membership.refusal?.error, "not_ready");
    },
  ),
  random(
    "G8 G24",
    "a seat that was passed on, and that nobody is known to serve yet, is asked for of whom it was passed to",
    (run) => {
      const [end] = GENESIS.moves.map(({ position }) => position);
      const { ring } = fold(History.of(GENESIS));
      const founding = foundingRoles(GENESIS);
      const givers = NODES.filter((node) =>
        founding.get(node)!.some((role) => role.rangeEnd === end)
      );
      const other = NODES.find((node) => !givers.includes(node))!;
      run.forAll(
        fc.constantFrom(...givers),
        fc.boolean(),
        fc.boolean(),
        (giver, isHeard, isBack) => {
          const held = new Registers(GENESIS);
          const say = (
            node: NodeId,
            role: Role["role"],
            seat: number,
            peers: NodeId[],
            seq: number,
          ) => {
            const [one] = founding.get(giver)!.filter(({ rangeEnd }) => rangeEnd === end);
            const rest = (held.of(node)?.roles ?? []).filter(({ rangeEnd }) => rangeEnd !== end);
            const roles = [...rest, { ...one!, role, seat, peers, recovering: false }]
              .sort((a, b) => a.rangeEnd < b.rangeEnd ? -1 : 1);
            held.take({ ...held.of(node)!, generation: 1, seq, roles });
          };
          const { seat } = founding.get(giver)!.find(({ rangeEnd }) => rangeEnd === end)!;
          say(giver, "released", seat, [other], 1);
          if (isHeard) say(other, "serving", seat, [], 1);
          if (isHeard && isBack) {
            say(other, "released", seat, [giver], 2);
          }
          const list = servingList({ ring, registers: held }, end!, 2);
          const seated = list.filter(({ role }) => role === "primary").map(({ node, seat }) =>
            `${seat} ${node}`
          );
          const kept = givers.find((node) => node !== giver)!;
          const keptSeat = founding.get(kept)!.find(({ rangeEnd }) => rangeEnd === end)!.seat;
          // Passed there and back, nobody is known to have it: whoever was given it last cannot be told.
          const wanted = isHeard && isBack ? [] : [`${seat} ${other}`];
          assertEquals(seated.sort(), [`${keptSeat} ${kept}`, ...wanted].sort());
          assertEquals(new Set(list.map(({ node }) => node)).size, NODES.length);
          return true;
        },
      );
    },
  ),
  example(
    "G18",
    "what is committed is exactly what was planned; a plan that is stale changes nothing",
    () => {
      const net = new GossipNet({ founders: ["a", "b"], partitions: 12 });
      net.until(() => net.alike(), MOST_ROUNDS);
      const a = net.at("a");
      const steps = [joinOf("c")];
      const plan = planChange(a.membership.book, {
        author: a.id,
        wallMs: 0,
        steps,
        draw: drawFrom(""),
      });
      const plannedOn = a.membership.history;
      const told = commit(net, a, { plannedOn, steps, moves: plan.moves });
      assertEquals(told.kind, "committed");
      const recorded = [...a.membership.book.changes.values()].at(-1)!;
      assertEquals(recorded.moves, plan.moves);
      assertEquals(a.membership.ring.active.map(({ node }) => node), ["a", "b", "c"]);

      // The same plan again, at another node that has not heard, and at one that has.
      const b = net.at("b");
      for (const site of [a, b]) {
        const moves = [{ position: plan.moves[0]!.position, node: nodeId("b") }];
        net.until(() => net.alike(), MOST_ROUNDS);
        const before = site.knows;
        const again = commit(net, site, { plannedOn, steps: [joinOf("d")], moves });
        assertEquals(again.kind === "failure" && [again.error, again.definite], [
          "stale_plan",
          true,
        ]);
        assertEquals(site.knows, before);
        assertEquals([...site.membership.members], ["a", "b", "c"]);
      }
      // While a change is on its way to the disk there is nothing that a plan could stand on.
      a.slow = true;
      const now = a.membership.history;
      commit(net, a, { plannedOn: now, steps: [joinOf("d")], moves: [] });
      const second = commit(net, a, { plannedOn: now, steps: [joinOf("e")], moves: [] });
      assertEquals(second.kind === "failure" && second.error, "stale_plan");
      net.end(a, "failed");
      const failed = a.replies.at(-1)!;
      assertEquals(failed.kind === "failure" && [failed.error, failed.definite], [
        "store_failed",
        false,
      ]);
      assertEquals(a.membership.history, now);
      const senseless = commit(net, a, {
        plannedOn: now,
        steps: [{ kind: "weight", node: nodeId("a"), weight: 0 }],
        moves: [],
      });
      assertEquals(senseless.kind === "failure" && senseless.error, "bad_request");
    },
  ),
];

const NODES: NodeId[] = ["a", "b", "c"].map(nodeId);
const GENESIS = found({ members: NODES.map(memberOf), partitions: 6, replicas: 2 });

/** Where ranges may begin and end. Not everybody cuts the ring at all of them. */
const PLACES = equalEnds(6);

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

const someRole: fc.Arbitrary<Omit<Role, "rangeStart" | "rangeEnd">> = fc.record({
  n: fc.constantFrom(2, 3),
  role: fc.constantFrom("receiving", "serving", "serving", "released"),
  seat: fc.nat(2),
  seats: fc.integer({ min: 1, max: 3 }),
  tenure: fc.constant(1),
  recovering: fc.boolean(),
  peers: fc.constant([]),
});

/** The ring, cut at some places, and of some ranges a role. */
const someRoles: fc.Arbitrary<Role[]> = fc.record({
  ends: fc.subarray(PLACES, { minLength: 1 }),
  roles: fc.array(fc.option(someRole, { nil: null }), {
    minLength: PLACES.length,
    maxLength: PLACES.length,
  }),
}).map(({ ends, roles }) =>
  ends.flatMap((rangeEnd, i) => {
    const rangeStart = ends[(i + ends.length - 1) % ends.length]!;
    const role = roles[i] ?? null;
    return role === null ? [] : [{ rangeStart, rangeEnd, ...role }];
  })
);

const someRegister: fc.Arbitrary<Register> = fc.record({
  node: fc.constantFrom(...NODES),
  generation: fc.integer({ min: 1, max: 3 }),
  seq: fc.integer({ min: 1, max: 3 }),
  nonce: fc.constantFrom("x".repeat(8) as Boot, "y".repeat(8) as Boot),
  roles: someRoles,
}).map(({ node, generation, seq, nonce, roles }) => ({
  ...firstRegister(node, {
    ...{ genesis: GENESIS, nonce, addresses: [], history: GENESIS.id, wallMs: 1 },
  }),
  generation,
  seq,
  roles,
}));

function order(a: Register, b: Register): number {
  return a.generation - b.generation || a.seq - b.seq ||
    (a.nonce < b.nonce ? -1 : +(a.nonce > b.nonce));
}

function newest(came: readonly Register[], node: NodeId): Register {
  return came.filter((register) => register.node === node)
    .reduce((best, register) => order(register, best) > 0 ? register : best);
}

function commit(net: GossipNet, site: Site, what: Parameters<Site["membership"]["commit"]>[1]) {
  net.do(site, (out) => site.membership.commit(1, what, out));
  return site.replies.at(-1)!;
}
