/**
 * rotor: Amazon's Dynamo (SOSP 2007), whole, as a small node on Deno.
 *
 * Dynamo is a key-value store that can always be written. A key lives on N nodes of a ring; a write is done when W of them
 * have it, a read when R have answered. Nodes fail and networks split, so two clients may write a key at once: then
 * both versions are kept, both are shown, and the client, who alone knows what they mean, puts the one that follows both.
 *
 * This module is the pure core, without any IO: names, versions, ring, the vocabulary of the protocol, and the node itself,
 * a function from events to effects. The program that listens and stores is `cmd/main.ts`.
 *
 * @example Two carts that are merged by their owner
 * ```ts
 * import { EMPTY, FRESH, sync, write } from "./mod.ts";
 * import type { Actor } from "./mod.ts";
 * import { version } from "./props/generators.ts";
 * import { assertEquals } from "@std/assert";
 *
 * // Mary and Peter write the same cart at two nodes that do not hear one another.
 * const atA = write(EMPTY, FRESH, { actor: "a" as Actor, counter: 1 }, version("milk"));
 * const atB = write(EMPTY, FRESH, { actor: "b" as Actor, counter: 1 }, version("bread"));
 *
 * // When the nodes meet, nothing is lost: both versions are live.
 * const both = sync(atA, atB);
 * assertEquals(both.siblings.length, 2);
 *
 * // Whoever has seen both may write the version that follows both.
 * const merged = write(both, both.clock, { actor: "a" as Actor, counter: 2 }, version("milk, bread"));
 * assertEquals(sync(merged, atA).siblings.length, 1);
 * ```
 *
 * @module
 */
export * from "./src/id.ts";
export * from "./src/ring/hash.ts";
export * from "./src/ring/partition.ts";
export * from "./src/ring/claim.ts";
export * from "./src/ring/ring.ts";
export * from "./src/ring/preference_list.ts";
export * from "./src/version/version_vector.ts";
export * from "./src/version/siblings.ts";
export * from "./src/version/context.ts";
export * from "./src/version/digest.ts";
export * from "./src/version/view.ts";
export * from "./src/protocol/bucket_props.ts";
export * from "./src/protocol/change.ts";
export * from "./src/protocol/codec.ts";
export * from "./src/protocol/config.ts";
export * from "./src/protocol/effect.ts";
export * from "./src/protocol/envelope.ts";
export * from "./src/protocol/error.ts";
export * from "./src/protocol/event.ts";
export * from "./src/protocol/message.ts";
export * from "./src/protocol/rumor.ts";
export * from "./src/membership/found.ts";
export * from "./src/node.ts";
export type { GateOverview, KindOverview } from "./src/admission/gate.ts";
export type { Spread } from "./src/admission/recent.ts";
export type { BackgroundKind } from "./src/protocol/background.ts";
export type { HandoverMessage, Station } from "./src/protocol/handover_message.ts";
export type { GossipMessage } from "./src/protocol/gossip_message.ts";
export type { KeyAt, RequestId, TreeName } from "./src/protocol/terms.ts";
export type { TransfersOverview } from "./src/handover/handover.ts";
export type { ArrivalOverview } from "./src/handover/arrivals.ts";
export type { DepartureOverview } from "./src/handover/mark.ts";
export type { Recalled } from "./src/membership/recall.ts";
export type { ExchangeSnapshot } from "./src/anti_entropy/exchange.ts";
export type { Comparison, TreesOverview } from "./src/anti_entropy/overview.ts";
export type { RecoveryOverview } from "./src/anti_entropy/recovery.ts";
export type { Plot } from "./src/anti_entropy/forest.ts";
export type { MerkleTree, Summary } from "./src/anti_entropy/merkle_tree.ts";
export type { Leaf, LeafKey, Path } from "./src/anti_entropy/merkle_tree_key.ts";
export type { ClusterView, History, Status, Taking } from "./src/membership/history.ts";
export type { Registers } from "./src/membership/registers.ts";
export type { Server } from "./src/membership/serving_steps.ts";
export type { Outsider, Roster } from "./src/membership/roster.ts";
export type { HandoffSnapshot } from "./src/handoff/handoff.ts";
export type { DetectorSnapshot, Health, PeerHealth } from "./src/membership/health.ts";
export type { RequestsSnapshot } from "./src/quorum/requests.ts";
export type { SettleOverview } from "./src/settle/settle.ts";
export type { Entry as SettleEntry } from "./src/settle/waiting.ts";
export type { Load } from "./src/rooms.ts";
export type { RoomsSnapshot } from "./src/snapshot.ts";
