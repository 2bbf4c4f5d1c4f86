/**
 * `deno task resync`: what clients notice of a disk that is filled again, with and without admission control (paper, section
 * 6.5).
 *
 * Two clusters of three real nodes on this machine, with the same keys; they differ in `backgroundTargetMs` alone, which in
 * the one is so great that nothing ever waits. In turns, in each: the third node is killed, its disk wiped, and it is started
 * again, so that everything that it had comes back by comparing trees. Until it has all keys again clients ask the two
 * others at a steady rate; and at the same time, at the same rate, the other cluster, in which nothing else happens (the
 * *control*). What both have in common is the machine and whoever else works on it; what the resync costs is the ratio.
 *
 * A request's latency is counted from when it was due, so that one that had to wait for others before it is not made to
 * look quick. Only ratios of one run mean something: machines differ, and this one may have other work.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { until } from "./testing.ts";
import { keyUrl, put } from "./testing_cluster.ts";
import { TestNodes } from "./testing_nodes.ts";

const USAGE = `Usage: deno task resync [--keys K] [--rate R] [--rounds N] [--target MS]

The latency of clients while the disk of a node is filled again, with and without admission control.

  --keys K      how many keys of 4 KiB there are (3000)
  --rate R      requests a second, half of them puts (50)
  --rounds N    how often each cluster is measured, in turns (3)
  --target MS   backgroundTargetMs of the cluster that has admission control (50)`;

/** Who is wiped. Clients ask the others. */
const WIPED = 3;
const BUCKET = "resync";
const VALUE = "x".repeat(4 << 10);
const WRITERS = 16;
/** How long a resync may take. In ms. */
const RESYNC_LIMIT_MS = 240_000;
const SETTINGS = { exchangeMs: 1_000 };
/** No request takes so long: nothing ever waits. */
const OFF_MS = 60_000;

interface Measured {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly count: number;
  readonly tookMs: number;
}

interface Round {
  /** Of the cluster in which nothing else happens. */
  readonly control: Measured;
  readonly resync: Measured;
}

/** Clients that ask at a steady rate until they are told to end. */
class Clients {
  readonly #nodes: TestNodes;
  readonly #keys: number;
  readonly #latenciesMs: number[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #startedMs = performance.now();
  #count = 0;

  constructor(nodes: TestNodes, { keys, rate }: { readonly keys: number; readonly rate: number }) {
    this.#nodes = nodes;
    this.#keys = keys;
    // Several may be due at once: a timer is late when the machine is busy, and that is part of what is measured.
    this.#timer = setInterval(() => {
      const due = Math.floor((performance.now() - this.#startedMs) * rate / 1_000);
      while (this.#count < due) this.#begin(this.#startedMs + (++this.#count) * 1_000 / rate);
    }, 5);
  }

  /** They end what they have begun. */
  async end(): Promise<Measured> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    const at = (percent: number) => sorted[Math.ceil(sorted.length * percent / 100) - 1] ?? 0;
    const tookMs = performance.now() - this.#startedMs;
    return { p50Ms: at(50), p95Ms: at(95), p99Ms: at(99), count: sorted.length, tookMs };
  }

  #begin(dueMs: number): void {
    const request = this.#ask().then(() => {
      this.#latenciesMs.push(performance.now() - dueMs);
      this.#underWay.delete(request);
    });
    this.#underWay.add(request);
  }

  async #ask(): Promise<void> {
    const through = 1 + this.#count % (WIPED - 1);
    const url = keyUrl(this.#nodes.url(through), BUCKET, `${this.#count * 7919 % this.#keys}`);
    if (this.#count % 4 < 2) {
      const response = await fetch(url, { headers: { Accept: "application/json, */*;q=0.1" } });
      await response.body?.cancel();
    } else {
      const answer = await fetch(`${url}n`, { method: "PUT", body: new Blob([VALUE]) });
      await answer.body?.cancel();
    }
  }
}

/** Starts three nodes that hold these keys. */
async function clusterOf(keys: number, backgroundTargetMs: number): Promise<TestNodes> {
  const nodes = await TestNodes.start({ nodes: 3, settings: { ...SETTINGS, backgroundTargetMs } });
  let next = 0;
  const write = async () => {
    while (next < keys) {
      const key = next++;
      const { status, problem } = await put(
        keyUrl(nodes.url(1 + key % 3), BUCKET, `${key}`),
        VALUE,
      );
      if (status !== 204) throw new Error(`Cannot put key ${key}: ${status} ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  await until(async () => await keysAt(nodes, WIPED) >= keys, "all keys on all nodes");
  return nodes;
}

/** How many keys the trees of a node have. */
async function keysAt(nodes: TestNodes, node: number): Promise<number> {
  const { trees } = await (await fetch(`${nodes.url(node)}/admin/status`)).json();
  return trees.keys;
}

/** Fills one disk again, and asks both clusters until that is done. */
async function measure(
  nodes: TestNodes,
  other: TestNodes,
  options: { readonly keys: number; readonly rate: number },
): Promise<Round> {
  await nodes.kill(WIPED);
  nodes.wipe(WIPED);
  await nodes.start(WIPED);
  const [clients, controls] = [new Clients(nodes, options), new Clients(other, options)];
  const isFull = async () => {
    await new Promise((resolve) => setTimeout(resolve, 250));
    return await keysAt(nodes, WIPED) >= options.keys;
  };
  await until(isFull, `node${WIPED} to have ${options.keys} keys again`, RESYNC_LIMIT_MS);
  const [resync, control] = await Promise.all([clients.end(), controls.end()]);
  return { control, resync };
}

function line(name: string, { control, resync }: Round): string {
  const ms = (value: number) => `${value.toFixed(1)} ms`.padStart(10);
  const part = ({ p50Ms, p95Ms, p99Ms }: Measured) => `${ms(p50Ms)} ${ms(p95Ms)} ${ms(p99Ms)}`;
  const seconds = (resync.tookMs / 1_000).toFixed(1);
  return `${name.padEnd(8)} control ${part(control)}, resync ${part(resync)}, ` +
    `which took ${seconds} s, ${resync.count} requests`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      keys: { type: "string", default: "3000" },
      rate: { type: "string", default: "50" },
      rounds: { type: "string", default: "3" },
      target: { type: "string", default: "50" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const given = [values.keys, values.rate, values.rounds, values.target].map(Number);
  const [keys, rate, rounds, targetMs] = given as [number, number, number, number];
  if (!given.every((value) => Number.isSafeInteger(value) && value > 0)) {
    console.error(`Cannot run: whole numbers wanted, got ${args.join(" ")}`);
    return 2;
  }
  await using without = await clusterOf(keys, OFF_MS);
  console.log("p50, p95, p99 of requests");
  await using gated = await clusterOf(keys, targetMs);
  const found = { without: [] as Round[], with: [] as Round[] };
  for (let round = 0; round < rounds; round++) {
    for (const name of ["without", "with"] as const) {
      const [nodes, other] = name === "without" ? [without, gated] : [gated, without];
      const measured = await measure(nodes, other, { keys, rate });
      found[name].push(measured);
      console.log(line(name, measured));
    }
  }
  for (const name of ["without", "with"] as const) {
    const [p95, p99] = (["p95Ms", "p99Ms"] as const).map((which) =>
      median(found[name].map(({ control, resync }) => resync[which] / control[which])).toFixed(1)
    );
    const tookS = median(found[name].map(({ resync }) => resync.tookMs)) / 1_000;
    console.log(
      `${name} admission control a resync takes the p95 to ${p95} times that of the control, the p99 to ` +
        `${p99} times, and ${tookS.toFixed(1)} s (medians of ${rounds})`,
    );
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
