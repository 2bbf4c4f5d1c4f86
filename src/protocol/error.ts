/**
 * Every way in which a request can fail, in one table: whose fault it is, whether it may have happened, which HTTP
 * status says so. `docs/errors.md` is made from it.
 *
 * An error answers three questions: what was wanted, what was got, and **did it happen?** `definite: true` means that
 * nothing was written and nothing will be; `false` means that it may have been, or may yet be.
 *
 * @module
 */
import type { NodeId } from "../id.ts";

/** One row: what a kind of failure means. */
export interface ErrorRow {
  /** The HTTP status that says so. */
  readonly status: number;
  /** One short sentence, the same for every failure of the kind: a problem's `title`. */
  readonly title: string;
  /** Whose mistake: the client's, or the cluster's. */
  readonly fault: "client" | "cluster";
  /** Whether it certainly did not happen. `varies`: each failure says. */
  readonly definite: true | "varies";
  /** When it is said, and what to do. */
  readonly doc: string;
}

/** The table. The key is the last segment of a problem's `type`. */
export const ERRORS = {
  bad_request: {
    status: 400,
    title: "The request cannot be understood",
    fault: "client",
    definite: true,
    doc: "A malformed path, escape, header, parameter or body. The detail names it.",
  },
  bad_context: {
    status: 400,
    title: "The context is not one of this key's",
    fault: "client",
    definite: true,
    doc:
      "The X-Riak-Vclock is damaged, forged, or of another key. Read the key again and use what that gives.",
  },
  stale_plan: {
    status: 409,
    title: "The membership has changed since the plan was made",
    fault: "client",
    definite: true,
    doc:
      "A change of members was planned on another history than this node has now. Plan anew, and commit that.",
  },
  step_refused: {
    status: 409,
    title: "The step would not do what it says",
    fault: "client",
    definite: true,
    doc:
      "A change of members that does not fit those that there are, as this node knows them: a join of a member, a leave that leaves fewer than n. Nothing was staged.",
  },
  unsettled: {
    status: 409,
    title: "Data is on the move",
    fault: "client",
    definite: true,
    doc:
      "Ranges that an earlier change has moved have not arrived. Wait, or commit with force: it is safe, but moves overlap.",
  },
  quorum_impossible: {
    status: 400,
    title: "The quorum is greater than the number of replicas",
    fault: "client",
    definite: true,
    doc: "r, w, pr, pw or dw above n_val, or n_val above the bucket's. Nothing was sent.",
  },
  not_enough_nodes: {
    status: 503,
    title: "The cluster has fewer nodes than the quorum wants",
    fault: "cluster",
    definite: true,
    doc: "An explicit quorum above the number of seats that the key's range has. Nothing was sent.",
  },
  quorum_unmet: {
    status: 503,
    title: "Too few replicas answered",
    fault: "cluster",
    definite: "varies",
    doc:
      "So many replicas failed or were unreachable that the quorum cannot be met any more. A put may be on those that answered.",
  },
  timeout: {
    status: 503,
    title: "The quorum was not met in time",
    fault: "cluster",
    definite: "varies",
    doc:
      "As quorum_unmet, but the time ran out first. A put may be on the replicas that answered, or reach them yet.",
  },
  session_unmet: {
    status: 503,
    title: "The replicas that answered have not seen what the session has",
    fault: "cluster",
    definite: true,
    doc: "A read with a session context found nothing that descends it in time. Ask again.",
  },
  coordinator_lost: {
    status: 503,
    title: "The coordinator of the put was lost",
    fault: "cluster",
    definite: "varies",
    doc:
      "The put was handed to another node, which has not said what became of it. Read the key before you write again.",
  },
  no_coordinator: {
    status: 503,
    title: "No replica of the key can be reached",
    fault: "cluster",
    definite: true,
    doc:
      "A strict put: every node that serves the key refused it definitely, or cannot be reached.",
  },
  container_full: {
    status: 503,
    title: "The key holds as much as a key may hold",
    fault: "client",
    definite: true,
    doc:
      "The put would take the key's siblings together above maxContainerBytes. Read, reconcile, and put with the context.",
  },
  store_failed: {
    status: 503,
    title: "The disk of this node failed",
    fault: "cluster",
    definite: "varies",
    doc: "The node could not store what it had to.",
  },
  disk_full: {
    status: 507,
    title: "The disk of this node is full",
    fault: "cluster",
    definite: true,
    doc:
      "The node only reads until there is room, and no other took the put. Nothing was written. Ask another node, or make room.",
  },
  overloaded: {
    status: 503,
    title: "The node has too much to do",
    fault: "cluster",
    definite: true,
    doc:
      "A bounded queue, or the room for hints, is full. Wait for Retry-After seconds and ask again.",
  },
  not_ready: {
    status: 503,
    title: "The node is starting or stopping",
    fault: "cluster",
    definite: true,
    doc: "Ask another node, or this one a little later.",
  },
  not_found: {
    status: 404,
    title: "There is nothing here",
    fault: "client",
    definite: true,
    doc: "The key holds no value, or the path names no resource.",
  },
  unknown_type: {
    status: 404,
    title: "There is no such bucket type",
    fault: "client",
    definite: true,
    doc: "Only the type default exists.",
  },
  unauthorized: {
    status: 401,
    title: "A token is wanted",
    fault: "client",
    definite: true,
    doc: "Authorization: Bearer with a client token, or with the cluster's secret on peer paths.",
  },
  method_not_allowed: {
    status: 405,
    title: "The resource has no such method",
    fault: "client",
    definite: true,
    doc: "Allow lists those that it has.",
  },
  not_acceptable: {
    status: 406,
    title: "None of the accepted media types can be given",
    fault: "client",
    definite: true,
    doc:
      "Siblings come as text/plain, multipart/mixed or application/json; a value as what it was stored as.",
  },
  slow_body: {
    status: 408,
    title: "The body did not arrive in time",
    fault: "client",
    definite: true,
    doc: "Nothing was written.",
  },
  clock_mismatch: {
    status: 409,
    title: "The key has changed",
    fault: "client",
    definite: true,
    doc:
      "X-Riak-If-Not-Modified names another clock than the key has. Advisory: parallel writers can still make siblings.",
  },
  condition_failed: {
    status: 412,
    title: "A condition does not hold",
    fault: "client",
    definite: true,
    doc:
      "If-Match, If-None-Match, If-Modified-Since or If-Unmodified-Since. Advisory: parallel writers can still make siblings.",
  },
  too_large: {
    status: 413,
    title: "The body is larger than an object may be",
    fault: "client",
    definite: true,
    doc: "The detail says the limit. It was read no further.",
  },
  unsupported_media: {
    status: 415,
    title: "The body has the wrong media type",
    fault: "client",
    definite: true,
    doc: "Properties are application/json.",
  },
  internal: {
    status: 500,
    title: "A fault in rotor",
    fault: "cluster",
    definite: "varies",
    doc:
      "An assertion failed, or the clock of the node shows a time that no clock can. Please report it, with its log.",
  },
} as const satisfies Record<string, ErrorRow>;

/** A kind of failure. */
export type ErrorKind = keyof typeof ERRORS;

/** One node's part in a request, for people and for error bodies. */
export interface Participant {
  /** Who was asked. */
  readonly node: NodeId;
  /** The seat that it serves, or would. */
  readonly seat: number | null;
  /** Whether it was asked as an owner of the key or in place of one. */
  readonly role: "primary" | "fallback";
  /** What came of it; `silent` is nothing yet. */
  readonly said:
    | "found"
    | "absent"
    | "damaged"
    | "stored"
    | "not_serving"
    | "failed"
    | "unreachable"
    | "silent";
}

/** What was needed and what came, by quorum: `{ w: 2, pw: 0 }`. */
export type Counts = Readonly<Record<string, number>>;

/** One failed request. */
export interface Failure {
  /** Tells it from other replies. */
  readonly kind: "failure";
  /** The row of the table. */
  readonly error: ErrorKind;
  /** This failure in one sentence, without a final period. */
  readonly detail: string;
  /** True: nothing was written, and nothing will be. */
  readonly definite: boolean;
  /** What was needed, by quorum. */
  readonly want: Counts;
  /** What came. */
  readonly got: Counts;
  /** Everybody who was asked, and what came of it. */
  readonly participants: readonly Participant[];
}

/** Makes a {@linkcode Failure}; what is left out is empty, and definite as the table says (`varies` counts as false). */
export function failure(
  error: ErrorKind,
  detail: string,
  more: Partial<Pick<Failure, "definite" | "want" | "got" | "participants">> = {},
): Failure {
  return {
    kind: "failure",
    error,
    detail,
    definite: ERRORS[error].definite === true,
    want: {},
    got: {},
    participants: [],
    ...more,
  };
}

/** True if a result is a failure, and not what was asked for. */
export function isFailure<T>(result: T | Failure): result is Failure {
  return typeof result === "object" && result !== null && "kind" in result &&
    result.kind === "failure";
}
