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
  /** Which seat it says that it serves; null is none, and then it counts for nothing. */
  readonly seat: number | null;
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

/** What a read waits for. */
export interface ReadWish {
  /** How many were asked: n. */
  readonly asked: number;
  readonly r: number;
  readonly pr: number;
  readonly notfoundOk: boolean;
  readonly basicQuorum: boolean;
}

/** What a read is owed after these answers. */
export function readDue(answers: readonly Answer[], wish: ReadWish): Due {
  const { asked, r, pr, notfoundOk, basicQuorum } = wish;
  const reliable = answers.filter(({ seat, recovering }) => seat !== null && !recovering);
  const absent = reliable.filter(({ said }) => said === "absent").length;
  const counting = reliable.filter(({ said }) =>
    said === "found" || (said === "absent" && notfoundOk)
  );
  const due = quorumDue([r, pr], counting, asked - answers.length);
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

/** What a put is owed after these answers. */
export function writeDue(answers: readonly Answer[], { asked, w, dw, pw }: WriteWish): Due {
  const stored = answers.filter(({ said, seat }) => said === "stored" && seat !== null);
  const durable = stored.filter((answer) => answer.durable);
  const silent = asked - answers.length;
  const dues = [quorumDue([w, pw], stored, silent), quorumDue([dw], durable, silent)];
  if (dues.includes("unmet")) return "unmet";
  return dues.includes("open") ? "open" : "answer";
}

/** One vote a seat; whoever is silent may yet be a vote. */
function quorumDue(wants: readonly number[], votes: readonly Answer[], silent: number): Due {
  const want = Math.max(...wants);
  const got = new Set(votes.map(({ seat }) => seat)).size;
  if (got >= want) return "answer";
  return got + silent >= want ? "open" : "unmet";
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
