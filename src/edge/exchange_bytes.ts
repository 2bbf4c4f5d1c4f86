/**
 * What comparing trees costs on the wire: counters for `/stats`.
 *
 * Messages are weighed as their queue weighs them (`message_bytes.ts`): contents to the byte, all else by allowances. What
 * is sent is counted when it is handed over, whether it arrives or not, and what comes when it is taken.
 *
 * @module
 */
import type { Message } from "../protocol/message.ts";
import { messageBytes } from "./message_bytes.ts";

/** What nodes say to one another in an exchange. */
const SPOKEN: ReadonlySet<Message["kind"]> = new Set<Message["kind"]>([
  ...["roots", "places", "want", "roots_reply", "places_reply", "want_reply"] as const,
]);

/** Sums since the start. */
export class ExchangeBytes {
  #sent = 0;
  #received = 0;

  /** A message goes out. */
  onSent(message: Message): void {
    this.#sent += weightOf(message);
  }

  /** Messages of a batch were taken. */
  onReceived(messages: readonly Message[]): void {
    for (const message of messages) this.#received += weightOf(message);
  }

  /** The sums, under the names of `/stats`. */
  toJSON(): { readonly sent_bytes: number; readonly received_bytes: number } {
    return { sent_bytes: this.#sent, received_bytes: this.#received };
  }
}

function weightOf(message: Message): number {
  return SPOKEN.has(message.kind) ? messageBytes(message) : 0;
}
