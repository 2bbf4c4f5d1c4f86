/**
 * All that a node may want done. `node.step` returns these as data; whoever drives the node does them.
 *
 * The ordering contract is in the data: **a node counts or acknowledges its own copy only in the step that handles the
 * `stored` event**, so no effect has to wait for another, and a driver may do them in any order.
 *
 * @module
 */
import type { LeafKey } from "../anti_entropy/merkle_tree_key.ts";
import type { Digest, NodeId, ObjectName } from "../id.ts";
import type { Container, Sibling } from "../version/siblings.ts";
import type { BucketProps, PropEntry } from "./bucket_props.ts";
import type { Change, LastTick, Register } from "./change.ts";
import type { Verdict } from "./envelope.ts";
import type { Failure, Participant } from "./error.ts";
import type { StoredRecord, Ticket, Timer } from "./event.ts";
import type { Message, PutDone } from "./message.ts";

/** How a read ended well. */
export interface GetDone {
  /** Tells it from other replies. */
  readonly kind: "get";
  /** Exactly what was merged; its clock is the context. */
  readonly container: Container;
  /** What the bucket's properties and expiry let a client see of it: none is not-found. */
  readonly view: readonly Sibling[];
  /** The replica that answered first, for the context. */
  readonly fastest: NodeId | null;
  /** True if what the session had seen was settled or destroyed: the client starts a new one. */
  readonly sessionReset: boolean;
  /** R, as it was counted. */
  readonly r: number;
  /** PR, as it was counted. */
  readonly pr: number;
  /** True if a default quorum was cut to the number of seats. */
  readonly clipped: boolean;
  /** Everybody who was asked, and what came of it. */
  readonly participants: readonly Participant[];
}

/** A change of the membership is durable here. */
export interface CommitDone {
  /** Tells it from other replies. */
  readonly kind: "committed";
  /** The change's id. */
  readonly change: Digest;
  /** Digest of the history with it. */
  readonly history: Digest;
}

/** Everything a client may be told. */
export type Reply =
  | GetDone
  | (PutDone & { readonly view: readonly Sibling[] })
  | { readonly kind: "props"; readonly props: BucketProps }
  | CommitDone
  | Failure;

/** What a node keeps beside its records. Each is replaced whole. */
export type MetaValue =
  | { readonly kind: "history"; readonly changes: readonly Change[] }
  | {
    readonly kind: "register";
    readonly register: Register;
    /** Until when others have lived, as far as this node has heard. */
    readonly ticks: readonly LastTick[];
  }
  | { readonly kind: "props"; readonly entries: readonly PropEntry[] };

/** Something that a node wants done. */
export type Effect =
  /** Send to another node (never to itself). May be lost, late, doubled, reordered. */
  | { readonly kind: "send"; readonly to: NodeId; readonly message: Message }
  /** From now on a node can be reached here: `HOST:PORT`, the best first. It may be one that nobody has heard of before. */
  | { readonly kind: "peer"; readonly node: NodeId; readonly addresses: readonly string[] }
  /** Read a record, and what is kept here of its key for these owners; a `fetched` with this number follows. */
  | {
    readonly kind: "fetch";
    readonly fetch: number;
    readonly name: ObjectName;
    readonly owners: readonly NodeId[];
  }
  /** Replace a record (null removes it), or the copy that is kept for an owner; a `stored` with this number follows. */
  | {
    readonly kind: "store";
    readonly store: number;
    readonly name: ObjectName;
    /** Null: this node's own copy. */
    readonly owner: NodeId | null;
    readonly record: StoredRecord | null;
  }
  /** Read this node's own records, in the order of the store, behind a name; a `scanned` with this number follows. */
  | {
    readonly kind: "scan_records";
    readonly scan: number;
    readonly after: ObjectName | null;
    readonly most: number;
  }
  /** Read those of this node's own records that stand at these leaves; a `scanned` with this number follows. */
  | { readonly kind: "find_records"; readonly scan: number; readonly keys: readonly LeafKey[] }
  /** Read what is kept for an owner, in the order of names, behind a name; a `scanned` with this number follows. */
  | {
    readonly kind: "scan_hints";
    readonly scan: number;
    readonly owner: NodeId;
    readonly after: ObjectName | null;
    readonly most: number;
  }
  /** Replace a piece of metadata; a `stored` with this number follows. */
  | { readonly kind: "store_meta"; readonly store: number; readonly value: MetaValue }
  /** Answer a client. Exactly one a ticket. */
  | { readonly kind: "reply"; readonly ticket: Ticket; readonly reply: Reply }
  /** Answer a peer's batch. Exactly one a ticket, in the step of its envelope. */
  | { readonly kind: "verdict"; readonly ticket: Ticket; readonly verdict: Verdict }
  /** Wake the node with this timer at this `monoMs`, or as soon after as may be. */
  | { readonly kind: "set_timer"; readonly timer: Timer; readonly atMs: number }
  /** Do not. */
  | { readonly kind: "cancel_timer"; readonly timer: Timer }
  /** A rare branch was taken: counted, shown in `/stats`, asserted by coverage laws. */
  | { readonly kind: "mark"; readonly name: string }
  /** The node serves: everything it says of itself is durable. Once, after `start`. */
  | { readonly kind: "ready" }
  /** The node must not go on: the process ends with this sentence. */
  | { readonly kind: "halt"; readonly reason: string };
