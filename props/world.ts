/**
 * A small world for laws that tell a story: the very `node.ts` of production, a network and disks that do nothing by
 * themselves. Whoever runs it decides what happens next: which message arrives, is lost or comes twice, which store lands
 * or fails, who crashes. Two other worlds drive the same nodes and cannot serve for that: in `src/sim/` a seed decides, and
 * a law could not say "now this answer is lost"; in `src/explorer/` all that can happen happens, to one key.
 *
 * Everything that can happen next is one list, {@linkcode World.pending}; {@linkcode World.run} lets it all happen, oldest
 * first. Time stands still unless {@linkcode World.wait} moves it.
 *
 * @module
 */
import { type Boot, nameBytes, type NodeId, type ObjectName } from "../src/id.ts";
import { Node } from "../src/node.ts";
import { HintShelf } from "../src/sim/hint_shelf.ts";
import { nameOf as namedBy, pageOf } from "../src/sim/record_page.ts";
import { isScan, type Pending } from "./pending.ts";
import { found, type Founding } from "../src/membership/found.ts";
import type { Genesis } from "../src/protocol/change.ts";
import { type Config, DEFAULTS } from "../src/protocol/config.ts";
import type { Effect, Reply } from "../src/protocol/effect.ts";
import type { Verdict } from "../src/protocol/envelope.ts";
import {
  type Event,
  type GetAsk,
  type PropsPatch,
  type PutAsk,
  type Restored,
  type ScanResult,
  type StoredCopy,
  type StoredRecord,
  type Ticket,
  type Timer,
  timerKey,
} from "../src/protocol/event.ts";
import type { Message } from "../src/protocol/message.ts";

/** A disk: what is durable of one node. */
interface Disk {
  records: Map<string, StoredRecord>;
  hints: HintShelf;
  damaged: Set<string>;
  restored: Restored;
}

interface Machine {
  node: Node;
  boot: Boot;
  up: boolean;
  readonly disk: Disk;
  readonly timers: Map<string, { timer: Timer; atMs: number }>;
}

/** Longer than any world lasts. */
const NEVER_MS = 2 ** 40;

/** What a {@linkcode World} may be given. */
export interface WorldOptions {
  /** How many nodes, which are then n1, n2 and so on; or their ids. */
  readonly nodes?: number | readonly NodeId[];
  readonly config?: Partial<Config>;
  /** How the ring is placed, where it is not as by default. */
  readonly placement?: Pick<Founding, "strategy" | "tokens">;
  /** Whether nodes may leave for good, and end. */
  readonly leaves?: boolean;
}

/** Some nodes of one cluster, started and ready. */
export class World {
  readonly config: Config;
  readonly ids: readonly NodeId[];
  readonly genesis: Genesis;
  readonly machines = new Map<NodeId, Machine>();
  /** What can happen next, oldest first. */
  readonly pending: Pending[] = [];
  /** What clients were told. */
  readonly replies = new Map<Ticket, Reply>();
  readonly marks = new Map<string, number>();
  /** Every message that a node wanted sent, in order. */
  readonly sent: { readonly from: NodeId; readonly to: NodeId; readonly message: Message }[] = [];
  readonly refusals: NonNullable<Verdict["refused"]>[] = [];
  /** Is told of every step, when its effects are among what can happen. */
  onStep: ((id: NodeId, event: Event, effects: readonly Effect[]) => void) | null = null;
  /** How far each node's wall clock is ahead of the world's. */
  readonly aheadMs = new Map<NodeId, number>();
  monoMs = 1_000_000;
  wallMs = 1_700_000_000_000;
  /** The messages of which one copy was handed to its node. */
  readonly #arrived = new WeakSet<Pending>();
  readonly #leaves: boolean;
  #tickets = 0;
  #boots = 0;

  /** A cluster of `nodes` nodes, all ready. */
  constructor({ nodes = 3, config = {}, placement = {}, leaves = false }: WorldOptions = {}) {
    this.#leaves = leaves;
    // Nobody is probed, no trees are compared, nothing is settled: what a schedule does not make happen does not happen.
    const never = NEVER_MS;
    const quiet = { gossipMs: never, probeMs: never, exchangeMs: never, settleMs: never };
    this.config = { ...DEFAULTS, partitions: 8, ...quiet, ...config };
    this.ids = typeof nodes === "number"
      ? Array.from({ length: nodes }, (_, i) => `n${i + 1}` as NodeId)
      : nodes;
    const members = this.ids.map((node) => ({ node, zone: "", weight: 1 }));
    const { partitions, n } = this.config;
    this.genesis = found({ members, partitions, replicas: n, ...placement });
    for (const id of this.ids) this.begin(id);
    this.run();
  }

  /** A node starts on an empty disk. One that the cluster was not founded with is outside, until it is let in. */
  begin(id: NodeId): void {
    const restored = { history: [], register: null, props: [] };
    const [hints, damaged] = [new HintShelf(), new Set<string>()];
    const disk = { records: new Map(), hints, damaged, restored };
    this.machines.set(id, { ...this.#fresh(id), up: false, disk, timers: new Map() });
    this.restart(id);
  }

  /** A client asks a node; its answer will be in {@linkcode World.replies}. */
  get(at: NodeId, ask: GetAsk): Ticket {
    return this.ask(at, (ticket) => ({ kind: "get", ticket, ask }));
  }
  put(at: NodeId, ask: PutAsk): Ticket {
    return this.ask(at, (ticket) => ({ kind: "put", ticket, ask }));
  }
  setProps(at: NodeId, bucket: string, patch: PropsPatch): Ticket {
    return this.ask(at, (ticket) => ({
      kind: "props_set",
      ticket,
      type: "default",
      bucket,
      patch,
    }));
  }

  /** The oldest pending thing happens, or the `index`-th. */
  happen(index = 0): void {
    const [next] = this.pending.splice(index, 1);
    if (next === undefined) throw new Error(`Nothing is pending at ${index}`);
    if (next.kind === "message") this.#deliver(next);
    else this.#io(next);
  }
  /** All that is pending happens, and what follows from it. */
  run(): void {
    while (this.pending.length > 0) this.happen();
  }
  /** The nodes that run. */
  get running(): NodeId[] {
    return this.ids.filter((id) => this.machines.get(id)!.up);
  }
  /** A store lands, but is said to have failed, or its node dies before it hears of it. */
  land(index: number, then: "failed" | "crash"): void {
    const [next] = this.pending.splice(index, 1);
    if (next?.kind !== "io" || !this.#isLive(next.node, next.boot)) return;
    const { node, effect } = next;
    if (effect.kind === "fetch" || isScan(effect)) {
      throw new Error("What is read does not land");
    }
    this.#write(node, effect);
    if (then === "crash") this.crash(node);
    else this.step(node, { kind: "stored", store: effect.store, outcome: "failed" });
  }
  /** The disk's copy of a record goes bad. */
  damage(id: NodeId, name: ObjectName): void {
    const { disk } = this.machines.get(id)!;
    if (disk.records.has(nameBytes(name))) disk.damaged.add(nameBytes(name));
  }
  /** The `index`-th pending thing never happens: a message is lost, a store fails, if `isFull` for want of room. */
  fail(index = 0, { isFull = false }: { readonly isFull?: boolean } = {}): void {
    const [next] = this.pending.splice(index, 1);
    if (next?.kind !== "io" || !this.#isLive(next.node, next.boot)) return;
    const { effect } = next;
    if (effect.kind === "fetch") {
      const result = { kind: "failed", reason: "read error" } as const;
      this.step(next.node, { kind: "fetched", fetch: effect.fetch, result });
    } else if (isScan(effect)) {
      const result = { kind: "failed", reason: "read error" } as const;
      this.step(next.node, { kind: "scanned", scan: effect.scan, result });
    } else this.step(next.node, { kind: "stored", store: effect.store, outcome: "failed", isFull });
  }
  /** A pending message will arrive once more. */
  duplicate(index: number): void {
    const next = this.pending[index];
    if (next?.kind === "message") this.pending.push(next);
  }

  /** Time goes by, and every timer that is due comes, in order. */
  wait(ms: number): void {
    const until = this.monoMs + ms;
    for (;;) {
      const due = [...this.machines].flatMap(([id, { up, timers }]) =>
        up ? [...timers].map(([key, { timer, atMs }]) => ({ id, key, timer, atMs })) : []
      ).filter(({ atMs }) =>
        atMs <= until
      ).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#tick(Math.max(due.atMs, this.monoMs));
      this.machines.get(due.id)!.timers.delete(due.key);
      this.step(due.id, { kind: "timer", timer: due.timer });
    }
    this.#tick(until);
  }

  /** The process dies: its memory is gone, what was on its way to the disk with it. */
  crash(id: NodeId): void {
    const machine = this.machines.get(id)!;
    machine.up = false;
    machine.timers.clear();
  }
  /** It starts again, in a new boot, with what is on the disk. */
  restart(id: NodeId): void {
    const machine = this.machines.get(id)!;
    machine.timers.clear();
    Object.assign(machine, this.#fresh(id), { up: true });
    const restored = { ...machine.disk.restored, ...machine.disk.hints.restored };
    this.step(id, { kind: "start", boot: machine.boot, seed: this.#boots, restored });
  }
  /** The node could not be reached: whoever sent these learns that they never arrived. */
  undelivered(index: number): void {
    const next = this.pending[index];
    if (next?.kind !== "message") return;
    // "Never arrived" is a promise. It can't be given of a message of which another copy has arrived, or may yet.
    if (this.#arrived.has(next) || this.pending.indexOf(next) !== this.pending.lastIndexOf(next)) {
      return;
    }
    this.pending.splice(index, 1);
    // A sender that has started again meanwhile hears nothing: it is another process.
    if (!this.#isLive(next.from, next.fromBoot)) return;
    this.step(next.from, { kind: "undelivered", to: next.to, messages: [next.message] });
  }

  /** What is durable of a key at a node. */
  onDisk(id: NodeId, name: ObjectName): StoredRecord | undefined {
    return this.machines.get(id)!.disk.records.get(nameBytes(name));
  }

  /** Takes one step of a node, and puts what it wants done among what can happen. */
  step(id: NodeId, event: Event): Effect[] {
    const machine = this.machines.get(id)!;
    const wallMs = this.wallMs + (this.aheadMs.get(id) ?? 0);
    const effects = machine.node.step(event, { monoMs: this.monoMs, wallMs });
    for (const effect of effects) this.#take(id, machine, effect);
    this.onStep?.(id, event, effects);
    return effects;
  }

  #take(id: NodeId, machine: Machine, effect: Effect): void {
    switch (effect.kind) {
      case "send": {
        const { to, message } = effect;
        const { boot: fromBoot } = machine;
        this.sent.push({ from: id, to, message });
        const toBoot = this.machines.get(to)?.boot;
        if (toBoot === undefined) return; // somebody whom a law has made up
        const stampMs = this.monoMs;
        this.pending.push({ kind: "message", from: id, fromBoot, to, toBoot, stampMs, message });
        return;
      }
      case "fetch":
      case "scan_hints":
      case "scan_records":
      case "find_records":
      case "store":
      case "store_meta":
        this.pending.push({ kind: "io", node: id, boot: machine.boot, effect });
        return;
      case "reply":
        if (this.replies.has(effect.ticket)) {
          throw new Error(`Ticket ${effect.ticket} answered twice`);
        }
        this.replies.set(effect.ticket, effect.reply);
        return;
      case "set_timer":
        machine.timers.set(timerKey(effect.timer), effect);
        return;
      case "cancel_timer":
        machine.timers.delete(timerKey(effect.timer));
        return;
      case "mark":
        this.marks.set(effect.name, (this.marks.get(effect.name) ?? 0) + 1);
        return;
      case "verdict":
        if (effect.verdict.refused) this.refusals.push(effect.verdict.refused);
        return;
      case "halt":
        if (!this.#leaves || !effect.reason.includes("has left the cluster")) {
          throw new Error(`${id} halted: ${effect.reason}`);
        }
        return this.crash(id);
      case "peer":
      case "ready":
        return;
    }
  }

  #deliver(next: Extract<Pending, { kind: "message" }>): void {
    const { from, fromBoot, to, toBoot, stampMs, message } = next;
    this.#arrived.add(next);
    if (!this.machines.get(to)!.up) return;
    const cluster = this.genesis.id;
    const envelope = {
      cluster,
      from,
      fromBoot,
      to,
      toBoot,
      toStampMs: stampMs,
      messages: [message],
    };
    this.step(to, { kind: "envelope", ticket: ++this.#tickets, envelope });
  }

  #io({ node, boot, effect }: Extract<Pending, { kind: "io" }>): void {
    if (!this.#isLive(node, boot)) return;
    const { disk } = this.machines.get(node)!;
    if (effect.kind === "fetch") {
      const key = nameBytes(effect.name);
      const record = disk.records.get(key);
      this.step(node, {
        kind: "fetched",
        fetch: effect.fetch,
        result: disk.damaged.has(key)
          ? { kind: "damaged" }
          : record
          ? { kind: "record", record }
          : { kind: "absent" },
        hints: disk.hints.of(effect.name, effect.owners),
      });
      return;
    }
    if (isScan(effect)) {
      const result: ScanResult = effect.kind === "scan_hints"
        ? disk.hints.scan(effect)
        : pageOf(copiesOn(disk), effect, (key) => disk.damaged.has(key));
      this.step(node, { kind: "scanned", scan: effect.scan, result });
      return;
    }
    this.#write(node, effect);
    this.step(node, { kind: "stored", store: effect.store, outcome: "durable" });
  }

  #write(node: NodeId, effect: Extract<Effect, { kind: "store" | "store_meta" }>): void {
    const { disk } = this.machines.get(node)!;
    if (effect.kind === "store" && effect.owner !== null) {
      disk.hints.put({ ...effect, owner: effect.owner }, effect.record);
    } else if (effect.kind === "store") {
      const key = nameBytes(effect.name);
      disk.damaged.delete(key);
      if (effect.record) disk.records.set(key, effect.record);
      else disk.records.delete(key);
    } else {
      const { value } = effect;
      if (value.kind === "history") disk.restored = { ...disk.restored, history: value.changes };
      else if (value.kind === "register") {
        disk.restored = { ...disk.restored, register: value.register, ticks: value.ticks };
      } else disk.restored = { ...disk.restored, props: value.entries };
    }
  }

  /** A client asks a node anything. */
  ask(at: NodeId, event: (ticket: Ticket) => Event): Ticket {
    const ticket = ++this.#tickets;
    this.step(at, event(ticket));
    return ticket;
  }

  #tick(monoMs: number): void {
    this.wallMs += monoMs - this.monoMs;
    this.monoMs = monoMs;
  }

  #isLive(node: NodeId, boot: Boot): boolean {
    const machine = this.machines.get(node)!;
    return machine.up && machine.boot === boot;
  }

  #fresh(id: NodeId): { node: Node; boot: Boot } {
    const boot = String(++this.#boots).padStart(8, "0") as Boot;
    const { genesis, config, ids: seeds } = this;
    return { node: new Node({ node: id, addresses: [`${id}:1`], genesis, seeds, config }), boot };
  }
}

/** What a disk holds of this node's own. */
export function copiesOn({ records }: Disk): StoredCopy[] {
  return [...records].map(([key, record]) => ({ name: namedBy(key), record }));
}
