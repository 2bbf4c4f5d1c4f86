/**
 * `deno task chaos`: real nodes that are killed at random, one or two at a time, over and over, while clients put, get and
 * delete; then what is on the disks is held to what the clients were told.
 *
 * After the last restart all n replicas of every key must be alike within 30 s, no hint be left, and the laws of
 * `src/sim/checker.ts` hold on the clients' log: S1 (nothing acknowledged is lost), S2 (nothing overwritten comes back), and
 * S3 to S6. Nodes die by SIGKILL, so their disks lose nothing that they have said is durable.
 *
 * `--freeze` stops one of them instead (SIGSTOP), for 20 s: clients of the others must not wait for longer than one request
 * may take, and when it goes on, the same must hold.
 *
 * The seed draws what is done to whom, but real processes take their own time: a run cannot be had again by it.
 *
 * Exit codes: 0 all holds, 1 it does not, 2 wrong usage.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Breach, checkAnswers, checkEnd, type End } from "../src/sim/checker.ts";
import type { History } from "../src/sim/history.ts";
import { BUCKET, ChaosClients } from "./chaos_clients.ts";
import { until } from "./testing.ts";
import { type Disk, TestNodes } from "./testing_nodes.ts";

const USAGE = `Usage: deno task chaos [--freeze] [--seconds S] [--seed S]

Five nodes of which one or two are killed at random, over and over, while clients work.

  --freeze      one of them is stopped once, instead, and goes on later
  --seconds S   for how long (60; with --freeze 20)
  --seed S      draws who is killed and who does what (a new one)`;

const NODES = 5;
/** On how many nodes a key lives. */
const N = 3;
/** What must have happened between two blows. In operations. */
const CALM = 60;

/** How a run went. */
export interface Outcome {
  readonly breaches: readonly Breach[];
  readonly complaints: readonly string[];
  /** How operations ended, and what single requests were told. */
  readonly counts: ReadonlyMap<string, number>;
  /** How often a node was killed, or frozen. */
  readonly kills: number;
  /** From the last restart until all replicas were alike. In ms. */
  readonly alikeAfterMs: number;
  /** The longest request. In ms. */
  readonly longestMs: number;
  /** Who was killed and when; of the keys with breaches what happened to them and what is there. A line each. */
  readonly stories: readonly string[];
}

/** What a run is made of. */
export interface ChaosOptions {
  readonly seed: number;
  /** How long nodes are killed, or one is frozen. In ms. */
  readonly stormMs: number;
  /** Whether one is frozen, instead. @default false */
  readonly freezes?: boolean;
  /** How long a client waits for one answer. In ms. */
  readonly patienceMs: number;
  /** Settings of the nodes. */
  readonly settings: Readonly<Record<string, number>>;
}

/** Runs it once. */
export async function chaos(
  { seed, stormMs, freezes = false, patienceMs, settings }: ChaosOptions,
): Promise<Outcome> {
  const chance = chanceOf(seed);
  await using nodes = await TestNodes.start({ nodes: NODES, settings });
  await using clients = new ChaosClients({ nodes, chance, patienceMs });
  clients.begin();
  const blows = await (freezes ? freeze : storm)(nodes, clients, { chance, stormMs });
  const startMs = performance.now();
  await clients.end();
  const disks = await nodes.alike(N);
  const alikeAfterMs = performance.now() - startMs;
  const { history, complaints, counts, longestMs } = clients;
  const breaches = checkAnswers(history);
  const stories: string[] = [];
  for (const end of endsOf(disks, history)) {
    const found = checkEnd(history, end, []);
    if (found.length === 0) continue;
    breaches.push(...found);
    stories.push(...clients.story(end.key), `in the end ${end.key} has ${end.live.join(", ")}`);
  }
  const kills = blows.filter((blow) => /killed|frozen/.test(blow)).length;
  return {
    breaches,
    complaints,
    counts,
    kills,
    alikeAfterMs,
    longestMs,
    stories: [...blows, ...stories],
  };
}

/** Kills one or two, lets the clients work without them, starts them again; over and over. */
async function storm(
  nodes: TestNodes,
  clients: ChaosClients,
  { chance, stormMs }: { readonly chance: () => number; readonly stormMs: number },
): Promise<string[]> {
  const blows: string[] = [];
  const note = noteIn(blows);
  const calm = () => calmOf(clients);
  const endMs = performance.now() + stormMs;
  while (performance.now() < endMs) {
    await calm();
    const victims = nodes.numbers.map((node) => ({ node, dice: chance() }))
      .sort((a, b) => a.dice - b.dice).slice(0, 1 + Math.floor(2 * chance()));
    for (const { node } of victims) note(`node${node} is killed`);
    await Promise.all(victims.map(({ node }) => nodes.kill(node)));
    await calm();
    await Promise.all(victims.map(({ node }) => nodes.start(node)));
    for (const { node } of victims) note(`node${node} serves again`);
  }
  return blows;
}

/** One node stands still for so long, while clients work, and then goes on. */
async function freeze(
  nodes: TestNodes,
  clients: ChaosClients,
  { chance, stormMs }: { readonly chance: () => number; readonly stormMs: number },
): Promise<string[]> {
  const blows: string[] = [];
  const note = noteIn(blows);
  await calmOf(clients);
  const node = 1 + Math.floor(chance() * NODES);
  clients.silent.add(node);
  nodes.signal(node, "SIGSTOP");
  note(`node${node} is frozen`);
  const before = clients.done;
  await new Promise((resolve) => setTimeout(resolve, stormMs));
  note(`${clients.done - before} operations have ended meanwhile`);
  nodes.signal(node, "SIGCONT");
  clients.avoided.clear();
  note(`node${node} goes on`);
  await calmOf(clients);
  return blows;
}

/** Writes down what is done, and when. */
function noteIn(blows: string[]): (what: string) => void {
  return (what) => blows.push(`${Math.round(performance.now())} ms: ${what}`);
}

/** Clients work for a while. */
async function calmOf(clients: ChaosClients): Promise<void> {
  const before = clients.done;
  await until(() => clients.done >= before + CALM, `${CALM} operations`);
}

/** What is there of every key that anybody wrote, where all replicas are alike. */
function endsOf(disks: readonly Disk[], { operations }: History): End[] {
  const all = new Map(disks.flatMap(({ copies }) => [...copies]));
  return [...new Set(operations.map(({ key }) => key))].map((key) => ({
    key,
    live: all.get(`${BUCKET}/${key}`)?.writes ?? [],
  }));
}

/** Numbers in [0, 1), drawn from a seed: xorshift32. */
function chanceOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A run, in lines for people. */
export function report({ counts, kills, alikeAfterMs, longestMs, ...found }: Outcome): string[] {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return [
    `${kills} times a node was killed, or frozen`,
    ...[...counts].sort().map(([what, count]) => `${`${count}`.padStart(8)}  ${what}`),
    `the longest request took ${seconds(longestMs)}`,
    `all replicas were alike ${seconds(alikeAfterMs)} after the last restart`,
    ...found.complaints.map((complaint) => `wrong: ${complaint}`),
    ...found.breaches.map(({ law, what }) => `${law} is broken: ${what}`),
    ...(found.breaches.length > 0 ? found.stories : []),
  ];
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string" },
      freeze: { type: "boolean", default: false },
      seed: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  const { freeze: freezes } = values;
  const stormMs = Number(values.seconds ?? (freezes ? 20 : 60)) * 1000;
  if (!(Number.isSafeInteger(seed) && stormMs > 0)) {
    console.error(`Cannot run chaos: numbers wanted, got ${args.join(" ")}`);
    return 2;
  }
  console.log(`seed ${seed}`);
  // As an operator has them who sets nothing: a client waits for longer than a node may take, and here not much longer.
  const patienceMs = freezes ? 13_000 : 15_000;
  const outcome = await chaos({ seed, stormMs, freezes, patienceMs, settings: {} });
  for (const line of report(outcome)) console.log(line);
  if (freezes) { for (const story of outcome.stories) console.log(story); }
  return outcome.breaches.length + outcome.complaints.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
