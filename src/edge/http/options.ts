/**
 * What the HTTP API stands on: everything that it does not decide itself is given to it.
 *
 * @module
 */
import type { ObjectName } from "../../id.ts";
import type { StagedStep } from "../../membership/staged_steps.ts";
import type { Config } from "../../protocol/config.ts";
import type { Failure } from "../../protocol/error.ts";
import type { ScanResult } from "../../protocol/event.ts";
import type { ScanOptions } from "../driver_options.ts";
import type { CommitOrder } from "../stage.ts";
import type { Ask } from "./ask.ts";

/** What stands on the pages under `/admin`, as plain data. */
export interface AdminPages {
  /** How the node stands. */
  readonly status: () => Promise<object | Failure>;
  /** What it keeps for others. */
  readonly hints: () => Promise<object | Failure>;
  /** Its trees. */
  readonly aae: () => Promise<object | Failure>;
  /** What is deleted, and not forgotten yet. */
  readonly settle: () => Promise<object | Failure>;
}

/** What operators ask about the membership, and do to it, as plain data. */
export interface OperationsPages {
  /** Stages a step. */
  readonly stage: (step: StagedStep) => object | Failure;
  /** What is staged. */
  readonly staged: () => object;
  /** Forgets it. */
  readonly clear: () => object;
  /** What it comes to. */
  readonly plan: () => object | Failure;
  /** Commits what was shown. */
  readonly commit: (order: CommitOrder) => Promise<object | Failure>;
  /** What is still on its way. */
  readonly transfers: () => object;
  /** Who owns and serves what. */
  readonly ring: () => object;
  /** Where a key lives. */
  readonly locate: (name: ObjectName) => object;
}

/** What this node holds, for a walk through all of it. */
export interface OwnRecordPages {
  /** Records behind a name, at most so many, in the order of the store. None: there are no more. */
  readonly scan: (options: ScanOptions) => Promise<ScanResult>;
  /** Resolves when the next key may be asked for. */
  readonly turn: () => Promise<void>;
}

/** What the API is made of. */
export interface ApiOptions {
  /** Asks the node. */
  readonly ask: Ask;
  /** The node's rules: the API keeps `maxObjectBytes`, `requestTimeoutMs` and `maxRequestMs`. */
  readonly config: Config;
  /** Of the cluster: the first seals context tokens, all open them. Empty: tokens carry a checksum. */
  readonly secrets: readonly Uint8Array[];
  /** What `/stats` shows. */
  readonly nodeStats: () => Promise<Record<string, unknown>>;
  /** What the pages under `/admin` show. */
  readonly admin: AdminPages;
  /** What operators do. */
  readonly operations: OperationsPages;
  /** What a repair of all keys walks through. */
  readonly own: OwnRecordPages;
  /** Told of faults of rotor itself. @default console.error */
  readonly log?: (sentence: string, error: unknown) => void;
  /** How long a body may take to arrive as a whole. In ms. @default 30000: 1 MiB at 35 kB a second */
  readonly bodyTimeoutMs?: number;
  /** A clock that never goes back, in ms. @default performance.now */
  readonly nowMs?: () => number;
}

/** The options with nothing left out. */
export type Api = Required<ApiOptions>;

/** Fills in what was left out. */
export function withDefaults(options: ApiOptions): Api {
  return {
    log: (sentence, error) => console.error(sentence, error),
    bodyTimeoutMs: 30_000,
    nowMs: () => performance.now(),
    ...options,
  };
}
