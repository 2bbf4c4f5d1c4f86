/**
 * Where the rooms of one node leave what they want done. `node.ts` empties it: what is for this node itself it hands on
 * at once, in the same step; the rest it returns as effects.
 *
 * @module
 */
import type { LeafKey } from "../anti_entropy/merkle_tree_key.ts";
import type { NodeId, ObjectName } from "../id.ts";
import type { Container } from "../version/siblings.ts";
import type { Effect, MetaValue, Reply } from "./effect.ts";
import type { Verdict } from "./envelope.ts";
import type { Failure } from "./error.ts";
import type { Now, StoredRecord, Ticket, Timer } from "./event.ts";
import type { Hint, Message, PutOrder } from "./message.ts";
import type { RequestId } from "./terms.ts";

/** A message that brings a copy. */
export type Copying = Extract<Message, { kind: "write" | "repair" }>;

/** What one room of a node tells another. Never leaves the node. */
export type Inner =
  /** A message to oneself takes no network. */
  | { readonly kind: "message"; readonly message: Message }
  /** A message that had to wait for a moment. */
  | { readonly kind: "late"; readonly from: NodeId; readonly message: Copying }
  /** Write machine to replica: issue a dot for this put, store it, and say `write_reply` to this node. */
  | {
    readonly kind: "coordinate";
    readonly request: RequestId;
    readonly order: PutOrder;
    /** Not null: in the place of this owner. */
    readonly hint: Hint | null;
  }
  /** Replica to write machine: the put is applied, this is what the others must hold. Not stored yet. */
  | { readonly kind: "issued"; readonly request: RequestId; readonly container: Container }
  /** Replica to write machine: no dot was issued, and none will be. */
  | { readonly kind: "refused"; readonly request: RequestId; readonly failure: Failure };

/** One copy on a disk: the node's own of a key, or one that it keeps for an owner. */
export interface CopyName {
  readonly name: ObjectName;
  /** Null: its own. */
  readonly owner: NodeId | null;
}

/** Collects what one step wants done. */
export class Outbox {
  /** Whose it is. */
  readonly self: NodeId;
  readonly now: Now;
  readonly effects: Effect[] = [];
  readonly inner: Inner[] = [];

  /** An empty outbox of node `self` for the step at `now`. */
  constructor(self: NodeId, now: Now) {
    this.self = self;
    this.now = now;
  }

  /** To a peer, or to a room of this node if `to` is itself. */
  send(to: NodeId, message: Message): void {
    if (to === this.self) this.inner.push({ kind: "message", message });
    else this.effects.push({ kind: "send", to, message });
  }
  /** To another room of this node. */
  tell(inner: Inner): void {
    this.inner.push(inner);
  }
  /** Asks for a record, and what is kept of its key for these owners. */
  fetch(fetch: number, name: ObjectName, owners: readonly NodeId[]): void {
    this.effects.push({ kind: "fetch", fetch, name, owners });
  }
  /** Asks for a copy to be replaced: the own one, or that which is kept for an owner. */
  store(store: number, { name, owner }: CopyName, record: StoredRecord | null): void {
    this.effects.push({ kind: "store", store, name, owner, record });
  }
  /** Asks for a page of this node's own records. */
  scanRecords(scan: number, page: { after: ObjectName | null; most: number }): void {
    this.effects.push({ kind: "scan_records", scan, ...page });
  }
  /** Asks for the own records at these leaves. */
  findRecords(scan: number, keys: readonly LeafKey[]): void {
    this.effects.push({ kind: "find_records", scan, keys });
  }
  /** Asks for what is kept for an owner, behind a name. */
  scanHints(scan: number, owner: NodeId, page: { after: ObjectName | null; most: number }): void {
    this.effects.push({ kind: "scan_hints", scan, owner, ...page });
  }
  /** Asks for a piece of metadata to be replaced. */
  storeMeta(store: number, value: MetaValue): void {
    this.effects.push({ kind: "store_meta", store, value });
  }
  /** Answers a client. */
  reply(ticket: Ticket, reply: Reply): void {
    this.effects.push({ kind: "reply", ticket, reply });
  }
  /** Answers a peer's batch. */
  verdict(ticket: Ticket, verdict: Verdict): void {
    this.effects.push({ kind: "verdict", ticket, verdict });
  }
  /** Sets a timer to `afterMs` from now. */
  setTimer(timer: Timer, afterMs: number): void {
    this.effects.push({ kind: "set_timer", timer, atMs: this.now.monoMs + afterMs });
  }
  /** Takes a timer back. */
  cancelTimer(timer: Timer): void {
    this.effects.push({ kind: "cancel_timer", timer });
  }
  /** Counts a rare branch. */
  mark(name: string): void {
    this.effects.push({ kind: "mark", name });
  }
  /** The node serves from now on. */
  ready(): void {
    this.effects.push({ kind: "ready" });
  }
  /** The node must end. */
  halt(reason: string): void {
    this.effects.push({ kind: "halt", reason });
  }
}
