/**
 * Holds what clients saw to the laws, knowing nothing of the store but what they saw.
 *
 * {@linkcode checkAnswers} looks at every answer by itself, {@linkcode checkSessions} at what one client saw after another
 * thing, {@linkcode checkOverlap} at what strict quorums promise, {@linkcode checkEnd} at what is there when all is over.
 * Each gives every breach that it finds.
 *
 * What may not be asked of an eventually consistent store is counted, not judged: {@linkcode measure} says how often a read
 * missed what had been acknowledged before it began, and for how long (law S7).
 *
 * @module
 */
import type { History, Operation, WriteName } from "./history.ts";

/** A law that does not hold, and how that shows. */
export interface Breach {
  readonly law: string;
  readonly what: string;
}

/** What is there of one key when all is over. */
export interface End {
  readonly key: string;
  readonly live: readonly WriteName[];
}

/** What a run may have destroyed, and so may not be asked for. */
export interface Allowance {
  /**
   * True if more disks have lost something than every acknowledged write had durable copies to spare: then a write may
   * be gone. What is there must still be right.
   */
  readonly mayLose: boolean;
  /** True if any disk has lost something: what was shown but not acknowledged may have been on that one alone. */
  readonly mayLoseUnacknowledged: boolean;
}

/**
 * Each answer by itself. S4: it shows only what somebody had begun to write. S5: nothing twice. S6: nothing beside what
 * overwrote it.
 */
export function checkAnswers(history: History): Breach[] {
  const begun = new Map<WriteName, number>();
  const breaches: Breach[] = [];
  for (const { write, startMs } of history.operations) {
    if (write !== null && !begun.has(write)) begun.set(write, startMs);
  }
  for (const { shown, endMs, client, kind, key } of history.operations) {
    if (shown === null) continue;
    const who = `a ${kind} of ${key} by client ${client}, answered at ${Math.round(endMs)} ms,`;
    for (const write of shown) {
      const startMs = begun.get(write);
      if (startMs === undefined || startMs > endMs) {
        breaches.push({
          law: "S4",
          what: `${who} shows ${write}, which nobody had begun to write`,
        });
      }
    }
    breaches.push(
      ...antichain(history, shown).map(({ law, what }) => ({
        law: law === "S2" ? "S6" : law,
        what: `${who} ${what}`,
      })),
    );
  }
  return breaches;
}

/**
 * The four session guarantees (law S20), of clients that carry their context: what a session was shown or has written, it
 * is shown ever after, or what overwrote it. Its writes overwrite what it was shown, so that whoever sees them sees no
 * trace of that (monotonic writes, writes follow reads): {@linkcode checkAnswers} has looked at it.
 */
export function checkSessions(history: History, { mayLose }: Pick<Allowance, "mayLose">): Breach[] {
  if (mayLose) return [];
  return inversions(history, ({ session }) => session).map(({ reader, missing }) => ({
    law: "S20",
    what: `client ${reader.client} was not shown ${missing} of ${reader.key} at ${
      Math.round(reader.endMs)
    } ms, though its session had it before`,
  }));
}

/**
 * Where R + W > N, a read is shown every write that was acknowledged before it began, or what overwrote it (law Q16). But
 * for those in which somebody stood in for a replica: of such a write or a read a hint is outstanding.
 *
 * @param n How many replicas each key has; there must be as many.
 */
export function checkOverlap(history: History, n: number): Breach[] {
  const breaches: Breach[] = [];
  const puts = acknowledged(history).filter(({ sloppy }) => !sloppy);
  for (
    const { kind, ending, sloppy, key, client, startMs, quorum: r, shown } of history.operations
  ) {
    if (kind !== "get" || ending !== "ok" || sloppy) continue;
    const before = puts.filter((put) =>
      put.key === key && put.endMs < startMs && put.quorum + r > n
    );
    if (before.length === 0) continue;
    const covered = history.covered(shown ?? []);
    const missed = before.find(({ write }) => !covered.has(write!));
    if (missed === undefined) continue;
    breaches.push({
      law: "Q16",
      what: `client ${client} read ${key} at ${Math.round(startMs)} ms with R ${r} and missed ` +
        `${missed.write}, acknowledged with W ${missed.quorum} at ${Math.round(missed.endMs)} ms`,
    });
  }
  return breaches;
}

/** Puts and deletes that were acknowledged, and made a write. */
function acknowledged(history: History): Operation[] {
  return history.operations.filter(({ write, ending, shown }) =>
    write !== null && ending === "ok" && shown?.includes(write)
  );
}

/** A read that was not shown what its client had been shown, or had written, before it began. */
export interface Inversion {
  readonly reader: Operation;
  readonly missing: WriteName;
}

/** All reads of these clients that went back in time. */
export function inversions(
  history: History,
  whose: (operation: Operation) => boolean,
): Inversion[] {
  const found: Inversion[] = [];
  for (const reader of history.operations) {
    if (reader.kind !== "get" || reader.ending !== "ok" || reader.reset || !whose(reader)) continue;
    const covered = history.covered(reader.shown ?? []);
    const before = history.operations.filter((earlier) =>
      earlier.client === reader.client && earlier.key === reader.key &&
      earlier.ending === "ok" && earlier.endMs < reader.startMs
    );
    // A session that was told that it begins anew has seen nothing yet.
    const resetMs = Math.max(-1, ...before.filter(({ reset }) => reset).map(({ endMs }) => endMs));
    const missing = before.filter(({ endMs }) => endMs >= resetMs)
      .flatMap(({ shown }) => shown ?? [])
      .find((write) => !covered.has(write));
    if (missing !== undefined) found.push({ reader, missing });
  }
  return found;
}

/**
 * What is there at the end, with equality: exactly what was written and nothing overwrote.
 *
 * S1: an acknowledged write is there, or overwritten by what is. S2: nothing is there beside what overwrote it. S3: a write
 * of which nobody knew may be there or not; once it was shown, it obeys S1. S4: nothing is there that nobody wrote. S5:
 * nothing is there twice.
 */
export function checkEnd(history: History, end: End, allowance: Allowance): Breach[] {
  const { key, live } = end;
  const breaches = antichain(history, live).map(({ law, what }) => ({
    law,
    what: `in the end ${key} ${what}`,
  }));
  for (const write of live) {
    if (!history.knows(write)) {
      breaches.push({ law: "S4", what: `${key} has ${write}: nobody wrote it` });
    }
  }
  const covered = history.covered(live);
  const ofKey = history.operations.filter((operation) => operation.key === key);
  for (const { write, ending, shown, seen, startMs } of ofKey) {
    if (write === null || ending !== "ok" || allowance.mayLose) continue;
    if (shown?.includes(write)) {
      if (!covered.has(write)) {
        breaches.push({
          law: "S1",
          what: `${write} of ${key}, begun at ${
            Math.round(startMs)
          } ms, was acknowledged and is lost`,
        });
      }
      continue;
    }
    // A delete that found nothing left to delete is no write. What it would have deleted is gone.
    const back = seen.find((older) => live.includes(older));
    if (back !== undefined) {
      breaches.push({ law: "S2", what: `${back} of ${key} is there, although it was deleted` });
    }
  }
  if (allowance.mayLoseUnacknowledged) return breaches;
  for (const write of new Set(ofKey.flatMap(({ shown }) => shown ?? []))) {
    if (!covered.has(write)) {
      breaches.push({
        law: "S3",
        what: `${write} of ${key} was shown to a client and has vanished`,
      });
    }
  }
  return breaches;
}

/** No write twice, and none beside what overwrote it. */
function antichain(history: History, live: readonly WriteName[]): Breach[] {
  const breaches: Breach[] = [];
  live.forEach((write, i) => {
    if (live.indexOf(write) !== i) breaches.push({ law: "S5", what: `shows ${write} twice` });
    const older = history.overwrittenBy(write);
    const back = live.find((other) => older.has(other));
    if (back !== undefined) {
      breaches.push({ law: "S2", what: `shows ${back}, although ${write} overwrote it` });
    }
  });
  return breaches;
}

/** How stale reads were (law S7). Nothing of this is a breach. */
export interface Staleness {
  readonly reads: number;
  /** Reads that missed a write which had been acknowledged before they began. */
  readonly stale: number;
  /** The longest time between the acknowledgement of a write and the beginning of a read that missed it. */
  readonly longestMs: number;
  /** Acknowledged writes that no later read, and nothing at the end, showed or covered. */
  readonly neverRead: number;
  /** Reads without a session that went back in time. */
  readonly inversions: number;
}

/** Measures a history. */
export function measure(history: History, ends: readonly End[]): Staleness {
  const puts = acknowledged(history);
  const reads = history.operations.filter(({ kind, ending }) => kind === "get" && ending === "ok");
  const found = new Set(history.covered(ends.flatMap(({ live }) => live)));
  let stale = 0;
  let longestMs = 0;
  for (const { key, startMs, shown } of reads) {
    const covered = history.covered(shown ?? []);
    for (const write of covered) found.add(write);
    const missed = puts.filter((put) =>
      put.key === key && put.endMs < startMs && !covered.has(put.write!)
    );
    if (missed.length > 0) stale++;
    for (const { endMs } of missed) longestMs = Math.max(longestMs, startMs - endMs);
  }
  return {
    reads: reads.length,
    stale,
    longestMs,
    neverRead: puts.filter(({ write }) => !found.has(write!)).length,
    inversions: inversions(history, ({ session }) => !session).length,
  };
}
