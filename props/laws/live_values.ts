/**
 * The laws that everything rests on: what is live, at every step of every run, is what explicit sets of events say
 * (protocol.md, Part 1, I1 and I2; the account is kept by `audit.ts`), and no read misses what was acknowledged before it.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import type { NodeId, WriteId } from "../../src/id.ts";
import type { Container } from "../../src/version/siblings.ts";
import type { VersionVector } from "../../src/version/version_vector.ts";
import { ask, contextOf, texts } from "../asks.ts";
import { AuditedWorld } from "../audit.ts";
import { type Disaster, Disasters } from "../disasters.ts";
import { example, type Law, type Run, schedule } from "../law.ts";
import { perform, type ScheduleOptions, schedules } from "../schedule.ts";
import { arrive, get, NAME, PATH, put, runLosing, wasPut } from "./driving.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  schedule(
    "V12 V14 V15 V16 D7 D13 S11 RR4 Q18",
    "what is live is what explicit sets of events say: on every disk and in every message, at every step",
    (run) => {
      const seen = audits(run, { nodes: 3, maxLength: 120, damage: true });
      seen.demand(500, { containers: 2500, siblings: 1000, "get.repair": 100 });
      seen.demand(500, { "record.damaged": 15, "store.failed": 40, "put.unchanged": 50 });
    },
    { runs: 500 },
  ),
  schedule(
    "V12 V14 V15 V16 D7 S11 RR4 S14 Q18",
    "what is live is what explicit sets of events say, also when disks are wiped, restored, copied and run twice",
    (run) => {
      const seen = audits(run, { nodes: 3, maxLength: 160, damage: true, disasters: true });
      seen.demand(500, { wipe: 200, restore: 15, vanish: 60, clone: 200, swap: 30 });
      seen.demand(500, { containers: 2500, siblings: 1000, "get.repair": 100 });
    },
    { runs: 500 },
  ),
  schedule(
    "V12 V14 Q18 Q19",
    "what is live is what explicit sets of events say, also where puts are forwarded, on five nodes",
    (run) => {
      const seen = audits(run, { nodes: 5, maxLength: 160, disasters: true });
      seen.demand(300, {
        containers: 1500,
        "forward.status": 200,
        "forward.again": 5,
        "outcomes.fenced": 5,
      });
    },
  ),
  schedule(
    "Q16 Q1 S20",
    "a read sees every write that was acknowledged before it began, where R + W > N and no fallback holds anything",
    (run) => {
      const seen = new Sometimes();
      run.forAll(schedules({ maxLength: 160 }), (actions) => {
        seen.begin();
        const world = new AuditedWorld({ overlap: true });
        perform(world, actions);
        seen.saw("a read after an acknowledged write", world.overlaps);
        return true;
      });
      seen.demand(500, { "a read after an acknowledged write": 300 });
    },
    { runs: 500 },
  ),
  example(
    "V12 V14",
    "a record that is lost and comes back in one boot goes on under a new actor: nothing is named twice",
    () => {
      const world = new AuditedWorld();
      const [a] = world.ids as [NodeId];
      put(world, "v1");
      world.put(a, ask(PATH, "v2", "2".repeat(16) as WriteId));
      runLosing(world, (_, __, kind) => kind === "write"); // v2 is at a alone
      new Disasters(world).befall(a, "vanish", NAME); // moved away, reaped, eaten by a worm
      get(world, { at: world.ids[1]!, r: 3 }); // the others bring back what they have: {a:1}
      put(world, "v3");
      assertEquals(texts(get(world, { r: 3 })), ["v1", "v3"]);
    },
  ),
  example(
    "V12 V14 S14",
    "after a wipe, a restore or a copy of its disk, a node names nothing twice",
    () => {
      for (
        const disasters of [["wipe"], ["restore"], ["clone"], ["clone", "swap"]] as Disaster[][]
      ) {
        const world = new AuditedWorld();
        const [a] = world.ids as [NodeId];
        const disks = new Disasters(world);
        put(world, "v1");
        disks.befall(a, "backup", NAME);
        put(world, "v2");
        for (const disaster of disasters) disks.befall(a, disaster, NAME);
        world.run();
        put(world, "v3");
        assertEquals(texts(get(world, { r: 3 })), ["v1", "v2", "v3"], disasters.join());
      }
    },
  ),
  example(
    "V16 V14",
    "what was acknowledged elsewhere outlives the failed store of its coordinator",
    () => {
      const world = new AuditedWorld();
      const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
      put(world, "v0");
      const ticket = world.put(a, ask(PATH, "v1", "1".repeat(16) as WriteId));
      world.happen(); // the fetch: the copies leave while the own store is outstanding
      world.fail(world.pending.findIndex((next) => next.kind === "io" && next.node === a));
      world.run();
      assertEquals(world.replies.get(ticket)?.kind, "put"); // b and c have it
      put(world, "v2");
      for (const at of [a, b, c]) assertEquals(texts(get(world, { at, r: 3 })), ["v0", "v1", "v2"]);
    },
  ),
  example(
    "T3 V14",
    "the account notices a container that claims what it does not hold, and one that holds too much",
    () => {
      const wrong: ((held: Container, older: Container) => Container)[] = [
        ({ clock }) => ({ clock, siblings: [] }), // dead, and nothing overwrote it
        ({ clock, siblings }) => ({ clock: plusOne(clock), siblings }), // an event that nobody issued
        ({ clock, siblings }, older) => ({ clock, siblings: [...older.siblings, ...siblings] }), // alive again
      ];
      for (const forge of [...wrong, null]) {
        const world = new AuditedWorld();
        const [a, , c] = world.ids as [NodeId, NodeId, NodeId];
        const first = wasPut(put(world, "v1"));
        put(world, "v2", { seen: contextOf(first) });
        const held = world.onDisk(a, NAME)!.container;
        new Disasters(world).befall(c, "vanish", NAME);
        const container = forge?.(held, first.container) ?? held;
        const arrives = () => {
          arrive(world, {
            from: a,
            to: c,
            message: { kind: "repair", name: NAME, n: 3, container },
          });
          world.run();
        };
        if (forge) assertThrows(arrives, Error, "V14");
        else arrives();
      }
    },
  ),
];

/** Plays schedules in audited worlds. */
function audits(run: Run, { nodes, ...family }: ScheduleOptions & { nodes: number }): Sometimes {
  const seen = new Sometimes();
  run.forAll(schedules(family), (actions) => {
    seen.begin();
    const world = new AuditedWorld({ nodes });
    world.wait(2 * world.config.maxMessageAgeMs); // so that coordinators are old enough to fence
    perform(world, actions);
    for (const [mark, times] of world.marks) seen.saw(mark, times);
    seen.saw("containers", world.audit.containers);
    seen.saw("siblings", world.audit.siblings);
    return true;
  });
  return seen;
}

function plusOne(clock: VersionVector): VersionVector {
  return new Map([...clock].map(([actor, counter]) => [actor, counter + 1]));
}
