/**
 * What a lane begins with, what a put in it begins with, and what a hint says of itself.
 *
 * @module
 */
import type { FetchResult, StoredHint, StoredRecord } from "../protocol/event.ts";
import type { Hint } from "../protocol/message.ts";
import type { CopyName } from "../protocol/outbox.ts";
import { EMPTY, sync } from "../version/siblings.ts";
import { current, type Held } from "./lane.ts";
import { allCopies } from "./looks.ts";

/** What a lane holds when its copy is there. */
export function heldOf(
  { owner }: CopyName,
  result: Exclude<FetchResult, { kind: "failed" }>,
  hints: readonly StoredHint[] = [],
): Held {
  if (owner === null) {
    const durable = result.kind === "record" ? result.record : null;
    const damaged = result.kind === "damaged";
    return { durable, damaged, beside: EMPTY, storing: null, next: null };
  }
  const durable = hints.find((hint) => hint.owner === owner)?.record ?? null;
  const others = hints.filter((hint) => hint.owner !== owner);
  const beside = allCopies(result, others) ?? EMPTY;
  return { durable, damaged: false, beside, storing: null, next: null };
}

/** What a put starts from: a fallback knows more of the key than the one hint. */
export function start(held: Held): StoredRecord | null {
  const now = current(held);
  if (held.beside.clock.size === 0) return now;
  return { container: sync(now?.container ?? EMPTY, held.beside), mine: now?.mine ?? null };
}

/** Of a hint, the record says what it is good for. W is the greatest of its puts'. */
export function withTerms(
  { container, mine }: StoredRecord,
  held: Held,
  hint: Hint | null,
  n: number,
): StoredRecord {
  if (hint === null) return { container, mine };
  const w = Math.max(hint.w, current(held)?.hint?.w ?? 0);
  return { container, mine, hint: { n, seat: hint.seat, w } };
}
