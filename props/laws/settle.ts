/**
 * Settling between real nodes, told as stories: when a deleted key goes, what keeps it, what its grave does, and what no room
 * may do for the whole to be sound.
 *
 * What is late, in every order, is in `settle_stragglers.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { nameBytes } from "../../src/id.ts";
import type { KeyAt } from "../../src/protocol/terms.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { EMPTY, sync } from "../../src/version/siblings.ts";
import { contextOf, texts } from "../asks.ts";
import { example, type Law } from "../law.ts";
import type { World } from "../world.ts";
import { arrive, get, holdDown, NAME, put, recovered, wasGot, wasPut } from "./driving.ts";
import {
  brings,
  D_MS,
  deleted,
  holders,
  keyOf,
  M_MS,
  pass,
  QUIET_MS,
  type Stage,
  TIMES,
} from "./settle_stage.ts";

/** S10, S16, S18. */
export const laws: readonly Law[] = [
  example(
    "S10 S16",
    "a deleted key goes everywhere, when all have agreed twice, more than M + D apart, and not before",
    () => {
      const { world, owners } = deleted();
      pass(world, TIMES.settleMs);
      const asked = world.monoMs;
      assertEquals(asksOf(world).length, 4, "all other members are asked");
      while (holders(world, owners).length === 3) {
        assert(world.monoMs - asked < 10_000, "it does not go");
        pass(world, 50);
      }
      assert(world.monoMs - asked > M_MS + D_MS, `after ${world.monoMs - asked} ms`);
      assertEquals(holders(world, world.ids), []);
      assertEquals(asksOf(world).length, 8);
      const read = wasGot(get(world, { at: owners[1] }));
      assertEquals([read.container, read.view], [EMPTY, []]);
      // It is as if it had never been: nothing is asked about it any more, and it can be written again.
      pass(world, 3 * QUIET_MS);
      assertEquals(asksOf(world).length, 8);
      assertEquals(texts(wasPut(put(world, "new", { at: owners[1], w: 3 }))), ["new"]);
    },
  ),
  example(
    "S10",
    "it goes G after all first agreed, by the wall clock: a leader that starts again knows, and what is written begins anew",
    () => {
      const reapAfterMs = 120_000;
      const { world, owners } = deleted({ reapAfterMs });
      const [leader] = owners;
      const until = (ms: number) => {
        pass(world, ms - 1_000, 200);
        assertEquals(holders(world, owners).length, 3, "too soon");
        pass(world, 10_000, 200);
        assertEquals(holders(world, owners), [], "too late");
      };
      pass(world, TIMES.settleMs);
      assertEquals(world.onDisk(leader, NAME)?.agreedMs, world.wallMs);
      for (const id of owners.slice(1)) assertEquals(world.onDisk(id, NAME)?.agreedMs, undefined);
      pass(world, reapAfterMs / 2, 200);
      world.crash(leader);
      world.restart(leader);
      world.run();
      until(reapAfterMs / 2);
      // What is deleted again is agreed on again.
      put(world, "w", { at: leader, w: 3 });
      const again = { at: leader, w: 3, seen: contextOf(wasGot(get(world))) };
      put(world, null, again);
      pass(world, TIMES.settleMs);
      pass(world, reapAfterMs / 2, 200);
      const mark = wasPut(put(world, "x", { at: owners[1], w: 3 }));
      put(world, null, { at: owners[1], w: 3, seen: contextOf(mark) });
      assertEquals(world.onDisk(leader, NAME)?.agreedMs, undefined);
      pass(world, TIMES.settleMs);
      until(reapAfterMs);
    },
  ),
  example(
    "S10",
    "a member that is down keeps every tombstone, whoever it is, and nothing else; when it is back they go",
    () => {
      for (const which of [0, 1, 3]) {
        const { world, owners, others } = deleted();
        const away = [...owners, ...others][which]!;
        world.crash(away);
        pass(world, 10 * QUIET_MS, 500);
        const up = owners.filter((id) => id !== away);
        assertEquals(holders(world, up).length, up.length, `${which}`);
        holdDown(world, up, [away]);
        const asked = asksOf(world).length;
        pass(world, 10 * QUIET_MS, 500);
        assertEquals(asksOf(world).length, asked, "who is held down is not waited for");
        const overview = world.machines.get(owners[0]!)!.node.settling;
        if (which > 0) {
          assertEquals(overview?.stalledBy, [away]);
          assert((world.marks.get("settle.stalled") ?? 0) > 0);
        }
        // Deleting goes on.
        const at = up[0]!;
        put(world, "y", { at, w: 2 });
        put(world, null, { at, w: 2, seen: contextOf(wasGot(get(world, { at }))) });
        assertEquals(
          wasGot(get(world, { at })).view.every(({ version }) => version.tombstone),
          true,
        );
        recovered(world);
        get(world, { at, r: 3 });
        pass(world, 4 * QUIET_MS, 500);
        assertEquals(holders(world, world.ids), []);
      }
    },
  ),
  example(
    "S16",
    "what has come since everybody agreed stays: it is compared before it goes",
    () => {
      const stage = deleted({ settleMs: 2 ** 40 });
      const { world, owners: [leader, replica] } = stage;
      const go = (keys: readonly KeyAt[]) => {
        arrive(world, {
          from: leader,
          to: replica,
          message: { kind: "settle_do", n: 3, how: "reap", keys },
        });
        world.run();
      };
      go([{ name: NAME, digest: containerDigest(NAME, stage.old) }]);
      assertEquals(holders(world, [replica]), [replica]);
      put(world, "x", { at: replica, w: 3 });
      go([keyOf(stage)]);
      assertEquals(holders(world, [replica]), [replica]);
      assertEquals(world.marks.get("settle.kept"), 2);
      // Who has read it and offers it may be no replica.
      const [other] = stage.others;
      const message = { kind: "settle_do", n: 3, how: "reap", keys: [keyOf(stage)] } as const;
      arrive(world, { from: leader, to: other!, message });
      assertEquals([world.pending, world.marks.get("settle.not_serving")], [[], 1]);
    },
  ),
  example(
    "S16 S17",
    "for M + D after it has gone a key is as if it were there: what is old is absorbed, a put begins from what stood there",
    () => {
      const stage = deleted();
      const { world, owners: [leader, b, c], old, dead } = stage;
      gone(stage);
      // The latest that anything may be: M + D after it went.
      pass(world, M_MS + D_MS - 100);
      for (const container of [old, dead]) {
        const before = world.sent.length;
        arrive(world, {
          ...{ from: c, to: b },
          message: { kind: "write", request: 9, name: NAME, n: 3, container, hint: null },
        });
        world.run();
        assertEquals(holders(world, [b]), []);
        const said = world.sent.slice(before).map(({ message }) =>
          message.kind === "write_reply" && message.outcome.kind === "stored" &&
          message.outcome.digest
        );
        assertEquals(said, [containerDigest(NAME, container)]);
      }
      assert(world.marks.get("grave.absorbed") === 2);
      // A reader that gathered it before repairs in vain, too.
      arrive(world, {
        ...{ from: c, to: b },
        message: { kind: "repair", name: NAME, n: 3, container: dead },
      });
      world.run();
      assert(world.marks.get("grave.absorbed") === 3);
      assertEquals(holders(world, world.ids), []);
      // A put begins from there: its clock has seen what was deleted, under an actor of its own.
      const { container } = wasPut(put(world, "new", { at: b, w: 3 }));
      for (const [actor, counter] of dead.clock) assertEquals(container.clock.get(actor), counter);
      assertEquals(container.clock.size, dead.clock.size + 1);
      arrive(world, {
        ...{ from: c, to: leader },
        message: { kind: "repair", name: NAME, n: 3, container: old },
      });
      world.run();
      for (const id of [leader, b, c]) {
        assert(!brings(old, world.onDisk(id, NAME)!.container));
      }
    },
  ),
  example("S16", "what is old and new at once is merged with what stood there", () => {
    const stage = deleted();
    const { world, owners: [leader, b, c], old, dead } = stage;
    gone(stage);
    const other = deleted();
    // A put upon the old value, at somebody who had not heard of the delete.
    for (const id of other.owners) {
      const { records } = other.world.machines.get(id)!.disk;
      records.set(nameBytes(NAME), { container: old, mine: null });
    }
    const news = wasPut(put(other.world, "x", { at: other.owners[2], w: 1 })).container;
    assert(brings(old, news));
    arrive(world, {
      ...{ from: leader, to: b },
      message: { kind: "repair", name: NAME, n: 3, container: news },
    });
    world.run();
    const held = world.onDisk(b, NAME)!.container;
    assertEquals(containerDigest(NAME, held), containerDigest(NAME, sync(dead, news)));
    assert(!brings(old, held), `${c}`);
  }),
  example("S10", "a replica that has not heard that the key may go is told by the others", () => {
    const stage = deleted({ exchangeMs: 400 });
    const { world, owners } = stage;
    const [, , deaf] = owners;
    for (let ms = 0; ms < 3 * QUIET_MS; ms += 50) {
      world.wait(50);
      while (world.pending.length > 0) {
        const [next] = world.pending;
        const isLost = next?.kind === "message" && next.to === deaf && ms < QUIET_MS + 700 &&
          next.message.kind === "settle_do";
        if (isLost) world.fail(0);
        else world.happen();
      }
    }
    assertEquals(holders(world, owners), []);
    assert((world.marks.get("grave.told") ?? 0) > 0);
    assertEquals(asksOf(world).length, 8, "nobody need ask again");
  }),
  example("S10", "a store that fails keeps its copy, which goes the next time", () => {
    // Its peers compare seldom: their graves are over when they hear of its copy.
    const { world, owners } = deleted({ exchangeMs: 2 * QUIET_MS });
    let failed = false;
    for (let ms = 0; ms < 12 * QUIET_MS; ms += 50) {
      world.wait(50);
      while (world.pending.length > 0) {
        const [next] = world.pending;
        const isReaping = next?.kind === "io" && next.effect.kind === "store" &&
          next.effect.record === null;
        if (isReaping && !failed) {
          failed = true;
          world.fail(0);
        } else world.happen();
      }
    }
    assert(failed);
    assertEquals(holders(world, owners), []);
  }),
];

/** The key goes at all its replicas. */
function gone({ world, owners }: Stage): void {
  while (holders(world, owners).length > 0) pass(world, 50);
}

function asksOf(world: World) {
  return world.sent.filter(({ message }) => message.kind === "settle_ask");
}
