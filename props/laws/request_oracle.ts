/**
 * What a read and a put must come to, told so simply that it cannot be wrong: look at all the answers so far, count, and
 * say. Nothing is remembered between two answers, and containers are sets of event names. It shares no code with
 * `src/quorum`.
 *
 * @module
 */
import { EVENT_SETS, type EventSets } from "../oracle_events.ts";

/** One answer that was taken: the first of a node that was asked. */
export interface Answer {
  readonly node: string;
  /** Which seat it says that it serves; null is none, and then it counts for nothing, unless it stands in. */
  readonly seat: number | null;
  /** The seat in whose primary's place it was asked; undefined is nobody's. */
  readonly standsFor?: number | undefined;
  readonly said:
    | "found"
    | "absent"
    | "damaged"
    | "stored"
    | "not_serving"
    | "failed"
    | "unreachable";
  /** It does not know what it may have lost: no read may rest on it. */
  readonly recovering?: boolean;
  /** What a read was shown. */
  readonly holds?: EventSets;
  /** Whether a store is durable already. */
  readonly durable?: boolean;
}

/** What a request is owed by now: nothing yet, its answer, or the news that it can't be had any more. */
export type Due = "open" | "answer" | "nothing" | "unmet";

/** Somebody who was asked and has not answered: a primary, or who stands in for one. */
export interface Silent {
  readonly seat: number;
  readonly role: "primary" | "fallback";
}

/** What a read waits for. */
export interface ReadWish {
  /** How many replicas there are: n. */
  readonly asked: number;
  readonly r: number;
  readonly pr: number;
  readonly notfoundOk: boolean;
  readonly basicQuorum: boolean;
}

/** What a read is owed after these answers, while these are silent. */
export function readDue(
  answers: readonly Answer[],
  silent: readonly Silent[],
  wish: ReadWish,
): Due {
  const { asked, r, pr, notfoundOk, basicQuorum } = wish;
  const reliable = answers.filter(({ seat, recovering }) => seat !== null && !recovering);
  const absent = reliable.filter(({ said }) => said === "absent").length;
  const counting = reliable.filter(({ said }) =>
    said === "found" || (said === "absent" && notfoundOk)
  );
  // Who stands in counts with what it has; that it has nothing says nothing.
  const kept = answers.filter((answer) => isStandIn(answer) && answer.said === "found");
  const due = together([
    quorumDue(r, [...counting.map(servedSeat), ...kept.map(keptSeat)], hopes(silent)),
    quorumDue(pr, counting.map(servedSeat), primaries(silent)),
  ]);
  if (due !== "unmet" && due !== "open") return due;
  // Where "I have nothing" does not count, enough of it is an answer of its own, if nobody has shown anything.
  const shown = answers.some(({ said }) => said === "found");
  const cannot = asked - r + 1;
  const majority = Math.floor(asked / 2) + 1;
  const enough = basicQuorum ? Math.min(majority, cannot) : cannot;
  return !notfoundOk && !shown && absent >= enough ? "nothing" : due;
}

/** What a put waits for. */
export interface WriteWish {
  readonly asked: number;
  readonly w: number;
  readonly dw: number;
  readonly pw: number;
}

/** What a put is owed after these answers, while these are silent. */
export function writeDue(
  answers: readonly Answer[],
  silent: readonly Silent[],
  { w, dw, pw }: WriteWish,
): Due {
  const stored = answers.filter(({ said }) => said === "stored");
  const served = stored.filter(({ seat }) => seat !== null);
  const counted = (answers: readonly Answer[]) =>
    answers.flatMap((answer) =>
      answer.seat !== null ? [answer.seat] : isStandIn(answer) ? [keptSeat(answer)] : []
    );
  return together([
    quorumDue(w, counted(stored), hopes(silent)),
    quorumDue(dw, counted(stored.filter(({ durable }) => durable)), hopes(silent)),
    quorumDue(pw, served.map(servedSeat), primaries(silent)),
  ]);
}

function together(dues: readonly Due[]): Due {
  if (dues.includes("unmet")) return "unmet";
  return dues.includes("open") ? "open" : "answer";
}

/** One vote a seat; whoever is silent may yet be a vote. */
function quorumDue(
  want: number,
  votes: readonly number[],
  { any, own }: { readonly any: number; readonly own: readonly number[] },
): Due {
  const got = new Set(votes);
  if (got.size >= want) return "answer";
  const more = new Set(own.filter((seat) => !got.has(seat))).size;
  return got.size + any + more >= want ? "open" : "unmet";
}

/** A silent primary may turn out to serve any seat; who stands in adds its seat, where its primary is not awaited too. */
function hopes(silent: readonly Silent[]) {
  const { any } = primaries(silent);
  const awaited = silent.filter(({ role }) => role === "primary").map(({ seat }) => seat);
  const own = silent.filter(({ role, seat }) => role === "fallback" && !awaited.includes(seat));
  return { any, own: own.map(({ seat }) => seat) };
}

function primaries(silent: readonly Silent[]) {
  return { any: silent.filter(({ role }) => role === "primary").length, own: [] };
}

/** It was asked in another's place, and does not serve the key itself. */
function isStandIn({ seat, standsFor }: Answer): boolean {
  return seat === null && standsFor !== undefined;
}

function servedSeat({ seat }: Answer): number {
  return seat!;
}

function keptSeat({ standsFor }: Answer): number {
  return standsFor!;
}

/**
 * Who was asked of a request, in order: the primaries, then one fallback of the walk after another, each in the place of
 * somebody who refused, could not be reached, or was silent. Only who was asked last for a seat is replaced.
 */
export class Asked {
  readonly #fallbacks: string[];
  readonly #asked: { node: string; seat: number; role: Silent["role"]; replaced: boolean }[];

  /** The primaries are asked, by seat; these are left. */
  constructor(owners: readonly string[], fallbacks: readonly string[]) {
    this.#asked = owners.map((node, seat) => ({ node, seat, role: "primary", replaced: false }));
    this.#fallbacks = [...fallbacks];
  }

  /** Everybody. */
  get nodes(): string[] {
    return this.#asked.map(({ node }) => node);
  }

  /** Those who have not answered. */
  silent(answers: readonly Answer[]): (Silent & { readonly node: string })[] {
    return this.#asked.filter(({ node }) => answers.every((answer) => answer.node !== node));
  }

  /** For which seat a fallback was asked; undefined if it was asked as a primary. */
  standsFor(node: string): number | undefined {
    return this.#asked.find((one) => one.node === node && one.role === "fallback")?.seat;
  }

  /** A node is replaced, if it is not yet, and anybody is left. */
  replace(node: string): void {
    const one = this.#asked.find((one) => one.node === node)!;
    const next = one.replaced ? undefined : this.#fallbacks.shift();
    if (next === undefined) return;
    one.replaced = true;
    this.#asked.push({ node: next, seat: one.seat, role: "fallback", replaced: false });
  }
}

/** What these answers hold together. */
export function joined(answers: readonly Answer[]): EventSets {
  return answers.reduce(
    (all, { holds }) => holds ? EVENT_SETS.sync(all, holds) : all,
    EVENT_SETS.empty,
  );
}

/** Who serves a seat, has told what it holds, and has not seen all that others have: they are repaired. */
export function behind(answers: readonly Answer[]): string[] {
  const all = joined(answers).seen;
  return answers.filter(({ seat, said, holds }) =>
    seat !== null && ["found", "absent", "damaged"].includes(said) &&
    [...all].some((event) => !holds?.seen.has(event))
  ).map(({ node }) => node).sort();
}
