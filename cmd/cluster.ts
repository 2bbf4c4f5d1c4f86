/**
 * `rotor cluster`: a local cluster, one process a node.
 *
 * The parent holds no data and answers no request. It starts `DIR/node1` to `DIR/nodeN` on consecutive ports, says a
 * line a node and then `ready`, reports a node that ends, and ends them all when it is told to. A node that has died is
 * not started again: whoever runs a local cluster wants to see what the others do without it.
 *
 * States: *starting* (until every node serves; if one ends now, all are stopped: exit 1), *serving* (a node that ends is
 * reported; when none is left: exit 1), *stopping* (SIGTERM to each, SIGKILL after a while; exit 0).
 *
 * Children never outlive the parent: their standard input is a pipe that the parent holds, and they stop when it closes.
 *
 * The first start founds the cluster, with all of its nodes. How many these were, and how many there are, is written into
 * `DIR/cluster.json` when all of them serve. With a greater number the further ones are newcomers: they are started with the
 * founders as seeds, and joined by `node1` (`cluster_growth.ts`). A smaller one is refused: a node that is not started has
 * not left. Ports are no part of it: they may change from start to start.
 *
 * What is wrong with the flags, the ports or the directories is refused here, in one sentence and before anything is
 * started or written: what the nodes would be told is read by the same rules as theirs.
 *
 * @module
 */
import { load, type NodeSettings } from "../src/edge/settings.ts";
import { FIELDS, showAddress } from "../src/edge/settings_fields.ts";
import { DataDirectory, DataDirectoryError } from "../src/edge/storage/data_directory.ts";
import { joinAll, type Newcomer } from "./cluster_growth.ts";
import { EXIT, type ExitCode, Refusal } from "./outcome.ts";
import { askedToStop, ownProgram, signalChild, within } from "./process.ts";

/** What a local cluster is started with. */
export interface ClusterOptions {
  readonly nodes: number;
  /** `node1` … lie in it. */
  readonly data: string;
  readonly host: string;
  /** Of the first node; the others follow. */
  readonly port: number;
  /** Settings that every node gets as they are, by field, and `config`. */
  readonly nodeFlags: Flags;
  readonly untilStdinCloses: boolean;
}

/** Flags of `rotor serve`, by field; true for one without a value. */
export type Flags = Readonly<Record<string, string | true>>;

/** A node that has not said that it serves by then does not start. */
const START_LIMIT_MS = 60_000;
/** A node that is told to end and is still there after this is killed. It loses nothing that it has acknowledged. */
const STOP_LIMIT_MS = 15_000;
/** A node that ends as if it were told to: for so long the same signal may be on its way to this process. */
const SIGNAL_GRACE_MS = 300;
/** More processes than this are no local cluster but a mistake. */
const MAX_NODES = 64;

/** What stands in `cluster.json`. */
interface Made {
  /** How many nodes there are. */
  readonly nodes: number;
  /** How many of them, the first, have founded it. */
  readonly founders: number;
}

interface Node {
  readonly id: string;
  readonly child: Deno.ChildProcess;
  /** Resolves with the line that it prints when it serves; null if it ends before. */
  readonly serves: Promise<string | null>;
  /** Resolves with how it ended, as `signal SIGKILL` or `exit code 1`. */
  readonly ended: Promise<string>;
}

/** Runs a local cluster until it is told to stop. Resolves with the exit code when every node has ended. */
export async function cluster(options: ClusterOptions): Promise<ExitCode> {
  const stop = askedToStop(options);
  let stopping = false;
  void stop.then(() => stopping = true);
  refuseImpossible(options);
  // The nodes' own rules, so that a mistake is one sentence and not one of each node.
  const read = (flags: Map<string, Flags>) =>
    [...flags.values()].map((own) => load(own, Deno.env.toObject()));
  read(flagsOfNodes(options, options.nodes));
  const made = refuseFewer(options);
  const founders = made?.founders ?? options.nodes;
  const flags = flagsOfNodes(options, founders);
  const settings = read(flags);
  refuseBusyPorts(options);
  await refuseUnusable(options, settings);

  const nodes = [...flags].map(([id, own]) => start(id, own));
  try {
    await Promise.race([stop, allServe(nodes)]);
    if (stopping) return EXIT.ok;
    await Promise.race([stop, letIn(options, nodes)]);
    if (stopping) return EXIT.ok;
    if (made?.nodes !== options.nodes) writeDown(options, founders);
    console.log("ready");
    const reports = nodes.map(async ({ id, ended }) => {
      const how = await ended;
      if (how === "exit code 0") await within(stop, SIGNAL_GRACE_MS, null);
      if (!stopping) console.log(`${id} ended: ${how}`);
    });
    await Promise.race([stop, Promise.all(reports)]);
    if (!stopping) throw new Refusal("The cluster is gone: every node has ended");
    return EXIT.ok;
  } finally {
    await stopAll(nodes);
  }
}

function refuseImpossible({ nodes, port, data }: ClusterOptions): void {
  if (data === "") {
    throw new Refusal("Cannot use --data: a text that is not empty wanted", EXIT.usage);
  }
  if (nodes < 1 || nodes > MAX_NODES) {
    throw new Refusal(
      `Cannot start ${nodes} nodes: 1 to ${MAX_NODES} on one machine wanted`,
      EXIT.usage,
    );
  }
  const last = port + nodes - 1;
  if (port < 1 || last > 65_535) {
    throw new Refusal(
      `Cannot use ports ${port} to ${last}: ${nodes} ports from 1 to 65535 wanted`,
      EXIT.usage,
    );
  }
}

/** Nothing is written and nothing started if a port is taken. A port that is lost after this ends the start as well. */
function refuseBusyPorts({ nodes, host, port }: ClusterOptions): void {
  for (let i = 0; i < nodes; i++) {
    try {
      Deno.listen({ hostname: host, port: port + i }).close();
    } catch (error) {
      const why = error instanceof Deno.errors.AddrInUse
        ? "the port is in use"
        : (error as Error).message;
      throw new Refusal(`Cannot start node${i + 1} on ${host}:${port + i}: ${why}`);
    }
  }
}

/** What the directory holds; null if that is no cluster yet. */
function refuseFewer({ nodes, data }: ClusterOptions): Made | null {
  const made = readMade(`${data}/cluster.json`);
  if (made === null || made.nodes <= nodes) return made;
  throw new Refusal(
    `Cannot start ${nodes} nodes in ${data}: it has ${made.nodes}, and who is not started has not left`,
    EXIT.usage,
  );
}

/** Those who wait to be members become some, if it can be. */
async function letIn({ host, port }: ClusterOptions, nodes: readonly Node[]): Promise<void> {
  const urlOf = (i: number) => `http://${showAddress({ host, port: port + i })}`;
  const waiting: Newcomer[] = [];
  for (const [i, { id, serves }] of nodes.entries()) {
    if (/ waits on /.test(await serves ?? "")) waiting.push({ id, url: urlOf(i) });
  }
  if (waiting.length === 0) return;
  const why = await joinAll(urlOf(0), waiting);
  if (why === null) { for (const { id } of waiting) console.log(`${id} has joined`); }
  else console.error(`${waiting.map(({ id }) => id).join(", ")} cannot be joined yet: ${why}`);
}

/** Makes the directories, and sees that each can be used. What is made stays, empty: it fixes nothing. */
async function refuseUnusable({ data }: ClusterOptions, nodes: readonly NodeSettings[]) {
  try {
    Deno.mkdirSync(data, { recursive: true });
  } catch (error) {
    throw new Refusal(`Cannot make ${data}: ${(error as Error).message}`);
  }
  for (const { id, dataDir, engine } of nodes) {
    if (dataDir === null || engine === "memory") continue;
    try {
      (await DataDirectory.take(dataDir)).release();
    } catch (error) {
      if (!(error instanceof DataDirectoryError)) throw error;
      throw new Refusal(`Cannot start ${id}: ${error.message}`);
    }
  }
}

function writeDown({ nodes, data }: ClusterOptions, founders: number): void {
  const path = `${data}/cluster.json`;
  try {
    // Whole or not at all: a half-written file would keep the cluster from starting ever again.
    Deno.writeTextFileSync(`${path}.new`, `${JSON.stringify({ nodes, founders })}\n`);
    Deno.renameSync(`${path}.new`, path);
  } catch (error) {
    throw new Refusal(`Cannot write in ${data}: ${(error as Error).message}`);
  }
}

function readMade(path: string): Made | null {
  try {
    const { nodes, founders = nodes } = JSON.parse(Deno.readTextFileSync(path));
    if (Number.isSafeInteger(nodes) && Number.isSafeInteger(founders)) return { nodes, founders };
    throw new SyntaxError('"nodes" or "founders" is no whole number');
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new Refusal(`Cannot read ${path}: ${(error as Error).message}`);
  }
}

/** What each node is told, by its id. */
function flagsOfNodes(
  { nodes, data, host, port, nodeFlags }: ClusterOptions,
  founders: number,
): Map<string, Flags> {
  const addresses = Array.from(
    { length: nodes },
    (_, i) => [`node${i + 1}`, showAddress({ host, port: port + i })] as const,
  );
  const founding = addresses.slice(0, founders);
  const members = founding.map(([id, address]) => `${id}=${address}`).join(",");
  const seed = founding.map(([, address]) => address).join(",");
  return new Map(addresses.map(([id, address], i) => {
    const own = { id, data: `${data}/${id}`, listen: address, advertise: address };
    return [id, { ...nodeFlags, ...own, ...(i < founders ? { members } : { seed }) }];
  }));
}

function start(id: string, flags: Flags): Node {
  const { path, args } = ownProgram(["serve", ...asArguments(flags), "--until-stdin-closes"]);
  const command = new Deno.Command(path, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  });
  const child = command.spawn();
  const ended = child.status.then(({ signal, code }) =>
    signal === null ? `exit code ${code}` : `signal ${signal}`
  );
  return { id, child, serves: firstLine(child.stdout), ended };
}

function asArguments(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    const flag = FIELDS.find((field) => field.name === name)?.flag?.split(" ")[0] ?? `--${name}`;
    return value === true ? [flag] : [flag, value];
  });
}

/** The first line of the stream; what comes later is read and shown, so that the child never waits for us. */
function firstLine(stream: ReadableStream<Uint8Array>): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  let isFirst = true;
  let text = "";
  const read = async () => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (text + chunk).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        if (isFirst) resolve(line);
        else console.log(line);
        isFirst = false;
      }
    }
  };
  read().finally(() => resolve(null));
  return promise;
}

/** Says a line a node, in order; ends as soon as one of them cannot start. */
async function allServe(nodes: readonly Node[]): Promise<void> {
  const lines = nodes.map(servingLine);
  const inOrder = async () => {
    for (const line of lines) console.log(await line);
  };
  await Promise.all([...lines, inOrder()]);
}

async function servingLine({ id, serves, ended }: Node): Promise<string> {
  const late = Symbol();
  const line = await within(serves, START_LIMIT_MS, late);
  if (line === late) {
    throw new Refusal(`Cannot start ${id}: it does not serve after ${START_LIMIT_MS / 1000} s`);
  }
  if (line === null) throw new Refusal(`Cannot start ${id}: it ended with ${await ended}`);
  return line as string;
}

async function stopAll(nodes: readonly Node[]): Promise<void> {
  await Promise.all(nodes.map(async ({ id, child, ended }) => {
    signalChild(child, "SIGTERM");
    if (await within(ended, STOP_LIMIT_MS, null) === null) {
      console.error(`${id} does not stop: it is killed`);
      signalChild(child, "SIGKILL");
      await ended;
    }
    await child.stdin.close();
  }));
}
