/**
 * What nodes say to one another when a range gets another owner (protocol.md, Part 2 a6 and a7; `handover/`). The copies
 * themselves travel as in any exchange, and as writes.
 *
 * @module
 */
import type { Digest, Position } from "../id.ts";
import type { Role } from "./change.ts";
import type { KeyAt, RequestId, TreeName } from "./terms.ts";

/** What a node is for one range. */
export type Station = Pick<Role, "role" | "seat">;

/** A message of a handover. */
export type HandoverMessage =
  /** Newcomer to a node that serves the range: I am to have a seat there. From now on keep in mind what you store. */
  | {
    readonly kind: "take";
    readonly request: RequestId;
    readonly end: Position;
    readonly n: number;
    readonly seat: number;
    /** True: your own seat passes on to me. False: the seat is new, or nobody's any more. */
    readonly passes: boolean;
    /** How many seats the range has then, at least. */
    readonly seats: number;
    /** The history that the newcomer knows. */
    readonly history: Digest;
  }
  /** What the promise goes by; null: not now, or not to you. */
  | { readonly kind: "take_reply"; readonly request: RequestId; readonly mark: number | null }
  /** I have fetched what you held: send what you have stored since, and then let me have the seat. */
  | { readonly kind: "promote"; readonly request: RequestId; readonly mark: number }
  /** `given`: it is durable. `again`: ask once more. `unknown`: the promise is forgotten, and all begins anew. */
  | {
    readonly kind: "promote_reply";
    readonly request: RequestId;
    readonly ending: "given" | "again" | "unknown";
    /** How many seats the range has, as the giver knows it. */
    readonly seats: number;
  }
  /** Before it serves a seat that nobody passed to it, a newcomer asks every member what that is for these ranges. */
  | {
    readonly kind: "claim";
    readonly request: RequestId;
    readonly history: Digest;
    readonly ranges: readonly TreeName[];
  }
  /** In their order; null: it knows another history, or its role is just changing. */
  | {
    readonly kind: "claim_reply";
    readonly request: RequestId;
    readonly stations: readonly (Station | null)[] | null;
  }
  /** Who has passed a range on: do you hold exactly this of these keys? */
  | {
    readonly kind: "held_ask";
    readonly request: RequestId;
    readonly n: number;
    readonly keys: readonly KeyAt[];
  }
  /** One answer for each key, in their order: true only if whoever answers serves it. */
  | { readonly kind: "held_reply"; readonly request: RequestId; readonly held: readonly boolean[] };
