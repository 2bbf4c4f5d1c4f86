/**
 * What worlds on a seed must make happen, by name: every kind of fault, every way in which a disk, a link and a request can
 * fail, and every rare branch that the core marks (law T3). A test budget in which one of these never happened has said
 * less than it seems, and fails.
 *
 * @module
 */
import { FAULTS } from "./plan.ts";

/** Names that must have been counted at least once over a budget of worlds. */
export const SOMETIMES: readonly string[] = [
  ...FAULTS.map((kind) => `fault.${kind}`),
  "ruin.down",
  "ruin.cut_off",
  "ruin.full_disk",
  "disk.failed",
  "disk.failed_but_landed",
  "disk.full",
  "disk.read_error",
  "disk.torn_batch",
  "disk.unsynced_lost",
  "net.cut",
  "net.duplicate",
  "net.lost",
  "net.straggler",
  "link.refused.too_old",
  "link.refused.wrong_boot",
  "link.silence",
  "link.undelivered",
  "link.undelivered_at_once",
  "paused.waited",
  "node.halted",
  "operator.wiped",
  "client.again",
  "client.nobody_listens",
  "client.retried",
  "client.put.unknown",
  "client.delete.unknown",
  "client.get.unknown",
  "failure.coordinator_lost",
  "failure.no_coordinator",
  "failure.overloaded",
  "failure.quorum_unmet",
  "failure.session_unmet",
  "failure.store_failed",
  "failure.timeout",
  "change.join",
  "change.leave",
  "change.remove",
  "change.stale_plan",
  "change.weight",
  "change.zone",
  "clock.long",
  "envelope.too_old",
  "envelope.unknown_member",
  "envelope.wrong_boot",
  "exchange.equal",
  "exchange.differs",
  "exchange.filled",
  "exchange.repair",
  "exchange.failed",
  "register.failed",
  "recovery.done",
  "recovery.damaged",
  "recovery.relied_on",
  "pending.recovering",
  "fetch.failed",
  "forward.again",
  "forward.fenced",
  "forward.overloaded",
  "forward.refused",
  "forward.status",
  "forward.stood_in",
  "gate.narrowed",
  "gate.taken_back",
  "gate.waited",
  "get.recovering_reply",
  "gossip.differs",
  "get.repair",
  "get.session_foreign",
  "get.session_reset",
  "grave.absorbed",
  "grave.told",
  "health.down",
  "health.suspect",
  "health.up",
  "hint.delivered",
  "hint.dropped",
  "hint.kept",
  "hint.refused",
  "hint.spread",
  "history.grown",
  "history.merge",
  "history.store_failed",
  "lane.overloaded",
  "outcomes.fenced",
  "outcomes.full",
  "outcomes.too_young",
  "put.expired",
  "put.late_dot",
  "put.stood_in",
  "put.unchanged",
  "record.damaged",
  "register.raised",
  "request.late_reply",
  "request.overloaded",
  "settle.aborted",
  "settle.agreed",
  "settle.kept",
  "settle.reaped",
  "settle.refused",
  "settle.shortened",
  "settle.stalled",
  "start.asks",
  "start.unheard",
  "store.failed",
  "store.full",
  "store.no_room",
  "store.room",
];

/** Marks of the core that no world reaches yet, each with what holds it meanwhile. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  "actor.overtaken":
    "two processes of one id, which worlds do not have: laws of group V with clones",
  "envelope.wrong_cluster": "a world has one cluster: laws of envelopes",
  "envelope.wrong_node": "an address that is another's: laws of envelopes",
  "gossip.from_out": "nobody is removed yet: laws of gossip",
  "gossip.told_out": "nobody is removed yet: laws of gossip",
  "health.forgotten": "nobody is removed yet: laws of gossip",
  "history.refused": "no node lies: laws of gossip",
  "exchange.mended": "a store that is seen on the disk before it is heard of: law M13",
  "gossip.unknown_version": "all nodes of a world are of one version: law G17",
  "exchange.cut": "worlds are placed by strategy 3, where no range is ever cut: law M5",
  "exchange.other_ends": "worlds are placed by strategy 3, where all cut alike: law M12",
  "exchange.other_leaves": "all nodes of a world make the same leaves: law M19",
  "exchange.refused": "a peer wants what it does not own, or a range has moved meanwhile",
  "exchange.overtaken": "damage is met in the middle of an exchange: law S14, unsaid losses",
  "exchange.dropped": "clients fare badly for longer than a peer waits: law M16, slow givers",
  "props.below_majority":
    "clients of drawn worlds leave properties alone: laws of properties in worlds",
  "props.store_failed":
    "clients of drawn worlds leave properties alone: laws of properties in worlds",
  "put.other_digest": "no node answers wrongly: laws of writes",
  "grave.full": "graves of 64 MiB: laws of graves",
  "repair.not_serving": "roles do not change yet: laws of replicas",
  "settle.not_serving":
    "who repairs a key that has just gone, and is no replica of it: seldom; laws of settling",
};

/** Adds what one run counted to what others did. */
export function addCounts(
  total: Map<string, number>,
  counts: ReadonlyMap<string, number>,
): Map<string, number> {
  for (const [what, times] of counts) total.set(what, (total.get(what) ?? 0) + times);
  return total;
}

/** What never happened, of what must. */
export function never(counts: ReadonlyMap<string, number>): string[] {
  return SOMETIMES.filter((what) => !counts.has(what));
}
