/**
 * The laws of whole histories, over any schedule of a few real nodes: messages are lost, late and doubled, stores fail,
 * processes crash and start again. Then all is healed and read, and held to an account that knows no clock
 * (`schedule.ts`, `history.ts`).
 *
 * @module
 */
import fc from "fast-check";
import type { NodeId } from "../../src/id.ts";
import type { Effect } from "../../src/protocol/effect.ts";
import type { Event } from "../../src/protocol/event.ts";
import { type Law, type Run, schedule } from "../law.ts";
import { play, PROBE_MS, type ScheduleOptions, schedules } from "../schedule.ts";
import { World, type WorldOptions } from "../world.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  schedule(
    "S1 S2 S3 S4 S9 Q12 Q14 Q18 Q19 M18 RR5",
    "any schedule on 3 nodes: nothing acknowledged is lost, nothing comes back, all replicas end equal",
    (run) => {
      plays(run, { nodes: 3, maxLength: 120 }).demand(500, {
        acknowledged: 500,
        siblings: 50,
        "get.repair": 50,
        "store.failed": 20,
        "envelope.wrong_boot": 20,
      });
    },
    { runs: 500 },
  ),
  schedule(
    "S1 S2 S3 S4 S9 Q12 Q14 Q18 Q19 M18 RR5 H3 H4 H5 H6 H9 H13",
    "any schedule on 5 nodes, where puts are forwarded and stood in for: nothing acknowledged is lost, nothing comes back, all comes home",
    (run) => {
      plays(run, { nodes: 5, maxLength: 120 }).demand(500, {
        acknowledged: 500,
        siblings: 50,
        "get.repair": 50,
        "store.failed": 20,
        "envelope.wrong_boot": 20,
        "forward.status": 50,
        "forward.again": 5,
        "outcomes.fenced": 5,
        "outcomes.too_young": 5,
        "put.unchanged": 20,
        "put.stood_in": 50,
        "hint.delivered": 50,
      });
    },
    { runs: 500 },
  ),
  schedule(
    "S1 S2 S4 S21 M18",
    "any schedule in which one record goes bad: it is absent, not empty, and what W copies held is not lost",
    (run) => {
      plays(run, { nodes: 3, maxLength: 120, damage: true }).demand(300, {
        "record.damaged": 20,
        "get.repair": 50,
      });
    },
  ),
  schedule(
    "S2 S4 D18 M18 Q18",
    "any schedule in a last-writer-wins bucket: replicas end equal, and nothing that was covered comes back",
    (run) => {
      plays(run, { nodes: 3, maxLength: 120, loses: true }).demand(200, { acknowledged: 200 });
    },
    { runs: 200 },
  ),
  schedule(
    "T3",
    "every fault and every rare branch of a request is reached over a budget of schedules",
    (run) => {
      const seen = new Sometimes();
      const config = { maxRequests: 3, maxOutcomes: 2, probeMs: PROBE_MS };
      run.forAll(schedules({ maxLength: 160, damage: true }), (actions) => {
        seen.begin();
        const world = new World({ nodes: 5, config });
        world.wait(2 * world.config.maxMessageAgeMs);
        const { acknowledged } = play(world, actions);
        for (const [mark, times] of world.marks) seen.saw(mark, times);
        for (const { kind } of actions) seen.saw(kind);
        for (const { error } of failuresOf(world)) seen.saw(error);
        seen.saw("acknowledged", acknowledged);
        return true;
      });
      seen.demand(3000, Object.fromEntries([...FAULTS, ...BRANCHES].map((what) => [what, 1])));
    },
    { runs: 3000 },
  ),
  schedule(
    "T1",
    "the same schedule gives the same trace: every event and every effect of every step, twice",
    (run) => {
      const family = fc.record({ nodes: fc.constantFrom(3, 5), damage: fc.boolean() });
      const drawn = family.chain(({ nodes, damage }) =>
        fc.tuple(fc.constant(nodes), schedules({ maxLength: 80, damage }))
      );
      run.forAll(drawn, ([nodes, actions]) => {
        const [first, second] = [0, 1].map(() => {
          const world = new TracedWorld({ nodes, config: { probeMs: PROBE_MS } });
          play(world, actions);
          return world.trace;
        });
        const differs = first!.findIndex((line, i) => line !== second![i]);
        if (differs >= 0 || first!.length !== second!.length) {
          throw new Error(`T1: step ${differs}: ${first![differs]} and then ${second![differs]}`);
        }
        return true;
      });
    },
    { runs: 60 },
  ),
];

/** What a schedule makes happen. */
const FAULTS = ["happen", "lose", "refuse", "twice", "land", "sink", "crash", "restart", "damage"];
/** Branches that a schedule can reach: marks of the nodes, and how requests may end. */
const BRANCHES = [
  "acknowledged",
  "envelope.too_old",
  "envelope.wrong_boot",
  "fetch.failed",
  "forward.again",
  "forward.fenced",
  "forward.overloaded",
  "forward.refused",
  "forward.status",
  "forward.stood_in",
  "get.repair",
  "health.down",
  "health.suspect",
  "health.up",
  "hint.delivered",
  "hint.dropped",
  "hint.kept",
  "outcomes.fenced",
  "outcomes.full",
  "outcomes.too_young",
  "put.expired",
  "put.late_dot",
  "put.stood_in",
  "put.unchanged",
  "record.damaged",
  "request.late_reply",
  "request.overloaded",
  "store.failed",
  "timeout",
  "quorum_unmet",
  "coordinator_lost",
  "no_coordinator",
  "overloaded",
  "store_failed",
];

/** Plays schedules, and counts what they reach. */
function plays(
  run: Run,
  { nodes, loses = false, ...family }: ScheduleOptions & {
    readonly nodes: number;
    readonly loses?: boolean;
  },
): Sometimes {
  const seen = new Sometimes();
  run.forAll(
    schedules(family),
    fc.array(fc.integer(), { maxLength: nodes }),
    (actions, skew) => {
      seen.begin();
      const world = new World({ nodes, config: { probeMs: PROBE_MS } });
      // Clocks disagree by up to an hour: nothing may depend on them but who wins the last write.
      for (const [i, ms] of skew.entries()) world.aheadMs.set(world.ids[i]!, ms % 3_600_000);
      if (loses) world.setProps(world.ids[0]!, "b", { last_write_wins: true });
      world.run();
      world.wait(2 * world.config.maxMessageAgeMs); // so that coordinators are old enough to fence
      const { acknowledged, final } = play(world, actions, { loses });
      for (const [mark, times] of world.marks) seen.saw(mark, times);
      seen.saw("acknowledged", acknowledged);
      if (final.length > 1) seen.saw("siblings");
      return true;
    },
  );
  return seen;
}

function failuresOf(world: World) {
  return [...world.replies.values()].flatMap((reply) => reply.kind === "failure" ? [reply] : []);
}

/** A world that writes down every step. */
class TracedWorld extends World {
  /** One line a step; what the founding did is not in it. */
  readonly trace: string[];

  constructor(options: WorldOptions) {
    super(options);
    this.trace = [];
  }

  override step(id: NodeId, event: Event): Effect[] {
    const effects = super.step(id, event);
    this.trace?.push(`${this.monoMs} ${id} ${text(event)} => ${text(effects)}`);
    return effects;
  }
}

/** JSON that shows maps and bytes, too. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (part instanceof Map) return [...part];
    return part instanceof Uint8Array ? [...part] : part;
  });
}
