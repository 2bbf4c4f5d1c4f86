/**
 * Worlds in which deleted keys are forgotten while they last, and among these such that are about old copies of disks.
 *
 * @module
 */
import type { Chance } from "./chance.ts";
import type { Fault, Intent, Plan } from "./plan.ts";

/** Ends later than anything that a fault or a request leaves behind. In ms. */
export const LULL_MS = 15_000;

/**
 * In one world of six deleted keys are forgotten while it lasts: times are short, clients delete much and pause now and then.
 *
 * No backup is restored there, but in worlds that are about that alone. And no disk is full to the end: it can remove
 * nothing.
 */
export function settling(chance: Chance, plan: Plan): Plan {
  if (!chance.hits(1 / 6)) return plan;
  const { shape, intents, faults, broken } = plan;
  const pauseMs = chance.pick([10_000, 15_000, 25_000]);
  const every = chance.pick([8, 15, 30]);
  const deletes = chance.pick([0.3, 0.6]);
  let laterMs = 0;
  const paused = intents.map((intent, i): Intent => {
    if (i % every === every - 1) laterMs += pauseMs;
    const kind = intent.kind === "put" && chance.hits(deletes) ? "delete" : intent.kind;
    const atMs = intent.atMs + laterMs;
    // Most deletes are of all that their client has seen, and reach all who are there.
    const context = kind === "delete" && chance.hits(0.8) ? "latest" : intent.context;
    return { ...intent, kind, context, atMs, timeoutMs: Math.min(intent.timeoutMs, 5_000) };
  });
  const laterBy = (atMs: number) => {
    const i = intents.findLastIndex((intent) => intent.atMs <= atMs);
    return atMs + (i < 0 ? 0 : paused[i]!.atMs - intents[i]!.atMs);
  };
  const config = {
    ...shape.config,
    settleMs: chance.pick([300, 1_000, 3_000]),
    reapAfterMs: chance.pick([1, 3_000, 10_000]),
    requestTimeoutMs: 5_000,
    maxRequestMs: 5_000,
    maxMessageAgeMs: chance.pick([2_000, 3_000]),
    // Where nobody is held to be down, and trees are seldom compared, those who missed a delete are behind for long.
    ...chance.hits(0.5) ? { downAfterMs: 100_000, exchangeMs: 20_000 } : {},
  };
  const kinds = faults.filter(({ kind }) => kind !== "restore");
  const settled: Plan = {
    ...plan,
    shape: { ...shape, config },
    intents: paused,
    // Some go wrong where something is about to be forgotten, and not near to what clients do.
    faults: kinds.map((fault) => ({
      ...fault,
      atMs: laterBy(fault.atMs) + (chance.hits(0.4) ? chance.below(pauseMs) : 0),
    })).sort((a, b) => a.atMs - b.atMs),
    calmAtMs: (paused.at(-1)?.atMs ?? 0) + LULL_MS,
    broken: broken.filter(({ how }) => how !== "full_disk"),
  };
  const restoring = chance.stream("restoring");
  return restoring.hits(0.25) ? withRestores(restoring, settled) : settled;
}

/**
 * The same world, but that nothing goes wrong in it except that disks are put back from copies, one after the other, some
 * of them older than G. That an old one is known for one takes somebody who has heard, and clocks that are not set: so
 * everybody else stays.
 */
function withRestores(chance: Chance, plan: Plan): Plan {
  const { shape, weather, calmAtMs } = plan;
  const backups: Fault[] = [];
  const faults: Fault[] = [];
  for (let atMs = chance.between(5_000, 20_000); atMs < calmAtMs - LULL_MS;) {
    const node = chance.below(shape.clocks.length);
    const ageMs = chance.pick([1_000, 6_000, 15_000, 40_000]);
    backups.push({ kind: "backup", atMs: Math.max(0, atMs - ageMs), node });
    faults.push({ kind: "restore", atMs, forMs: chance.between(1, 2_000), node });
    atMs += chance.between(15_000, 60_000);
  }
  const config = { ...shape.config, reapAfterMs: 10_000, tickMs: 500, gossipMs: 1_000 };
  return {
    ...plan,
    shape: { ...shape, clocks: shape.clocks.map(() => ({ driftPpm: 0, aheadMs: 0 })), config },
    weather: { ...weather, loss: Math.min(weather.loss, 0.02) },
    faults: [...backups, ...faults].sort((a, b) => a.atMs - b.atMs),
    broken: [],
  };
}
