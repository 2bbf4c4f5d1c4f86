/**
 * How fast gossip spreads and what it costs, measured on real rooms: prints the table of docs/performance.md.
 *
 * ```text
 * deno run props/gossip_report.ts [NODES]...
 * ```
 *
 * A round is a second: each node turns to one other. All chance comes from fixed seeds, so everybody who runs this gets
 * the same numbers. Bytes are those of the batches, each message alone in its own, without the lines of HTTP around them.
 *
 * @module
 */
import { type Boot, nodeId } from "../src/id.ts";
import { DEFAULTS } from "../src/protocol/config.ts";
import { GossipNet, joinOf } from "./laws/gossip_net.ts";

/** How often something is told to one node, and waited for at all; in a large cluster that takes long. */
const TELLINGS = (nodes: number) => nodes > 500 ? 5 : 20;
const QUIET_ROUNDS = 20;
const BUSY_ROUNDS = 20;
const MOST_ROUNDS = 200;

/** What one size of a cluster comes to. */
interface Row {
  readonly nodes: number;
  readonly rounds: { readonly mean: number; readonly most: number };
  readonly lossy: { readonly mean: number; readonly most: number };
  readonly idle: number;
  readonly busy: number;
  readonly changed: number;
}

/** The default, or two for each node at least. */
function partitionsFor(nodes: number): number {
  return Math.max(DEFAULTS.partitions, 2 ** Math.ceil(Math.log2(2 * nodes)));
}

function measure(nodes: number): Row {
  let loses = false;
  const chance = numbersFrom(nodes);
  const founders = Array.from({ length: nodes }, (_, i) => `n${i}`);
  const net = new GossipNet({
    founders,
    partitions: partitionsFor(nodes),
    replicas: 3,
    reaches: () => !loses || chance() >= 0.2,
  });
  const settle = () => net.until(() => isAlike(net), MOST_ROUNDS);
  settle();
  const weigh = (happens: () => void) => {
    for (const site of net.all) site.bytes = 0;
    net.weighs = true;
    happens();
    net.weighs = false;
    return net.all.reduce((sum, { bytes }) => sum + bytes, 0) / nodes;
  };
  const perNode = (rounds: number, each: () => void) =>
    weigh(() => {
      for (let i = 0; i < rounds; i++) {
        each();
        net.rounds();
      }
    }) / rounds;
  const spread = () => {
    const took: number[] = [];
    for (let i = 0; i < TELLINGS(nodes); i++) {
      net.set(`n${(i * 7) % nodes}`, `bucket${net.round}`, true);
      const entry = net.round;
      net.until(
        () => net.all.every(({ props }) => props.entries.length === before + 1),
        MOST_ROUNDS,
      );
      before++;
      took.push(net.round - entry);
    }
    return { mean: took.reduce((a, b) => a + b) / took.length, most: Math.max(...took) };
  };
  let before = 0;
  const rounds = spread();
  loses = true;
  const lossy = spread();
  loses = false;
  settle();
  const idle = perNode(QUIET_ROUNDS, () => {});
  let raised = 0;
  const busy = perNode(BUSY_ROUNDS, () => raise(net, `n${raised++ % nodes}`));
  settle();
  // A join: a change, and every node says that it knows it.
  const changed = weigh(() => {
    net.commit("n0", [joinOf("newcomer")]);
    settle();
  });
  return { nodes, rounds, lossy, idle, busy, changed };
}

/** A node says something new of itself. */
function raise(net: GossipNet, id: string): void {
  const site = net.at(id);
  const own = site.membership.register!;
  const nonce = `${net.round}`.padStart(8, "x") as Boot;
  net.do(site, (out) => {
    site.membership.onRegister({ ...own, node: nodeId(id), seq: own.seq + 1, nonce }, out);
  });
}

function isAlike(net: GossipNet): boolean {
  const first = net.all[0]!;
  return net.all.every(({ gossip, membership }) =>
    membership.history === first.membership.history && gossip.digest === first.gossip.digest
  );
}

/** Numbers from 0 up to 1, by an old and simple rule. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

function cells(row: Row): string[] {
  const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
  const spread = ({ mean, most }: Row["rounds"]) => `${mean.toFixed(1)} / ${most}`;
  return [
    `${row.nodes}`,
    spread(row.rounds),
    spread(row.lossy),
    `${Math.round(row.idle)} B`,
    kib(row.busy),
    kib(row.changed),
  ];
}

if (import.meta.main) {
  const sizes = Deno.args.length > 0 ? Deno.args.map(Number) : [10, 100, 1000];
  const head = [
    "nodes",
    "rounds to all, mean / most",
    "with 20 % loss",
    "idle, a node and second",
    "one register a second",
    "a join, a node",
  ];
  console.log(`| ${head.join(" | ")} |\n|${head.map(() => " --: |").join("")}`);
  for (const size of sizes) console.log(`| ${cells(measure(size)).join(" | ")} |`);
}
