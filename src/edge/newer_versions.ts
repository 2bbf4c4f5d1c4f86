/**
 * What a later version of rotor has sent that this one cannot read, for the operator: each once in the log, and all of it
 * in the node's status, until this process ends. Then it should be a newer one.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Envelope } from "../protocol/envelope.ts";

/** Something that could not be read. */
export interface NewerVersion {
  /** Who has sent it; null: that could not be read either. */
  readonly node: NodeId | null;
  /** Why it could not be read: one sentence. */
  readonly why: string;
}

/** So many are remembered. */
const MOST = 20;

/**
 * What could not be read.
 *
 * @example It is said once
 * ```ts
 * import { NewerVersions } from "./newer_versions.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const newer = new NewerVersions((line) => lines.push(line));
 * newer.onUnread("Cannot decode an envelope: it is of a newer format, 1 wanted, got 2");
 * newer.onUnread("Cannot decode an envelope: it is of a newer format, 1 wanted, got 2");
 * assertEquals(lines.length, 1);
 * ```
 */
export class NewerVersions {
  readonly #log: (line: string) => void;
  readonly #seen: NewerVersion[] = [];

  /** Nothing yet. `log` takes lines for the operator. */
  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** All of it. */
  get seen(): readonly NewerVersion[] {
    return this.#seen;
  }

  /** A batch could not be read. */
  onUnread(why: string): void {
    this.#note({ node: null, why });
  }

  /** A batch was taken: there may be something in it that could not be read. */
  onTaken({ from, messages }: Envelope): void {
    for (const message of messages) {
      if (message.kind !== "gossip_rumors") continue;
      for (const rumor of message.rumors) {
        if (rumor.kind === "unknown") this.#note({ node: from, why: rumor.why });
      }
    }
  }

  #note({ node, why }: NewerVersion): void {
    if (this.#seen.length >= MOST) return;
    if (this.#seen.some((one) => one.node === node && one.why === why)) return;
    this.#seen.push({ node, why });
    this.#log(`A newer rotor speaks to this one${node === null ? "" : `, at ${node}`}: ${why}`);
  }
}
