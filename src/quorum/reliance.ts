/**
 * Whether puts that run here may still count a copy that a node had, and has lost (`anti_entropy/recovery_fence.ts`).
 *
 * Whoever has lost copies asks, by a number that stands for its loss, and asks again until it is told that there are none.
 * Those puts that had asked it for a copy when it first came are looked at; who asks it later asks the node that it is now.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Message } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";

type Amnesia = Extract<Message, { kind: "amnesia" }>;

/** A put that runs, as far as this room looks at it. */
export interface Relying {
  /** True when it has been answered. */
  readonly done: boolean;
  /** Names it. */
  readonly request: RequestId;
  /** Whether it has asked this node for a copy. */
  hasAsked(node: NodeId): boolean;
}

/** The losses of others that puts of this node stand in the way of. */
export class Reliance {
  readonly #puts: () => readonly Relying[];
  readonly #w: () => number;
  readonly #losses = new Map<NodeId, { readonly request: RequestId; puts: readonly Relying[] }>();

  /** @param puts Those that run. @param w The least W that any bucket has; 0 if that may have been lost here. */
  constructor(puts: () => readonly Relying[], w: () => number) {
    this.#puts = puts;
    this.#w = w;
  }

  /** What it holds in memory. */
  snapshot(): object {
    return [...this.#losses].map(([node, { request, puts }]) => [
      node,
      request,
      puts.filter(({ done }) => !done).map(({ request }) => request),
    ]);
  }

  /** A node has lost copies. */
  onAmnesia(from: NodeId, { request }: Amnesia, out: Outbox): void {
    const known = this.#losses.get(from);
    const puts = known?.request === request
      ? known.puts.filter(({ done }) => !done)
      : this.#puts().filter((put) => put.hasAsked(from));
    if (puts.length === 0) this.#losses.delete(from);
    else {
      out.mark("recovery.relied_on");
      this.#losses.set(from, { request, puts });
    }
    out.send(from, { kind: "amnesia_reply", request, clear: puts.length === 0, w: this.#w() });
  }
}
