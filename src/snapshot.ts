/**
 * What a node holds in memory, as plain data.
 *
 * @module
 */
import type { ExchangeSnapshot } from "./anti_entropy/exchange.ts";
import type { HandoffSnapshot } from "./handoff/handoff.ts";
import type { DetectorSnapshot } from "./membership/health.ts";
import type { RequestsSnapshot } from "./quorum/requests.ts";

/** What the rooms hold in memory. */
export interface RoomsSnapshot {
  /** Client requests. */
  readonly requests: RequestsSnapshot | null;
  /** Who is well. */
  readonly health: DetectorSnapshot;
  /** What is kept for others, on its way. */
  readonly handoff: HandoffSnapshot | null;
  /** Trees, on their way to be compared. */
  readonly exchange: ExchangeSnapshot | null;
  /** All others. */
  readonly [room: string]: unknown;
}
