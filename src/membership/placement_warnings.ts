/**
 * What is not as good as one would like about a ring (paper, section 6.2; protocol.md, Part 2 b): said before a change is
 * made, and never refused. Every ring is a correct one.
 *
 * @module
 */
import { compare } from "../id.ts";
import { quotas } from "../ring/claim.ts";
import { equalEnds } from "../ring/partition.ts";
import { NOBODY, NODE_CONFLICT, Spacing } from "../ring/spacing.ts";
import type { ClusterView } from "./history.ts";

/** Something to know. */
export interface Warning {
  /** Fewer nodes or zones than copies; nodes or zones too near themselves on the circle; a weight that cannot be used. */
  readonly kind: "few_nodes" | "few_zones" | "node_spacing" | "zone_spacing" | "weight_capped";
  /** For people, a clause. */
  readonly says: string;
}

/** What is to be said of the ring of this view. */
export function warningsOf(view: ClusterView): Warning[] {
  const { ring, genesis: { replicas: n, strategy } } = view;
  const zones = new Set(ring.active.map(({ zone }) => zone)).size;
  const warnings: Warning[] = [];
  const say = (kind: Warning["kind"], says: string) => warnings.push({ kind, says });
  const { active } = ring;
  if (active.length < n) {
    say(
      "few_nodes",
      `${active.length} nodes, so each key has ${active.length} copies and not ${n}`,
    );
  }
  if (zones > 1 && zones < Math.min(n, active.length)) {
    say(
      "few_zones",
      `${zones} zones, so copies of each key share one: ${n} zones would hold one each`,
    );
  }
  if (strategy === 3) {
    const { nodes, zones: near } = tooNear(view, zones);
    const walk = "there the lists walk further, and loads differ a little";
    if (active.length > n && nodes > 0) {
      say(
        "node_spacing",
        `in ${nodes} of ${ring.ends.length} ranges a node is too near itself: ${walk}`,
      );
    }
    if (zones >= n && near > 0) {
      say(
        "zone_spacing",
        `in ${near} of ${ring.ends.length} ranges a zone is too near itself: ${walk}`,
      );
    }
    for (const line of capped(view)) say("weight_capped", line);
  }
  return warnings;
}

/** Ranges of the circle where a node, or a zone, stands twice within N. */
function tooNear({ owners, ring, genesis }: ClusterView, zones: number) {
  const { partitions, replicas } = genesis;
  const index = new Map(ring.active.map(({ node }, i) => [node, i]));
  const names = [...new Set(ring.active.map(({ zone }) => zone))];
  const circle = equalEnds(partitions).map((end) => index.get(owners.get(end)!) ?? NOBODY);
  const zoneOf = ring.active.map(({ zone }) => names.indexOf(zone));
  const rule = { zoneOf, nodeReach: replicas, zoneReach: zones > 1 ? replicas : 1 };
  const spacing = new Spacing(circle, rule);
  let [nodes, near] = [0, 0];
  for (let at = 0; at < spacing.size; at++) {
    const weight = spacing.conflictsAt(at);
    if (weight >= NODE_CONFLICT) nodes++;
    else if (weight > 0) near++;
  }
  return { nodes, zones: near };
}

/** Nodes that are heavier than one node can be: nobody holds two copies of a key. */
function capped({ ring, genesis: { partitions, replicas } }: ClusterView): string[] {
  const members = ring.active;
  const sum = members.reduce((total, { weight }) => total + weight, 0);
  const want = quotas({ partitions, replicas, members });
  return members.toSorted((a, b) => compare(a.node, b.node)).flatMap(({ node, weight }) => {
    const got = want.get(node)!;
    if (got >= Math.floor(partitions * weight / sum)) return [];
    const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
    return `${node} has ${percent(weight / sum)} of the weight, and can own ${
      percent(got / partitions)
    } of the ranges: no node holds two copies of a key`;
  });
}
