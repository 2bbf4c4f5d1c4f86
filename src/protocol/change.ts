/**
 * Membership as values: one change of the cluster's history, and what a node says of itself (protocol.md, Part 2 a1, a5).
 *
 * The history is a grow-only set of changes; the ring is a pure fold of it (`membership/history.ts`). A register is
 * written by its own node only; the greatest (generation, seq) of a node is the one that holds.
 *
 * @module
 */
import type { Boot, Digest, NodeId, Position } from "../id.ts";
import type { Member, Strategy } from "../ring/partition.ts";

export type { Member };

/** A token that changes hands: the recorded result of planning, so that folding never plans. Null is "nobody". */
export interface Move {
  /** Where the token stands. */
  readonly position: Position;
  /** Who owns it from now on. */
  readonly node: NodeId | null;
}

/** One thing that a change does to the membership. */
export type Step =
  | ({ readonly kind: "join" } & Member)
  | { readonly kind: "leave"; readonly node: NodeId }
  | { readonly kind: "stay"; readonly node: NodeId }
  | { readonly kind: "left"; readonly node: NodeId }
  | { readonly kind: "remove"; readonly node: NodeId; readonly acceptLoss: boolean }
  | { readonly kind: "replace"; readonly old: NodeId; readonly new: NodeId }
  | { readonly kind: "weight"; readonly node: NodeId; readonly weight: number }
  | { readonly kind: "zone"; readonly node: NodeId; readonly zone: string }
  | { readonly kind: "nval"; readonly bucket: string; readonly n: number };

/** How the cluster began, once and for ever: height 0, no parents. Its id is the cluster's id. */
export interface Genesis {
  /** Tells it from a revision. */
  readonly kind: "genesis";
  /** Digest of all that follows: the cluster's id. */
  readonly id: Digest;
  /** Placement strategy of the paper's section 6.2. */
  readonly strategy: Strategy;
  /** Q: how many equal partitions the ring has (strategies 2 and 3). */
  readonly partitions: number;
  /** T: tokens a node (strategies 1 and 2). */
  readonly tokens: number;
  /** N: on how many nodes a key lives. */
  readonly replicas: number;
  /** Sorted by node id. */
  readonly members: readonly Member[];
  /** Sorted by position. */
  readonly moves: readonly Move[];
}

/** A later change: some steps and the moves that they were planned with, all or nothing. */
export interface Revision {
  /** Tells it from the genesis. */
  readonly kind: "revision";
  /** Digest of all that follows. */
  readonly id: Digest;
  /** Id of the genesis. */
  readonly cluster: Digest;
  /** 1 + the greatest height of the parents: Lamport, no clock. */
  readonly height: number;
  /** All heads that the author knew, sorted. */
  readonly parents: readonly Digest[];
  /** Newest checkpoint that the author knew; the genesis at first. */
  readonly base: Digest;
  /** Null for a merge change, which every node makes alike. */
  readonly author: NodeId | null;
  /** Shown to people, never compared. */
  readonly wallMs: number;
  /** What it does to the membership, in order. */
  readonly steps: readonly Step[];
  /** The tokens that change hands by it, sorted by position. */
  readonly moves: readonly Move[];
}

/** An entry of the history. */
export type Change = Genesis | Revision;

/**
 * What a node is for one range of the ring, and one n:
 * - `receiving`: takes writes, counts nowhere yet;
 * - `serving`: holds the seat; answers and counts (not toward reads while `recovering`);
 * - `released`: has passed the seat on; only drains what it still has.
 *
 * A node with no role for a range serves nothing of it.
 */
export interface Role {
  /** Behind this position the range begins. The same as its end: the range is the whole ring. */
  readonly rangeStart: Position;
  /** The last position of the range. */
  readonly rangeEnd: Position;
  /** The n_val that the role is for. */
  readonly n: number;
  /** What the node is for the range. */
  readonly role: "receiving" | "serving" | "released";
  /** Which of the k places of the range: 0..k-1. */
  readonly seat: number;
  /** k: how many seats the range had when this was stored. Greater ones are promised before anybody serves them. */
  readonly seats: number;
  /** Counts this node's turns in this range: a role of an earlier tenure never counts again. */
  readonly tenure: number;
  /** True from a wipe, a restore or damage until enough exchanges are done. */
  readonly recovering: boolean;
  /** Whom the contents come from (receiving) or went to (released). */
  readonly peers: readonly NodeId[];
}

/** A role, but for the range that it is for. */
export type RoleThere = Omit<Role, "rangeStart" | "rangeEnd" | "n">;

/** What a node says of itself. Nobody else writes it; roles are durable before they are said. */
export interface Register {
  /** Whose register it is. */
  readonly node: NodeId;
  /** Raised at every start, durable, above any that a peer knows. */
  readonly generation: number;
  /** Counts within the generation. */
  readonly seq: number;
  /** This process: two processes of one id differ here. */
  readonly nonce: Boot;
  /** Where it can be reached: `HOST:PORT`. */
  readonly addresses: readonly string[];
  /** Newest wire format and planner that it speaks. */
  readonly speaks: { readonly wire: number; readonly planner: number };
  /** Digest of the history that it knows. */
  readonly history: Digest;
  /** Until when its store has lived: by its wall clock, in ms, never going back, and durable before it is said. */
  readonly tick: number;
  /** The tick that this process went on from: of its disk at the start, or what a peer has told it since; 0: nothing. */
  readonly resumed: number;
  /** Sorted by range end, then n. Of those for one n, no two ranges have a position in common. */
  readonly roles: readonly Role[];
}

/** Until when the store of a node has lived, as far as another has heard. */
export interface LastTick {
  /** Whose store. */
  readonly node: NodeId;
  /** Which process has said so. */
  readonly nonce: Boot;
  /** By its own wall clock, in ms. */
  readonly tick: number;
}
