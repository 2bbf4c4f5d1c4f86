/**
 * A machine in a world on a seed: one disk, two clocks, and one process of a node, the very `node.ts` of production, or none.
 *
 * ```text
 * down --start--> up --crash, or the node halts--> down
 * up --pause--> paused --time is up--> up          (what comes meanwhile waits)
 * ```
 *
 * Invariants:
 * 1. Nothing reaches a process but what was meant for it: whatever a former process had begun finds another boot, or none.
 * 2. A process that is paused takes no step; its clocks go on.
 * 3. `monoMs` never goes back within a boot, and means nothing outside it: each boot begins at a number of its own.
 *
 * @module
 */
import type { Boot, NodeId } from "../id.ts";
import { fold, type History } from "../membership/history.ts";
import { Node, type NodeOptions } from "../node.ts";
import type { Effect, Reply } from "../protocol/effect.ts";
import type { Envelope, Verdict } from "../protocol/envelope.ts";
import { type Event, type Now, type Ticket, timerKey } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import type { Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";
import type { Disk } from "./disk.ts";
import type { ClockShape } from "./plan.ts";

/** One step of a node, as somebody sees it who looks on. */
export interface Step {
  readonly atMs: number;
  readonly node: NodeId;
  readonly boot: Boot;
  readonly event: Event;
  readonly effects: readonly Effect[];
  /** What the node threw instead of taking it: a broken invariant. Then there are no effects. */
  readonly threw?: string | undefined;
}

/** A node threw instead of taking a step; the cause is what it threw. */
export class StepThrew extends Error {
  /** Tells it from other errors. */
  override readonly name = "StepThrew";
  /** The step. */
  readonly step: Step;

  /** The step that was not taken, and why. */
  constructor(step: Step, cause: unknown) {
    super(step.threw, { cause });
    this.step = step;
  }
}

/** Where a machine leaves what concerns others. */
export interface Surroundings {
  send(from: Machine, to: NodeId, messages: readonly Message[]): void;
  answered(at: Machine, ticket: Ticket, reply: Reply): void;
  /** The process is gone; who waits for an answer of it hears nothing. */
  ended(machine: Machine): void;
  /** Before a step: what is returned is told what came of it. */
  stepping?(at: Machine, event: Event): ((effects: readonly Effect[]) => void) | undefined;
  /** A step was not taken. */
  threw?(step: Step): void;
  note(what: string): void;
}

/** What a machine is made of. */
export interface MachineOptions {
  readonly node: NodeOptions;
  readonly agenda: Agenda;
  readonly chance: Chance;
  readonly disk: Disk;
  readonly clock: ClockShape;
  readonly surroundings: Surroundings;
}

interface Process {
  readonly node: Node;
  readonly boot: Boot;
  readonly startedAtMs: number;
  readonly monoAtStartMs: number;
  readonly timers: Map<string, object>;
  /** What came while it was paused. */
  readonly waiting: (() => void)[];
  verdict: Verdict | null;
  /** The wall clock never goes back within a boot: the edge sees to that. */
  wallMs: number;
}

/** What the world's wall clock shows when it begins. */
const WALL_MS = 1_700_000_000_000;

/** A machine, down at first. */
export class Machine {
  readonly #options: MachineOptions;
  #process: Process | null = null;
  #aheadMs: number;
  #pausedUntilMs = 0;
  #tickets = 0;
  /** Why the last process has ended by itself; null if it did not. */
  halted: string | null = null;

  /** A machine that has not been switched on. */
  constructor(options: MachineOptions) {
    this.#options = options;
    this.#aheadMs = options.clock.aheadMs;
  }

  /** Whose machine it is. */
  get id(): NodeId {
    return this.#options.node.node;
  }
  /** What is durable here. */
  get disk(): Disk {
    return this.#options.disk;
  }
  /** The process that runs, or null. */
  get boot(): Boot | null {
    return this.#process?.boot ?? null;
  }
  /** Whether a process runs here, and serves. */
  get ready(): boolean {
    return this.#process?.node.ready ?? false;
  }
  /** Whether it runs, and counts toward reads of all that it serves. */
  get isWhole(): boolean {
    return this.ready && this.#process?.node.trees?.recovery.ranges === 0;
  }
  /** All changes of the members that the process knows; null if none runs. */
  get history(): History | null {
    return this.#process?.node.roster.history ?? null;
  }
  /** Whether it is a member, as far as it knows itself. */
  get isMember(): boolean {
    return this.#process?.node.members.has(this.id) ?? false;
  }
  /** Whether it may keep copies for others, as far as it knows: not if it is outside, or on its way out. */
  get standsIn(): boolean {
    const { history } = this;
    return history !== null && fold(history).status.get(this.id) === "in";
  }
  /** How many ranges are on the move to or from it; none, if it is down. */
  get transfers(): number {
    const { arrivals = [], departures = [], drains = [] } = this.#process?.node.transfers ?? {};
    return arrivals.length + departures.length + drains.length;
  }
  /** What the node is doing; nothing, if it is down. */
  get load(): Node["load"] {
    return this.#process?.node.load ?? { requests: 0, lanes: 0, isFull: false, asks: false };
  }
  /** The node's own clocks. */
  get now(): Now {
    return this.#now(this.#up);
  }

  /** A process begins, with what is on the disk. */
  start(): void {
    if (this.#process !== null) throw new Error(`Cannot start ${this.id}: it is up`);
    const { node, agenda, chance, disk } = this.#options;
    const boot = chance.bytes(8) as Boot;
    this.#process = {
      node: new Node(node),
      boot,
      startedAtMs: agenda.nowMs,
      monoAtStartMs: chance.between(0, 1 << 30),
      timers: new Map(),
      waiting: [],
      verdict: null,
      wallMs: 0,
    };
    this.#pausedUntilMs = 0;
    this.halted = null;
    this.#step({ kind: "start", boot, seed: chance.bits(), restored: disk.restored });
  }

  /** The process dies. */
  crash(): void {
    if (this.#process === null) return;
    this.#process = null;
    this.disk.crash();
    this.#options.surroundings.ended(this);
  }

  /** The process stands still until then. */
  pause(untilMs: number): void {
    if (this.#process === null) return;
    const { boot, waiting } = this.#process;
    this.#pausedUntilMs = untilMs;
    this.#options.agenda.at(untilMs, () => {
      if (this.boot !== boot || this.#options.agenda.nowMs < this.#pausedUntilMs) return;
      for (const happen of waiting.splice(0)) this.whenAwake(boot, happen);
    });
  }

  /** Somebody sets the wall clock. */
  setWall(byMs: number): void {
    this.#aheadMs += byMs;
  }

  /** It happens as soon as this process takes steps; never, if it ends before. */
  whenAwake(boot: Boot, happen: () => void): void {
    if (this.boot !== boot) return;
    if (this.#options.agenda.nowMs >= this.#pausedUntilMs) return happen();
    this.#options.surroundings.note("paused.waited");
    this.#up.waiting.push(happen);
  }

  /** A client asks. */
  ask(
    event: Extract<
      Event,
      { ticket: Ticket; kind: "get" | "put" | "props_get" | "props_set" | "commit" }
    >,
  ) {
    this.#step(event);
  }

  /** A batch of a peer comes. */
  receive(envelope: Envelope): Verdict {
    const process = this.#up;
    this.#step({ kind: "envelope", ticket: ++this.#tickets, envelope });
    const { verdict } = process;
    if (verdict === null) throw new Error(`${this.id} gave no verdict on a batch`);
    process.verdict = null;
    return verdict;
  }

  /** The network promises that these have not arrived and never will. */
  undelivered(to: NodeId, messages: readonly Message[]): void {
    this.#step({ kind: "undelivered", to, messages });
  }

  get #up(): Process {
    if (this.#process === null) throw new Error(`${this.id} is down`);
    return this.#process;
  }

  #now(process: Process): Now {
    const { agenda, clock: { driftPpm } } = this.#options;
    const rate = 1 + driftPpm / 1e6;
    const monoMs = process.monoAtStartMs + (agenda.nowMs - process.startedAtMs) * rate;
    const wallMs = Math.floor(WALL_MS + agenda.nowMs * rate + this.#aheadMs);
    process.wallMs = Math.max(process.wallMs, wallMs);
    return { monoMs, wallMs: process.wallMs };
  }

  #step(event: Event): void {
    const process = this.#up;
    const { surroundings } = this.#options;
    const after = surroundings.stepping?.(this, event);
    const effects = this.#stepOf(process, event);
    after?.(effects);
    const sends = new Map<NodeId, Message[]>();
    for (const effect of effects) {
      // It halted: what it wanted besides never happens.
      if (this.#process !== process) return;
      if (effect.kind !== "send") this.#perform(process, effect);
      else {
        const batch = sends.get(effect.to);
        if (batch) batch.push(effect.message);
        else sends.set(effect.to, [effect.message]);
      }
    }
    for (const [to, messages] of sends) surroundings.send(this, to, messages);
  }

  #stepOf(process: Process, event: Event): Effect[] {
    try {
      return process.node.step(event, this.#now(process));
    } catch (cause) {
      const { surroundings, agenda: { nowMs: atMs } } = this.#options;
      const threw = cause instanceof Error ? cause.message : String(cause);
      const step = { atMs, node: this.id, boot: process.boot, event, effects: [], threw };
      surroundings.threw?.(step);
      throw new StepThrew(step, cause);
    }
  }

  #perform(process: Process, effect: Exclude<Effect, { kind: "send" }>): void {
    const { boot, timers } = process;
    const { surroundings, disk } = this.#options;
    const later = (event: Event) => this.whenAwake(boot, () => this.#step(event));
    switch (effect.kind) {
      case "fetch":
        return disk.fetch(
          effect,
          (result, hints) => later({ kind: "fetched", fetch: effect.fetch, result, hints }),
        );
      case "scan_hints":
      case "scan_records":
      case "find_records":
        return disk.scan(
          effect,
          (result) => later({ kind: "scanned", scan: effect.scan, result }),
        );
      case "store":
      case "store_meta":
        return disk.write(
          effect,
          (outcome) => later({ kind: "stored", store: effect.store, ...outcome }),
        );
      case "reply":
        return surroundings.answered(this, effect.ticket, effect.reply);
      case "verdict":
        process.verdict = effect.verdict;
        return;
      case "set_timer":
        return this.#setTimer(process, effect);
      case "cancel_timer":
        timers.delete(timerKey(effect.timer));
        return;
      case "mark":
        return surroundings.note(effect.name);
      case "ready":
        return surroundings.note("node.ready");
      case "halt":
        surroundings.note("node.halted");
        this.halted = effect.reason;
        return this.crash();
    }
  }

  #setTimer(process: Process, effect: Extract<Effect, { kind: "set_timer" }>): void {
    const { agenda, clock: { driftPpm } } = this.#options;
    const key = timerKey(effect.timer);
    process.timers.set(key, effect);
    const afterMs = (effect.atMs - this.#now(process).monoMs) / (1 + driftPpm / 1e6);
    // A timer may be late, and is never early: not even by what a division rounds away.
    agenda.after(Math.max(0, afterMs) + 0.001, () =>
      this.whenAwake(process.boot, () => {
        // It has been set anew, or taken back.
        if (process.timers.get(key) !== effect) return;
        process.timers.delete(key);
        this.#step({ kind: "timer", timer: effect.timer });
      }));
  }
}
