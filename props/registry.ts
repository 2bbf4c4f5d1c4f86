/**
 * Every law there is, by the file that it stands in.
 *
 * From here the command `deno task props`, the page docs/laws.md and the mutants take their laws. The laws about the suite
 * itself come last, for they look at all others.
 *
 * @module
 */
import type { Law } from "./law.ts";
import { laws as admission } from "./laws/admission.ts";
import { laws as bucketProps } from "./laws/bucket_props.ts";
import { lawsOfCatalogue } from "./laws/catalogue.ts";
import { laws as claim } from "./laws/claim.ts";
import { laws as codec } from "./laws/codec.ts";
import { laws as contextToken } from "./laws/context_token.ts";
import { laws as doubts } from "./laws/doubts.ts";
import { laws as exchange } from "./laws/exchange.ts";
import { laws as exploration } from "./laws/exploration.ts";
import { laws as expiry } from "./laws/expiry.ts";
import { laws as fallbacks } from "./laws/fallbacks.ts";
import { laws as forks } from "./laws/forks.ts";
import { laws as forwards } from "./laws/forwards.ts";
import { laws as fullDisk } from "./laws/full_disk.ts";
import { laws as gapsCounts } from "./laws/gaps_counts.ts";
import { laws as gapsCurated } from "./laws/gaps_curated.ts";
import { laws as gapsForwards } from "./laws/gaps_forwards.ts";
import { laws as gapsHandedOver } from "./laws/gaps_handed_over.ts";
import { laws as gapsOutcomes } from "./laws/gaps_outcomes.ts";
import { laws as gapsPlanner } from "./laws/gaps_planner.ts";
import { laws as gapsPuts } from "./laws/gaps_puts.ts";
import { laws as gapsReads } from "./laws/gaps_reads.ts";
import { laws as gapsRequests } from "./laws/gaps_requests.ts";
import { laws as gapsRing } from "./laws/gaps_ring.ts";
import { laws as gapsSnapshots } from "./laws/gaps_snapshots.ts";
import { laws as gapsStandIns } from "./laws/gaps_stand_ins.ts";
import { laws as gapsVersion } from "./laws/gaps_version.ts";
import { laws as generators } from "./laws/generators.ts";
import { laws as gossip } from "./laws/gossip.ts";
import { laws as handoff } from "./laws/handoff.ts";
import { laws as handover } from "./laws/handover.ts";
import { laws as harness } from "./laws/harness.ts";
import { laws as health } from "./laws/health.ts";
import { laws as heardRegisters } from "./laws/heard_registers.ts";
import { laws as hintJourneys } from "./laws/hint_journeys.ts";
import { laws as hintPasses } from "./laws/hint_passes.ts";
import { laws as hostileBytes } from "./laws/hostile_bytes.ts";
import { laws as judgedHistories } from "./laws/judged_histories.ts";
import { laws as kit } from "./laws/kit.ts";
import { laws as lanes } from "./laws/lanes.ts";
import { laws as leaf } from "./laws/leaf.ts";
import { laws as liveValues } from "./laws/live_values.ts";
import { laws as load } from "./laws/load.ts";
import { laws as lostProperties } from "./laws/lost_properties.ts";
import { laws as membership } from "./laws/membership.ts";
import { laws as merge } from "./laws/merge.ts";
import { laws as merkleTree } from "./laws/merkle_tree.ts";
import { laws as movedRings } from "./laws/moved_rings.ts";
import { laws as oldCopies } from "./laws/old_copies.ts";
import { laws as newerVersions } from "./laws/newer_versions.ts";
import { laws as overlap } from "./laws/overlap.ts";
import { laws as plainClock } from "./laws/plain_clock.ts";
import { laws as planBalance } from "./laws/plan_balance.ts";
import { laws as planCalm } from "./laws/plan_calm.ts";
import { laws as planConflicts } from "./laws/plan_conflicts.ts";
import { laws as planCost } from "./laws/plan_cost.ts";
import { laws as planNumber } from "./laws/plan_number.ts";
import { laws as planOutlines } from "./laws/plan_outlines.ts";
import { laws as planSpacing } from "./laws/plan_spacing.ts";
import { laws as plannedChanges } from "./laws/planned_changes.ts";
import { laws as powerCut } from "./laws/power_cut.ts";
import { laws as propertiesOfNodes } from "./laws/properties_of_nodes.ts";
import { laws as quorum } from "./laws/quorum.ts";
import { laws as readByOracle } from "./laws/read_by_oracle.ts";
import { laws as reads } from "./laws/reads.ts";
import { laws as reaping } from "./laws/reaping.ts";
import { laws as recovery } from "./laws/recovery.ts";
import { laws as registers } from "./laws/registers.ts";
import { laws as ring } from "./laws/ring.ts";
import { laws as schedules } from "./laws/schedules.ts";
import { laws as settle } from "./laws/settle.ts";
import { laws as settleLate } from "./laws/settle_late.ts";
import { laws as settleList } from "./laws/settle_list.ts";
import { laws as settleRace } from "./laws/settle_race.ts";
import { laws as settleRest } from "./laws/settle_rest.ts";
import { laws as settleStragglers } from "./laws/settle_stragglers.ts";
import { laws as settleTurns } from "./laws/settle_turns.ts";
import { laws as settleWitness } from "./laws/settle_witness.ts";
import { laws as shelf } from "./laws/shelf.ts";
import { laws as siblings } from "./laws/siblings.ts";
import { laws as simulated } from "./laws/simulated.ts";
import { laws as slowGivers } from "./laws/slow_givers.ts";
import { laws as stagedSteps } from "./laws/staged_steps.ts";
import { laws as splitHandover } from "./laws/split_handover.ts";
import { laws as splitRanges } from "./laws/split_ranges.ts";
import { laws as stamps } from "./laws/stamps.ts";
import { laws as strategies } from "./laws/strategies.ts";
import { laws as unsaidLosses } from "./laws/unsaid_losses.ts";
import { laws as version } from "./laws/version.ts";
import { laws as versionsOfNodes } from "./laws/versions_of_nodes.ts";
import { laws as view } from "./laws/view.ts";
import { laws as worldsProps } from "./laws/worlds_props.ts";
import { laws as writeByOracle } from "./laws/write_by_oracle.ts";
import { laws as writes } from "./laws/writes.ts";
import { laws as provedClock } from "./smt/clock.ts";
import { laws as provedContainer } from "./smt/container.ts";
import { laws as provedQuorum } from "./smt/quorum.ts";
import type { UnboundedLaw } from "./smt/unbounded.ts";

/** The laws of one file. */
export interface Group {
  /** The file's name in `props/laws/`, without its ending. */
  readonly name: string;
  readonly laws: readonly Law[];
}

const byFile: readonly Group[] = [
  { name: "admission", laws: admission },
  { name: "bucket_props", laws: bucketProps },
  { name: "worlds_props", laws: worldsProps },
  { name: "claim", laws: claim },
  { name: "codec", laws: codec },
  { name: "context_token", laws: contextToken },
  { name: "doubts", laws: doubts },
  { name: "exchange", laws: exchange },
  { name: "exploration", laws: exploration },
  { name: "expiry", laws: expiry },
  { name: "fallbacks", laws: fallbacks },
  { name: "forks", laws: forks },
  { name: "forwards", laws: forwards },
  { name: "full_disk", laws: fullDisk },
  { name: "gaps_counts", laws: gapsCounts },
  { name: "gaps_curated", laws: gapsCurated },
  { name: "gaps_forwards", laws: gapsForwards },
  { name: "gaps_handed_over", laws: gapsHandedOver },
  { name: "gaps_outcomes", laws: gapsOutcomes },
  { name: "gaps_planner", laws: gapsPlanner },
  { name: "gaps_puts", laws: gapsPuts },
  { name: "gaps_reads", laws: gapsReads },
  { name: "gaps_requests", laws: gapsRequests },
  { name: "gaps_ring", laws: gapsRing },
  { name: "gaps_snapshots", laws: gapsSnapshots },
  { name: "gaps_stand_ins", laws: gapsStandIns },
  { name: "gaps_version", laws: gapsVersion },
  { name: "generators", laws: generators },
  { name: "gossip", laws: gossip },
  { name: "handoff", laws: handoff },
  { name: "handover", laws: handover },
  { name: "shelf", laws: shelf },
  { name: "harness", laws: harness },
  { name: "health", laws: health },
  { name: "heard_registers", laws: heardRegisters },
  { name: "hint_journeys", laws: hintJourneys },
  { name: "hint_passes", laws: hintPasses },
  { name: "hostile_bytes", laws: hostileBytes },
  { name: "judged_histories", laws: judgedHistories },
  { name: "kit", laws: kit },
  { name: "lanes", laws: lanes },
  { name: "leaf", laws: leaf },
  { name: "live_values", laws: liveValues },
  { name: "load", laws: load },
  { name: "lost_properties", laws: lostProperties },
  { name: "membership", laws: membership },
  { name: "merge", laws: merge },
  { name: "merkle_tree", laws: merkleTree },
  { name: "moved_rings", laws: movedRings },
  { name: "old_copies", laws: oldCopies },
  { name: "newer_versions", laws: newerVersions },
  { name: "overlap", laws: overlap },
  { name: "plain_clock", laws: plainClock },
  { name: "plan_balance", laws: planBalance },
  { name: "plan_calm", laws: planCalm },
  { name: "plan_conflicts", laws: planConflicts },
  { name: "plan_cost", laws: planCost },
  { name: "plan_number", laws: planNumber },
  { name: "plan_outlines", laws: planOutlines },
  { name: "plan_spacing", laws: planSpacing },
  { name: "planned_changes", laws: plannedChanges },
  { name: "power_cut", laws: powerCut },
  { name: "properties_of_nodes", laws: propertiesOfNodes },
  { name: "quorum", laws: quorum },
  { name: "read_by_oracle", laws: readByOracle },
  { name: "reads", laws: reads },
  { name: "reaping", laws: reaping },
  { name: "recovery", laws: recovery },
  { name: "registers", laws: registers },
  { name: "ring", laws: ring },
  { name: "schedules", laws: schedules },
  { name: "simulated", laws: simulated },
  { name: "settle", laws: settle },
  { name: "settle_late", laws: settleLate },
  { name: "settle_list", laws: settleList },
  { name: "settle_race", laws: settleRace },
  { name: "settle_rest", laws: settleRest },
  { name: "settle_stragglers", laws: settleStragglers },
  { name: "settle_turns", laws: settleTurns },
  { name: "settle_witness", laws: settleWitness },
  { name: "siblings", laws: siblings },
  { name: "slow_givers", laws: slowGivers },
  { name: "staged_steps", laws: stagedSteps },
  { name: "split_handover", laws: splitHandover },
  { name: "split_ranges", laws: splitRanges },
  { name: "stamps", laws: stamps },
  { name: "strategies", laws: strategies },
  { name: "unsaid_losses", laws: unsaidLosses },
  { name: "version", laws: version },
  { name: "versions_of_nodes", laws: versionsOfNodes },
  { name: "view", laws: view },
  { name: "write_by_oracle", laws: writeByOracle },
  { name: "writes", laws: writes },
];

/** Laws that a solver proves for all cases there are (`deno task smt`), by the file in `props/smt/`. */
export const proofs: readonly { readonly name: string; readonly laws: readonly UnboundedLaw[] }[] =
  [
    { name: "clock", laws: provedClock },
    { name: "container", laws: provedContainer },
    { name: "quorum", laws: provedQuorum },
  ];

/** Every group, by name; last the one about all others. */
export const groups: readonly Group[] = [
  ...byFile,
  {
    name: "catalogue",
    laws: lawsOfCatalogue(byFile.flatMap(({ laws }) => laws), proofs.flatMap(({ laws }) => laws)),
  },
];

/** Every law. */
export const all: readonly Law[] = groups.flatMap(({ laws }) => laws);
