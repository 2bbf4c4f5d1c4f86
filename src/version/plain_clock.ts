/**
 * The paper's own vector clock (section 4.4), for teaching and for comparison: nothing that runs imports it.
 *
 * Each *version* has a clock: a list of (node, counter) pairs, and beside each pair the time at which the node wrote
 * last. The coordinator of a put takes the client's context and counts its own pair up. Of two versions, the one whose
 * clock is an ancestor of the other's is forgotten; if neither is, both are kept. When a clock has more pairs than a
 * threshold (the paper says 10), the oldest goes.
 *
 * Why rotor does not use it, each with a law that finds the failure:
 *
 * - **It loses acknowledged writes.** Mary and Peter, who have read nothing, both write through node a. Their versions
 *   get {a:1} and {a:2}; the second seems to descend from the first, which is forgotten. Two steps are enough. The pair
 *   says "events 1 to 2 of a", and Peter never saw event 1: one number stands both for *what was seen* and for *which
 *   event this is*. `siblings.ts` keeps the two apart.
 * - **Truncation forgets.** A version whose ancestor's pair was cut no longer seems to descend from it: both are kept,
 *   and the client reconciles what it has reconciled already. That is as harmless as the paper says only while the clocks
 *   of all nodes agree with causality and no node ever counts from 1 again. A node whose wall clock is behind writes a
 *   pair that looks old at once: then the very pair that tells a version from its ancestor is cut, and the ancestor wins.
 *   And a node whose pair was cut begins at 1 again, so that its older versions seem to descend from its newer ones.
 *
 * @module
 */
import { compare, type NodeId } from "../id.ts";

/** How often a node has written a version's ancestors and itself, and when it did so last, by its own wall clock. */
export interface PlainEntry {
  /** Events of the node, this version's own included if the node wrote it. */
  readonly counter: number;
  /** When it wrote last. */
  readonly lastMs: number;
}

/** One version's clock. */
export type PlainClock = ReadonlyMap<NodeId, PlainEntry>;

/** A value and its clock. */
export interface PlainVersion<T> {
  /** What was written. */
  readonly value: T;
  /** Which versions it descends from. */
  readonly clock: PlainClock;
}

/** True if `a` is equal to `b` or a later version of it. Times are not compared. */
export function plainDescends(a: PlainClock, b: PlainClock): boolean {
  return [...b].every(([node, { counter }]) => (a.get(node)?.counter ?? 0) >= counter);
}

/** The clock that descends from all of `clocks`: what a client that has read all their versions gives as its context. */
export function plainMerge(clocks: readonly PlainClock[]): PlainClock {
  const merged = new Map<NodeId, PlainEntry>();
  for (const [node, entry] of clocks.flatMap((clock) => [...clock])) {
    const other = merged.get(node);
    merged.set(node, {
      counter: Math.max(entry.counter, other?.counter ?? 0),
      lastMs: Math.max(entry.lastMs, other?.lastMs ?? 0),
    });
  }
  return merged;
}

/** The versions that no other one descends from; of equal clocks the first. The paper calls it syntactic reconciliation. */
export function reconcile<T>(versions: readonly PlainVersion<T>[]): PlainVersion<T>[] {
  return versions.filter(({ clock }, i) =>
    !versions.some((other, j) =>
      i !== j && plainDescends(other.clock, clock) && (j < i || !plainDescends(clock, other.clock))
    )
  );
}

/** The clock without its oldest pairs, so that at most `limit` are left. */
export function truncate(clock: PlainClock, limit: number): PlainClock {
  const newestFirst = [...clock].sort(([a, x], [b, y]) => y.lastMs - x.lastMs || compare(a, b));
  return new Map(newestFirst.slice(0, limit));
}

/** A put as its coordinator sees it. */
export interface PlainPut<T> {
  /** What is written. */
  readonly value: T;
  /** The clock that the client gives back from its read; empty for a blind put. */
  readonly context: PlainClock;
  /** Who coordinates. */
  readonly node: NodeId;
  /** The coordinator's wall clock. */
  readonly nowMs: number;
  /** Most pairs that a clock may have. @default no limit */
  readonly limit?: number;
}

/**
 * What the coordinator holds after a put.
 *
 * @example Two blind writes through one coordinator: the first is lost
 * ```ts
 * import { plainPut, type PlainVersion } from "./plain_clock.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const blind = { context: new Map(), node: nodeId("a") };
 * let held: PlainVersion<string>[] = [];
 * held = plainPut(held, { ...blind, value: "Mary's", nowMs: 1 });
 * held = plainPut(held, { ...blind, value: "Peter's", nowMs: 2 });
 * assertEquals(held.map(({ value }) => value), ["Peter's"]);
 * ```
 */
export function plainPut<T>(
  held: readonly PlainVersion<T>[],
  { value, context, node, nowMs, limit = Infinity }: PlainPut<T>,
): PlainVersion<T>[] {
  const known = [context, ...held.map(({ clock }) => clock)];
  const counter = 1 + Math.max(...known.map((clock) => clock.get(node)?.counter ?? 0));
  const clock = truncate(new Map(context).set(node, { counter, lastMs: nowMs }), limit);
  return reconcile([...held, { value, clock }]);
}
