/**
 * What gossip carries: the three things of membership that are not derived from anything else (protocol.md, Part 2 e).
 *
 * @module
 */
import type { PropEntry } from "./bucket_props.ts";
import type { Change, Register } from "./change.ts";

/** Something that every node should know. Each kind is a lattice: of two for one key the greater holds. */
export type Rumor =
  /** A change of the history. */
  | { readonly kind: "change"; readonly change: Change }
  /** What a node says of itself. */
  | { readonly kind: "register"; readonly register: Register }
  /** What holds in a cell of the bucket properties. */
  | { readonly kind: "prop"; readonly entry: PropEntry };

/** Something that a later version of rotor tells, and that this one cannot read. It is heard, and never told. */
export interface UnknownRumor {
  /** Tells it from what can be read. */
  readonly kind: "unknown";
  /** Whether it is a change of the history: then this node does not know what the ring is any more. */
  readonly isChange: boolean;
  /** Why it cannot be read: one sentence. */
  readonly why: string;
  /** As it came. */
  readonly raw: unknown;
}

/** Which rumor a node holds, and how new, without what it says. */
export interface Held {
  /** Names what the rumor is about. */
  readonly key: string;
  /** The greater (major, minor) holds: generation and seq of a register, counter of a property; 0 of a change. */
  readonly major: number;
  /** See `major`. */
  readonly minor: number;
  /** Tells apart what has one `major`, and is yet of two minds. At most 16 bytes. */
  readonly tag: string;
}
