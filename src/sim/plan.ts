/**
 * A run, written down before it begins: who is there, what the weather is like, what clients do, what goes wrong, and when.
 *
 * A plan is plain data, and with its seed it decides everything. So it can be kept, sent to somebody, and made smaller by
 * leaving things out (`minimise.ts`). `draw.ts` draws one from a seed; chance in small things (how long this message
 * takes) comes from the seed while it runs.
 *
 * All times are ms of the world's own, virtual time. Nodes, keys and clients are numbers from 0.
 *
 * @module
 */
import type { Config } from "../protocol/config.ts";

/** The version of plans and traces that this program writes and reads. */
export const FORMAT = 1;

/** A node's clocks. */
export interface ClockShape {
  /** How much faster than the world its clocks go, in millionths. */
  readonly driftPpm: number;
  /** How far its wall clock is ahead when the world begins. */
  readonly aheadMs: number;
}

/** What a client is like. */
export interface ClientShape {
  /** True: it carries one context through all that it does with a key, and sends it with its reads, too. */
  readonly session: boolean;
}

/** Who is there. */
export interface Shape {
  /** One a node. */
  readonly clocks: readonly ClockShape[];
  readonly clients: readonly ClientShape[];
  /** How many keys. */
  readonly keys: number;
  /** Rules of all nodes that differ from the defaults. */
  readonly config: Partial<Config>;
  /** So many of the nodes, the last ones, are no members at first. @default 0 */
  readonly outside?: number | undefined;
}

/** What happens all the time. A share is from 0 to 1, of messages or of disk operations. */
export interface Weather {
  /** A message on its way: least and most. */
  readonly delayMs: readonly [number, number];
  /** Messages that take ten to a hundred times as long, and so arrive after later ones. */
  readonly stragglers: number;
  /** Messages that never arrive. */
  readonly loss: number;
  /** Messages that arrive twice. */
  readonly duplicates: number;
  /** A disk operation: least and most. */
  readonly diskMs: readonly [number, number];
  /** Stores that are said to have failed. */
  readonly storeFailures: number;
  /** Fetches that fail. */
  readonly fetchFailures: number;
}

/** What a client sends as its context: its newest, an old one, or nothing. */
export type ContextChoice = "latest" | "stale" | "none";

/** One thing that a client is going to do. */
export interface Intent {
  readonly atMs: number;
  readonly kind: "get" | "put" | "delete";
  readonly client: number;
  readonly key: number;
  /** The node that it asks first. */
  readonly node: number;
  /** Only for a put or a delete. */
  readonly context: ContextChoice;
  /** R of a get; W and DW of a put. */
  readonly quorum: number;
  /** True: `sloppy_quorum=false`, nobody may stand in. */
  readonly strict: boolean;
  /** When the client gives up, and knows nothing. */
  readonly timeoutMs: number;
  /** How often it asks another node after a definite refusal. */
  readonly retries: number;
  /** True: after a put of which it knows nothing, it puts the same once more, as another write. */
  readonly again: boolean;
}

/** All ways in which an operator may change the members. */
export const RESHAPINGS = ["join", "leave", "stay", "weight", "zone", "remove"] as const;

/** A change of the members: what an operator plans and commits at one node. */
export interface Reshaping {
  readonly atMs: number;
  /** Where it is committed. */
  readonly node: number;
  readonly what: (typeof RESHAPINGS)[number];
  /** Of whom. */
  readonly member: number;
  /** The weight, or which zone; at least 1. */
  readonly value: number;
}

/** Something that goes wrong. `forMs`: until it is mended. */
export type Fault =
  /** The process dies, what was not on the disk is lost, and it starts again. */
  | Timed<"crash", { readonly node: number }>
  /** Every process dies at once. */
  | Timed<"power_cut", Record<never, never>>
  /** The process stands still, and then goes on as if nothing had been. */
  | Timed<"pause", { readonly node: number }>
  /** These nodes and all others cannot reach one another. */
  | Timed<"partition", { readonly side: readonly number[] }>
  /** What one node says to another does not arrive. */
  | Timed<"one_way", { readonly from: number; readonly to: number }>
  /** A link takes so many times as long. */
  | Timed<"slow_link", { readonly from: number; readonly to: number; readonly times: number }>
  /** A link loses this share. */
  | Timed<"lossy_link", { readonly from: number; readonly to: number; readonly share: number }>
  /** Every store fails. */
  | Timed<"full_disk", { readonly node: number }>
  /** A disk takes so many times as long. */
  | Timed<"slow_disk", { readonly node: number; readonly times: number }>
  /** Every fetch fails. */
  | Timed<"read_errors", { readonly node: number }>
  /** The disk's copy of a record goes bad. */
  | { readonly kind: "damage"; readonly atMs: number; readonly node: number; readonly key: number }
  /** The process dies, and comes back with an empty disk and its old name: amnesia. */
  | Timed<"wipe", { readonly node: number }>
  /** Somebody copies a disk. */
  | { readonly kind: "backup"; readonly atMs: number; readonly node: number }
  /** The process dies, and comes back with what the last backup held; as it was at the beginning, if there is none. */
  | Timed<"restore", { readonly node: number }>
  /** Somebody sets a wall clock. */
  | { readonly kind: "clock"; readonly atMs: number; readonly node: number; readonly byMs: number };

type Timed<Kind extends string, Of> =
  & { readonly kind: Kind; readonly atMs: number; readonly forMs: number }
  & Of;

/** A fault that takes from a disk what it had said is durable. */
export const DESTROYING: readonly Fault["kind"][] = ["damage", "wipe", "restore"];

/** All kinds of faults. */
export const FAULTS = [
  "crash",
  "power_cut",
  "pause",
  "partition",
  "one_way",
  "slow_link",
  "lossy_link",
  "full_disk",
  "slow_disk",
  "read_errors",
  "damage",
  "wipe",
  "backup",
  "restore",
  "clock",
] as const satisfies readonly Fault["kind"][];

/** All ways in which a node outside the core stays broken. */
export const RUINS = ["down", "cut_off", "full_disk"] as const;

/** How a node outside the core stays broken. */
export type Ruin = (typeof RUINS)[number];

/** One run, whole. */
export interface Plan {
  readonly version: typeof FORMAT;
  readonly seed: number;
  readonly shape: Shape;
  readonly weather: Weather;
  readonly intents: readonly Intent[];
  readonly faults: readonly Fault[];
  /** @default none */
  readonly changes?: readonly Reshaping[] | undefined;
  /** When the safety phase ends: from then on the core is well. */
  readonly calmAtMs: number;
  /** Who stays broken then, and how. All others are the core. */
  readonly broken: readonly { readonly node: number; readonly how: Ruin }[];
}

/** A plan or trace that this program cannot read. */
export class FormatError extends Error {
  /** Tells it from other errors. */
  override readonly name = "FormatError";
}
