/**
 * What settling does beside forgetting deletes: it gives back the room of values that have expired, and shortens clocks.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { compare, nameBytes, type NodeId, type WriteId } from "../../src/id.ts";
import { Graves } from "../../src/replica/graves.ts";
import { HintShelf } from "../../src/sim/hint_shelf.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { LONG_CLOCK, shortened } from "../../src/version/settled.ts";
import { type Container, EMPTY, sync, write } from "../../src/version/siblings.ts";
import { ask, contextOf, nameOf, texts } from "../asks.ts";
import { actor, clockOf, containers, version } from "../generators.ts";
import { example, type Law, negative, random } from "../law.ts";
import { World } from "../world.ts";
import { arrive, get, NAME, ownersOf, PATH, put, wasGot, wasPut } from "./driving.ts";
import { D_MS, holders, M_MS, pass, QUIET_MS, TIMES } from "./settle_stage.ts";

/** About a kilobyte. */
const LARGE: Container = write(
  EMPTY,
  EMPTY.clock,
  { actor: actor("a"), counter: 1 },
  version("x".repeat(1_000)),
);
const MARGIN_MS = 5_000;
const G_MS = 8_000;

/** D20, S10, V17. */
export const laws: readonly Law[] = [
  example(
    "D20 S10",
    "a value that has expired goes when it has expired by every replica's own clock, and a margin more",
    () => {
      const world = new World({ nodes: 5, config: { ...TIMES, expiryMarginMs: MARGIN_MS } });
      const [leader, behind, ...rest] = threeOf(world);
      const owners = [leader, behind, ...rest];
      // One clock is slow. By that of the leader the value has long expired.
      world.aheadMs.set(behind, -20_000);
      const { version: said, ...more } = ask(PATH, "v", "expiring-write-1" as WriteId);
      const version = { ...said, expiresInMs: 10_000 };
      const ticket = world.put(leader, { ...more, version, w: 3 });
      world.run();
      wasPut(world.replies.get(ticket));
      pass(world, 28_000, 200);
      assertEquals(wasGot(get(world, { at: leader })).view, []);
      assertEquals(texts(wasGot(get(world, { at: behind }))), ["v"]);
      assertEquals(holders(world, owners).length, 3, "one replica shows it still");
      pass(world, 6_500, 200);
      assertEquals(wasGot(get(world, { at: behind })).view, []);
      assertEquals(holders(world, owners).length, 3, "clocks may differ by more");
      const unexpired = world.sent.some(({ message }) =>
        message.kind === "settle_reply" && message.answers.includes("unexpired")
      );
      assert(unexpired, "the one whose clock is slow says so");
      pass(world, 4 * QUIET_MS, 200);
      assertEquals(holders(world, world.ids), []);
    },
  ),
  example("D20 S10", "what does not expire keeps what does beside it", () => {
    const world = new World({ nodes: 3, config: { ...TIMES, expiryMarginMs: 1 } });
    const [leader] = threeOf(world);
    const { version: said, ...more } = ask(PATH, "v", "expiring-write-2" as WriteId);
    world.put(leader, { ...more, version: { ...said, expiresInMs: 100 }, w: 3 });
    world.run();
    put(world, "stays", { at: leader, w: 3 });
    pass(world, 6 * QUIET_MS, 200);
    for (const id of world.ids) assertEquals(world.onDisk(id, NAME)!.container.siblings.length, 2);
    assertEquals(texts(wasGot(get(world))), ["stays"]);
  }),
  example(
    "S10",
    "many keys are asked about at once, in questions of bounded length; one that stays keeps no other",
    () => {
      const world = new World({
        nodes: 4,
        config: { ...TIMES, partitions: 4, handoffMs: 2 ** 40 },
      });
      const at = world.ids[0]!;
      const names = Array.from({ length: 300 }, (_, i) => nameOf(`b/k${i}`));
      const writeId = (i: number) => String(i).padStart(16, "many") as WriteId;
      for (const [i, { key }] of names.entries()) {
        world.put(at, { ...ask(`b/${key}`, null, writeId(i)), w: 3 });
        world.run();
      }
      // Of every tenth key somebody keeps a copy for somebody else.
      const stuck = names.filter((_, i) => i % 10 === 0);
      for (const name of stuck) {
        const keeper = world.ids.find((id) => world.onDisk(id, name) === undefined)!;
        const owner = world.ids.find((id) => world.onDisk(id, name) !== undefined)!;
        const { container } = world.onDisk(owner, name)!;
        const hint = { owner, seat: 0, w: 1 };
        arrive(world, {
          ...{ from: owner, to: keeper },
          message: { kind: "write", request: 1, name, n: 3, container, hint },
        });
        world.run();
      }
      const held = () => names.filter((name) => world.ids.some((id) => world.onDisk(id, name)));
      const asked = () =>
        world.sent.flatMap(({ message }) =>
          message.kind === "settle_ask" ? [message.keys.length] : []
        );
      pass(world, 12 * QUIET_MS, 100);
      assertEquals(held().map(({ key }) => key), stuck.map(({ key }) => key));
      assert(Math.max(...asked()) === 64, `${Math.max(...asked())}`);
      for (const id of world.ids) world.machines.get(id)!.disk.hints = new HintShelf();
      pass(world, 4 * QUIET_MS, 100);
      assertEquals(held(), []);
    },
  ),
  example(
    "S10",
    "a grave for which there is no room is not dug, and one that is over makes room",
    () => {
      const { container } = { container: LARGE };
      const digest = containerDigest(NAME, container);
      const graves = new Graves({ keepMs: 100, mostBytes: 3_000 });
      const dig = (i: number, monoMs: number) =>
        graves.dig(nameOf(`b/k${i}`), { container, digest, how: "reap" }, { monoMs, wallMs: 0 });
      assertEquals([0, 1, 2].map((i) => dig(i, i)), [true, true, false]);
      assertEquals(graves.of(nameOf("b/k2"), { monoMs: 3, wallMs: 0 }), null);
      assertEquals(dig(0, 50), true, "the same key's takes no more room");
      const bytes = graves.bytes;
      assertEquals(dig(2, 101), false, "it is not over yet");
      assertEquals(dig(2, 102), true);
      assertEquals(graves.bytes, bytes);
      assertEquals(graves.of(nameOf("b/k1"), { monoMs: 102, wallMs: 0 }), null);
      assertEquals(graves.of(nameOf("b/k0"), { monoMs: 150, wallMs: 0 })?.container, container);
      assertEquals(graves.of(nameOf("b/k0"), { monoMs: 151, wallMs: 0 }), null);
      graves.of(nameOf("b/k0"), { monoMs: 300, wallMs: 0 });
      assertEquals(graves.bytes, 0);
    },
  ),
  example(
    "V17",
    "a clock of more than 32 entries loses those of which nothing is live, at all replicas alike, when all have agreed twice, and G is over",
    () => {
      const world = new World({
        nodes: 5,
        config: { ...TIMES, exchangeMs: 400, reapAfterMs: G_MS },
      });
      const owners = threeOf(world);
      const [leader, other] = owners;
      const overwrite = (times: number) => {
        for (let i = 0; i < times; i++) {
          const at = owners[i % 3]!;
          world.crash(at);
          world.restart(at);
          world.run();
          const seen = contextOf(wasGot(get(world, { at })));
          put(world, `v${i}`, { at, w: 3, seen });
        }
      };
      const clockAt = (id: NodeId) => world.onDisk(id, NAME)!.container.clock;
      overwrite(LONG_CLOCK);
      pass(world, G_MS + 4 * QUIET_MS);
      assertEquals(clockAt(leader).size, LONG_CLOCK, "as long as it may be");
      overwrite(2);
      const before = world.onDisk(leader, NAME)!.container;
      assertEquals(before.clock.size, LONG_CLOCK + 2);
      pass(world, G_MS);
      assertEquals(clockAt(leader).size, LONG_CLOCK + 2, "a backup may be younger");
      pass(world, TIMES.settleMs + M_MS + D_MS);
      assertEquals(clockAt(leader).size, LONG_CLOCK + 2, "too soon");
      pass(world, QUIET_MS - M_MS - D_MS + 2 * TIMES.settleMs);
      for (const id of owners) {
        const { container } = world.onDisk(id, NAME)!;
        assertEquals(container, shortened(before));
        assertEquals(container.clock.size, 1);
      }
      assertEquals(texts(wasGot(get(world, { at: other }))), ["v1"]);
      // What was held before brings no entry back.
      const absorbed = world.marks.get("grave.absorbed") ?? 0;
      arrive(world, {
        ...{ from: leader, to: other },
        message: { kind: "repair", name: NAME, n: 3, container: before },
      });
      world.run();
      assertEquals(clockAt(other).size, 1);
      assertEquals(world.marks.get("grave.absorbed"), absorbed + 1);
      // Who has not heard is told when it is compared with somebody who has.
      world.crash(leader);
      world.machines.get(leader)!.disk.records.set(nameBytes(NAME), {
        container: before,
        mine: null,
      });
      world.restart(leader);
      pass(world, QUIET_MS / 2);
      assertEquals(clockAt(leader).size, 1);
      assert((world.marks.get("grave.told") ?? 0) > 0);
      // Later every replica goes on writing, though its own entry is gone.
      pass(world, 2 * QUIET_MS);
      for (const at of owners) put(world, `by ${at}`, { at, w: 3 });
      const all = wasGot(get(world));
      assertEquals(texts(all).length, 4);
      // Whose write was left has gone on with its actor; the others have taken new ones.
      assertEquals(all.container.clock.size, 3);
    },
  ),
  random(
    "V17 D13",
    "shortening takes nothing that is live, and what is as old or older merges with it as with the whole",
    (run) => {
      run.forAll(containers(2), (held) => {
        const [a, b] = held as [Container, Container];
        const whole = sync(a, b);
        const short = shortened(whole);
        assertEquals(short.siblings, whole.siblings);
        const actors = new Set(whole.siblings.map(({ dot }) => dot.actor));
        assertEquals([...short.clock.keys()].sort(compare), [...actors].sort(compare));
        for (const [one, counter] of short.clock) assertEquals(whole.clock.get(one), counter);
        // A grave joins the whole to whatever meets what is left.
        for (const old of [a, b, whole]) {
          const met = sync(sync(short, whole), old);
          assertEquals(containerDigest(NAME, met), containerDigest(NAME, whole));
        }
        return true;
      });
    },
    { runs: 300 },
  ),
  negative(
    "V17",
    "a replica that cuts alone has its entries back with every exchange; where all cut alike, one that was away brings a dead value back",
    (run) => {
      const old = write({ clock: new Map(), siblings: [] }, new Map(), {
        actor: actor("a"),
        counter: 1,
      }, version("old"));
      const now = write(old, old.clock, { actor: actor("b"), counter: 1 }, version("new"));
      // Alone: what the one cuts the other brings back, again and again.
      let [p, q] = [now, now];
      for (let round = 0; round < 10; round++) {
        p = shortened(p);
        assert(containerDigest(NAME, p) !== containerDigest(NAME, q));
        [p, q] = [sync(p, q), sync(q, p)];
      }
      // All alike, and somebody was away.
      const back = sync(shortened(now), old);
      assertEquals(back.siblings.length, 2);
      assertEquals(back.clock, clockOf({ a: 1, b: 1 }));
      run.note("old@a1 is live again beside new@b1");
    },
  ),
];

/** Who holds the key, the leader first. */
function threeOf(world: World): [NodeId, NodeId, NodeId] {
  return ownersOf(world, 3).owners as [NodeId, NodeId, NodeId];
}
