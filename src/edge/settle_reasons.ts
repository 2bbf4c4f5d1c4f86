/**
 * Why deleted keys are not forgotten yet, one word for each.
 *
 * @module
 */
import type { Entry } from "../settle/waiting.ts";

/** `new`: nobody was asked yet; `asked`: somebody is; `agreed`: G is not over; else what somebody said when all were asked. */
export function reasonOf({ refused, asked, agreedMs }: Entry): string {
  return asked ? "asked" : refused ?? (agreedMs === null ? "new" : "agreed");
}

/** How many wait for which reason. */
export function countReasons(entries: readonly Entry[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const entry of entries) {
    const reason = reasonOf(entry);
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return counts;
}
