/**
 * The seeds of one node: addresses, and who is found there.
 *
 * Each is asked about once a second until it has answered, and then never again: from then on gossip knows where everybody
 * is. The operator hears once why a seed cannot be used, and again when the reason is another one.
 *
 * **Another cluster's seed** is refused when the node starts, and later said and not asked again: what it tells is never
 * taken in, so there is nothing to undo.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { History } from "../membership/history.ts";
import { type Acquaintance, askSeed, showCluster } from "./introduction.ts";
import { StartError } from "./start_error.ts";

/** A seed that has not answered is asked again after so long. In ms. */
const AGAIN_AFTER_MS = 1_000;

/** What seeds are made of. */
export interface SeedsOptions {
  /** `HOST:PORT`. */
  readonly addresses: readonly string[];
  /** The cluster's; undefined if it has none. */
  readonly secret: Uint8Array | undefined;
  /** Takes lines for the operator. */
  readonly log: (line: string) => void;
}

/** A seed that has answered. */
export interface Found extends Acquaintance {
  /** `HOST:PORT`. */
  readonly address: string;
}

/** Asks seeds. */
export class Seeds {
  readonly #options: SeedsOptions;
  readonly #said = new Map<string, string>();
  #left: string[];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  /** Seeds that nobody has asked yet. */
  constructor(options: SeedsOptions) {
    this.#options = options;
    this.#left = [...new Set(options.addresses)];
  }

  /** Asks all that have not answered, at once. Those that have, in the order in which they were named. */
  async round(): Promise<Found[]> {
    const { secret } = this.#options;
    const answers = await Promise.all(
      this.#left.map(async (address) => ({ address, answer: await askSeed(address, secret) })),
    );
    const found: Found[] = [];
    for (const { address, answer } of answers) {
      if ("why" in answer && !answer.isFinal) {
        this.#say(address, `${answer.why}; it is asked again`);
        continue;
      }
      this.#left = this.#left.filter((left) => left !== address);
      if ("why" in answer) this.#say(address, answer.why);
      else found.push({ address, ...answer });
    }
    return found;
  }

  /** Asks round after round until any has answered. @throws {StartError} If none ever will. */
  async first(): Promise<Found[]> {
    for (;;) {
      const found = await this.round();
      if (found.length > 0) return found;
      if (this.#left.length === 0) {
        const why = [...this.#said].map(([address, why]) => `${address}: ${why}`).join("; ");
        throw new StartError(`Cannot join by any seed: ${why}`);
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    }
  }

  /** Goes on asking those that are left, in the background: each that is of this cluster is told of. */
  follow(
    { cluster, found }: {
      readonly cluster: History;
      readonly found: (node: NodeId, address: string) => void;
    },
  ): void {
    if (this.#left.length === 0 || this.#isClosed) return;
    this.#timer = setTimeout(async () => {
      for (const { address, node, history } of await this.round()) {
        if (this.#isClosed) return;
        if (history.genesis.id === cluster.genesis.id) found(node, address);
        else this.#say(address, `it is of ${showCluster(history)}, not ${showCluster(cluster)}`);
      }
      this.follow({ cluster, found });
    }, AGAIN_AFTER_MS);
  }

  /** Asks nobody any more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #say(address: string, why: string): void {
    if (this.#isClosed || this.#said.get(address) === why) return;
    this.#said.set(address, why);
    this.#options.log(`Cannot use the seed ${address}: ${why}`);
  }
}
