/**
 * What every step of every node comes to, worked out once.
 *
 * A node is deterministic: what it does next is a function of what has happened to it. So a node's memory has a number
 * (that of its name, `canonical.ts`), and stands here with the shortest history that led to it. A **step** is a function of
 * memory, disk, what happens, and the time. To work one out, a fresh node is led through that history, and then takes it:
 * the very `node.step` of production. There are thousands of such steps, where there are millions of states of the world;
 * the rest of the search is looking them up.
 *
 * In an audit each memory keeps further histories that led to it. All are led on and must do the same: so a field that a
 * snapshot forgets is found (law X2).
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Timer } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import type { Container } from "../version/siblings.ts";
import { Canonical } from "./canonical.ts";
import { BLANK, type Disk, founded } from "./disk.ts";
import { Interner } from "./interner.ts";
import { type Expects, type Io, Machine, type Reaction, type Stimulus } from "./machine.ts";
import { BEGIN_MS, type Place } from "./place.ts";

/** A node of the world: its process, if it runs, and its disk. */
export interface Cell {
  /** Which node. */
  readonly index: number;
  /** The number of what it holds in memory; 0 if it is down. */
  readonly memory: number;
  readonly disk: number;
  /** Which of its processes runs, or ran last. */
  readonly boot: number;
}

/** One more thing that happened to a process. */
interface Past {
  readonly before: number;
  /** Which of the histories of what was before. */
  readonly way: number;
  readonly stimulus: Stimulus;
  readonly disk: Disk;
  readonly nowMs: number;
}

/** What a process may hold in memory. */
interface Memory extends Expects {
  readonly index: number;
  readonly boot: number;
  /** How it came to be; further ways, in an audit. */
  readonly pasts: Past[];
  readonly timers: readonly { readonly timer: Timer; readonly atMs: number }[];
  readonly ios: readonly Io[];
  /** Processes that have come this far, and have not gone on yet. */
  readonly ready: Machine[];
  /** In an audit: what it did next, from its first history. */
  readonly did: Deed[];
}

/** A step that was worked out, and of what; in an audit also the way from which it is to be confirmed. */
interface Deed {
  readonly cell: Cell;
  readonly past: Past;
  readonly step: Step;
  readonly from: number;
}

/** A message, with who says it to whom. */
export interface Said {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
  /** The same for messages that differ in their receiver alone. */
  readonly toAnybody: string;
}

/** What a step comes to. */
export interface Step {
  /** The number of the cell afterwards. */
  readonly cell: number;
  /** The numbers of what it says. */
  readonly says: readonly number[];
  readonly replies: Reaction["replies"];
  /** The number of the list of containers that turned up. */
  readonly turnedUp: number;
  /** The number of the list of containers that went from its disk as the node's own. */
  readonly removed: number;
  /** What the node threw, or null. */
  readonly fault: string | null;
}

/** How many processes that have come to one memory are kept, so that no history need be played again to be there. */
const MOST_READY = 8;
/** How many ways to one memory an audit keeps. */
const MOST_WAYS = 6;
/** The times at which anything happens are few: timers alone move them. */
const MOST_TIMES = 64;
/** So that the number of a step is a whole number below 2^53. */
const MOST_STIMULI = 2 ** 20;
const MOST_CELLS = 2 ** 27;

/** All steps that are known. */
export class Steps {
  readonly canonical = new Canonical();
  readonly cells = new Interner<Cell>();
  readonly stimuli = new Interner<Stimulus>();
  readonly said = new Interner<Said>();
  readonly disks = new Interner<Disk>();
  readonly turnedUp = new Interner<readonly number[]>();
  readonly #memories = new Interner<Memory>();
  readonly #place: Place;
  readonly #audit: boolean;
  readonly #known = new Map<number, Step>();
  readonly #times = new Interner<null>();
  /** Steps that other histories have yet to confirm. */
  readonly #unconfirmed: Deed[] = [];
  /** The rare branches that were taken. */
  readonly marks = new Set<string>();
  /** How many times another history has confirmed a step. */
  audited = 0;

  /** No step yet. With `audit`, each is taken again from other histories, where there are any. */
  constructor(place: Place, { audit = false }: { readonly audit?: boolean } = {}) {
    this.#place = place;
    this.#audit = audit;
  }

  /** How many different memories nodes had. */
  get memories(): number {
    return this.#memories.size;
  }

  /** How many steps were worked out. */
  get size(): number {
    return this.#known.size;
  }

  /** The memory that a cell's process has. */
  memory(cell: Cell): Pick<Memory, "timers" | "ios" | keyof Expects> {
    return this.#memories.at(cell.memory);
  }

  /** The cell of a node that started when the world began. */
  first(index: number): number {
    const founder = new Machine(this.#place, { index, boot: 0 });
    const before = founded(founder.react({ kind: "start" }, BLANK, 0).disk);
    const machine = new Machine(this.#place, { index, boot: 1 });
    const { disk } = machine.react({ kind: "start" }, before, 0);
    const past: Past = { before: 0, way: 0, stimulus: { kind: "start" }, disk: before, nowMs: 0 };
    const memory = this.#remember(machine, past);
    return this.cell({ index, memory, disk: this.disk(disk), boot: 1 });
  }

  /** The number of a cell. */
  cell(cell: Cell): number {
    const { index, memory, disk, boot } = cell;
    return this.cells.of(`${index},${memory},${disk},${boot}`, cell);
  }

  /** The number of a disk. */
  disk(disk: Disk): number {
    const { record, hints, damaged, restored: { history, register } } = disk;
    const { node, generation, seq, roles = [] } = register ?? {};
    const recovering = roles.map(({ recovering }) => recovering);
    const known = [record, hints, damaged, history.length, node, generation, seq, recovering];
    return this.disks.of(this.canonical.name(known), disk);
  }

  /** The number of something that may happen. */
  stimulus(key: string, stimulus: Stimulus): number {
    return this.stimuli.of(key, stimulus);
  }

  /** The number of the arrival of what was said. */
  arrival(said: number): number {
    const { from, message } = this.said.at(said);
    return this.stimulus(`m${said}`, { kind: "message", from, message });
  }

  /** What a cell comes to when this happens at this time. */
  of(cell: number, stimulus: number, nowMs: number): Step {
    const time = nowMs === BEGIN_MS ? 0 : this.#times.of(String(nowMs), null);
    if (time >= MOST_TIMES) throw new RangeError(`Cannot explore more than ${MOST_TIMES} times`);
    if (cell >= MOST_CELLS || stimulus >= MOST_STIMULI) {
      throw new RangeError("Cannot explore so much: its steps have no numbers any more");
    }
    const key = (cell * MOST_STIMULI + stimulus) * MOST_TIMES + time;
    let step = this.#known.get(key);
    if (step === undefined) {
      step = this.#work(this.cells.at(cell), this.stimuli.at(stimulus), nowMs);
      this.#known.set(key, step);
    }
    return step;
  }

  #work(cell: Cell, stimulus: Stimulus, nowMs: number): Step {
    const { index } = cell;
    const disk = this.disks.at(cell.disk);
    const boot = stimulus.kind === "start" ? cell.boot + 1 : cell.boot;
    const past: Past = { before: cell.memory, way: 0, stimulus, disk, nowMs };
    let machine: Machine;
    if (stimulus.kind === "start") machine = new Machine(this.#place, { index, boot });
    else machine = this.#take(cell.memory);
    let reaction: Reaction;
    try {
      reaction = machine.react(stimulus, disk, nowMs);
    } catch (error) {
      return faulty(error);
    }
    for (const mark of reaction.marks) this.marks.add(mark);
    const step = this.#stepOf(machine, reaction, past);
    if (this.#audit && cell.memory !== 0) {
      const { did, pasts } = this.#memories.at(cell.memory);
      const deed = { cell, past, step, from: 0 };
      did.push(deed);
      for (let from = 1; from < pasts.length; from++) this.#unconfirmed.push({ ...deed, from });
      for (let next = this.#unconfirmed.pop(); next; next = this.#unconfirmed.pop()) {
        this.#confirm(next);
      }
    }
    return step;
  }

  #stepOf(machine: Machine, reaction: Reaction, past: Past): Step {
    const { index, boot } = machine;
    const from = this.#place.ids[index]!;
    const memory = this.#remember(machine, past);
    const says = reaction.sends.map(({ to, message }) => {
      const toAnybody = this.canonical.name([from, message]);
      return this.said.of(`${to} ${toAnybody}`, { from, to, message, toAnybody });
    });
    return {
      cell: this.cell({ index, memory, disk: this.disk(reaction.disk), boot }),
      says,
      replies: reaction.replies,
      turnedUp: this.#turnedUp(reaction),
      removed: this.#listed(reaction.removed),
      fault: null,
    };
  }

  #turnedUp({ sends, replies, stores }: Reaction): number {
    return this.#listed([
      ...stores,
      ...sends.flatMap(({ message }) => containersIn(message)),
      ...replies.flatMap(({ reply }) => "container" in reply ? [reply.container] : []),
    ]);
  }

  #listed(found: readonly Container[]): number {
    const all = found.map((container) => this.canonical.container(container));
    const containers = [...new Set(all)].sort((a, b) => a - b);
    return containers.length === 0 ? 0 : this.turnedUp.of(containers.join(), containers);
  }

  /** The number of what the machine holds now; the machine is kept, to be led on. */
  #remember(machine: Machine, past: Past): number {
    const { index, boot, timers, ios } = machine;
    const size = this.#memories.size;
    const { name, waitsFor, suspects } = machine.look(this.canonical);
    const memory: Memory = {
      index,
      boot,
      pasts: [past],
      timers,
      ios,
      waitsFor,
      suspects,
      ready: [machine],
      did: [],
    };
    const id = this.#memories.of(name, memory);
    if (id > size) return id;
    const known = this.#memories.at(id);
    // One snapshot, one behaviour (law X2): whichever history it has, it saves playing another again. An audit plays them.
    if (!this.#audit && known.ready.length < MOST_READY) known.ready.push(machine);
    const isNew = known.pasts.every((other) => !sameHistory(other, past));
    if (this.#audit && isNew && known.pasts.length < MOST_WAYS) {
      const from = known.pasts.push(past) - 1;
      this.#unconfirmed.push(...known.did.map((deed) => ({ ...deed, from })));
    }
    return id;
  }

  /** A machine that holds this; it may be led on. */
  #take(memory: number, way = 0): Machine {
    const known = this.#memories.at(memory);
    const ready = way === 0 ? known.ready.pop() : undefined;
    if (ready !== undefined) return ready;
    const line: Past[] = [known.pasts[way]!];
    for (let last = line[0]!; last.before !== 0; line.push(last)) {
      last = this.#memories.at(last.before).pasts[last.way]!;
    }
    const { index, boot } = known;
    const machine = new Machine(this.#place, { index, boot });
    for (const { stimulus, disk, nowMs } of line.reverse()) machine.react(stimulus, disk, nowMs);
    return machine;
  }

  /** The same, from another history. */
  #confirm({ cell, past, step, from }: Deed): void {
    this.audited++;
    const machine = this.#take(cell.memory, from);
    const reaction = machine.react(past.stimulus, past.disk, past.nowMs);
    const other = this.#stepOf(machine, reaction, { ...past, way: from });
    const [ours, theirs] = [step, other].map((one) => this.#comparable(one));
    if (ours !== theirs) {
      throw new Error(
        `X2: one snapshot, two behaviours of ${this.#place.ids[cell.index]} upon ` +
          `${past.stimulus.kind}:\n  ${ours}\n  ${theirs}`,
      );
    }
  }

  #comparable({ cell, says, replies, turnedUp }: Step): string {
    const { memory, disk } = this.cells.at(cell);
    const told = replies.map(({ ticket, reply }) => `${ticket}=${this.canonical.name(reply)}`);
    return JSON.stringify([memory, disk, says.toSorted(), told.sort(), turnedUp]);
  }
}

function faulty(error: unknown): Step {
  const fault = error instanceof Error ? error.message : String(error);
  return { cell: 0, says: [], replies: [], turnedUp: 0, removed: 0, fault };
}

function sameHistory(a: Past, b: Past): boolean {
  return a.before === b.before && a.way === b.way && a.stimulus === b.stimulus &&
    a.disk === b.disk &&
    a.nowMs === b.nowMs;
}

/** What a message shows of the key. */
export function containersIn(message: Message) {
  if ("container" in message) return message.container ? [message.container] : [];
  if (message.kind === "want_reply") return message.copies.map(({ container }) => container);
  if (!("outcome" in message) || !("container" in message.outcome)) return [];
  return [message.outcome.container];
}
