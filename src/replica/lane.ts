/**
 * The work on one copy of one key: a **lane**, in which things happen in order (see `replica.ts`, which runs them).
 *
 * A node may have several copies of a key: its own, and one for each owner that it keeps a hint for. Each has a lane of
 * its own, for each is stored, counted on and dropped by itself.
 *
 * @module
 */
import { type Digest, nameBytes, type NodeId, type ObjectName } from "../id.ts";
import type { StoredRecord } from "../protocol/event.ts";
import type { Hint, Message, PutOrder, ReadOutcome, Settling } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { CopyName } from "../protocol/outbox.ts";
import type { Container } from "../version/siblings.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** What somebody wants of a lane. */
export type Work =
  | { readonly kind: "read"; readonly from: NodeId; readonly message: MessageOf<"read"> }
  | { readonly kind: "write"; readonly from: NodeId; readonly message: MessageOf<"write"> }
  | { readonly kind: "repair"; readonly container: Container }
  | {
    readonly kind: "put";
    readonly request: RequestId;
    readonly order: PutOrder;
    /** For whom the copy is kept; null: this node is a primary. */
    readonly hint: Hint | null;
    /** When its client is told that time is up: after that no dot is issued for it. */
    readonly untilMs: number;
  }
  /** A store has failed: what is on the disk must be seen again, or the node's tree, or its count of hints, would be wrong. */
  | { readonly kind: "look_again" }
  /** The hint may go, if it is still what was taken to its owner. */
  | { readonly kind: "drop"; readonly digest: Digest }
  /** Every member has agreed, at this time, that nothing but this is anywhere. */
  | { readonly kind: "agree"; readonly digest: Digest; readonly atMs: number }
  /** Every member has agreed twice: this is done with it, if it is still this. */
  | { readonly kind: "settle"; readonly how: Settling; readonly digest: Digest };

/** Somebody who is told when the store that holds their copy is done. */
export interface Waiter {
  readonly to: NodeId;
  readonly request: RequestId;
  readonly n: number;
  /** What they sent, or what their put made: its digest is in the answer. */
  readonly container: Container;
}

/** The work on one copy. */
export interface Lane extends CopyName {
  /** The number of the outstanding fetch or store, which is also how its answer finds the lane; 0 if none. */
  outstanding: number;
  /** Null while the record is being fetched. */
  held: Held | null;
  /** What came while it was being fetched. */
  queue: Work[];
}

/** What a lane knows once its record is there. */
export interface Held {
  durable: StoredRecord | null;
  /** The disk's copy could not be read: it is absent, and says so instead of "not found". */
  damaged: boolean;
  /** Of a hint: what else is kept here of the key. A put starts from it, too. */
  readonly beside: Container;
  /** What the outstanding store holds, and who crosses with it. */
  storing: Crossing | null;
  /** What has been applied since, and who waits for it. */
  next: Crossing | null;
}

/** A record on its way to the disk, or its removal, and who is told when it is there. */
export interface Crossing {
  record: StoredRecord | null;
  readonly waiters: Waiter[];
}

/** One string a lane. */
export function laneKey({ name, owner }: CopyName): string {
  return owner === null ? nameBytes(name) : `${owner} ${nameBytes(name)}`;
}

/** What memory holds: what was applied last. */
export function current({ next, storing, durable }: Held): StoredRecord | null {
  return next !== null ? next.record : storing !== null ? storing.record : durable;
}

/** What a reader is told. */
export function found({ durable, damaged }: Held): ReadOutcome {
  if (durable !== null) return { kind: "found", container: durable.container };
  return damaged ? { kind: "damaged" } : { kind: "absent" };
}

/** The copy that a write or a put is about: the own one, or that of an owner. */
export function copyFor(name: ObjectName, hint: Hint | null): CopyName {
  return { name, owner: hint?.owner ?? null };
}
