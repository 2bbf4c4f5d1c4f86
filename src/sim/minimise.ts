/**
 * Makes a failing plan smaller: leaves out faults, intents, weather, keys, nodes and time as long as it still breaks the same
 * law.
 *
 * Halves are tried first, then quarters, and so on down to single ones (delta debugging), again and again until nothing
 * more can go. Since each link, disk and client draws from a stream of its own, what is left out changes little else.
 *
 * @module
 */
import { DEFAULTS } from "../protocol/config.ts";
import type { Fault, Plan, Weather } from "./plan.ts";

/** Less time than that is not worth a run. */
const LEAST_MS = 100;

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
    for (let key = smallest.shape.keys; --key >= 0;) {
      if (smallest.shape.keys > 1) attempt(withoutKey(smallest, key));
    }
    for (let node = smallest.shape.clocks.length; --node >= 0;) {
      if (smallest.shape.clocks.length > Math.max(1, smallest.shape.config.n ?? DEFAULTS.n)) {
        attempt(withoutNode(smallest, node));
      }
    }
    for (let at = momentsOf(smallest).length; --at >= 0;) {
      // What lies between two things that happen is left out whole, or by halves.
      for (const share of [1, 0.5]) {
        const sooner = closer(smallest, at, share);
        if (sooner !== null && attempt(sooner)) break;
      }
    }
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

/** One key fewer: what was about it is about another. */
function withoutKey(plan: Plan, gone: number): Plan {
  const moved = (key: number) => key > gone || (key === gone && key > 0) ? key - 1 : key;
  return {
    ...plan,
    shape: { ...plan.shape, keys: plan.shape.keys - 1 },
    intents: plan.intents.map((intent) => ({ ...intent, key: moved(intent.key) })),
    faults: plan.faults.map((fault) =>
      "key" in fault ? { ...fault, key: moved(fault.key) } : fault
    ),
  };
}

/** One node fewer: what befell it befalls nobody, and who asked it asks another. */
function withoutNode(plan: Plan, gone: number): Plan {
  const moved = (node: number) => node > gone ? node - 1 : node;
  const clocks = plan.shape.clocks.toSpliced(gone, 1);
  const faults = plan.faults.flatMap((fault): Fault[] => {
    if ("side" in fault) {
      const side = fault.side.filter((node) => node !== gone).map(moved);
      return side.length === 0 ? [] : [{ ...fault, side }];
    }
    if ("from" in fault) {
      const { from, to } = fault;
      return from === gone || to === gone ? [] : [{ ...fault, from: moved(from), to: moved(to) }];
    }
    if (!("node" in fault)) return [fault];
    return fault.node === gone ? [] : [{ ...fault, node: moved(fault.node) }];
  });
  return {
    ...plan,
    shape: { ...plan.shape, clocks },
    intents: plan.intents.map((intent) => ({
      ...intent,
      node: intent.node === gone ? intent.node % clocks.length : moved(intent.node),
    })),
    faults,
    broken: plan.broken.filter(({ node }) => node !== gone)
      .map(({ node, how }) => ({ node: moved(node), how })),
  };
}

/** When anything happens by the plan, in order, its calm at last. */
function momentsOf({ intents, faults, calmAtMs }: Plan): number[] {
  const all = [...intents, ...faults].map(({ atMs }) => atMs);
  return [...new Set([...all, calmAtMs])].sort((a, b) => a - b);
}

/** The plan with less time before one of its moments; null if there is none to be spared. */
function closer(plan: Plan, at: number, share: number): Plan | null {
  const moments = momentsOf(plan);
  const [before, from] = [moments[at - 1] ?? 0, moments[at]!];
  const byMs = Math.floor((from - before) * share);
  if (byMs < LEAST_MS) return null;
  const moved = (atMs: number) => atMs >= from ? atMs - byMs : atMs;
  const sooner = <Item extends { readonly atMs: number }>(item: Item): Item => ({
    ...item,
    atMs: moved(item.atMs),
  });
  return {
    ...plan,
    intents: plan.intents.map(sooner),
    faults: plan.faults.map(sooner),
    calmAtMs: moved(plan.calmAtMs),
  };
}
