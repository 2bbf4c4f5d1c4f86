/**
 * The one thing that the HTTP API needs of a node: that it answers what a client asks.
 *
 * A question is an event of the core without its ticket, because tickets are the driver's way to find the asker again.
 * An answer always comes: the core promises exactly one reply a ticket, in bounded time.
 *
 * @module
 */
import type { Reply } from "../../protocol/effect.ts";
import type { Event } from "../../protocol/event.ts";

/** An event as it is asked: the driver adds the ticket. */
export type WithoutTicket<E> = E extends unknown ? Omit<E, "ticket"> : never;

/** What a client may ask of a node. */
export type ClientEvent = WithoutTicket<
  Extract<Event, { readonly kind: "get" | "put" | "props_get" | "props_set" | "commit" }>
>;

/** Asks the node. Rejects only if the node has ended. */
export type Ask = (event: ClientEvent) => Promise<Reply>;
