/**
 * Failures as answers: `application/problem+json` (RFC 9457) with what rotor has to say beside it.
 *
 * A problem says in its `detail` what was wanted and what was got, counts both by quorum in `want` and `got`, lists in
 * `replicas` which nodes answered what, and says in `definite` whether it certainly did not happen. What would be empty
 * is left out. `type` is a path of this very node: `GET /errors/KIND` explains the kind.
 *
 * Within this folder a failure is a value: what can be refused returns `T | Failure`, and `isFailure` parts
 * the two.
 *
 * @module
 */
import {
  type ErrorKind,
  ERRORS,
  type Failure,
  failure,
  type Participant,
} from "../../protocol/error.ts";
import type { Answer, AnswerHeaders } from "./answer.ts";

/** Where a kind of failure is explained. */
export const ERRORS_PATH = "/errors";
/** Kinds that pass by themselves: the client is told when to ask again, in seconds. */
const RETRY_AFTER_S: Partial<Record<ErrorKind, number>> = { overloaded: 1, not_ready: 1 };
/** Most characters of what a client sent that an error repeats: enough to know it by, too few to flood a log. */
const MAX_QUOTED = 80;

/** The answer that says `why`. Its kind gives the status. */
export function problem(why: Failure, headers: AnswerHeaders = {}): Answer {
  const { status, title } = ERRORS[why.error];
  const retryAfterS = RETRY_AFTER_S[why.error];
  return {
    status,
    headers: {
      "Content-Type": "application/problem+json",
      ...(retryAfterS === undefined ? {} : { "Retry-After": `${retryAfterS}` }),
      ...headers,
    },
    body: JSON.stringify({
      type: `${ERRORS_PATH}/${why.error}`,
      title,
      status,
      detail: why.detail,
      definite: why.definite,
      ...countsOf(why),
      ...replicasOf(why),
    }) + "\n",
  };
}

/** Where no quorum was missed there is nothing to count; nothing wanted, but something got, still is a count. */
function countsOf({ want, got }: Failure): Partial<Pick<Failure, "want" | "got">> {
  const isEmpty = Object.keys(want).length === 0 && Object.keys(got).length === 0;
  return isEmpty ? {} : { want, got };
}

/** Where nobody was asked there is nobody to name. */
function replicasOf({ participants }: Failure): { readonly replicas?: readonly Participant[] } {
  if (participants.length === 0) return {};
  return {
    replicas: participants.map(({ node, role, seat, said }) => ({ node, role, seat, said })),
  };
}

/**
 * The failure of a request that cannot be understood, in the words of the house.
 *
 * @example What was wanted, and what was got
 * ```ts
 * import { badRequest } from "./problem.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const { detail } = badRequest("read parameter r", "a whole number wanted", "x");
 * assertEquals(detail, 'Cannot read parameter r: a whole number wanted, got "x"');
 * ```
 */
export function badRequest(what: string, wanted: string, got?: string): Failure {
  return failure("bad_request", sentence(what, wanted, got));
}

/** `Cannot WHAT: WANTED, got "GOT"`. */
export function sentence(what: string, wanted: string, got?: string): string {
  return `Cannot ${what}: ${wanted}${got === undefined ? "" : `, got ${quoted(got)}`}`;
}

/** What a client sent, in quotes, cut short if it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= MAX_QUOTED ? text : `${text.slice(0, MAX_QUOTED)}…`);
}
