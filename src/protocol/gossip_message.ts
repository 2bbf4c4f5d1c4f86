/**
 * What nodes gossip (paper, section 4.8.1; `membership/gossip.ts`). A node takes it from whoever is of its cluster, also from
 * who is no member yet, or no more.
 *
 * @module
 */
import type { Digest } from "../id.ts";
import type { Register } from "./change.ts";
import type { RequestId } from "./terms.ts";
import type { Held, Rumor, UnknownRumor } from "./rumor.ts";

/** A message of gossip. */
export type GossipMessage =
  /** The one that is gossiped with is told what is known here, in two digests. */
  | {
    readonly kind: "gossip";
    readonly request: RequestId;
    /** Of the history. */
    readonly history: Digest;
    /** Of all rumors. */
    readonly rest: Digest;
    /** Where the sender can be reached: `HOST:PORT`. */
    readonly addresses: readonly string[];
  }
  /** The digests of all groups of rumors; null: the two know alike. */
  | {
    readonly kind: "gossip_reply";
    readonly request: RequestId;
    readonly groups: readonly Digest[] | null;
  }
  /** What stands in these groups. */
  | {
    readonly kind: "gossip_held";
    readonly groups: readonly number[];
    readonly held: readonly Held[];
  }
  /** These may be new to you; and these are wanted, by their keys. */
  | {
    readonly kind: "gossip_rumors";
    readonly rumors: readonly (Rumor | UnknownRumor)[];
    readonly wanted: readonly string[];
  }
  /** What do you remember of me? */
  | { readonly kind: "gossip_recall" }
  /** This: what you have said before, and, it seems, have forgotten. */
  | {
    readonly kind: "gossip_recalled";
    /** Until when your store has lived; 0: I remember nothing. */
    readonly tick: number;
    /** What you said then; null: I remember the tick alone. */
    readonly register: Register | null;
  };
