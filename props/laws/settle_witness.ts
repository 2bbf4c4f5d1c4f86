/**
 * What a member says when it is asked whether a key may go: one case for each answer, and for each reason.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { nameBytes, type NodeId } from "../../src/id.ts";
import type { SettleAnswer } from "../../src/protocol/message.ts";
import { example, exhaustive, type Law } from "../law.ts";
import { arrive, NAME, put, recover, recovered } from "./driving.ts";
import {
  askAbout,
  deleted,
  holders,
  keep,
  pass,
  QUIET_MS,
  repliesOf,
  type Stage,
} from "./settle_stage.ts";

/** S10, S16. */
export const laws: readonly Law[] = [
  exhaustive("S16 S10", "what each member says, and why", () => {
    for (const { says, of, prepare } of WITNESSES) {
      const stage = deleted({ settleMs: 2 ** 40 });
      const at = of === "replica" ? stage.owners[1] : stage.others[0]!;
      const first = asked(stage, at, prepare?.first ?? (() => {}));
      if (prepare?.between === undefined) {
        assertEquals(first.answers, [says], `${of} ${says}`);
        continue;
      }
      assertEquals(first.answers, ["yes"], `${of} ${says}`);
      prepare.between(stage, at);
      const second = asked(stage, at, () => {}, first.request);
      assertEquals(second.answers, [says], `${of} ${says}`);
    }
  }),
  example("S16", "a look at a key that somebody works on meanwhile says no", () => {
    const stage = deleted({ settleMs: 2 ** 40 });
    const { world, owners: [leader, replica] } = stage;
    arrive(world, { from: leader, to: replica, message: askAbout(stage) });
    assertEquals(world.pending.map(({ kind }) => kind), ["io"]);
    const late = world.pending.splice(0);
    put(world, "x", { at: replica, w: 1 });
    world.pending.push(...late);
    world.run();
    assertEquals(repliesOf(world).at(-1)?.answers, ["busy"]);
  }),
  example("S10 M11", "a record that has gone bad is found by who asks about it, and mended", () => {
    const stage = deleted({ exchangeMs: 400 });
    const { world, owners } = stage;
    world.damage(owners[1], NAME);
    pass(world, 4 * QUIET_MS);
    assertEquals(holders(world, owners), []);
  }),
];

const WITNESSES: readonly {
  readonly says: SettleAnswer;
  readonly of: "replica" | "other";
  readonly prepare?: {
    readonly first?: (stage: Stage, at: NodeId) => void;
    readonly between?: (stage: Stage, at: NodeId) => void;
  };
}[] = [
  { says: "yes", of: "replica" },
  { says: "yes", of: "other" },
  { says: "yes", of: "replica", prepare: { between: () => {} } },
  { says: "yes", of: "other", prepare: { between: () => {} } },
  {
    says: "differs",
    of: "replica",
    prepare: { first: ({ world }, at) => void put(world, "x", { at }) },
  },
  {
    says: "differs",
    of: "replica",
    prepare: { first: ({ world }, at) => void world.machines.get(at)!.disk.records.clear() },
  },
  {
    says: "unreadable",
    of: "replica",
    prepare: { first: ({ world }, at) => world.damage(at, NAME) },
  },
  { says: "recovering", of: "replica", prepare: { first: ({ world }, at) => recover(world, at) } },
  { says: "foreign", of: "other", prepare: { first: keep } },
  { says: "foreign", of: "other", prepare: { between: keep } },
  {
    says: "foreign",
    of: "other",
    prepare: {
      first: ({ world, dead }, at) => {
        world.machines.get(at)!.disk.records.set(nameBytes(NAME), { container: dead, mine: null });
      },
    },
  },
  {
    says: "touched",
    of: "other",
    prepare: {
      between: (stage, at) => {
        keep(stage, at);
        recovered(stage.world); // it goes home
        assertEquals(stage.world.machines.get(at)!.disk.hints.all, []);
      },
    },
  },
  {
    says: "touched",
    of: "other",
    prepare: {
      between: ({ world }, at) => {
        world.crash(at);
        world.restart(at);
        world.run();
      },
    },
  },
];

/** A member is asked by the leader. */
function asked(
  stage: Stage,
  at: NodeId,
  prepare: (stage: Stage, at: NodeId) => void,
  since: number | null = null,
) {
  const { world, owners: [leader] } = stage;
  const message = askAbout(stage, since);
  prepare(stage, at);
  arrive(world, { from: leader, to: at, message });
  world.run();
  const reply = repliesOf(world).at(-1)!;
  assertEquals(reply.request, message.request);
  return reply;
}
