/**
 * Which process of a peer this node listens to: of two that live at once, the one that it has known (protocol.md, Part 3,
 * Identity).
 *
 * A copied data directory makes two processes of one id. Each would issue dots, keep hints and hold a seat in the same name.
 * A batch from another process than the known one is a restart, or that. So the known one is asked, with a hello, at the
 * place where it was last:
 *
 * ```text
 *               a batch of another boot            it answers with its boot
 *   known boot ------------------------> asking it -------------------------> known boot: the other is refused, and ends
 *                                            |
 *                                            +--> the other boot is the known one: no answer within 2 s, no connection,
 *                                                 or another process answers there
 * ```
 *
 * The batch waits meanwhile; where the process has been started anew that is a millisecond or two. A hello changes nothing,
 * so it is answered whoever sends it.
 *
 * @module
 */
import type { Boot, NodeId } from "../id.ts";
import type { Envelope } from "../protocol/envelope.ts";

/** What it is made of. */
export interface BootsOptions {
  /** The process of a peer that this node has known until now; null if it knows none. */
  readonly known: (node: NodeId) => Boot | null;
  /** Asks who is where a peer was last: null if nobody says so in time. Never rejects. */
  readonly ask: (node: NodeId) => Promise<Boot | null>;
}

/**
 * Judges who has sent a batch.
 *
 * @example The known process lives, so the other is refused
 * ```ts
 * import { Boots } from "./boots.ts";
 * import { type Boot, nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const known = "known---" as Boot;
 * const boots = new Boots({ known: () => known, ask: () => Promise.resolve(known) });
 * const messages = [{ kind: "probe" as const, request: 1 }];
 * const batch = { from: nodeId("a"), fromBoot: "another-" as Boot, messages };
 * assertEquals(await boots.isTwin(batch), true);
 * ```
 */
export class Boots {
  readonly #options: BootsOptions;
  /** Who is being asked: for whoever comes meanwhile, too. */
  readonly #asking = new Map<NodeId, Promise<Boot | null>>();

  /** Nobody is asked yet. */
  constructor(options: BootsOptions) {
    this.#options = options;
  }

  /** Whether a batch is of a second process of its node, while the first one lives. */
  isTwin({ from, fromBoot, messages }: Sent): boolean | Promise<boolean> {
    const known = this.#options.known(from);
    if (messages.length === 0 || known === null || known === fromBoot) return false;
    return this.#isAlive(from, known);
  }

  async #isAlive(node: NodeId, known: Boot): Promise<boolean> {
    let asking = this.#asking.get(node);
    if (asking === undefined) {
      asking = this.#options.ask(node).finally(() => this.#asking.delete(node));
      this.#asking.set(node, asking);
    }
    return await asking === known;
  }
}

/** What matters of a batch. */
type Sent = Pick<Envelope, "from" | "fromBoot" | "messages">;
