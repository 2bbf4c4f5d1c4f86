/**
 * All that can happen to a node. Time rides beside each event; chance comes from the seed in `start`.
 *
 * @module
 */
import type { Boot, Digest, Dot, NodeId, ObjectName } from "../id.ts";
import type { Container, Seen } from "../version/siblings.ts";
import type { VersionVector } from "../version/version_vector.ts";
import type { PropEntry, PropValue, Quorum, SettableProp } from "./bucket_props.ts";
import type { Change, LastTick, Move, Register, Step } from "./change.ts";
import type { Envelope } from "./envelope.ts";
import type { Message, NewVersion } from "./message.ts";
import type { RequestId } from "./terms.ts";

/** The two clocks. Ages, waits and timeouts use `monoMs`; stamps and expiry use `wallMs`. */
export interface Now {
  /** A clock that never goes back within a boot, and means nothing outside it. */
  readonly monoMs: number;
  /** What people call the time: ms since 1970. */
  readonly wallMs: number;
}

/** Names what the outside asked, so that the answer finds it. Chosen by whoever feeds the node. */
export type Ticket = number;

/** What a node keeps of one key: the container, and the actor that it itself may go on with. */
export interface StoredRecord {
  /** Only of a copy that is kept for another node: for how many replicas, which seat, and W of its put. */
  readonly hint?: HintTerms | undefined;
  /** What is replicated. */
  readonly container: Container;
  /**
   * When every member agreed that nothing but this container is anywhere, by this node's wall clock; left out: they have not.
   * Private, as `mine` is.
   */
  readonly agreedMs?: number | undefined;
  /** The last dot that this node issued here. Private: never replicated, hashed, backed up. */
  readonly mine: Dot | null;
}

/** What a copy that is kept for another node is good for. */
export interface HintTerms {
  /** Of how many replicas its owner is one. */
  readonly n: number;
  /** The owner's seat. */
  readonly seat: number;
  /** W of the put. */
  readonly w: number;
}

/** A node's own copy of a key, with the key's name. */
export interface StoredCopy {
  /** The key. */
  readonly name: ObjectName;
  /** What the node keeps of it. */
  readonly record: StoredRecord;
}

/** A copy that is kept for another node. */
export interface StoredHint {
  /** For whom. */
  readonly owner: NodeId;
  /** Of which key. */
  readonly name: ObjectName;
  /** Its `hint` is there. */
  readonly record: StoredRecord;
}

/** What was on the disk of this node when it started. A new data directory restores to empty lists and null. */
export interface Restored {
  /** What the copies that are kept for others hold together. In bytes. @default 0 */
  readonly hintBytes?: number | undefined;
  /** For whom they are kept, whether these are members still or not. @default nobody */
  readonly hintOwners?: readonly NodeId[] | undefined;
  /** Changes of the membership; empty in a new directory. */
  readonly history: readonly Change[];
  /** What this node last said of itself. */
  readonly register: Register | null;
  /** Until when others have lived, as far as it had heard then. @default nothing */
  readonly ticks?: readonly LastTick[] | undefined;
  /** Bucket properties. */
  readonly props: readonly PropEntry[];
}

/** A client's read. What is left out takes the bucket's default. */
export interface GetAsk {
  /** What to read. */
  readonly name: ObjectName;
  /** Replies to wait for. */
  readonly r?: Quorum | undefined;
  /** Replies by primaries to wait for. */
  readonly pr?: Quorum | undefined;
  /** Asks only the first of the list. */
  readonly nVal?: number | undefined;
  /** False: no fallback may stand in. */
  readonly sloppyQuorum?: boolean | undefined;
  /** False: "I have nothing" does not count. */
  readonly notfoundOk?: boolean | undefined;
  /** True: with `notfoundOk: false`, a majority of "I have nothing" answers early. */
  readonly basicQuorum?: boolean | undefined;
  /** How long the client waits. In ms. */
  readonly timeoutMs?: number | undefined;
  /** The client's session: the answer must descend it. */
  readonly session?: VersionVector | undefined;
}

/** A client's put or delete. What is left out takes the bucket's default. */
export interface PutAsk {
  /** What to write. */
  readonly name: ObjectName;
  /** The value, or a tombstone. */
  readonly version: NewVersion;
  /** What the client has seen (its context); left out is a blind put. */
  readonly seen?: Seen | undefined;
  /** The replica that was fastest in the read which gave the context. */
  readonly fastest?: NodeId | undefined;
  /** Stored copies to wait for. */
  readonly w?: Quorum | undefined;
  /** How many of them must be durable. */
  readonly dw?: Quorum | undefined;
  /** How many of them must be on primaries. */
  readonly pw?: Quorum | undefined;
  /** Asks only the first of the list. */
  readonly nVal?: number | undefined;
  /** False: no fallback may stand in. */
  readonly sloppyQuorum?: boolean | undefined;
  /** How long the client waits. In ms. */
  readonly timeoutMs?: number | undefined;
}

/** A change of a bucket's properties; null puts one back to its default. */
export type PropsPatch = Readonly<Partial<Record<SettableProp, PropValue>>>;

/** What a node may ask to be woken for. A timer that is set again moves; one that is cancelled never comes. */
export type Timer =
  /** The client of this request has waited as long as it wanted to. */
  | { readonly kind: "deadline"; readonly request: RequestId }
  /** An answered read stops gathering, and repairs what it has seen. */
  | { readonly kind: "linger"; readonly request: RequestId }
  /** A forwarded put has been silent for a while: ask what became of it. */
  | { readonly kind: "patience"; readonly request: RequestId }
  /** Replicas that are still silent are stood in for. */
  | { readonly kind: "stand_in"; readonly request: RequestId }
  /** Hints are taken to their owners. */
  | { readonly kind: "handoff" }
  /** What moves to other owners goes on. */
  | { readonly kind: "handover" }
  /** A peer is gossiped with. */
  | { readonly kind: "gossip" }
  /** Trees are compared with the next peer's. */
  | { readonly kind: "exchange" }
  /** Background work waits for a slice, and a period has gone by. */
  | { readonly kind: "gate" }
  /** What may be reaped is looked for, or a round of asking goes on. */
  | { readonly kind: "settle" }
  /** Members that have not confirmed bucket properties are told again. */
  | { readonly kind: "props_retry" }
  /** Peers that are due are probed. */
  | { readonly kind: "probe" };

/** Something that happens to a node. */
export type Event =
  /** The process is up. First event, once. `boot` is 64 bits of fresh entropy. */
  | {
    readonly kind: "start";
    readonly boot: Boot;
    /** 32 bits of fresh entropy. */
    readonly seed: number;
    readonly restored: Restored;
  }
  /** A client reads. */
  | { readonly kind: "get"; readonly ticket: Ticket; readonly ask: GetAsk }
  /** A client writes or deletes. */
  | { readonly kind: "put"; readonly ticket: Ticket; readonly ask: PutAsk }
  /** A client asks what holds for a bucket. */
  | {
    readonly kind: "props_get";
    readonly ticket: Ticket;
    readonly type: string;
    readonly bucket: string;
  }
  /** A client changes what holds for a bucket. */
  | {
    readonly kind: "props_set";
    readonly ticket: Ticket;
    readonly type: string;
    readonly bucket: string;
    readonly patch: PropsPatch;
    readonly timeoutMs?: number | undefined;
  }
  /** An operator commits a change of the membership: what was planned, on the history that it was planned on. */
  | {
    readonly kind: "commit";
    readonly ticket: Ticket;
    readonly plannedOn: Digest;
    readonly steps: readonly Step[];
    readonly moves: readonly Move[];
  }
  /** A batch of messages came from a peer. Judged here, when it is processed: answered by a `verdict`. */
  | { readonly kind: "envelope"; readonly ticket: Ticket; readonly envelope: Envelope }
  /** These messages never reached the peer, and never will: a definite non-issue. Silence is not this. */
  | {
    readonly kind: "undelivered";
    readonly to: NodeId;
    readonly messages: readonly Message[];
  }
  /** A fetch is done. */
  | {
    readonly kind: "fetched";
    readonly fetch: number;
    readonly result: FetchResult;
    /** Copies that are kept for the owners who were named. None, if it is left out. */
    readonly hints?: readonly StoredHint[] | undefined;
  }
  /** A scan is done. */
  | { readonly kind: "scanned"; readonly scan: number; readonly result: ScanResult }
  /** A store is done. Only now may the node count or acknowledge its copy. */
  | {
    readonly kind: "stored";
    readonly store: number;
    readonly outcome: "durable" | "buffered" | "failed";
    /** With `failed`: because there is no room, so nothing of it is there. @default false */
    readonly isFull?: boolean | undefined;
  }
  /** A timer is due. */
  | { readonly kind: "timer"; readonly timer: Timer };

/** What a fetch found. A damaged record is its own thing: never "empty with its clock". */
export type FetchResult =
  | { readonly kind: "record"; readonly record: StoredRecord }
  | { readonly kind: "absent" }
  | { readonly kind: "damaged" }
  | { readonly kind: "failed"; readonly reason: string };

/** What a scan found: hints in the order of their names, as many as were asked for, fewer if there are no more. */
export type ScanResult =
  | { readonly kind: "hints"; readonly hints: readonly StoredHint[] }
  | {
    readonly kind: "records";
    readonly records: readonly StoredCopy[];
    /** Keys whose records were met and cannot be read. None, if it is left out. */
    readonly damaged?: readonly ObjectName[] | undefined;
  }
  | { readonly kind: "failed"; readonly reason: string };

/** One string a timer, for tables of timers. */
export function timerKey(timer: Timer): string {
  return "request" in timer ? `${timer.kind}:${timer.request}` : timer.kind;
}
