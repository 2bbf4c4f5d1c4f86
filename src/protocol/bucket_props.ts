/**
 * Bucket properties: what a bucket's clients get when they do not say otherwise (protocol.md, Part 2 f).
 *
 * Each (bucket, property) is one cell of a lattice: the entry with the greatest (counter, node) holds. No clock decides.
 * Properties act at a coordinator's write and at the view of a read; never when replicas merge (law D18).
 *
 * @module
 */
import type { NodeId } from "../id.ts";

/** A quorum as people say it: a number, or a word for one. */
export type Quorum = number | "one" | "quorum" | "all" | "default";

/** All that can be set for a bucket, by the names that Riak's users know. `n_val` is a membership step, shown here. */
export interface BucketProps {
  /** On how many nodes a key of the bucket lives. */
  readonly n_val: number;
  /** Replies that a read waits for. @default "quorum" */
  readonly r: Quorum;
  /** Stored copies that a write waits for. @default "quorum" */
  readonly w: Quorum;
  /** How many of those must be durable. @default "default" (which is w) */
  readonly dw: Quorum;
  /** Replies by primaries that a read waits for. @default 0 */
  readonly pr: Quorum;
  /** Copies on primaries that a write waits for. @default 0 */
  readonly pw: Quorum;
  /** False: a read shows only the latest sibling. @default true */
  readonly allow_mult: boolean;
  /** True: a put covers all that its coordinator holds, and a read shows the latest. @default false */
  readonly last_write_wins: boolean;
  /** True: a primary's "I have nothing" counts toward r. @default true */
  readonly notfound_ok: boolean;
  /** True: with `notfound_ok=false`, a majority of "I have nothing" answers early. @default false */
  readonly basic_quorum: boolean;
  /** For how many seconds a value is shown whose put does not say; null is for ever. @default null */
  readonly expires_in: number | null;
}

/** A property that a client may set. */
export type SettableProp = Exclude<keyof BucketProps, "n_val">;

/** Longest time until an expiry: a hundred years, which every calendar and every counter still takes. In s. */
export const MAX_EXPIRES_IN_S = 100 * 365 * 24 * 3600;

/** What each property's values are: a quorum with its least number, true and false, or a number of seconds. */
export const SETTABLE: Readonly<
  Record<SettableProp, { readonly least: number } | "flag" | "seconds">
> = {
  r: { least: 1 },
  w: { least: 1 },
  dw: { least: 0 },
  pr: { least: 0 },
  pw: { least: 0 },
  allow_mult: "flag",
  last_write_wins: "flag",
  notfound_ok: "flag",
  basic_quorum: "flag",
  expires_in: "seconds",
};

/** The value of one cell: null means deleted, so that the default holds again. */
export type PropValue = Quorum | boolean | null;

/** One cell of the lattice. */
export interface PropEntry {
  /** The bucket's type. */
  readonly type: string;
  /** The bucket. */
  readonly bucket: string;
  /** Which property. */
  readonly prop: SettableProp;
  /** What holds. */
  readonly value: PropValue;
  /** 1 + the greatest that the setter knew for this cell. */
  readonly counter: number;
  /** Who set it. */
  readonly node: NodeId;
}
