/**
 * Makes a failing plan smaller: leaves out faults, intents and weather as long as it still breaks the same law.
 *
 * Halves are tried first, then quarters, and so on down to single ones (delta debugging), again and again until nothing
 * more can go. Since each link, disk and client draws from a stream of its own, what is left out changes little else.
 *
 * @module
 */
import type { Plan, Weather } from "./plan.ts";

/** What minimising has come to. */
export interface Minimised {
  /** It breaks the same law as the plan that it was made of. */
  readonly plan: Plan;
  /** How many plans were run for it. */
  readonly runs: number;
}

/**
 * The smallest plan that was found.
 *
 * @param breaks Whether a plan breaks the law in question. It must be so of `plan` itself.
 *
 * @example Only what matters is left
 * ```ts
 * import { draw } from "./draw.ts";
 * import { minimise } from "./minimise.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const { plan } = minimise(draw(3), (plan) => plan.intents.some(({ kind }) => kind === "put"));
 * assertEquals(plan.intents.length, 1);
 * assertEquals(plan.faults.length, 0);
 * ```
 */
export function minimise(plan: Plan, breaks: (plan: Plan) => boolean): Minimised {
  let runs = 0;
  let smallest = plan;
  const attempt = (smaller: Plan): boolean => {
    runs++;
    if (!breaks(smaller)) return false;
    smallest = smaller;
    return true;
  };
  for (let before: Plan | null = null; before !== smallest;) {
    before = smallest;
    thin(smallest.faults, (faults) => attempt({ ...smallest, faults }));
    thin(smallest.changes ?? [], (changes) => attempt({ ...smallest, changes }));
    thin(smallest.intents, (intents) => attempt({ ...smallest, intents }));
    for (const simpler of simplifications(smallest)) attempt(simpler(smallest));
  }
  return { plan: smallest, runs };
}

/** Leaves out ever smaller stretches of a list, wherever that is accepted. */
function thin<Item>(items: readonly Item[], accepts: (fewer: readonly Item[]) => boolean): void {
  let left = items;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < left.length;) {
      const fewer = [...left.slice(0, start), ...left.slice(start + size)];
      if (accepts(fewer)) left = fewer;
      else start += size;
    }
  }
}

/** What may be made simpler, each only where it is not simple yet: else it would never end. */
function simplifications({ weather, broken, shape, intents }: Plan): ((plan: Plan) => Plan)[] {
  const simpler: ((plan: Plan) => Plan)[] = [];
  const calm = ["stragglers", "loss", "duplicates", "storeFailures", "fetchFailures"] as const;
  for (const field of calm satisfies readonly (keyof Weather)[]) {
    if (weather[field] === 0) continue;
    simpler.push((plan) => ({ ...plan, weather: { ...plan.weather, [field]: 0 } }));
  }
  if (broken.length > 0) simpler.push((plan) => ({ ...plan, broken: [] }));
  if (shape.clocks.some(({ driftPpm, aheadMs }) => driftPpm !== 0 || aheadMs !== 0)) {
    const clocks = shape.clocks.map(() => ({ driftPpm: 0, aheadMs: 0 }));
    simpler.push((plan) => ({ ...plan, shape: { ...plan.shape, clocks } }));
  }
  const { maxRequests, maxOutcomes, ...config } = shape.config;
  if (maxRequests !== undefined || maxOutcomes !== undefined) {
    simpler.push((plan) => ({ ...plan, shape: { ...plan.shape, config } }));
  }
  if (intents.some(({ retries, again }) => retries > 0 || again)) {
    simpler.push((plan) => ({
      ...plan,
      intents: plan.intents.map((intent) => ({ ...intent, retries: 0, again: false })),
    }));
  }
  return simpler;
}
