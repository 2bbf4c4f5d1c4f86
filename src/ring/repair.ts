/**
 * Repair: mends the spacing of a circle by swapping owners, two partitions at a time.
 *
 * A swap changes nobody's number of partitions, so balance stays. Each step takes the swap that mends most, and of those
 * the one that moves least away from where the circle came from; a swap that puts something back where it was is a gain.
 * Sometimes no swap mends anything at once, as on a plateau: then the least harmful one is made all the same, and
 * may not be undone for some steps, so that the search walks on instead of stepping to and fro (tabu search). The best
 * circle that was ever seen is the result, so repair never makes a circle worse.
 *
 * It is a search, and may stop short: whoever wants a certain end deals anew (`claim.ts`). Nothing is drawn by chance and
 * equal swaps are tried in the order of their places, so everybody finds the same.
 *
 * @module
 */
import { NOBODY, NODE_CONFLICT, type Spacing } from "./spacing.ts";

/** Steps after which the search gives up: enough for some hundred partitions; with thousands, zones may need more. */
const MAX_STEPS = 300;
/** Of the partitions in conflict, how many are tried in a step. Twice as many find no better rings. */
const MAX_TRIED = 8;
/** For how many steps a swap may not be made again. */
const BARRED_STEPS = 12;
/**
 * Steps without a gain, after which the search gives up: while a node is too near itself, and for zones alone, for which
 * more patience moves more than it mends.
 */
const PATIENCE = { nodes: 40, zones: 8 };

interface Swap {
  readonly a: number;
  readonly b: number;
  /** By how much the conflicts change. */
  readonly change: number;
}

/**
 * Swaps owners until nothing is too near, or nothing helps. Changes the circle. Returns how many swaps led there.
 *
 * @param base Whose each partition is before the plan: what is not there afterwards has to move.
 */
export function repair(circle: Spacing, base: readonly number[]): number {
  const barredUntil = new Map<number, number>();
  let weight = circle.total();
  let best = { owners: circle.owners, weight, steps: 0, patience: patience(circle) };
  for (let step = 0; best.weight > 0 && step < MAX_STEPS; step++) {
    const swap = bestSwap(circle, base, ({ a, b, change }) =>
      // A barred swap is allowed if it leads to something better than all before.
      (barredUntil.get(a * circle.size + b) ?? 0) <= step || weight + change < best.weight);
    if (swap === null) break;
    const { a, b, change } = swap;
    circle.swap(a, b);
    barredUntil.set(a * circle.size + b, step + BARRED_STEPS + 1);
    barredUntil.set(b * circle.size + a, step + BARRED_STEPS + 1);
    weight += change;
    if (weight < best.weight) {
      best = { owners: circle.owners, weight, steps: step + 1, patience: patience(circle) };
    }
    if (step + 1 - best.steps > best.patience) break;
  }
  best.owners.forEach((owner, at) => circle.give(at, owner));
  return best.steps;
}

function patience(circle: Spacing): number {
  return circle.nodesApart() ? PATIENCE.zones : PATIENCE.nodes;
}

/** The allowed swap that mends most and then moves least: of the first partitions in conflict with any other. */
function bestSwap(
  circle: Spacing,
  base: readonly number[],
  allowed: (swap: Swap) => boolean,
): Swap | null {
  let best: Swap | null = null;
  let bestCost = Infinity;
  for (const a of worst(circle)) {
    const left = circle.ownerOf(a);
    for (let b = 0; b < circle.size; b++) {
      const right = circle.ownerOf(b);
      if (left === right) continue;
      const change = circle.swapChange(a, b);
      const moves = moved(base[a]!, right) - moved(base[a]!, left) +
        moved(base[b]!, left) - moved(base[b]!, right);
      const cost = change * 8 + moves; // moves are at most 2: they only break ties
      if (cost < bestCost && allowed({ a, b, change })) {
        best = { a, b, change };
        bestCost = cost;
      }
    }
  }
  return best;
}

/** The first partitions in conflict; those where a node meets itself, if there are any. */
function worst(circle: Spacing): number[] {
  const all: number[] = [];
  const heavy: number[] = [];
  for (let at = 0; at < circle.size && heavy.length < MAX_TRIED; at++) {
    const weight = circle.conflictsAt(at);
    if (weight > 0) all.push(at);
    if (weight >= NODE_CONFLICT) heavy.push(at);
  }
  return (heavy.length > 0 ? heavy : all).slice(0, MAX_TRIED);
}

/** 1 if the partition has to be sent to `owner`. What nobody owned has to be sent anyway. */
function moved(base: number, owner: number): number {
  return base !== NOBODY && base !== owner ? 1 : 0;
}
