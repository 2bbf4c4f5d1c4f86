/**
 * What nodes say to one another. Every message is one way; what answers another names its request.
 *
 * Containers always travel whole: a lone sibling would break I1 at the receiver (protocol.md, Part 1 h10).
 *
 * @module
 */
import type { Summary } from "../anti_entropy/merkle_tree.ts";
import type { LeafKey, Path } from "../anti_entropy/merkle_tree_key.ts";
import type { Digest, NodeId, ObjectName, Position, WriteId } from "../id.ts";
import type { Container, Seen, Version } from "../version/siblings.ts";
import type { BucketProps, PropEntry, Quorum } from "./bucket_props.ts";
import type { Failure, Participant } from "./error.ts";
import type { KeyAt, RequestId, TreeName } from "./terms.ts";
import type { GossipMessage } from "./gossip_message.ts";
import type { HandoverMessage } from "./handover_message.ts";

/** How a replica stands to the key's range: what its reply counts for. */
export interface Standing {
  /** The seat that it serves for the range, or null if it serves none (then the reply counts for nothing). */
  readonly seat: number | null;
  /** k: how many seats it knows the range to have. */
  readonly seats: number;
  /** True: it counts toward writes, but toward no read quorum. */
  readonly recovering: boolean;
  /** Digest of the history it knows, and seq of its register: a difference calls for gossip. */
  readonly history: Digest;
  /** Counts what the node has said of itself. */
  readonly registerSeq: number;
}

/** What a replica found. `damaged` is not absent: it counts for nothing, and wants repair. */
export type ReadOutcome =
  | { readonly kind: "found"; readonly container: Container }
  | { readonly kind: "absent" }
  | { readonly kind: "damaged" }
  | { readonly kind: "not_serving"; readonly successor: NodeId | null }
  | { readonly kind: "failed"; readonly reason: string };

/** What became of a copy. `stored` is said only after the store; `digest` is that of the container as it was sent. */
export type WriteOutcome =
  | { readonly kind: "stored"; readonly durable: boolean; readonly digest: Digest }
  | { readonly kind: "not_serving"; readonly successor: NodeId | null }
  | { readonly kind: "failed"; readonly reason: string };

/** For how long a new version is shown, in ms; or "never", whatever its bucket says; null is as its bucket says. */
export type Lifetime = number | "never" | null;

/**
 * What a client wants written: everything of a {@linkcode Version} that the coordinator does not make itself. Its times are
 * the coordinator's, so that there is one clock for them: whoever hands the put on says how long, never until when.
 */
export interface NewVersion extends Omit<Version, "lastModifiedMs" | "stamp" | "expiresAtMs"> {
  /** For how long it is shown. A tombstone has no end. */
  readonly expiresInMs: Lifetime;
}

/** A put as its coordinator needs it. The properties ride along, so that no replica looks them up. */
export interface PutOrder {
  /** What to write. */
  readonly name: ObjectName;
  /** What the client had seen; null is a blind put. */
  readonly seen: Seen | null;
  /** The value, or a tombstone. */
  readonly version: NewVersion;
  /** What holds for the bucket, as the entry node knows it. */
  readonly props: BucketProps;
  /** Stored copies to wait for. */
  readonly w: Quorum;
  /** How many of them must be durable. */
  readonly dw: Quorum;
  /** How many of them must be on primaries. */
  readonly pw: Quorum;
  /** Asks only the first of the list; at most the bucket's n. */
  readonly nVal: number;
  /** False: no fallback may stand in. */
  readonly sloppyQuorum: boolean;
  /** How long the coordinator may take, from when it gets the order. */
  readonly timeoutMs: number;
}

/** How a put ended well. */
export interface PutDone {
  /** Tells it from other replies. */
  readonly kind: "put";
  /** What the coordinator holds now: the new version and every sibling that the put did not cover. */
  readonly container: Container;
  /** Who coordinated: the context remembers it (section 5: the fastest replica of the preceding read). */
  readonly coordinator: NodeId;
  /** W, as it was counted. */
  readonly w: number;
  /** DW, as it was counted. */
  readonly dw: number;
  /** PW, as it was counted. */
  readonly pw: number;
  /** True if a default quorum was cut to the number of seats, because there are fewer nodes than n. */
  readonly clipped: boolean;
  /** Everybody who was asked, and what had come of it by then. */
  readonly participants: readonly Participant[];
}

/** For whom a fallback keeps a copy (section 4.6). */
export interface Hint {
  /** The primary that could not be reached. */
  readonly owner: NodeId;
  /** Its seat: what the copy counts for. */
  readonly seat: number;
  /** W of the put, as it was counted: so many serving nodes must have the copy before it may go without its owner. */
  readonly w: number;
}

/** The root of a tree. */
export interface TreeRoot extends TreeName {
  /** Null: there is nothing. */
  readonly root: Digest | null;
}

/** What a node holds of a key. */
export interface NamedContainer {
  /** The key. */
  readonly name: ObjectName;
  /** All of it. */
  readonly container: Container;
}

/** What is to be done with keys: they are forgotten, or their clocks are shortened. */
export type Settling = "reap" | "shorten";

/**
 * What a member says of one key that is to be settled. All but `yes` are no: it holds something else, is at work on the key,
 * keeps a copy that is not its to serve, has had such a copy since the first round, sees a version that its clock does not
 * call expired, does not know yet what it may have lost, knows another ring, or cannot read its disk.
 */
export type SettleAnswer =
  | "yes"
  | "differs"
  | "busy"
  | "foreign"
  | "touched"
  | "unexpired"
  | "recovering"
  | "other_ring"
  | "unreadable";

/** A message from one node to another. */
export type Message =
  /** Coordinator to replica: what do you hold of this key? */
  | {
    readonly kind: "read";
    readonly request: RequestId;
    readonly name: ObjectName;
    readonly n: number;
    /** True: not as a primary, but as one that may keep copies for those who cannot be reached. */
    readonly asFallback: boolean;
  }
  /** Replica to coordinator. */
  | {
    readonly kind: "read_reply";
    readonly request: RequestId;
    readonly standing: Standing;
    readonly outcome: ReadOutcome;
  }
  /** Coordinator to replica, or a keeper of hints to their owner: merge this, store it, say so. */
  | {
    readonly kind: "write";
    readonly request: RequestId;
    readonly name: ObjectName;
    readonly n: number;
    readonly container: Container;
    /** Not null: keep it for this owner. */
    readonly hint: Hint | null;
  }
  /** Replica to coordinator, after the store. */
  | {
    readonly kind: "write_reply";
    readonly request: RequestId;
    readonly standing: Standing;
    readonly outcome: WriteOutcome;
  }
  /** Read repair: merge this. Sent to primaries only; nobody waits for it. */
  | {
    readonly kind: "repair";
    readonly name: ObjectName;
    readonly n: number;
    readonly container: Container;
  }
  /** Entry node to coordinator: one put, handed over once. The receiver coordinates or refuses; it never forwards. */
  | {
    readonly kind: "forward";
    readonly request: RequestId;
    readonly order: PutOrder;
  }
  /** Coordinator to entry node: how the forwarded put ended. */
  | {
    readonly kind: "forward_reply";
    readonly request: RequestId;
    readonly outcome: PutDone | Failure;
  }
  /** Entry node to coordinator: what became of this put? If it was never issued, it is fenced: it never will be. */
  | {
    readonly kind: "status";
    readonly request: RequestId;
    readonly writeId: WriteId;
    /** How long ago it was handed over: only a coordinator that has been up for longer can know. */
    readonly ageMs: number;
  }
  /**
   * Coordinator to entry node: `fenced` is a definite non-issue; `running` says that it may have been issued. A put that
   * has ended is answered by its forward_reply.
   */
  | {
    readonly kind: "status_reply";
    readonly request: RequestId;
    readonly state: "fenced" | "running";
  }
  /** A session read that nothing satisfies asks every member: have you a copy that is not yours to serve? */
  | { readonly kind: "foreign"; readonly request: RequestId; readonly name: ObjectName }
  /** The foreign copy, or null. */
  | {
    readonly kind: "foreign_reply";
    readonly request: RequestId;
    readonly container: Container | null;
  }
  /** Bucket properties, pushed to every member until it answers. */
  | {
    readonly kind: "props";
    readonly request: RequestId;
    readonly entries: readonly PropEntry[];
    /** True: answer with what you know that is newer. */
    readonly wantsBack: boolean;
  }
  /** They are durable here. */
  | { readonly kind: "props_reply"; readonly request: RequestId }
  /** The roots of all trees that the two share, to be compared: the teller wants what it lacks. */
  | {
    readonly kind: "roots";
    readonly request: RequestId;
    /** The version of the leaves: trees of another one cannot be compared. */
    readonly leaves: number;
    /** Digest of all ends of the ring: trees of ranges that are cut otherwise cannot be compared. */
    readonly cut: Digest;
    readonly roots: readonly TreeRoot[];
  }
  /** Which of them are not as here. None: that was all. */
  | {
    readonly kind: "roots_reply";
    readonly request: RequestId;
    /** False: whoever answers may itself have lost some of what it held. */
    readonly whole: boolean;
    readonly differing: readonly TreeName[];
  }
  /** What stands at these places of one tree? */
  | {
    readonly kind: "places";
    readonly request: RequestId;
    readonly end: Position;
    readonly n: number;
    readonly paths: readonly Path[];
  }
  /** That; null: I have lost something since you told me your roots, and you must begin anew. */
  | {
    readonly kind: "places_reply";
    readonly request: RequestId;
    readonly summaries: readonly Summary[] | null;
  }
  /** These copies, please. */
  | {
    readonly kind: "want";
    readonly request: RequestId;
    readonly end: Position;
    readonly n: number;
    readonly keys: readonly LeafKey[];
  }
  /** Some of them at least, and those that are not here. What is neither may be asked for again. */
  | {
    readonly kind: "want_reply";
    readonly request: RequestId;
    /** As in `roots_reply`. */
    readonly whole: boolean;
    readonly copies: readonly NamedContainer[];
    readonly gone: readonly LeafKey[];
  }
  /** I may have lost what I have acknowledged: does a put still run that asked me for a copy before? */
  | { readonly kind: "amnesia"; readonly request: RequestId }
  /** What is so here. */
  | {
    readonly kind: "amnesia_reply";
    readonly request: RequestId;
    /** None that ran when you first asked runs still. */
    readonly clear: boolean;
    /** The least W that any bucket has, as far as I know; 0: I recover myself, and may have forgotten one. */
    readonly w: number;
  }
  /** The leader of a range asks every member: may this be done with these keys? */
  | {
    readonly kind: "settle_ask";
    readonly request: RequestId;
    /** The request of the first round, if this is the second. */
    readonly since: RequestId | null;
    /** The history that the leader knows: with another ring others would have to be asked. */
    readonly history: Digest;
    readonly n: number;
    readonly how: Settling;
    readonly keys: readonly KeyAt[];
  }
  /** One answer for each key, in their order. */
  | {
    readonly kind: "settle_reply";
    readonly request: RequestId;
    readonly answers: readonly SettleAnswer[];
  }
  /** Everybody has said yes twice: it is done with these keys, wherever they hold this still. */
  | {
    readonly kind: "settle_do";
    readonly n: number;
    readonly how: Settling;
    readonly keys: readonly KeyAt[];
  }
  /** Data that moves to its new owners. */
  | HandoverMessage
  /** What is known of the membership. */
  | GossipMessage
  /** Are you there? */
  | { readonly kind: "probe"; readonly request: RequestId }
  /** I am. */
  | { readonly kind: "probe_reply"; readonly request: RequestId };

/** Messages that answer what their receiver has asked. */
export const ANSWERS: ReadonlySet<Message["kind"]> = new Set([
  "read_reply",
  "write_reply",
  "forward_reply",
  "status_reply",
  "foreign_reply",
  "props_reply",
  "probe_reply",
  "gossip_reply",
  "roots_reply",
  "places_reply",
  "want_reply",
  "amnesia_reply",
  "settle_reply",
  "take_reply",
  "promote_reply",
  "claim_reply",
  "held_reply",
]);
