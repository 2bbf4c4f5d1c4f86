/**
 * A world on a seed: machines, the network between them, time, and what goes wrong. Everything in it is decided by a plan.
 *
 * The nodes are the very `node.ts` of production. A world owns no rule of theirs, and they cannot tell it from the real one.
 *
 * @module
 */
import type { NodeId, ObjectName } from "../id.ts";
import { found } from "../membership/found.ts";
import type { NodeOptions } from "../node.ts";
import type { Genesis } from "../protocol/change.ts";
import { type Config, DEFAULTS, validate } from "../protocol/config.ts";
import type { Effect, Reply } from "../protocol/effect.ts";
import type { Event, Ticket } from "../protocol/event.ts";
import { Agenda } from "./agenda.ts";
import { Chance } from "./chance.ts";
import { Disk } from "./disk.ts";
import { HintTimes } from "./hint_times.ts";
import { Links } from "./links.ts";
import { Machine, type Step } from "./machine.ts";
import { Network } from "./network.ts";
import type { Plan } from "./plan.ts";

/** What a client may ask of a node. */
export type ClientEvent = Extract<
  Event,
  { kind: "get" | "put" | "props_get" | "props_set" | "commit" }
>;

/** Who looks on. */
export interface Onlooker {
  /** Before a step of a node; what is returned is told what came of it. */
  stepping?(at: Machine, event: Event): (effects: readonly Effect[]) => void;
  /** After a step, or where one was not taken. */
  stepped?(step: Step): void;
}

/** Who waits for an answer: exactly one of the two happens, once. */
export interface Waiter {
  answered(reply: Reply): void;
  /** The process ended first. */
  hungUp(): void;
}

/** Some machines of one cluster. */
export class World {
  readonly plan: Plan;
  readonly config: Config;
  readonly genesis: Genesis;
  readonly agenda = new Agenda();
  readonly network: Network;
  readonly ids: readonly NodeId[];
  readonly machines: ReadonlyMap<NodeId, Machine>;
  /** How often each thing with a name has happened. */
  readonly counts = new Map<string, number>();
  /** When something was kept for others. */
  readonly hintTimes = new HintTimes();
  /** How many steps the nodes have taken. */
  steps = 0;
  /** A short number of what steps there were, of which kind, and when: two runs of one plan share it. */
  fingerprint = 0;
  readonly #waiters = new Map<Machine, Map<Ticket, Waiter>>();
  readonly #onlookers: Onlooker[] = [];
  readonly #names: ObjectName[] = [];
  #tickets = 0;

  /** All machines are down. */
  constructor(plan: Plan) {
    this.plan = plan;
    const { seed, shape, weather } = plan;
    this.config = { ...DEFAULTS, ...shape.config };
    validate(this.config);
    this.ids = shape.clocks.map((_, i) => `n${i + 1}` as NodeId);
    const founders = this.ids.slice(0, this.ids.length - (shape.outside ?? 0));
    const members = founders.map((node) => ({ node, zone: "", weight: 1 }));
    const { partitions, n: replicas, maxMessageAgeMs } = this.config;
    this.genesis = found({ members, partitions, replicas });
    const { agenda, genesis } = this;
    const chance = new Chance(seed);
    const note = (what: string) => this.note(what);
    this.network = new Network({ agenda, chance, weather, note });
    const machines = new Map<NodeId, Machine>();
    this.machines = machines;
    const links = new Links({
      agenda,
      network: this.network,
      machines,
      cluster: genesis.id,
      maxMessageAgeMs,
      note,
    });
    const surroundings = {
      send: links.send.bind(links),
      answered: this.#answered.bind(this),
      ended: this.#ended.bind(this),
      stepping: this.#stepping.bind(this),
      threw: (step: Step) => this.#onlookers.forEach((onlooker) => onlooker.stepped?.(step)),
      note,
    };
    const keeps = (key: string, by: number) => this.hintTimes.changes(key, by, agenda.nowMs);
    shape.clocks.forEach((clock, i) => {
      const id = this.ids[i]!;
      const own = chance.stream(id);
      const disk = new Disk({ agenda, chance: own.stream("disk"), weather, note, keeps });
      const node = this.optionsOf(id);
      machines.set(id, new Machine({ node, agenda, chance: own, disk, clock, surroundings }));
    });
  }

  /** What the node of this name is made of. Who is outside at first asks the founders. */
  optionsOf(id: NodeId): NodeOptions {
    const { genesis, config } = this;
    const founders = genesis.members.map(({ node }) => node);
    const seeds = founders.includes(id) ? [] : founders;
    return { node: id, addresses: [`${id}:1`], seeds, genesis, config };
  }

  /** Somebody looks on from now on. */
  watch(onlooker: Onlooker): void {
    this.#onlookers.push(onlooker);
  }

  /** Something with a name has happened. */
  note(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** The machine of a number. */
  machine(index: number): Machine {
    return this.machines.get(this.ids[index % this.ids.length]!)!;
  }

  /** What a key's number stands for. */
  nameOf(key: number): ObjectName {
    return this.#names[key] ??= { type: "default", bucket: "b", key: `k${key}` };
  }

  /** A client asks a machine. False if nobody serves there: nothing was asked then. */
  ask(at: Machine, event: (ticket: Ticket) => ClientEvent, waiter: Waiter): boolean {
    const { boot } = at;
    if (boot === null || !at.ready) return false;
    const ticket = ++this.#tickets;
    let waiters = this.#waiters.get(at);
    if (waiters === undefined) this.#waiters.set(at, waiters = new Map());
    waiters.set(ticket, waiter);
    // The connection stands, though the process may be paused: the ask waits with it.
    at.whenAwake(boot, () => at.ask(event(ticket)));
    return true;
  }

  /** How many clients wait for an answer of a machine. */
  waiting(at: Machine): number {
    return this.#waiters.get(at)?.size ?? 0;
  }

  #answered(at: Machine, ticket: Ticket, reply: Reply): void {
    const waiters = this.#waiters.get(at);
    const waiter = waiters?.get(ticket);
    if (waiters === undefined || waiter === undefined) {
      throw new Error(`Q12: ${at.id} answers ticket ${ticket}, for which nobody waits`);
    }
    waiters.delete(ticket);
    waiter.answered(reply);
  }

  #ended(machine: Machine): void {
    const waiters = [...this.#waiters.get(machine)?.values() ?? []];
    this.#waiters.delete(machine);
    for (const waiter of waiters) waiter.hungUp();
  }

  #stepping(at: Machine, event: Event): (effects: readonly Effect[]) => void {
    const { boot } = at;
    const after = this.#onlookers.map((onlooker) => onlooker.stepping?.(at, event));
    return (effects) => {
      this.steps++;
      this.#mix(at.id, event, effects);
      const atMs = this.agenda.nowMs;
      const step = { atMs, node: at.id, boot: boot!, event, effects };
      // Who only looks on is told first: who audits may throw, and a trace must end with the step that was wrong.
      for (const onlooker of this.#onlookers) onlooker.stepped?.(step);
      for (const look of after) look?.(effects);
    };
  }

  #mix(id: NodeId, event: Event, effects: readonly Effect[]): void {
    let hash = Math.imul(this.fingerprint ^ Math.round(this.agenda.nowMs * 1_000), 0x01000193);
    hash = Math.imul(hash ^ id.charCodeAt(id.length - 1), 0x01000193);
    hash = Math.imul(hash ^ event.kind.length ^ (event.kind.charCodeAt(0) << 8), 0x01000193);
    for (const { kind } of effects) {
      hash = Math.imul(hash ^ kind.length ^ (kind.charCodeAt(0) << 8), 0x01000193);
    }
    this.fingerprint = (hash ^ (hash >>> 13)) >>> 0;
  }
}
