/**
 * Writes with the paper's plain clocks, one after another, and in truth what descends from what. Here each client is its
 * own node and knows its own last version, so that nothing but the cut can fail.
 *
 * @module
 */
import fc from "fast-check";
import { nodeId } from "../src/id.ts";
import {
  type PlainClock,
  plainDescends,
  plainMerge,
  plainPut,
  type PlainVersion,
} from "../src/version/plain_clock.ts";

/** A write by `client`, which has read its own last version and, unless null, the version of `seen` writes ago. */
export interface PlainWrite {
  /** Who writes, and through which node. */
  readonly client: number;
  /** What else it has read: 0 is the write just before. */
  readonly seen: number | null;
}

/** A written version: its clock, and in truth which earlier ones it descends from. */
export interface Written {
  /** As it was stored. */
  readonly clock: PlainClock;
  /** The indices of the writes that it descends from, its own too. */
  readonly past: ReadonlySet<number>;
}

/** How writes are done. */
export interface WriteOptions {
  /** The client's wall clock at its write. @default the index of the write */
  readonly nowMs?: (client: number, at: number) => number;
  /** Most pairs of a clock that is stored. @default no limit */
  readonly limit?: number;
  /** False: a client does not know its own last version. @default true */
  readonly ownToo?: boolean;
}

const CLIENTS = "abcd";

/** Writes one after another. */
export function writeAll(
  writes: readonly PlainWrite[],
  { nowMs = (_client, at) => at, limit = Infinity, ownToo = true }: WriteOptions = {},
): Written[] {
  const all: Written[] = [];
  for (const [at, { client, seen }] of writes.entries()) {
    const own = ownToo ? writes.slice(0, at).findLastIndex((write) => write.client === client) : -1;
    const other = seen === null ? -1 : at - 1 - seen;
    const read = [own, other].filter((index) => index >= 0);
    const put = {
      value: at,
      context: plainMerge(read.map((index) => all[index]!.clock)),
      node: nodeId(CLIENTS[client]!),
      nowMs: nowMs(client, at),
      limit,
    };
    const [{ clock }] = plainPut<number>([], put) as [PlainVersion<number>];
    all.push({ clock, past: new Set([at, ...read.flatMap((index) => [...all[index]!.past])]) });
  }
  return all;
}

/** How many pairs (x, y) there are such that x seems by its clock to descend from y, and in truth does not. */
export function falseDominance(
  all: readonly Written[],
  seems = (clock: PlainClock) => clock,
): number {
  return all.flatMap((x) =>
    all.filter((y, i) => !x.past.has(i) && plainDescends(seems(x.clock), seems(y.clock)))
  ).length;
}

/** How many pairs (x, y) there are such that x descends from y, and its clock does not say so. */
export function falseConcurrency(
  all: readonly Written[],
  seems = (clock: PlainClock) => clock,
): number {
  return all.flatMap((x) =>
    all.filter((y, i) => x.past.has(i) && !plainDescends(seems(x.clock), seems(y.clock)))
  ).length;
}

/** Writes by up to four clients. */
export const writes: fc.Arbitrary<PlainWrite[]> = fc.array(
  fc.record({
    client: fc.nat({ max: CLIENTS.length - 1 }),
    seen: fc.option(fc.nat({ max: 4 }), { freq: 4 }),
  }),
  { maxLength: 12, size: "max" },
);

/** All sequences of `length` writes by three clients, each of whom has read nothing else, or the newest. */
export function everyWrites(length: number): PlainWrite[][] {
  if (length === 0) return [[]];
  return everyWrites(length - 1).flatMap((before) =>
    [0, 1, 2].flatMap((client) => [null, 0].map((seen) => [...before, { client, seen }]))
  );
}

/** Writes for people to read. */
export function showWrites(writes: readonly PlainWrite[]): string {
  return writes.map(({ client, seen }, at) =>
    `${CLIENTS[client]} writes v${at + 1}` +
    (seen === null || at - seen < 1 ? "" : ` having read v${at - seen}`)
  ).join("; ");
}
