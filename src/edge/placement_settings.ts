/**
 * How keys are placed: what a cluster is founded with, and keeps (paper, section 6.2; docs/placement.md).
 *
 * @module
 */
import type { Strategy } from "../ring/partition.ts";

/** Strategy, and T: both are part of the genesis. */
export interface PlacementSettings {
  /** 1 and 2: random tokens. 3: equal ranges that are dealt out. */
  readonly strategy: Strategy;
  /** Random tokens a node; 0 under strategy 3, which has none. */
  readonly tokens: number;
}

/** Random tokens a node where nobody says how many: under strategy 1 they cut the ranges, so there should be many. */
export const TOKENS: Readonly<Record<Strategy, number>> = { 1: 64, 2: 8, 3: 0 };

/**
 * What is said of the placement.
 *
 * @throws {RangeError} If it contradicts itself: a sentence for people.
 *
 * @example Strategy 1 has 64 tokens a node, unless it is said otherwise
 * ```ts
 * import { placementOf } from "./placement_settings.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(placementOf({ strategy: 1 }), { strategy: 1, tokens: 64 });
 * assertEquals(placementOf({}), { strategy: 3, tokens: 0 });
 * assertThrows(() => placementOf({ tokens: 8 }), RangeError, "strategy 3 has no random tokens");
 * ```
 */
export function placementOf(
  { strategy = 3, tokens, partitions }: {
    readonly strategy?: Strategy | undefined;
    readonly tokens?: number | undefined;
    readonly partitions?: number | undefined;
  },
): PlacementSettings {
  if (strategy === 3 && tokens !== undefined) {
    throw new RangeError(
      `Cannot use ${tokens} tokens: strategy 3 has no random tokens; strategy 1 or 2 wanted, or none`,
    );
  }
  if (strategy === 1 && partitions !== undefined) {
    throw new RangeError(
      `Cannot use ${partitions} partitions: under strategy 1 tokens cut the ranges; strategy 2 or 3 wanted, or none`,
    );
  }
  return { strategy, tokens: tokens ?? TOKENS[strategy] };
}
