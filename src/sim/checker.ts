/**
 * Holds what clients saw to the laws, knowing nothing of the store but what they saw.
 *
 * {@linkcode checkAnswers} looks at every answer by itself, {@linkcode checkSessions} at what one client saw after another
 * thing, {@linkcode checkOverlap} at what overlapping quorums promise, {@linkcode checkEnd} at what is there when all is over.
 * Each gives every breach that it finds.
 *
 * What may not be asked of an eventually consistent store is counted, not judged: {@linkcode measure} says how often a read
 * missed what had been acknowledged before it began, and for how long (law S7).
 *
 * @module
 */
import type { HintTime } from "./hint_times.ts";
import type { History, Operation, WriteName } from "./history.ts";
import type { WriteSet } from "./write_set.ts";

/** A law that does not hold, and how that shows. */
export interface Breach {
  readonly law: string;
  readonly what: string;
  /** Where it was thrown, if it was: a broken invariant of the node, or a fault of the simulator itself. */
  readonly stack?: string;
  /** The step in which it showed, or which a node threw instead of taking: which node, when, and what had come. */
  readonly at?: string;
}

/** What is there of one key when all is over. */
export interface End {
  readonly key: string;
  readonly live: readonly WriteName[];
}

/** A disk that has lost what it had said is durable. */
export interface Loss {
  readonly machine: string;
  /** The key that it was about; null for all of them. */
  readonly key: string | null;
  readonly atMs: number;
  /** True: it is back at an old state, and nobody can know; what else is lost its node knows, and says. */
  readonly unknown?: boolean;
}

/**
 * Each answer by itself. S4: it shows only what somebody had begun to write, and nothing that was refused definitely, then
 * or later. S5: nothing twice. S6: nothing beside what overwrote it. Q10: the answer to a put shows the put.
 */
export function checkAnswers(history: History): Breach[] {
  const begun = new Map<WriteName, Operation>();
  const breaches: Breach[] = [];
  for (const operation of history.operations) {
    if (operation.write !== null) begun.set(operation.write, operation);
  }
  for (const { shown, endMs, client, kind, key, write, ending } of history.operations) {
    if (shown === null) continue;
    const who = `a ${kind} of ${key} by client ${client}, answered at ${Math.round(endMs)} ms,`;
    for (const write of shown) {
      const put = begun.get(write);
      if (put === undefined || put.startMs > endMs) {
        breaches.push({
          law: "S4",
          what: `${who} shows ${write}, which nobody had begun to write`,
        });
      } else if (put.key !== key) {
        breaches.push({
          law: "S4",
          what: `${who} shows ${write}, which was written to ${put.key}`,
        });
      } else if (put.ending === "refused") {
        breaches.push({ law: "S4", what: `${who} shows ${write}, which was refused for good` });
      }
    }
    if (kind === "put" && ending === "ok" && !shown.includes(write!)) {
      breaches.push({ law: "Q10", what: `${who} does not show ${write}, which it acknowledges` });
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
 *
 * A session may be told that what it had seen is lost, and begins anew; but only if a disk has lost something, or its key was
 * deleted and forgotten.
 */
export function checkSessions(history: History, losses: readonly Loss[]): Breach[] {
  const breaches = inversions(history, ({ session }) => session).map(({ reader, missing }) => ({
    law: "S20",
    what: `client ${reader.client} was not shown ${missing} of ${reader.key} at ${
      Math.round(reader.endMs)
    } ms, though its session had it before`,
  }));
  for (const { reset, key, client, endMs } of history.operations) {
    if (!reset || losses.some((loss) => isAbout(loss, key) && loss.atMs < endMs)) continue;
    if (history.isKeySettled(key, endMs)) continue;
    const what = `client ${client} was told that its session of ${key} is lost, and nothing was`;
    breaches.push({ law: "S20", what });
  }
  return breaches;
}

/**
 * Where R + W > N, a read is shown every write that was acknowledged before it began, or what overwrote it (law Q16). But
 * where somebody stood in for a replica, of that write or of that read, it may miss it while something of the key is kept
 * for somebody.
 *
 * Disks that were wiped or damaged are no excuse (law S14), while fewer than W that have the write have lost anything: who
 * has counts toward no read until it has the write again. But a write that asked for fewer copies than W is outside the
 * promise then, and whoever was put back from an old copy does not know of it. And of what somebody stood in for they are
 * one: what he keeps for another may be on the lost disk.
 *
 * @param n How many replicas each key has; there must be as many.
 * @param w W, where a write does not say.
 * @param hints When something was kept; left out: that nobody knows, and nothing is asked of what was stood in for.
 */
export function checkOverlap(
  history: History,
  { n, w, losses, hints }: {
    readonly n: number;
    readonly w: number;
    readonly losses: readonly Loss[];
    readonly hints?: readonly HintTime[];
  },
): Breach[] {
  const breaches: Breach[] = [];
  const unknown = losses.filter(({ unknown }) => unknown);
  const isPromised = (put: Operation) => {
    const lost = lostSince(losses, put);
    if (lost === 0) return !put.sloppy || hints !== undefined;
    return !put.sloppy && lost < w && put.quorum >= w && lostSince(unknown, put) === 0;
  };
  const puts = acknowledged(history.operations).filter(isPromised);
  const byName = new Map(puts.map((put) => [put.write!, put]));
  const ended = inOrderOfEnds(puts);
  /** What was acknowledged of a key with so high a W. */
  const known = new Map<string, Map<number, WriteSet>>();
  for (const read of history.operations) {
    const { kind, ending, sloppy, key, client, startMs, endMs, quorum: r, shown } = read;
    if (kind !== "get" || ending !== "ok" || (sloppy && hints === undefined)) continue;
    for (const put of ended(startMs)) {
      const ofKey = entry(known, put.key, () => new Map<number, WriteSet>());
      entry(ofKey, put.quorum, () => history.none()).add(put.write!);
    }
    const covered = history.covered(shown ?? []);
    const isExcused = hints?.some((hint) => isDuring(hint, read)) ?? false;
    const [missed] = [...known.get(key) ?? []].filter(([w]) => w + r > n)
      .flatMap(([, writes]) => writes.without(covered))
      .filter((write) => {
        const put = byName.get(write)!;
        if (history.isSettled(write, endMs)) return false;
        if (sloppy && lostSince(losses, put) > 0) return false;
        return !isExcused || (!sloppy && !put.sloppy);
      });
    if (missed === undefined) continue;
    const put = byName.get(missed)!;
    const stoodIn = put.sloppy || sloppy ? "; nothing of it was kept for anybody by then" : "";
    breaches.push({
      law: "Q16",
      what: `client ${client} read ${key} at ${Math.round(startMs)} ms with R ${r} and missed ` +
        `${missed}, acknowledged with W ${put.quorum} at ${Math.round(put.endMs)} ms${stoodIn}`,
    });
  }
  return breaches;
}

function isDuring({ key, fromMs, toMs }: HintTime, { key: of, startMs, endMs }: Operation) {
  return key === of && fromMs <= endMs && startMs <= toMs;
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
  const ended = inOrderOfEnds(history.operations.filter(({ ending }) => ending === "ok"));
  /** What each client has been shown of each key. */
  const known = new Map<string, WriteSet>();
  for (const reader of history.operations) {
    if (reader.kind !== "get" || reader.ending !== "ok" || reader.reset || !whose(reader)) continue;
    for (const { client, key, reset, shown } of ended(reader.startMs)) {
      const name = `${client} ${key}`;
      // A session that was told that it begins anew has seen nothing yet.
      if (reset) known.delete(name);
      const writes = entry(known, name, () => history.none());
      for (const write of shown ?? []) writes.add(write);
    }
    const covered = history.covered(reader.shown ?? []);
    const [missing] = known.get(`${reader.client} ${reader.key}`)?.without(covered)
      .filter((write) => !history.isSettled(write, reader.endMs)) ?? [];
    if (missing !== undefined) found.push({ reader, missing });
  }
  return found;
}

/** Gives, for one moment after the other, the operations that have ended before it and were not given yet. */
function inOrderOfEnds(operations: readonly Operation[]): (beforeMs: number) => Operation[] {
  const sorted = [...operations].sort((a, b) => a.endMs - b.endMs);
  let given = 0;
  return (beforeMs) => {
    const first = given;
    while (given < sorted.length && sorted[given]!.endMs < beforeMs) given++;
    return sorted.slice(first, given);
  };
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, fresh: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = fresh());
  return value;
}

/**
 * What is there at the end, with equality: exactly what was written and nothing overwrote.
 *
 * S1: an acknowledged write is there, or overwritten by what is. S2: nothing is there beside what overwrote it. S3: a write
 * of which nobody knew may be there or not; once it was shown, it obeys S1. S4: nothing is there that nobody wrote, or that
 * was refused. S5: nothing is there twice. S12: what W disks had may be gone only if as many have lost something since.
 */
export function checkEnd(history: History, { key, live }: End, losses: readonly Loss[]): Breach[] {
  const breaches = antichain(history, live).map(({ law, what }) => ({
    law,
    what: `in the end ${key} ${what}`,
  }));
  const ofKey = history.operations.filter((operation) => operation.key === key);
  for (const write of live) {
    const put = ofKey.find((operation) => operation.write === write);
    const why = put === undefined ? "nobody wrote it" : "it was refused for good";
    if (put === undefined || put.ending === "refused") {
      breaches.push({ law: "S4", what: `${key} has ${write}: ${why}` });
    }
  }
  const covered = history.covered(live);
  for (const put of acknowledged(ofKey)) {
    const { write, startMs, quorum } = put;
    if (covered.has(write!) || lostSince(losses, put) >= quorum) continue;
    if (history.isSettled(write!, Infinity)) continue;
    const what = `${write} of ${key}, begun at ${
      Math.round(startMs)
    } ms, was acknowledged and is lost`;
    breaches.push({ law: "S1", what });
  }
  for (const deletion of ofKey) {
    const { kind, write, ending, shown, seen, quorum } = deletion;
    // A delete that found nothing left to delete is no write. What it would have deleted is gone, and W disks know it.
    if (kind !== "delete" || ending !== "ok" || shown?.includes(write!)) continue;
    if (lostSince(losses, deletion) >= quorum) continue;
    const back = seen.find((older) => live.includes(older));
    if (back !== undefined) {
      breaches.push({ law: "S2", what: `${back} of ${key} is there, although it was deleted` });
    }
  }
  const shown = new Set(ofKey.flatMap(({ shown }) => shown ?? []));
  for (const put of ofKey) {
    const { write } = put;
    if (write === null || !shown.has(write) || covered.has(write)) continue;
    if (history.isSettled(write, Infinity)) continue;
    // Of what nobody has acknowledged a client may have been shown the only copy.
    if (lostSince(losses, put) > 0) continue;
    breaches.push({ law: "S3", what: `${write} of ${key} was shown to a client and has vanished` });
  }
  return breaches;
}

/** How many machines have lost something of a write's key since it began. */
function lostSince(losses: readonly Loss[], { key, startMs }: Operation): number {
  const since = losses.filter((loss) => isAbout(loss, key) && loss.atMs >= startMs);
  return new Set(since.map(({ machine }) => machine)).size;
}

function isAbout(loss: Loss, key: string): boolean {
  return loss.key === null || loss.key === key;
}

/** Puts and deletes that were acknowledged, and made a write: all but deletes that say that they made none. */
function acknowledged(operations: readonly Operation[]): Operation[] {
  return operations.filter(({ kind, write, ending, shown }) =>
    write !== null && ending === "ok" &&
    (kind === "put" || shown === null || shown.includes(write))
  );
}

/** No write twice, and none beside what overwrote it. */
function antichain(history: History, live: readonly WriteName[]): Breach[] {
  const breaches: Breach[] = [];
  const overwritten = history.none();
  for (const write of live) overwritten.addAll(history.overwrittenBy(write));
  // Of many siblings nearly always all are right: pair by pair they are looked at only if one is not.
  if (new Set(live).size === live.length && !live.some((write) => overwritten.has(write))) {
    return [];
  }
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
  const puts = acknowledged(history.operations);
  const reads = history.operations.filter(({ kind, ending }) => kind === "get" && ending === "ok");
  const found = history.covered(ends.flatMap(({ live }) => live));
  const endOf = new Map(puts.map(({ write, endMs }) => [write!, endMs]));
  const ended = inOrderOfEnds(puts);
  const known = new Map<string, WriteSet>();
  let stale = 0;
  let longestMs = 0;
  for (const { key, startMs, shown } of reads) {
    const covered = history.covered(shown ?? []);
    found.addAll(covered);
    for (const put of ended(startMs)) {
      entry(known, put.key, () => history.none()).add(put.write!);
    }
    const missed = (known.get(key)?.without(covered) ?? [])
      .filter((write) => !history.isSettled(write, Infinity));
    if (missed.length > 0) stale++;
    for (const endMs of missed.map((write) => endOf.get(write)!)) {
      longestMs = Math.max(longestMs, startMs - endMs);
    }
  }
  return {
    reads: reads.length,
    stale,
    longestMs,
    neverRead: puts.filter(({ write }) => !found.has(write!)).length,
    inversions: inversions(history, ({ session }) => !session).length,
  };
}
