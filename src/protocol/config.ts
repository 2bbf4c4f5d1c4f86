/**
 * All that can be set about the rules of a node. Each field says what it means, its unit, its default and why; one
 * {@linkcode validate} refuses what contradicts itself. Where a node listens and keeps its data is the edge's affair.
 *
 * @module
 */

/** The rules of one node. All nodes of a cluster should run with the same. */
export interface Config {
  /** N: on how many nodes a key lives. Fixed in the genesis. @default 3, the paper's */
  readonly n: number;
  /** R: replies that a read waits for, where neither bucket nor request says. @default 2, the paper's */
  readonly r: number;
  /** W: stored copies that a write waits for. R + W > N makes a read see the last acknowledged write. @default 2 */
  readonly w: number;
  /** Q: equal partitions of the ring; a power of two is customary. Fixed in the genesis. @default 256 */
  readonly partitions: number;
  /** How long a request may take that does not say. In ms. @default 10000: longer than a pause, shorter than patience */
  readonly requestTimeoutMs: number;
  /** D: how long any request may take, whatever it says. In ms. @default 60000 */
  readonly maxRequestMs: number;
  /** How often a node gossips with another. In ms. @default 1000, the paper's */
  readonly gossipMs: number;
  /** After how long a silent node is passed over. In ms. @default 500: several disk syncs */
  readonly fallbackAfterMs: number;
  /** How often a peer that is suspect or down is probed; a neighbour that is well ten times as rarely. In ms. @default 1000 */
  readonly probeMs: number;
  /** For how long a suspect must give trouble, without a sign, until it is down. In ms. @default 2000: longer than a pause */
  readonly downAfterMs: number;
  /** How long an answered read goes on gathering replies, to repair who is behind. In ms. @default 1000 */
  readonly repairWaitMs: number;
  /** M: greatest age of a message, queue and network together. In ms. @default 60000 */
  readonly maxMessageAgeMs: number;
  /** G: least age before anything is reaped, greatest age of a backup that may be merged. In ms. @default 7 days */
  readonly reapAfterMs: number;
  /** How often a node writes down that it lives, so that an old copy of its disk is known for one. In ms. @default 60000 */
  readonly tickMs: number;
  /** How often a node looks for what may be reaped in the ranges that it leads. In ms. @default 60000 */
  readonly settleMs: number;
  /** For so long after a version has expired, by a node's wall clock, the node keeps it. In ms. @default 60000 */
  readonly expiryMarginMs: number;
  /** Greatest body of a put. In bytes. @default 1 MiB, the paper's "less than 1 MB" (section 2.3) */
  readonly maxObjectBytes: number;
  /** Greatest sum of a key's siblings after a put; merge and repair are never refused. In bytes. @default 16 MiB */
  readonly maxContainerBytes: number;
  /** What a node keeps for others who cannot be reached, before it refuses more. In bytes. @default 1 GiB */
  readonly maxHintBytes: number;
  /** How often hints are taken to owners that are up. In ms. @default 1000 */
  readonly handoffMs: number;
  /** How often a node compares its trees with those of each peer, one after the other. In ms. @default 10000 */
  readonly exchangeMs: number;
  /**
   * Above this 99th percentile of client requests, or of the disk, background work gives way; one that no request can miss
   * (at least `maxRequestMs`) lets all of it through. In ms. @default 50, the paper's (section 6.5)
   */
  readonly backgroundTargetMs: number;
  /** For how long an owner may be down before its hints are spread to the key's other replicas. In ms. @default 1 hour */
  readonly hintSpreadAfterMs: number;
  /** Requests that may run at once, before more are told to wait. @default 10000 */
  readonly maxRequests: number;
  /** Outcomes of forwarded puts that a coordinator remembers; when full it refuses more. @default 100000 */
  readonly maxOutcomes: number;
}

/** What holds if nobody says otherwise. */
export const DEFAULTS: Config = {
  n: 3,
  r: 2,
  w: 2,
  partitions: 256,
  requestTimeoutMs: 10_000,
  maxRequestMs: 60_000,
  gossipMs: 1_000,
  fallbackAfterMs: 500,
  probeMs: 1_000,
  downAfterMs: 2_000,
  repairWaitMs: 1_000,
  maxMessageAgeMs: 60_000,
  reapAfterMs: 7 * 24 * 3_600_000,
  tickMs: 60_000,
  settleMs: 60_000,
  expiryMarginMs: 60_000,
  maxObjectBytes: 1 << 20,
  maxContainerBytes: 16 << 20,
  maxHintBytes: 2 ** 30,
  handoffMs: 1_000,
  exchangeMs: 10_000,
  backgroundTargetMs: 50,
  hintSpreadAfterMs: 3_600_000,
  maxRequests: 10_000,
  maxOutcomes: 100_000,
};

/** Most nodes that a key may live on. */
export const MAX_N = 16;
/** Most partitions that a ring may have. */
export const MAX_PARTITIONS = 65_536;

/**
 * Checks a configuration as a whole.
 *
 * @throws {RangeError} On the first contradiction: names the fields, their values and what is wanted.
 *
 * @example r above n is refused
 * ```ts
 * import { DEFAULTS, validate } from "./config.ts";
 * import { assertThrows } from "@std/assert";
 *
 * validate(DEFAULTS);
 * assertThrows(() => validate({ ...DEFAULTS, r: 4 }), RangeError, "r is 4");
 * ```
 */
export function validate(config: Config): void {
  for (const [field, value] of Object.entries(config)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`Cannot use ${field} ${value}: a whole number of at least 1 is wanted`);
    }
  }
  const { n, r, w, partitions, requestTimeoutMs, maxRequestMs, maxObjectBytes, maxContainerBytes } =
    config;
  const atMost = (field: string, value: number, most: number, what: string) => {
    if (value > most) {
      throw new RangeError(
        `Cannot use this configuration: ${field} is ${value}, above ${what} ${most}`,
      );
    }
  };
  atMost("n", n, MAX_N, "the greatest n,");
  atMost("r", r, n, "n, which is");
  atMost("w", w, n, "n, which is");
  atMost("partitions", partitions, MAX_PARTITIONS, "the most,");
  atMost("requestTimeoutMs", requestTimeoutMs, maxRequestMs, "maxRequestMs, which is");
  atMost("maxObjectBytes", maxObjectBytes, maxContainerBytes, "maxContainerBytes, which is");
  if (partitions < n) {
    throw new RangeError(
      `Cannot use this configuration: partitions is ${partitions}, below n, which is ${n}`,
    );
  }
}

/**
 * After so long nothing is left of what was on its way, or in the memory of a request, when it began: M + D, in ms. A read
 * gathers on for `repairWaitMs` after its client has heard, and sends what it has gathered to those who are behind. A tenth
 * more, for no two clocks go alike.
 *
 * @example By default
 * ```ts
 * import { DEFAULTS, quietMs } from "./config.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(quietMs(DEFAULTS), 133_100);
 * ```
 */
export function quietMs(
  config: Pick<Config, "maxMessageAgeMs" | "maxRequestMs" | "repairWaitMs">,
): number {
  return Math.ceil((config.maxMessageAgeMs + lifeMs(config)) * 11 / 10);
}

/** D: for so long a request may keep a copy in its memory. No other room keeps one from one step to the next. In ms. */
export function lifeMs(
  { maxRequestMs, repairWaitMs }: Pick<Config, "maxRequestMs" | "repairWaitMs">,
): number {
  return maxRequestMs + repairWaitMs;
}
