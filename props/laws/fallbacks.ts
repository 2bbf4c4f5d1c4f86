/**
 * Sloppy quorums at real nodes: who cannot be reached is stood in for, what that promises, and what it does not.
 *
 * Everything happens to one key of three replicas, on five nodes.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { NodeId, WriteId } from "../../src/id.ts";
import { ask, contextOf, texts } from "../asks.ts";
import { example, exhaustive, type Law } from "../law.ts";
import { World } from "../world.ts";
import {
  get,
  holdDown,
  NAME,
  ownersOf,
  PATH,
  recovered,
  refusal,
  runLosing,
  runRefusing,
  sentTo,
  wasGot,
  wasPut,
} from "./driving.ts";

const WRITE = "w".repeat(16) as WriteId;
const IDS = new World({ nodes: 5 }).ids;

/** Q15, Q16, Q20. */
export const laws: readonly Law[] = [
  exhaustive(
    "Q15 H3 H5",
    "a put succeeds exactly if W nodes can be reached, whichever they are; when all are back at least W replicas hold it, and nobody else",
    () => {
      const came = { succeeded: 0, failed: 0 };
      for (const { at, down } of asked(4)) {
        for (
          const [w, known] of [[1, false], [2, false], [2, true], [3, false], [3, true]] as const
        ) {
          const world = new World({ nodes: 5 });
          if (known) holdDown(world, IDS.filter((id) => !down.includes(id)), down);
          const ticket = world.put(at, { ...ask(PATH, "x", WRITE), w });
          runRefusing(world, down);
          const reply = world.replies.get(ticket);
          const up = IDS.length - down.length;
          assertEquals(reply?.kind, up >= w ? "put" : "failure", `${at}, ${down} down, W ${w}`);
          if (up < w) {
            const { error, definite } = refusal(reply);
            assertEquals([error, definite], ["quorum_unmet", false]);
            came.failed++;
            continue;
          }
          came.succeeded++;
          recovered(world);
          const { owners } = ownersOf(world, 3);
          const holders = world.ids.filter((id) => world.onDisk(id, NAME));
          assert(holders.length >= w && holders.every((id) => owners.includes(id)), `${holders}`);
          for (const { disk } of world.machines.values()) assertEquals(disk.hints.all, []);
        }
      }
      assert(Object.values(came).every((times) => times > 10), JSON.stringify(came));
    },
  ),
  exhaustive(
    "Q15 Q14",
    "a put at a replica succeeds exactly if W nodes can be reached, also if the others are only silent",
    () => {
      for (const { at, down } of asked(4)) {
        for (const w of [1, 2, 3]) {
          const world = new World({ nodes: 5 });
          // Who has handed a put over to one that is silent then cannot know what became of it.
          if (!ownersOf(world, 3).owners.includes(at)) continue;
          const ticket = world.put(at, { ...ask(PATH, "x", WRITE), w });
          const { fallbackAfterMs, requestTimeoutMs } = world.config;
          for (let ms = 0; ms <= requestTimeoutMs; ms += fallbackAfterMs) {
            runLosing(world, (_, to) => down.includes(to));
            world.wait(fallbackAfterMs);
          }
          const up = IDS.length - down.length;
          assertEquals(world.replies.get(ticket)?.kind, up >= w ? "put" : "failure");
        }
      }
    },
  ),
  exhaustive(
    "Q16 Q20",
    "a read misses what was acknowledged only while a hint of it is outstanding, whoever is down at the put and at the read",
    () => {
      const came = { shown: 0, missed: 0, refused: 0 };
      for (const { at, down } of asked(2)) {
        for (const isHealed of [false, true]) {
          for (const { at: reader, down: downLater } of asked(2)) {
            const world = new World({ nodes: 5 });
            const ticket = world.put(at, ask(PATH, "x", WRITE));
            runRefusing(world, down);
            assertEquals(world.replies.get(ticket)?.kind, "put");
            if (isHealed) recovered(world);
            const read = world.get(reader, { name: NAME });
            runRefusing(world, downLater);
            const reply = world.replies.get(read);
            const isKept = world.ids.some((id) =>
              world.machines.get(id)!.disk.hints.all.length > 0
            );
            if (reply?.kind !== "get") {
              assertEquals(refusal(reply).error, "quorum_unmet");
              came.refused++;
            } else if (texts(reply).length > 0) came.shown++;
            else {
              assert(isKept, `at ${at}, ${down} down; then at ${reader}, ${downLater} down`);
              came.missed++;
            }
          }
        }
      }
      assert(Object.values(came).every((times) => times > 10), JSON.stringify(came));
    },
  ),
  example(
    "Q20",
    "a fallback that has nothing says nothing: what only nodes out of reach hold is no 404; what a fallback keeps counts",
    () => {
      const world = new World({ nodes: 5 });
      const { owners: [x, y, z], others: [reader] } = ownersOf(world, 3) as Named;
      const ticket = world.put(x, ask(PATH, "x", WRITE));
      runLosing(world, (_, to) => to === z);
      wasPut(world.replies.get(ticket));
      const blind = world.get(reader, { name: NAME });
      runRefusing(world, [x, y]);
      const { error, want, got, participants } = refusal(world.replies.get(blind));
      assertEquals([error, want?.r, got?.r], ["quorum_unmet", 2, 1]);
      assertEquals(participants.map(({ role, said }) => `${role} ${said}`), [
        ...["primary unreachable", "primary unreachable", "primary absent"],
        ...["fallback absent", "fallback absent"],
      ]);
      // Now something is kept for one of them.
      const kept = world.put(z, ask(PATH, "y", "y".repeat(16) as WriteId));
      runRefusing(world, [x, y]);
      wasPut(world.replies.get(kept));
      const read = world.get(reader, { name: NAME });
      runRefusing(world, [x, y]);
      assertEquals(texts(wasGot(world.replies.get(read))), ["y"]);
    },
  ),
  example("Q20 Q15", "who stands in counts for a seat, and never as a primary", () => {
    for (const quorum of [{ pw: 2 }, { w: 2, pw: 1 }, { w: 3 }]) {
      const world = new World({ nodes: 5 });
      const { owners: [x, y, z] } = ownersOf(world, 3) as Named;
      const ticket = world.put(x, { ...ask(PATH, "x", WRITE), ...quorum });
      runRefusing(world, [y, z]);
      assertEquals(world.replies.get(ticket)?.kind, quorum.pw === 2 ? "failure" : "put");
      const read = world.get(x, { name: NAME, pr: 2 });
      runRefusing(world, [y, z]);
      assertEquals(refusal(world.replies.get(read)).error, "quorum_unmet");
    }
  }),
  example("Q15", "a put whose client wants it strict is stood in for by nobody", () => {
    const world = new World({ nodes: 5 });
    const { owners: [x, y, z] } = ownersOf(world, 3) as Named;
    holdDown(world, [x], [y, z]);
    const ticket = world.put(x, { ...ask(PATH, "x", WRITE), sloppyQuorum: false });
    runRefusing(world, [y, z]);
    assertEquals(refusal(world.replies.get(ticket)).error, "quorum_unmet");
    assert(world.sent.every(({ message }) => message.kind !== "write" || message.hint === null));
  }),
  example("Q15", "the answer says who stood in, and for which seat", () => {
    const world = new World({ nodes: 5 });
    const { owners: [x, y, z], others: [f] } = ownersOf(world, 3) as Named;
    const ticket = world.put(x, { ...ask(PATH, "x", WRITE), w: 3 });
    runRefusing(world, [z]);
    assertEquals(wasPut(world.replies.get(ticket)).participants, [
      { node: x, seat: 0, role: "primary", said: "stored" },
      { node: y, seat: 1, role: "primary", said: "stored" },
      { node: z, seat: 2, role: "primary", said: "unreachable" },
      { node: f, seat: 2, role: "fallback", said: "stored" },
    ]);
  }),
  example(
    "Q15 H5",
    "a node without a seat that coordinates keeps a hint, which counts as one",
    () => {
      const world = new World({ nodes: 5 });
      const { owners, others: [entry, other] } = ownersOf(world, 3) as Named;
      const ticket = world.put(entry, ask(PATH, "x", WRITE));
      runRefusing(world, owners);
      const { coordinator, participants } = wasPut(world.replies.get(ticket));
      assertEquals(coordinator, entry);
      assertEquals(participants.filter(({ said }) => said === "stored").map(({ node }) => node), [
        ...[entry, other],
      ]);
      assertEquals(world.onDisk(entry, NAME), undefined);
      const [hint] = world.machines.get(entry)!.disk.hints.all;
      assertEquals([hint?.owner, hint?.record.hint], [owners[0], { n: 3, seat: 0, w: 2 }]);
      // A second put there goes on from the first: what its client has seen is covered.
      const again = world.put(entry, {
        ...ask(PATH, "y", "y".repeat(16) as WriteId),
        seen: contextOf(wasPut(world.replies.get(ticket))),
      });
      runRefusing(world, owners);
      assertEquals(texts(wasPut(world.replies.get(again))), ["y"]);
    },
  ),
  exhaustive(
    "Q20 Q15 S20",
    "what a node has coordinated in the place of a replica, it shows to whoever reads there next, whoever is back by then",
    () => {
      const { owners, others: [entry] } = ownersOf(new World({ nodes: 5 }), 3) as Named;
      const elsewhere = IDS.filter((id) => id !== entry && !owners.includes(id));
      for (const back of [[], elsewhere, owners.slice(0, 1), owners.slice(2)]) {
        const world = new World({ nodes: 5 });
        const ticket = world.put(entry, { ...ask(PATH, "x", WRITE), w: 1 });
        const others = IDS.filter((id) => id !== entry);
        runRefusing(world, others);
        wasPut(world.replies.get(ticket));
        const read = world.get(entry, { name: NAME, r: 1 + back.filter(isOwner).length });
        runRefusing(world, others.filter((id) => !back.includes(id)));
        assertEquals(texts(wasGot(world.replies.get(read))), ["x"], `${back} are back`);
      }
      function isOwner(id: NodeId): boolean {
        return owners.includes(id);
      }
    },
  ),
  example(
    "S20",
    "no session is ended by a read that passed over a node which may hold the rest",
    () => {
      const world = new World({ nodes: 5 });
      const { owners: [x, y, z], others: [reader] } = ownersOf(world, 3) as Named;
      const alone = world.put(x, { ...ask(PATH, "x", WRITE), w: 1 });
      runLosing(world, (_, to) => to === y || to === z);
      const session = wasPut(world.replies.get(alone)).container.clock;
      holdDown(world, [reader], [x]); // it is not: it was
      const { error, detail } = refusal(get(world, { at: reader, session }));
      assertEquals(error, "session_unmet");
      assertEquals(detail, `Cannot read: ${x} may hold what the session has seen: not asked`);
    },
  ),
  example("Q8 Q15", "nobody is asked twice, and each fallback stands in for one seat", () => {
    const world = new World({ nodes: 5 });
    const { owners: [x, y, z], others: [f, g] } = ownersOf(world, 3) as Named;
    world.put(x, { ...ask(PATH, "x", WRITE), w: 3 });
    runLosing(world, (_, to) => [y, z, f, g].includes(to));
    for (let i = 0; i < 5; i++) {
      world.wait(world.config.fallbackAfterMs);
      runLosing(world, (_, to) => [y, z, f, g].includes(to));
    }
    assertEquals(sentTo(world, "write"), [y, z, f, g]);
  }),
];

type Named = {
  readonly owners: [NodeId, NodeId, NodeId];
  readonly others: [NodeId, NodeId];
};

/** Each node that may be asked, with each set of at most `most` others that are down. */
function asked(most: number): { readonly at: NodeId; readonly down: readonly NodeId[] }[] {
  return IDS.flatMap((at) => {
    const others = IDS.filter((id) => id !== at);
    const sets = Array.from(
      { length: 2 ** others.length },
      (_, bits) => others.filter((_, i) => bits & (1 << i)),
    );
    return sets.filter(({ length }) => length <= most).map((down) => ({ at, down }));
  });
}
