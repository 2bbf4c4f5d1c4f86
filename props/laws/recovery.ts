/**
 * Nodes that have lost copies (protocol.md, Part 1 e, Recovery): from a wiped disk or a damaged record on they count toward
 * no read, until they have everything again, and they come to have it by themselves.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { nameBytes, type NodeId, nodeId, type WriteId } from "../../src/id.ts";
import type { Message } from "../../src/protocol/message.ts";
import { ask, nameOf, texts } from "../asks.ts";
import { Disasters } from "../disasters.ts";
import { example, exhaustive, type Law, random } from "../law.ts";
import type { Pending } from "../pending.ts";
import { World } from "../world.ts";
import { lose, NAME, PATH, put, recovered, refusal, runLosing, wasPut } from "./driving.ts";
import { anyStep, Watched } from "./one_recovery.ts";
import { Sometimes } from "./sometimes.ts";

const WRITE = "w".repeat(16) as WriteId;
/** What a node says that recovers, and what it is told. */
const ABOUT_LOSSES: readonly Message["kind"][] = [
  ...["amnesia", "roots", "places", "want"] as const,
  ...["amnesia_reply", "roots_reply", "places_reply", "want_reply"] as const,
];

/** The laws of this file. */
export const laws: readonly Law[] = [
  exhaustive(
    "S14 Q20 M16",
    "with R + W > N no read misses what was acknowledged, whoever is wiped and whomever it can compare with: every R, W, coordinator",
    () => {
      const came = { shown: 0, refused: 0, silent: 0, whole: 0, recovering: 0 };
      for (const { r, w } of quorums(3).filter(({ r, w }) => r + w > 3)) {
        for (const { at, missed } of meetings(3 - w)) {
          for (const wiped of IDS) {
            for (const cut of [null, ...IDS.filter((id) => id !== wiped)]) {
              const world = new World({ nodes: 3, config: { w } });
              const ticket = world.put(at, { ...ask(PATH, "x", WRITE), w });
              runLosing(world, (_, to, kind) => kind === "write" && missed.includes(to));
              wasPut(world.replies.get(ticket));
              const others = IDS.filter((id) => id !== wiped && world.onDisk(id, NAME));
              // W disks at least had it: with W = 1 it may have been this one.
              if (others.length === 0) continue;
              new Disasters(world).befall(wiped, "wipe", NAME);
              const isCut = (from: NodeId, to: NodeId, kind: Message["kind"]) =>
                ABOUT_LOSSES.includes(kind) && (from === cut || to === cut);
              runLosing(world, isCut);
              const recovers = recoversOf(world, wiped);
              if (cut === null) assert(!recovers && world.onDisk(wiped, NAME) !== undefined);
              came[recovers ? "recovering" : "whole"]++;
              for (const { at: reader, missed: silent } of meetings(3 - r)) {
                const ticket = world.get(reader, { name: NAME, r });
                runLosing(world, (from, to, kind) =>
                  isCut(from, to, kind) || kind === "repair" ||
                  (kind === "read_reply" && silent.includes(from)));
                const reply = world.replies.get(ticket);
                if (reply?.kind === "get") {
                  assertEquals(texts(reply), ["x"], `R ${r}, W ${w}, ${wiped} wiped`);
                  came.shown++;
                } else if (reply) {
                  assertEquals(refusal(reply).error, "quorum_unmet");
                  came.refused++;
                } else came.silent++;
                world.wait(world.config.repairWaitMs / 4);
                lose(world, () => true);
              }
            }
          }
        }
      }
      assert(Object.values(came).every((times) => times > 20), JSON.stringify(came));
    },
  ),
  example(
    "S14 Q20",
    "a copy that only a put still running has counted is waited for: until then an exchange does not count",
    () => {
      const world = new World();
      const [slow, wiped] = world.ids as [NodeId, NodeId];
      const ticket = world.put(slow, { ...ask(PATH, "x", WRITE), w: 2 });
      // The coordinator's own disk is slow, and the third replica hears nothing; so the wiped one has the only copy.
      const held = runHolding(world, slow, world.ids[2]!);
      new Disasters(world).befall(wiped, "wipe", NAME);
      world.run();
      assert(recoversOf(world, wiped), "whole, though a put counts on what it has lost");
      world.pending.push(...held);
      world.run();
      wasPut(world.replies.get(ticket));
      const read = world.get(wiped, { name: NAME, r: 2 });
      runLosing(world, (from, _, kind) => kind === "read_reply" && from === slow);
      assert(world.replies.get(read)?.kind !== "get", "not found, of what was acknowledged");
      // It asks again by itself, and has everything then.
      world.wait(1_000);
      world.run();
      assert(!recoversOf(world, wiped));
      assert(world.onDisk(wiped, NAME) !== undefined);
    },
  ),
  example("S14", "whoever recovers does so after a restart, too, until it has compared", () => {
    const world = new World();
    const [wiped] = world.ids as [NodeId];
    put(world, "x");
    new Disasters(world).befall(wiped, "wipe", NAME);
    const isAsked = (_: NodeId, to: NodeId, kind: Message["kind"]) =>
      kind === "roots" && to !== wiped;
    runLosing(world, isAsked);
    for (let i = 0; i < 2; i++) {
      assert(recoversOf(world, wiped), `restart ${i}`);
      world.crash(wiped);
      world.restart(wiped);
      runLosing(world, isAsked);
    }
    world.wait(3_000);
    world.run();
    assert(!recoversOf(world, wiped));
  }),
  example(
    "S14 M16",
    "whoever was wiped is whole only when what it has fetched is on its disk, however slow that is",
    () => {
      const world = new World();
      const [a] = world.ids as [NodeId];
      put(world, "x");
      new Disasters(world).befall(a, "wipe", NAME);
      let steps = 0;
      for (; world.pending.length > 0; steps++) {
        happenLast(world, a, "store");
        const isWhole = world.machines.get(a)!.node.register !== null && !recoversOf(world, a);
        assert(!isWhole || world.onDisk(a, NAME) !== undefined, `after ${steps} steps`);
      }
      assert(!recoversOf(world, a) && steps > 10, `${steps} steps`);
    },
  ),
  example("S14", "of two nodes that were wiped neither is whole by the other alone", () => {
    const world = new World({ nodes: 3, config: { w: 3, r: 1 } });
    const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
    put(world, "x", { w: 3 });
    world.crash(c);
    const disasters = new Disasters(world);
    for (const id of [a, b]) disasters.befall(id, "wipe", NAME);
    // Each holds the third to be down, so it need not wait for that one.
    for (let i = 0; i < 80; i++) {
      world.wait(1_000);
      for (const id of [a, b]) world.step(id, { kind: "undelivered", to: c, messages: [] });
      world.run();
    }
    assert(recoversOf(world, a) && recoversOf(world, b));
    recovered(world);
    for (let i = 0; i < 3; i++) {
      world.wait(1_000);
      world.run();
    }
    for (const id of [a, b]) assert(world.onDisk(id, NAME) !== undefined, `${id} has it`);
  }),
  example("S14", "a new cluster reads at once, and a node alone does", () => {
    for (const nodes of [1, 2, 3, 5]) {
      const world = new World({ nodes, config: { n: Math.min(nodes, 3), r: 1, w: 1 } });
      for (const id of world.ids) assert(!recoversOf(world, id), `${id} of ${nodes}`);
      const before = world.sent.filter(({ message }) => message.kind === "places").length;
      assertEquals(before, 0, "there is nothing to look at");
    }
  }),
  example(
    "S21 S14",
    "before anything takes the place of a damaged record it is durable that the range recovers, whenever the process dies",
    () => {
      let crashes = 0;
      for (let steps = 0;; steps++) {
        const world = new World();
        const [a, b] = world.ids as [NodeId, NodeId];
        put(world, "x");
        world.damage(a, NAME);
        const ticket = world.put(b, { ...ask(PATH, "y", WRITE), w: 2 });
        const isAsked = (from: NodeId, to: NodeId, kind: Message["kind"]) =>
          ABOUT_LOSSES.includes(kind) && (from === a || to === a);
        const { disk } = world.machines.get(a)!;
        for (let i = 0; i < steps && world.pending.length > 0; i++) {
          lose(world, isAsked);
          if (world.pending.length > 0) happenLast(world, a, "store_meta");
          if (!disk.damaged.has(nameBytes(NAME))) {
            const roles = disk.restored.register!.roles;
            assert(roles.some(({ recovering }) => recovering), `nobody knows after ${i} steps`);
          }
        }
        const isOver = world.pending.length === 0;
        world.crash(a);
        world.restart(a);
        runLosing(world, isAsked);
        assert(recoversOf(world, a), `${steps} steps`);
        crashes++;
        if (!isOver) continue;
        wasPut(world.replies.get(ticket));
        break;
      }
      assert(crashes > 10, `${crashes} crashes`);
    },
  ),
  example(
    "S21 M13 M16",
    "a damaged record is found at a start, or when it is read, recovers its range alone, and comes back without a read of a client",
    () => {
      for (const how of ["start", "want"] as const) {
        const world = new World({ nodes: 3, config: { exchangeMs: 1_000 } });
        const [a, b] = world.ids as [NodeId, NodeId];
        for (const path of ["b/k", "b/other"]) put(world, "x", { name: nameOf(path) });
        world.damage(a, NAME);
        if (how === "start") {
          world.crash(a);
          world.restart(a);
        } else {
          // A peer lacks it, and wants it.
          world.machines.get(b)!.disk.records.delete(nameBytes(NAME));
          world.crash(b);
          world.restart(b);
          world.run();
          world.wait(1_000);
        }
        while (!recoversOf(world, a) && world.pending.length > 0) world.happen();
        const roles = world.machines.get(a)!.node.register!.roles;
        assertEquals(roles.filter(({ recovering }) => recovering).length, 1, how);
        for (let i = 0; i < 6; i++) {
          world.run();
          world.wait(1_000);
        }
        assert(!recoversOf(world, a), how);
        assert(!world.machines.get(a)!.disk.damaged.has(nameBytes(NAME)), how);
        for (const id of world.ids) assert(world.onDisk(id, NAME) !== undefined, `${how} ${id}`);
        assert(!world.sent.some(({ message }) => message.kind === "read"));
      }
    },
  ),
  random(
    "S14 Q20",
    "a range is whole exactly when all that are up were compared with, late enough, and enough of them were whole",
    (run) => {
      const seen = new Sometimes();
      run.forAll(
        fc.array(anyStep, { maxLength: 40, size: "max" }),
        fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }),
        (steps, [own, ...others]) => {
          seen.begin();
          new Watched([Math.max(1, own!), ...others], seen).live(steps);
          return true;
        },
      );
      seen.demand(500, { damaged: 300, whole: 60, "too early": 60, told: 60 });
    },
    { runs: 500 },
  ),
  example(
    "M16",
    "whoever lacks everything is sent no more than it can store: 64 copies are wanted, or being stored, at a time",
    () => {
      const world = new World({ nodes: 3, config: { partitions: 4, exchangeMs: 1_000 } });
      const [a] = world.ids as [NodeId];
      for (let i = 0; i < 300; i++) put(world, "x", { name: nameOf(`b/k${i}`) });
      new Disasters(world).befall(a, "wipe", NAME);
      let [wanted, most] = [0, 0];
      world.onStep = (id, event, effects) => {
        for (const effect of effects) {
          if (id === a && effect.kind === "send" && effect.message.kind === "want") {
            wanted += effect.message.keys.length;
          }
        }
        if (id === a && event.kind === "stored") wanted--;
        most = Math.max(most, wanted);
      };
      // Its disk is the last to do anything.
      while (world.pending.length > 0) {
        const next = world.pending.findIndex((one) => one.kind === "message" || one.node !== a);
        world.happen(Math.max(0, next));
      }
      assertEquals(world.machines.get(a)!.disk.records.size, 300);
      assert(most > 32 && most <= 64, `${most} at a time`);
    },
  ),
];

const IDS = ["n1", "n2", "n3"].map(nodeId);

function quorums(n: number): { r: number; w: number }[] {
  const numbers = Array.from({ length: n }, (_, i) => i + 1);
  return numbers.flatMap((r) => numbers.map((w) => ({ r, w })));
}

/** Each node, with each set of at most `most` of the others. */
function meetings(most: number): { at: NodeId; missed: NodeId[] }[] {
  return IDS.flatMap((at) => {
    const others = IDS.filter((id) => id !== at);
    const sets = [[], ...others.map((id) => [id]), others];
    return sets.filter((set) => set.length <= most).map((missed) => ({ at, missed }));
  });
}

/** Whether a node says of any range that it recovers. */
function recoversOf(world: World, id: NodeId): boolean {
  const { register } = world.machines.get(id)!.node;
  return register?.roles.some(({ recovering }) => recovering) ?? false;
}

/** The next thing happens; the disk of `slow` does such things when there is nothing else. */
function happenLast(world: World, slow: NodeId, kind: "store" | "store_meta"): void {
  const next = world.pending.findIndex((one) =>
    one.kind === "message" || one.node !== slow || one.effect.kind !== kind
  );
  world.happen(Math.max(0, next));
}

/** All happens but what the disk of `slow` does with records, and what is said to `deaf`: that is returned. */
function runHolding(world: World, slow: NodeId, deaf: NodeId): Pending[] {
  const held: Pending[] = [];
  while (world.pending.length > 0) {
    const [next] = world.pending as [Pending];
    const waits = next.kind === "io"
      ? next.node === slow && next.effect.kind === "store"
      : next.to === deaf;
    if (!waits) world.happen();
    else {
      world.pending.shift();
      if (next.kind === "io") held.push(next);
    }
  }
  return held;
}
