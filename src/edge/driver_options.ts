/**
 * What a driver stands on: a node to run, a store to keep its records, a way to its peers, clocks.
 *
 * @module
 */
import type { NodeId, ObjectName } from "../id.ts";
import type { Effect, MetaValue } from "../protocol/effect.ts";
import type { Event, FetchResult, Now, StoredRecord } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import type { Clock } from "./clock.ts";

/** What is driven: the node of `src/node.ts`, or a script in a test. */
export interface Steppable {
  /** One thing happens at `now`; what is to be done about it comes back. */
  step(event: Event, now: Now): Effect[];
}

/** How a store ended. */
export type StoreOutcome = Extract<Event, { readonly kind: "stored" }>["outcome"];

/** Where records and metadata are kept. What goes wrong is a result; a rejection is a fault of rotor. */
export interface DriverStore {
  /** The record of a key. */
  fetch(name: ObjectName): Promise<FetchResult>;
  /** Replaces the record of a key; null removes it. */
  store(name: ObjectName, record: StoredRecord | null): Promise<StoreOutcome>;
  /** Replaces a piece of metadata. */
  storeMeta(value: MetaValue): Promise<StoreOutcome>;
}

/** What a driver is made of. */
export interface DriverOptions {
  readonly node: Steppable;
  readonly store: DriverStore;
  /** Sends to a peer, some time. */
  readonly send: (to: NodeId, message: Message) => void;
  readonly clock: Clock;
  /** Told of faults of rotor itself. */
  readonly log: (sentence: string, error: unknown) => void;
}
