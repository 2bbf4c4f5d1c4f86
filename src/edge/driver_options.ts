/**
 * What a driver stands on: a node to run, a store to keep its records, a way to its peers, clocks.
 *
 * @module
 */
import type { LeafKey } from "../anti_entropy/merkle_tree_key.ts";
import type { NodeId, ObjectName } from "../id.ts";
import type { Effect, MetaValue } from "../protocol/effect.ts";
import type {
  Event,
  FetchResult,
  Now,
  ScanResult,
  StoredHint,
  StoredRecord,
} from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import type { CopyName } from "../protocol/outbox.ts";
import type { Clock } from "./clock.ts";

/** What is driven: the node of `src/node.ts`, or a script in a test. */
export interface Steppable {
  /** One thing happens at `now`; what is to be done about it comes back. */
  step(event: Event, now: Now): Effect[];
  /** `asks`: it does not serve yet, and its peers must be able to speak to it. @default false */
  readonly load?: { readonly asks: boolean };
}

/** How a store ended; `full` is one that failed because there is no room. */
export type StoreOutcome = Extract<Event, { readonly kind: "stored" }>["outcome"] | "full";

/** What a fetch found. */
export interface Fetched {
  /** This node's own copy. */
  readonly result: FetchResult;
  /** What it keeps of the key for the owners who were named, in the order in which they were. */
  readonly hints: readonly StoredHint[];
}

/** Which hints a scan gives: those behind a name (null: all of them), and at most so many, which is at least 1. */
export type ScanOptions = Pick<Extract<Effect, { readonly kind: "scan_hints" }>, "after" | "most">;

/** Where records, hints and metadata are kept. What goes wrong is a result; a rejection is a fault of rotor. */
export interface DriverStore {
  /** The record of a key, and the hints of it for these owners. */
  fetch(name: ObjectName, owners: readonly NodeId[]): Promise<Fetched>;
  /** Replaces a copy of a key; null removes it. */
  store(copy: CopyName, record: StoredRecord | null): Promise<StoreOutcome>;
  /** What is kept for an owner, in the order of names. No hints in the result: there are no more. */
  scanHints(owner: NodeId, options: ScanOptions): Promise<ScanResult>;
  /** This node's own records, in the order of the store. None in the result: there are no more. */
  scanRecords(options: ScanOptions): Promise<ScanResult>;
  /** Those of its own records that stand at these leaves. */
  findRecords(keys: readonly LeafKey[]): Promise<ScanResult>;
  /** Replaces a piece of metadata. */
  storeMeta(value: MetaValue): Promise<StoreOutcome>;
}

/** What a driver is made of. */
export interface DriverOptions {
  readonly node: Steppable;
  readonly store: DriverStore;
  /** Sends to a peer, some time. */
  readonly send: (to: NodeId, message: Message) => void;
  /** A peer can be reached here from now on: `HOST:PORT`, the best first. */
  readonly reach: (node: NodeId, addresses: readonly string[]) => void;
  readonly clock: Clock;
  /** Told of faults of rotor itself. */
  readonly log: (sentence: string, error: unknown) => void;
}
