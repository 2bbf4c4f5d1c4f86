/**
 * One real node by itself, for examples: puts and gets over a Map, at once.
 *
 * @module
 */
import type { WriteId } from "../src/id.ts";
import type { Reply } from "../src/protocol/effect.ts";
import type { Seen } from "../src/version/siblings.ts";
import { ask } from "./asks.ts";
import { World } from "./world.ts";

/** A cluster of one, without any IO. */
export class Alone {
  readonly #world = new World({ nodes: 1 });
  #puts = 0;

  /** Puts a text under `bucket/key`; without a context it is a blind put. Returns the node's answer. */
  put(path: string, text: string, seen?: Seen): Reply {
    const [node] = this.#world.ids;
    const writeId = String(++this.#puts).padStart(16, "0") as WriteId;
    const ticket = this.#world.put(node!, { ...ask(path, text, writeId), seen });
    this.#world.run();
    return this.#world.replies.get(ticket)!;
  }

  /** The texts of the live siblings under `bucket/key`. */
  get(path: string): string[] {
    return this.read(path).view.map(({ version }) => String.fromCharCode(...version.content));
  }

  /** The whole answer of a read: siblings, and the clock that is its context. */
  read(path: string): Extract<Reply, { kind: "get" }> {
    const [node] = this.#world.ids;
    const { name } = ask(path, "", "" as WriteId);
    const ticket = this.#world.get(node!, { name });
    this.#world.run();
    const reply = this.#world.replies.get(ticket)!;
    if (reply.kind !== "get") throw new Error(`The read failed: ${JSON.stringify(reply)}`);
    return reply;
  }
}
