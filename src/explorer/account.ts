/**
 * What an exploration is held to: a deliberately dumb account of who overwrote what, kept by the numbers of puts.
 *
 * A put knows which others its client had been shown, from the answers alone, never from a clock; it covers them, and what
 * they cover, and so on. A dot gets its put when it first turns up. From then on a clock *is* a set of puts, and a
 * container must hold alive exactly those of its set which no other of the set covers: the maximal elements.
 *
 * Sets of puts are bits of a number: put 1 is bit 0. An account is a value, and a part of the state that the explorer tells
 * apart, so one world can be reached with two accounts, and both are gone on with.
 *
 * Laws, each by its id in the message: V12 a dot names one put; Q18 a put gets one dot; V14 and S11 as said above; S4
 * nothing is there that nobody wrote; S1 what was acknowledged, and S3 what was shown, is on the disks, or covered by what
 * is; Q16 a read shows what was acknowledged before it began; S20 and what its session has seen. M18 (equal clocks, equal contents) follows from V14: the
 * account makes live puts a function of the clock. So does S2 (nothing comes back beside what overwrote it).
 *
 * @module
 */
import type { Dot } from "../id.ts";
import type { Container } from "../version/siblings.ts";
import { type Actor, bootOf, nodeOf } from "../id.ts";
import { ticketOf, valueOf } from "./place.ts";

/** A set of puts. */
export type Puts = number;

/** One account. */
export interface Account {
  /** What each put covers, at any remove; put 1 is the first. */
  readonly covers: readonly Puts[];
  /** Which of them are deletes. */
  readonly deletes: Puts;
  /** Which put each dot that has turned up belongs to, by the dot's name. */
  readonly dots: ReadonlyMap<string, number>;
  /** Puts that were acknowledged. */
  readonly acknowledged: Puts;
  /** Puts that a client was shown by a get. */
  readonly shown: Puts;
  /** Puts that an acknowledged delete found gone. */
  readonly gone: Puts;
  /** Puts that a replica has forgotten, since all agreed that it may; and those of them that were dead then. */
  readonly settled: Puts;
  readonly dead: Puts;
}

/** Nothing has happened. */
export const NEW_ACCOUNT: Account = {
  covers: [],
  deletes: 0,
  dots: new Map(),
  acknowledged: 0,
  shown: 0,
  gone: 0,
  settled: 0,
  dead: 0,
};

/** A law is broken: its id and why. */
export class Broken extends Error {
  /** Tells it from other errors. */
  override readonly name = "Broken";
}

/** The set that holds this put alone. */
export function only(put: number): Puts {
  return 1 << (put - 1);
}

/** The puts of a set, for people. */
export function listed(puts: Puts): string {
  const names: string[] = [];
  for (let put = 1; puts >>> (put - 1) !== 0; put++) if (puts & only(put)) names.push(valueOf(put));
  return names.length === 0 ? "nothing" : names.join(", ");
}

/** One name for equal accounts. */
export function nameOfAccount(account: Account): string {
  const { covers, deletes, dots, acknowledged, shown, gone, settled, dead } = account;
  const named = [...dots].map(([dot, put]) => `${dot}=${put}`).sort();
  return [covers, named, deletes, acknowledged, shown, gone, settled, dead].join(";");
}

/** These puts, and all that they cover. */
export function withCovered({ covers }: Account, puts: Puts): Puts {
  let all = puts;
  for (let put = 1; puts >>> (put - 1) !== 0; put++) {
    if (puts & only(put)) all |= covers[put - 1] ?? 0;
  }
  return all;
}

/** A client who had been shown `seen` puts, or deletes. It may or may not happen. */
export function attempted(
  account: Account,
  { seen, deletion }: { readonly seen: Puts; readonly deletion: boolean },
): Account {
  const covers = [...account.covers, withCovered(account, seen)];
  const deletes = deletion ? account.deletes | only(covers.length) : account.deletes;
  return { ...account, covers, deletes };
}

/**
 * A put was acknowledged with an answer that shows `live`, to a client who had been shown `seen` before.
 *
 * @throws {Broken} If the answer shows it not; but a delete that has nothing left to delete is no event.
 */
export function acknowledged(
  account: Account,
  { put, live, seen }: { readonly put: number; readonly live: Puts; readonly seen: Puts },
): Account {
  if (live & only(put)) return { ...account, acknowledged: account.acknowledged | only(put) };
  if (account.deletes & only(put)) return { ...account, gone: account.gone | seen };
  throw new Broken(`Q10: ${valueOf(put)} was acknowledged, and the answer shows ${listed(live)}`);
}

/** The puts that are live in a container, by their write ids. */
export function liveIn({ siblings }: Container): Puts {
  return siblings.reduce((puts, { version }) => puts | only(ticketOf(version.writeId)), 0);
}

/** A dot for people: node, process, which actor of it, and the count. */
export function dotName({ actor, counter }: Dot): string {
  const seq = actor.slice(-4);
  let number = 0;
  for (let i = 0; i < 4; i++) number = number * 256 + seq.charCodeAt(i);
  return `${nodeOf(actor)}.${bootOf(actor).slice(-1)}.${number}:${counter}`;
}

/**
 * Takes note of the containers that have turned up in one step. `twins`: a put may have two dots.
 *
 * @throws {Broken} If they cannot be.
 */
export function learn(
  account: Account,
  containers: readonly Container[],
  { twins }: { readonly twins: boolean },
): Account {
  let learnt = account;
  for (const container of containers) learnt = withDotsOf(learnt, container, twins);
  for (const container of containers) checkContainer(learnt, container);
  return learnt;
}

function withDotsOf(account: Account, { siblings }: Container, twins: boolean): Account {
  let { dots } = account;
  for (const { dot, version } of siblings) {
    const [name, put] = [dotName(dot), ticketOf(version.writeId)];
    const known = dots.get(name);
    if (known === put) continue;
    if (known !== undefined) {
      throw new Broken(`V12: the dot ${name} names ${valueOf(known)} and ${valueOf(put)}`);
    }
    for (const [other, of] of dots) {
      if (of === put && !twins) {
        throw new Broken(`Q18: ${valueOf(put)} was issued as ${other} and as ${name}`);
      }
    }
    if (!(put >= 1 && put <= account.covers.length)) {
      throw new Broken(`S4: ${version.writeId} was never attempted`);
    }
    const text = String.fromCharCode(...version.content);
    if (text !== (version.tombstone ? "" : valueOf(put))) {
      throw new Broken(`S4: ${valueOf(put)} reads ${JSON.stringify(text)}`);
    }
    dots = new Map(dots).set(name, put);
  }
  return dots === account.dots ? account : { ...account, dots };
}

/** A replica has removed this, and with it all that it knows of these puts. */
export function settled(account: Account, container: Container): Account {
  const seen = seenBy(account, container);
  return {
    ...account,
    settled: account.settled | seen,
    dead: account.dead | (seen & ~liveIn(container)),
  };
}

/** The puts that a container claims to have seen. @throws {Broken} If it has seen what nobody issued. */
function seenBy({ dots }: Account, { clock }: Container): Puts {
  let seen = 0;
  for (const [actor, counter] of clock) {
    for (let i = 1; i <= counter; i++) seen |= only(putOf(dots, actor, i));
  }
  return seen;
}

function putOf(dots: Account["dots"], actor: Actor, counter: number): number {
  const name = dotName({ actor, counter });
  const put = dots.get(name);
  if (put === undefined) throw new Broken(`V14: a clock has seen ${name}, which nobody issued`);
  return put;
}

/**
 * Holds a container to explicit sets.
 *
 * @throws {Broken} V14 or S11.
 */
export function checkContainer(account: Account, container: Container): void {
  const seen = seenBy(account, container);
  let covered = 0;
  for (let put = 1; put <= account.covers.length; put++) {
    if (seen & only(put)) covered |= account.covers[put - 1]!;
  }
  if (covered & ~seen) {
    throw new Broken(
      `S11: ${listed(seen)} is seen without ${listed(covered & ~seen)}, which it overwrote`,
    );
  }
  const live = liveIn(container);
  if (live & account.dead) {
    throw new Broken(`S16: ${listed(live & account.dead)} was deleted and forgotten, and is back`);
  }
  if (live !== (seen & ~covered)) {
    throw new Broken(
      `V14: live is ${listed(live)}, but of ${listed(seen)} nothing overwrites ` +
        `${listed(seen & ~covered)}`,
    );
  }
}

/**
 * Holds what all disks together hold to S1 and S3.
 *
 * @param keeps Which of the two the faults so far leave standing.
 * @throws {Broken} S1 or S3.
 */
export function checkDisks(
  account: Account,
  held: Container,
  keeps: { readonly acknowledged: boolean; readonly shown: boolean },
): void {
  checkContainer(account, held);
  const there = withCovered(account, liveIn(held));
  const lost = account.acknowledged & ~there & ~account.settled;
  if (keeps.acknowledged && lost) {
    throw new Broken(
      `S1: ${listed(lost)} was acknowledged and is lost: the disks hold ${listed(liveIn(held))}`,
    );
  }
  const back = account.gone & liveIn(held);
  if (keeps.acknowledged && back) {
    throw new Broken(`S2: ${listed(back)} is on the disks, although it was deleted`);
  }
  const vanished = account.shown & ~there & ~account.settled;
  if (keeps.shown && vanished) {
    throw new Broken(
      `S3: ${listed(vanished)} was shown to a client and has vanished: the disks hold ` +
        listed(liveIn(held)),
    );
  }
}
