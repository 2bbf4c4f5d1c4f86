/**
 * A cluster of real processes that grows from one node and shrinks, while clients put, get and delete all the time; then
 * what is on the disks is held to what the clients were told (`chaos_clients.ts`).
 *
 * Who is no member yet, or no more, is not asked by clients; who is leaving is, until it has ended.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { NodeStatus } from "../src/edge/admin.ts";
import type { RingPage } from "../src/edge/operations.ts";
import { checkAnswers, checkEnd } from "../src/sim/checker.ts";
import { BUCKET, ChaosClients } from "./chaos_clients.ts";
import { rotor, until } from "./testing.ts";
import { QUICK, TestNodes } from "./testing_nodes.ts";

/** Settings of nodes that notice everything soon. */
/** A busy machine is slow to answer, and that would hold up what moves: here it does not. */
const SETTINGS = { ...QUICK, gossipMs: 50, backgroundTargetMs: 60_000 };
/** What must have happened between two changes. In operations. */
const CALM = 40;
/** A client waits for one answer no longer. In ms. */
const PATIENCE_MS = 10_000;
/** Longer than a fork must be quiet before it is merged. */
const QUIET_MS = 15_000;
/** How many ranges there are. */
const PARTITIONS = 16;
const N = 3;

/** How the nodes are started. */
export interface ReshapedOptions {
  /** How many are ever started. */
  readonly nodes: number;
  /** Where others reach a node, if that is not where it listens. */
  readonly advertised?: (node: number) => string;
}

/** The cluster, and its clients. */
export class Reshaped implements AsyncDisposable {
  readonly nodes: TestNodes;
  readonly clients: ChaosClients;
  /** Whom the next one is told to ask for the cluster. */
  seed = 1;

  /** Nobody runs. */
  constructor({ nodes, advertised }: ReshapedOptions) {
    const seedOf = (node: number): string[] => {
      if (node === 1) return ["--partitions", `${PARTITIONS}`];
      return ["--seed", advertised?.(this.seed) ?? `127.0.0.1:${this.nodes.port(this.seed)}`];
    };
    this.nodes = TestNodes.apart({
      nodes,
      settings: SETTINGS,
      known: (node) => [
        ...seedOf(node),
        ...(advertised === undefined ? [] : ["--advertise", advertised(node)]),
      ],
    });
    const chance = Math.random;
    this.clients = new ChaosClients({ nodes: this.nodes, chance, patienceMs: PATIENCE_MS });
    for (const node of this.nodes.numbers.slice(1)) this.clients.avoided.add(node);
  }

  /** The first node runs, and clients work. */
  async begin(): Promise<void> {
    await this.nodes.start(1);
    this.clients.begin();
    await this.calm();
  }

  /** Clients work for a while. */
  async calm(): Promise<void> {
    const before = this.clients.done;
    await until(() => this.clients.done >= before + CALM, `${CALM} operations`);
  }

  /** A command of an operator at a node is carried out; while it is refused for what `again` says, it is tried again. */
  async admin(at: number, args: readonly string[], again = /has called here/): Promise<void> {
    await until(async () => {
      const { code, stderr } = await rotor(["admin", ...args, "--url", this.nodes.url(at)]);
      if (code !== 0) assertMatch(stderr, again, args.join(" "));
      return code === 0;
    }, args.join(" "));
  }

  /** These are started, and joined in one change by the node at `at`. */
  async join(at: number, joiners: readonly number[]): Promise<void> {
    await Promise.all(joiners.map((node) => this.nodes.start(node)));
    await this.change(at, joiners.map((node) => ["join", `node${node}`]));
    for (const node of joiners) this.clients.avoided.delete(node);
  }

  /** Steps are one change. */
  async change(at: number, steps: readonly (readonly string[])[]): Promise<void> {
    const [only] = steps;
    if (steps.length === 1) return await this.admin(at, [...only!, "--yes", "--force"]);
    for (const step of steps) await this.admin(at, step);
    const { stdout } = await rotor(["admin", "plan", "--json", "--url", this.nodes.url(at)]);
    await this.admin(at, ["commit", JSON.parse(stdout).plan, "--force"]);
  }

  /** A node that is to leave has left, and ended by itself. */
  async left(node: number): Promise<void> {
    const { code, stderr } = await this.nodes.ended(node);
    assertEquals(code, 1, stderr);
    assertMatch(
      stderr,
      new RegExp(`^node${node} had to end: node${node} has left the cluster for good, .*$`, "m"),
    );
    this.clients.avoided.add(node);
  }

  /** How a node stands. */
  async status(node: number): Promise<NodeStatus> {
    return await (await fetch(`${this.nodes.url(node)}/admin/status`)).json();
  }

  /** Waits until these know the same ring, all is where it belongs, and everybody counts toward reads. */
  async settled(members: readonly number[], limitMs = 60_000): Promise<void> {
    let seen = "";
    // A fork that moves nothing is not merged: two who leave at once are one. Another is, when it has been quiet.
    let forked = { history: "", sinceMs: 0 };
    const isSettled = async () => {
      const rings: RingPage[] = await Promise.all(
        members.map(async (node) => (await fetch(`${this.nodes.url(node)}/admin/ring`)).json()),
      );
      const all = await Promise.all(members.map((node) => this.status(node)));
      seen = rings.map(({ node, unsettled, heads, history }) =>
        `${node}: ${unsettled} ranges move, ${heads} heads, ${history.slice(0, 6)}`
      ).join("; ");
      const { history, heads } = rings[0]!;
      if (forked.history !== history) forked = { history, sinceMs: performance.now() };
      return rings.every((ring) => ring.history === history && ring.unsettled === 0) &&
        (heads === 1 || performance.now() - forked.sinceMs > QUIET_MS) &&
        all.every(({ standing, recovering }) => standing === "in" && !recovering);
    };
    await until(isSettled, `nodes ${members} to be settled`, limitMs).catch(async (error) => {
      const pages = await Promise.all(members.map(async (node) => {
        const page = await (await fetch(`${this.nodes.url(node)}/admin/transfers`)).json();
        const stats = await (await fetch(`${this.nodes.url(node)}/stats`)).json();
        return JSON.stringify(page.moves) + JSON.stringify([stats.admission, stats.marks]);
      }));
      throw new Error(`${error.message}, but ${seen}\n${pages.join("\n")}`);
    });
  }

  /** All is over: nothing that was acknowledged is lost, nothing overwritten is back, and nobody keeps too much. */
  async judge(): Promise<void> {
    await this.clients.end();
    const { clients: { history, complaints, counts } } = this;
    const disks = await this.nodes.alike(N);
    const all = new Map(disks.flatMap(({ copies }) => [...copies]));
    const told = [...counts].sort().map(([what, count]) => `${count} ${what}`).join(", ");
    console.log(told);
    assertEquals(complaints, [], told);
    assertEquals(checkAnswers(history), []);
    for (const key of new Set(history.operations.map(({ key }) => key))) {
      const live = all.get(`${BUCKET}/${key}`)?.writes ?? [];
      assertEquals(checkEnd(history, { key, live }, []), [], this.clients.story(key).join("\n"));
    }
    assert((counts.get("put ok") ?? 0) > 0 && (counts.get("get ok") ?? 0) > 0);
    // What is refused by one is taken by the next.
    assertEquals(counts.get("put refused"), undefined, told);
  }

  /** Clients and nodes end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.clients[Symbol.asyncDispose]();
    await this.nodes[Symbol.asyncDispose]();
  }
}
