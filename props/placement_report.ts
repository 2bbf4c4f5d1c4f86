/**
 * How the paper's three placement strategies compare, measured: prints the tables of docs/placement.md.
 *
 * ```text
 * deno run props/placement_report.ts
 * ```
 *
 * All chance comes from fixed seeds, so everybody who runs this gets the same tables; only times differ, and they stand
 * below the tables. The page checks itself against {@linkcode tables} when its examples run.
 *
 * @module
 */
import { type NodeId, nodeId } from "../src/id.ts";
import { integerOf, RING_SIZE } from "../src/ring/hash.ts";
import {
  equalEnds,
  type Member,
  type Owners,
  place,
  type Strategy,
} from "../src/ring/partition.ts";
import { plan } from "../src/ring/plan.ts";
import { Ring } from "../src/ring/ring.ts";
import { drawFrom, planTokens } from "../src/ring/tokens.ts";

/** A table: the first row is its head. */
export type Table = readonly (readonly string[])[];

/** Figure 8 of the paper: nodes, copies, and rings that are measured for a point. */
const FIGURE = { nodes: 30, replicas: 3, rings: 9 };

/** Sizes of a cluster for which balance and moves are shown. */
const SIZES = [10, 30, 100];
/** Plans that are counted for a cell. */
const CHANGES = 20;

/** All tables whose cells are the same in every run. */
export function tables(): Readonly<
  Record<"figure8" | "tokens" | "balance" | "moves" | "planner" | "forks", Table>
> {
  return {
    figure8: figure8(),
    tokens: loadByTokens(),
    balance: balance(),
    moves: movesByKind(),
    planner: plannerCost(),
    forks: forkCost(),
  };
}

// ------------------------------------------------------------------------------------------------ load

/** Mean load beside the greatest, in copies: 1 is perfect. The paper's "load balancing efficiency", for even traffic. */
function efficiency(ring: Ring, replicas: number): number {
  const load = new Map<NodeId, number>(ring.active.map(({ node }) => [node, 0]));
  let before = Number(integerOf(ring.ends.at(-1)!)) - Number(RING_SIZE);
  for (const end of ring.ends) {
    const here = Number(integerOf(end));
    for (const node of ring.owners(end, replicas)) load.set(node, load.get(node)! + here - before);
    before = here;
  }
  return replicas * Number(RING_SIZE) / load.size / Math.max(...load.values());
}

function members(count: number): Member[] {
  return Array.from({ length: count }, (_, i) => ({ node: name(i), zone: "", weight: 1 }));
}

function name(i: number): NodeId {
  return nodeId(`n${String(i * 7919 % 9973).padStart(4, "0")}`); // joins do not come in the order of ids
}

/** Efficiency of random tokens, as the median of rings from different seeds. */
function ofTokens(
  { strategy, tokens, partitions, nodes, replicas }: {
    strategy: Strategy;
    tokens: number;
    partitions: number;
    nodes: number;
    replicas: number;
  },
): number {
  const active = members(nodes);
  return median(Array.from({ length: FIGURE.rings }, (_, i) => {
    const draw = drawFrom(`figure 8, ring ${i}, ${nodes} nodes, ${tokens} tokens`);
    const owners = planTokens(new Map(), { members: active, tokens, draw });
    return efficiency(
      new Ring({ placement: place(strategy, partitions, owners), active }),
      replicas,
    );
  }));
}

/** Who owns what when so many nodes have joined one by one. */
function grown(partitions: number, all: readonly Member[], replicas: number) {
  let owners: readonly (NodeId | null)[] = new Array(partitions).fill(null);
  for (let count = 1; count <= all.length; count++) {
    owners = plan(owners, { members: all.slice(0, count), replicas }).owners;
  }
  return owners;
}

/** Efficiency of planned partitions, after the nodes have joined one by one. */
function ofPlan(partitions: number, nodes = FIGURE.nodes): number {
  const { replicas } = FIGURE;
  const all = members(nodes);
  const owners = grown(partitions, all, replicas);
  const placed: Owners = new Map(equalEnds(partitions).map((end, i) => [end, owners[i]!]));
  return efficiency(new Ring({ placement: place(3, partitions, placed), active: all }), replicas);
}

function figure8(): Table {
  const head = ["tokens in all", "strategy 1", "strategy 2, Q = 8 S T", "Q = S T", "strategy 3"];
  const rows = [128, 256, 512, 1024, 2048].map((entries) => {
    const at = { ...FIGURE, tokens: Math.floor(entries / FIGURE.nodes) };
    return [
      String(entries),
      ofTokens({ ...at, strategy: 1, partitions: 1 }).toFixed(2),
      ofTokens({ ...at, strategy: 2, partitions: 8 * entries }).toFixed(2),
      ofTokens({ ...at, strategy: 2, partitions: entries }).toFixed(2),
      ofPlan(entries).toFixed(2),
    ];
  });
  return [head, ...rows];
}

function loadByTokens(): Table {
  const rows = [10, 30, 100].map((nodes) => [
    String(nodes),
    ...[1, 16, 64, 256].map((tokens) =>
      nodes * tokens > 10_000
        ? "-"
        : (1 / ofTokens({ strategy: 1, tokens, partitions: 1, nodes, replicas: 1 })).toFixed(2)
    ),
  ]);
  return [["nodes", "T = 1", "T = 16", "T = 64", "T = 256"], ...rows];
}

/** The greatest load beside the mean, in copies. */
function balance(): Table {
  const { replicas } = FIGURE;
  const rows = SIZES.map((nodes) => {
    const many = { strategy: 2, tokens: 8, partitions: 64 * nodes, nodes, replicas } as const;
    const greatest = [
      ofTokens({ strategy: 1, tokens: 64, partitions: 1, nodes, replicas }),
      ofTokens(many),
      ofPlan(256, nodes),
      ofPlan(1024, nodes),
    ];
    return [String(nodes), ...greatest.map((efficiency) => (1 / efficiency).toFixed(2))];
  });
  const head = ["nodes", "1, T = 64", "2, T = 8, Q = 8 S T", "3, Q = 256", "3, Q = 1024"];
  return [head, ...rows];
}

/** What a join and a leave move under strategy 3, on the average, and the least that would do. */
function movesByKind(): Table {
  const { replicas } = FIGURE;
  const cells = (was: readonly (NodeId | null)[], all: readonly Member[]) => {
    const is = plan(was, { members: all, replicas }).owners;
    const single = movement(was.map((node) => [node]), is.map((node) => [node]));
    const copies = movement(lists(was, replicas), lists(is, replicas));
    return { is, counts: [single.moved, single.least, copies.moved, copies.least] };
  };
  const rows = SIZES.flatMap((nodes) =>
    [256, 1024].map((partitions) => {
      const all = members(nodes + CHANGES);
      let owners = grown(partitions, all.slice(0, nodes), replicas);
      const sums = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let i = 0; i < CHANGES; i++) {
        // One comes, and another goes: the oldest.
        const there = all.slice(i, nodes + i);
        const join = cells(owners, all.slice(i, nodes + i + 1));
        const leave = cells(join.is, [...there.slice(1), all[nodes + i]!]);
        owners = leave.is;
        [...join.counts, ...leave.counts].forEach((count, at) => sums[at]! += count);
      }
      const mean = (at: number) => (sums[at]! / CHANGES).toFixed(1);
      const both = (at: number) => `${mean(at)} of ${mean(at + 1)}`;
      return [String(nodes), String(partitions), both(0), both(2), both(4), both(6)];
    })
  );
  const head = ["nodes", "Q", "join: partitions", "copies", "leave: partitions", "copies"];
  return [head, ...rows];
}

// ------------------------------------------------------------------------------------------------ planner

/** Times of the plans of the last {@linkcode tables}, in ms, by row. They are not the same in every run. */
export const times: Map<string, number[]> = new Map();

function plannerCost(): Table {
  const head = ["history", "Q", "plans", "partitions", "copies", "repaired", "laid anew", "zones"];
  const kinds = [
    { history: "equal nodes", zones: 1, weights: 1 },
    { history: "weights 1 to 4", zones: 1, weights: 4 },
    { history: "4 zones", zones: 4, weights: 1 },
  ];
  const sizes = [{ partitions: 64, lives: 24 }, { partitions: 256, lives: 6 }];
  return [head, ...kinds.flatMap((kind) => sizes.map((size) => plannerRow({ ...kind, ...size })))];
}

function plannerRow(
  { history, zones, weights, partitions, lives }: {
    history: string;
    zones: number;
    weights: number;
    partitions: number;
    lives: number;
  },
): string[] {
  const replicas = 3;
  const sum = { plans: 0, moved: 0, least: 0, copies: 0, leastCopies: 0, repaired: 0, relaid: 0 };
  const ofZones = { solvable: 0, met: 0 };
  const took: number[] = [];
  const chance = chanceFrom(partitions + zones + weights);
  for (let life = 0; life < lives; life++) {
    let next = 0;
    const comer = (): Member => ({
      node: name(++next),
      zone: `z${next % zones}`,
      weight: 1 + chance(weights),
    });
    let all = Array.from({ length: 4 + chance(4) }, comer);
    let owners: readonly (NodeId | null)[] = new Array(partitions).fill(null);
    owners = plan(owners, { members: all, replicas }).owners;
    for (let change = 0; change < 40; change++) {
      const before = { owners, all };
      const leaver = chance(all.length);
      const grows = all.length < 6 || (all.length < 30 && chance(20) < 11);
      all = grows ? [...all, comer()] : all.filter((_, i) => i !== leaver);
      const start = performance.now();
      const planned = plan(owners, { members: all, replicas });
      took.push(performance.now() - start);
      owners = planned.owners;
      sum.plans++;
      sum.repaired += Number(planned.swaps > 0);
      sum.relaid += Number(planned.relaid);
      const single = movement(
        before.owners.map((node) => [node]),
        planned.owners.map((node) => [node]),
      );
      const copies = movement(lists(before.owners, replicas), lists(owners, replicas));
      sum.moved += single.moved;
      sum.least += single.least;
      sum.copies += copies.moved;
      sum.leastCopies += copies.least;
      const zoneOf = new Map(all.map(({ node, zone }) => [node, zone]));
      const inZones = planned.owners.map((node) => zoneOf.get(node)!);
      if (zones < replicas || most(inZones) > Math.floor(partitions / replicas)) continue;
      ofZones.solvable++;
      ofZones.met += Number(apart(inZones, replicas));
    }
  }
  times.set(`${history}, Q = ${partitions}`, took.sort((a, b) => a - b));
  const percent = (part: number, whole: number) => `${(100 * part / whole).toFixed(1)} %`;
  return [
    history,
    String(partitions),
    String(sum.plans),
    (sum.moved / sum.least).toFixed(2),
    (sum.copies / sum.leastCopies).toFixed(2),
    percent(sum.repaired, sum.plans),
    percent(sum.relaid, sum.plans),
    ofZones.solvable === 0 ? "-" : `${ofZones.met} of ${ofZones.solvable}`,
  ];
}

// ------------------------------------------------------------------------------------------------ forks

/** Two sides let one node join each; what each side has to change when they have met again. */
function forkCost(): Table {
  const head = ["Q", "nodes", "own join", "by moves and a merge", "by planning anew"];
  return [head, forkRow({ partitions: 64, nodes: 6 }), forkRow({ partitions: 256, nodes: 10 })];
}

function forkRow({ partitions, nodes }: { partitions: number; nodes: number }): string[] {
  const lives = 20;
  const sum = { own: 0, merged: [0, 0], replayed: [0, 0] };
  for (let life = 0; life < lives; life++) {
    const names = Array.from({ length: nodes + 2 }, (_, i) => name(1 + i + life * 40));
    const all = names.map((node): Member => ({ node, zone: "", weight: 1 }));
    const [one, other, old] = [all.at(-1)!, all.at(-2)!, all.slice(0, -2)];
    const to = (owners: readonly (NodeId | null)[], members: readonly Member[]) =>
      plan(owners, { members, replicas: 3 }).owners;
    let base: readonly (NodeId | null)[] = new Array(partitions).fill(null);
    for (let count = 1; count <= nodes; count++) base = to(base, old.slice(0, count));
    const sides = [to(base, [...old, one]), to(base, [...old, other])] as const;
    // As the fold does it: of two moves of a partition the later one holds; then one merge evens the ring out.
    const met = base.map((node, at) => sides[sides[1][at] === node ? 0 : 1][at]!);
    const merged = to(met, all);
    // As a fold would that plans: the second join is planned again, on the ring after the first.
    const replayed = to(sides[0], all);
    sum.own += differing(base, sides[0]);
    sides.forEach((side, i) => {
      sum.merged[i]! += differing(side, merged);
      sum.replayed[i]! += differing(side, replayed);
    });
  }
  const mean = (sum: number) => (sum / lives).toFixed(1);
  const both = (sums: readonly number[]) => sums.map(mean).join(" and ");
  return [String(partitions), String(nodes), mean(sum.own), both(sum.merged), both(sum.replayed)];
}

// ------------------------------------------------------------------------------------------------ counting

function lists(owners: readonly (NodeId | null)[], n: number): NodeId[][] {
  return owners.map((_, at) => {
    const list: NodeId[] = [];
    for (let far = 0; far < owners.length && list.length < n; far++) {
      const owner = owners[(at + far) % owners.length]!;
      if (!list.includes(owner)) list.push(owner);
    }
    return list;
  });
}

/** What must be sent, and the least that would have to be for everybody to hold as many as they do. */
function movement(was: readonly (NodeId | null)[][], is: readonly (NodeId | null)[][]) {
  const held = (lists: readonly (NodeId | null)[][]) => {
    const count = new Map<NodeId | null, number>();
    for (const node of lists.flat()) count.set(node, (count.get(node) ?? 0) + 1);
    return count;
  };
  const [before, after] = [held(was), held(is)];
  const moved = is.flatMap((list, at) => list.filter((node) => !was[at]!.includes(node))).length;
  const least = [...after].reduce(
    (sum, [node, count]) => sum + Math.max(0, count - (before.get(node) ?? 0)),
    0,
  );
  return { moved, least };
}

function differing(a: readonly unknown[], b: readonly unknown[]): number {
  return a.filter((one, at) => one !== b[at]).length;
}

function most(labels: readonly string[]): number {
  return Math.max(...[...new Set(labels)].map((one) => labels.filter((x) => x === one).length));
}

function apart(labels: readonly string[], n: number): boolean {
  return labels.every((label, at) =>
    !Array.from({ length: n - 1 }, (_, i) => labels[(at + 1 + i) % labels.length]).includes(label)
  );
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

/** A small generator of whole numbers below a bound. */
function chanceFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) % below;
  };
}

if (import.meta.main) {
  for (const [title, table] of Object.entries(tables())) {
    console.log(`\n${title}\n`);
    table.forEach((row, i) => {
      console.log(`| ${row.join(" | ")} |`);
      if (i === 0) console.log(`|${" --- |".repeat(row.length)}`);
    });
  }
  console.log("\nms a plan: median, greatest\n");
  for (const [row, took] of times) {
    console.log(`${row}: ${median(took).toFixed(1)}, ${took.at(-1)!.toFixed(0)}`);
  }
}
