/**
 * The nodes of a cluster, each a process by itself that can be killed, frozen, wiped and started again, and their disks,
 * read without asking them.
 *
 * A disk is read through the engine alone, which claims nothing before its first commit and makes none here: so the node
 * that it belongs to neither notices nor serves a read, and no read repairs what the test is about.
 *
 * @module
 */
import { type Boot, hex, type ObjectName } from "../src/id.ts";
import { Complaint } from "../src/edge/storage/complaint.ts";
import { DenoKvEngine } from "../src/edge/storage/deno_kv.ts";
import { GroupCommit } from "../src/edge/storage/group_commit.ts";
import { KEYSPACE, keyspace } from "../src/edge/storage/layout.ts";
import { ParcelStore } from "../src/edge/storage/parcel_store.ts";
import { RecordReader } from "../src/edge/storage/record_reader.ts";
import { containerDigest } from "../src/version/digest.ts";
import {
  type Ended,
  freePorts,
  type Running,
  start,
  temporaryDirectory,
  until,
} from "./testing.ts";

/** Settings of nodes that notice, deliver and compare in fractions of a second. */
export const QUICK: Readonly<Record<string, number>> = {
  requestTimeoutMs: 3_000,
  fallbackAfterMs: 200,
  probeMs: 200,
  downAfterMs: 500,
  handoffMs: 200,
  exchangeMs: 250,
};

/** The counts of `/stats` that these tests look at. */
export interface Stats {
  readonly marks: Readonly<Record<string, number>>;
  readonly requests: Readonly<Record<string, unknown>>;
}

/** What a disk has of a key. */
export interface Copy {
  /** Of the whole container: equal if, and only if, the copies are. */
  readonly digest: string;
  /** Names of its live writes, as `X-Rotor-Write-Id` has them; sorted. */
  readonly writes: readonly string[];
}

/** What a disk has. */
export interface Disk {
  /** The node's own copies, by bucket and key. */
  readonly copies: ReadonlyMap<string, Copy>;
  /** How many hints it keeps for others. */
  readonly hints: number;
}

/** `node1` … and where they lie. */
export class TestNodes implements AsyncDisposable {
  readonly #directory = temporaryDirectory();
  readonly #running = new Map<number, Running>();
  readonly #engines = new Map<number, DenoKvEngine>();
  readonly #port: number;
  readonly #count: number;
  readonly #known: (node: number) => readonly string[];

  private constructor(
    count: number,
    settings: Readonly<Record<string, number>>,
    known?: (node: number) => readonly string[],
  ) {
    this.#count = count;
    this.#port = freePorts(count);
    this.#known = known ?? (() => {
      const all = this.numbers.map((node) => `node${node}=${new URL(this.url(node)).host}`);
      return ["--members", all.join(",")];
    });
    Deno.writeTextFileSync(this.#settings, JSON.stringify(settings));
  }

  /** Starts so many and waits until all serve. */
  static async start(
    { nodes, settings = {}, flags = [] }: {
      nodes: number;
      settings?: Readonly<Record<string, number>>;
      flags?: readonly string[];
    },
  ): Promise<TestNodes> {
    const all = new TestNodes(nodes, settings);
    try {
      await Promise.all(all.numbers.map((node) => all.start(node, flags)));
      return all;
    } catch (error) {
      await all[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * So many may be started, and none is yet. `known` gives the flags by which a node knows others: a seed, or nothing.
   */
  static apart(
    { nodes, settings = {}, known }: {
      nodes: number;
      settings?: Readonly<Record<string, number>>;
      known: (node: number) => readonly string[];
    },
  ): TestNodes {
    return new TestNodes(nodes, settings, known);
  }

  /** 1 to how many there are. */
  get numbers(): number[] {
    return Array.from({ length: this.#count }, (_, i) => i + 1);
  }

  /** Those that run, frozen ones too. */
  get running(): number[] {
    return [...this.#running.keys()].sort((a, b) => a - b);
  }

  /** Where a node is asked. */
  url(node: number): string {
    return `http://127.0.0.1:${this.#port + node - 1}`;
  }

  /** Where a node listens. */
  port(node: number): number {
    return this.#port + node - 1;
  }

  /** Its process; null if it does not run. */
  pid(node: number): number | null {
    return this.#running.get(node)?.pid ?? null;
  }

  /** Where a node keeps its data. */
  data(node: number): string {
    return `${this.#directory.path}/node${node}`;
  }

  /** Starts a node that does not run, with these flags besides, and waits until it serves, or waits to be joined. */
  async start(node: number, flags: readonly string[] = []): Promise<void> {
    const listen = new URL(this.url(node)).host;
    const own = ["--id", `node${node}`, "--data", this.data(node), "--listen", listen];
    const shared = [...this.#known(node), "--config", this.#settings];
    const program = start(["serve", ...own, ...shared, ...flags, "--until-stdin-closes"]);
    this.#running.set(node, program);
    await program.line(new RegExp(`^node${node} (serves|waits) on `));
  }

  /** Waits until it ends by itself. */
  async ended(node: number): Promise<Ended> {
    const program = this.#program(node);
    const ended = await program.ended;
    this.#running.delete(node);
    await program[Symbol.asyncDispose]();
    return ended;
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(node: number): Promise<Ended> {
    const program = this.#program(node);
    this.#running.delete(node);
    const ended = await program.stop("SIGKILL");
    await program[Symbol.asyncDispose]();
    return ended;
  }

  /** Sends it a signal that it outlives. */
  signal(node: number, signal: "SIGSTOP" | "SIGCONT"): void {
    this.#program(node).signal(signal);
  }

  /** Takes away all that a node that does not run has ever written. */
  wipe(node: number): void {
    if (this.#running.has(node)) throw new Error(`Cannot wipe node${node}: it runs`);
    this.release(node);
    Deno.removeSync(this.data(node), { recursive: true });
  }

  /** Copies all that a node that does not run has on its disk. */
  keepCopy(node: number): void {
    this.release(node);
    copyTree(this.data(node), `${this.data(node)}.copy`);
  }

  /** A node that does not run has what was copied, and nothing else. */
  putBack(node: number): void {
    this.wipe(node);
    copyTree(`${this.data(node)}.copy`, this.data(node));
  }

  /** Nobody here reads its disk any more. */
  release(node: number): void {
    this.#engines.get(node)?.close();
    this.#engines.delete(node);
  }

  /** What it has said to its operator since it was started. */
  said(node: number): string {
    return this.#program(node).stderr;
  }

  /** What the node says of itself. */
  async stats(node: number): Promise<Stats> {
    return await (await fetch(`${this.url(node)}/stats`)).json();
  }

  /** How often a mark was made, over all nodes that run. */
  async marks(name: string): Promise<number> {
    const all = await Promise.all(this.running.map((node) => this.stats(node)));
    return all.reduce((sum, { marks }) => sum + (marks[name] ?? 0), 0);
  }

  /** What a node has on its disk now. */
  async disk(node: number): Promise<Disk> {
    let engine = this.#engines.get(node);
    if (engine === undefined) {
      engine = await DenoKvEngine.open(`${this.data(node)}/store.kv`, { boot: READER });
      this.#engines.set(node, engine);
    }
    const complaint = new Complaint(() => {}, { trouble: "", over: "" });
    const commits = new GroupCommit(engine, complaint);
    const parcels = new ParcelStore(engine, commits, { boot: READER, unreadable: complaint });
    const copies = new Map<string, Copy>();
    const reader = new RecordReader(parcels);
    for (let after: ObjectName | null = null;;) {
      const page = await reader.page({ after, most: 256 });
      for (const { name, record: { container } } of page.records) {
        const writes = container.siblings.map(({ version }) => hex(version.writeId)).sort();
        const digest = hex(containerDigest(name, container));
        copies.set(`${name.bucket}/${name.key}`, { digest, writes });
      }
      const last = page.records.at(-1);
      if (last === undefined) break;
      after = last.name;
    }
    let hints = 0;
    for await (const _ of engine.list(keyspace(KEYSPACE.hint))) hints++;
    return { copies, hints };
  }

  /** Waits until every key of any disk has n equal copies, and nobody keeps a hint. Returns the disks. */
  async alike(n: number, limitMs = 30_000): Promise<Disk[]> {
    let disks: Disk[] = [];
    let left: string[] = [];
    const areAlike = async () => {
      disks = await Promise.all(this.numbers.map((node) => this.disk(node)));
      left = differences(disks, n);
      return left.length === 0;
    };
    await until(areAlike, "replicas to be alike", limitMs).catch((error) => {
      throw new Error(`${error.message}, but ${left.slice(0, 5).join("; ")}`);
    });
    return disks;
  }

  /** Ends them all, and takes their directories away. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#running.values()) program.signal("SIGCONT");
    await Promise.all([...this.#running.values()].map((one) => one[Symbol.asyncDispose]()));
    for (const engine of this.#engines.values()) await engine.close();
    this.#directory[Symbol.dispose]();
  }

  get #settings(): string {
    return `${this.#directory.path}/rotor.json`;
  }

  #program(node: number): Running {
    const program = this.#running.get(node);
    if (program === undefined) throw new Error(`Cannot reach node${node}: it does not run`);
    return program;
  }
}

/** What is not alike yet on these disks, a line each. */
function differences(disks: readonly Disk[], n: number): string[] {
  const found: string[] = [];
  for (const key of new Set(disks.flatMap(({ copies }) => [...copies.keys()]))) {
    const copies = disks.map((disk) => disk.copies.get(key)).filter((copy) => copy !== undefined);
    const kinds = new Set(copies.map(({ digest }) => digest)).size;
    if (copies.length !== n || kinds !== 1) {
      found.push(`${key} has ${copies.length} copies of ${kinds} kinds`);
    }
  }
  const hints = disks.reduce((sum, disk) => sum + disk.hints, 0);
  if (hints > 0) found.push(`${hints} hints are left`);
  return found;
}

/** Copies a directory, whole. */
function copyTree(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    if (isDirectory) copyTree(source, target);
    else Deno.copyFileSync(source, target);
  }
}

const READER = "reader.." as Boot;
