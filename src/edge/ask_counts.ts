/**
 * What clients have asked of this node, and how it ended: counters for `/stats`.
 *
 * @module
 */
import type { Ask, ClientEvent } from "./http/ask.ts";

/** Counts by what was asked, then by how it ended: `ok`, or the kind of failure. */
export class AskCounts {
  readonly #counts = new Map<ClientEvent["kind"], Map<string, number>>();

  /** An `ask` that does the same, and is counted. */
  counted(ask: Ask): Ask {
    return async (event) => {
      const reply = await ask(event);
      const outcome = reply.kind === "failure" ? reply.error : "ok";
      const outcomes = this.#counts.get(event.kind) ?? new Map<string, number>();
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      this.#counts.set(event.kind, outcomes);
      return reply;
    };
  }

  /** The counts as plain objects. */
  toJSON(): Record<string, Record<string, number>> {
    return Object.fromEntries(
      [...this.#counts].map(([kind, outcomes]) => [kind, Object.fromEntries(outcomes)]),
    );
  }
}
