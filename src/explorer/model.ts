/**
 * The world as the explorer sees it: a state is a row of numbers, and {@linkcode Model.expand} gives every state that one
 * more thing can make of it.
 *
 * ```text
 * cell of n1 | cell of n2 | ... | messages on their way | account | clients | ledger
 * ```
 *
 * Three reductions, each of which leaves every broken law within reach:
 * - **An answer that nobody waits for** is taken off the network at once. A request number is used once, so nobody ever
 *   will; delivering it would change nothing but a counter of marks.
 * - **A message to a process that is gone** likewise: its envelope names that process, and the next refuses it. It stays
 *   only while its sender may still be told so (`refusals`).
 * - **Nodes to which nothing has happened** are interchangeable while the same messages are on their way to each, so only
 *   the first of them acts (`symmetry`). Exchanging two such nodes, and their seats, maps the world to itself, and runs to
 *   runs. That needs a world in which all nodes hold the key: an entry node prefers coordinators by their order.
 *
 * @module
 */
import {
  type Account,
  attempted,
  Broken,
  checkDisks,
  learn,
  listed,
  liveIn,
  nameOfAccount,
  NEW_ACCOUNT,
  only,
  withCovered,
} from "./account.ts";
import { alike, type Client, Clients, IDLE } from "./clients.ts";
import { Flights } from "./flights.ts";
import { Interner, Memo } from "./interner.ts";
import { Ledgers, type Spent } from "./ledger.ts";
import { BLANK, type Landing } from "./machine.ts";
import { FIRST_GET, Place, valueOf } from "./place.ts";
import type { Scope } from "./scope.ts";
import { type Cell, type Step, Steps } from "./steps.ts";
import { EMPTY, greatestStamp, sync } from "../version/siblings.ts";
import { timerKey } from "../protocol/event.ts";

/** What can make one state of another. `of` and `with` are numbers whose meaning `transcript.ts` knows. */
export interface Move {
  readonly kind:
    | ("ask" | "deliver" | "lose" | "double" | "refuse" | "io" | "timer")
    | ("crash" | "crash_after_landing" | "wipe" | "damage" | "restart");
  /** Which node acts; of a message, which flight. */
  readonly of: number;
  /** Which stimulus, where there is one. */
  readonly with: number;
}

/** Is told of a state that a move leads to; the row is used again after the call. `broken`: the law that broke on the way. */
export type Visit = (move: Move, next: readonly number[], broken: string | null) => void;

const LANDINGS: readonly Landing[] = ["lands", "fails", "lands_unheard"];

/** One world, with every table that its exploration fills. */
export class Model {
  readonly place: Place;
  readonly steps: Steps;
  readonly flights = new Flights();
  readonly clients = new Clients();
  readonly ledgers = new Ledgers();
  readonly accounts = new Interner<Account>();
  readonly #nodes: number;
  readonly #first: readonly number[];
  readonly #learnt = new Memo<number | string>();
  readonly #merged = new Memo<number>();
  readonly #judged = new Memo<string>();
  readonly #pruned = new Memo<number>();
  readonly #acting = new Memo<number>();
  readonly #isSymmetric: boolean;
  readonly #start: number;
  #next: number[] = [];

  /** The world of a scope, in which nothing has happened. `audit`: see {@linkcode Steps}. */
  constructor(scope: Scope, { audit = false }: { readonly audit?: boolean } = {}) {
    this.place = new Place(scope);
    this.steps = new Steps(this.place, { audit });
    this.#nodes = scope.nodes;
    this.#first = this.place.ids.map((_, index) => this.steps.first(index));
    this.#start = this.steps.stimulus("start", { kind: "start" });
    const { symmetry, nodes, n, entries } = scope;
    this.#isSymmetric = symmetry && nodes === n && (entries === 0 || entries === nodes);
  }

  /** How many numbers a state is. */
  get width(): number {
    return this.#nodes + 4;
  }

  /** The first state. */
  initial(): number[] {
    const clients = Array.from({ length: this.place.scope.clients }, () => IDLE);
    const account = this.accounts.of(nameOfAccount(NEW_ACCOUNT), NEW_ACCOUNT);
    return [
      ...this.#first,
      ...[this.flights.none, account, this.clients.of(clients), this.ledgers.first()],
    ];
  }

  /** The cell of a node in a state. */
  cell(state: readonly number[], index: number): Cell {
    return this.steps.cells.at(state[index]!);
  }

  /** Every state that one more thing can make of this one. */
  expand(state: readonly number[], visit: Visit): void {
    const acting = this.#actors(state);
    for (let index = 0; index < this.#nodes; index++) {
      if ((acting & 1 << index) === 0) continue;
      const cell = this.cell(state, index);
      if (cell.memory === 0) this.#ofTheDead(state, index, cell, visit);
      else this.#ofTheLiving(state, index, cell, visit);
    }
    this.#network(state, acting, visit);
  }

  /** Which law the disks of a state break; "" is none. */
  judge(state: readonly number[]): string {
    const bagAt = this.#nodes;
    const { wipes, damages } = this.ledgers.at(state[bagAt + 3]!);
    const lost = wipes + damages;
    const { canonical, cells, disks } = this.steps;
    let held = 0;
    for (let index = 0; index < this.#nodes; index++) {
      const { record, damaged } = disks.at(cells.at(state[index]!).disk);
      if (record === null || damaged) continue;
      const own = canonical.container(record.container);
      held = held === 0 ? own : this.#merged.of(held, own, () => {
        const both = sync(canonical.containerAt(held), canonical.containerAt(own));
        return canonical.container(both);
      });
    }
    const keeps = { acknowledged: lost < this.place.scope.w, shown: lost === 0 };
    const account = state[bagAt + 1]!;
    const how = 2 * Number(keeps.acknowledged) + Number(keeps.shown);
    return this.#judged.of(account, held * 4 + how, () =>
      reasonOf(() => {
        const container = held === 0 ? EMPTY : canonical.containerAt(held);
        checkDisks(this.accounts.at(account), container, keeps);
      }));
  }

  #ofTheDead(state: readonly number[], index: number, cell: Cell, visit: Visit): void {
    const restart = this.steps.of(state[index]!, this.#start, this.#now(state));
    this.#step(state, { kind: "restart", of: index, with: 0 }, index, restart, visit);
    const disk = this.steps.disks.at(cell.disk);
    if (this.#may(state, "wipes") && disk.restored.history.length > 0) {
      this.#change(state, "wipe", index, { ...cell, disk: this.steps.disk(BLANK) }, "wipes", visit);
    }
    if (this.#may(state, "damages") && disk.record !== null && !disk.damaged) {
      const damaged = this.steps.disk({ ...disk, damaged: true });
      this.#change(state, "damage", index, { ...cell, disk: damaged }, "damages", visit);
    }
  }

  #ofTheLiving(state: readonly number[], index: number, cell: Cell, visit: Visit): void {
    const { entries } = this.place.scope;
    if (entries === 0 || index < entries) this.#asks(state, index, visit);
    const { io, timers } = this.steps.memory(cell);
    const now = this.#now(state);
    if (io !== null) {
      for (const how of LANDINGS) {
        if (how !== "lands" && !this.#may(state, "failures")) break;
        if (how === "lands_unheard" && io.kind === "fetch") continue;
        const stimulus = this.steps.stimulus(`io ${how}`, { kind: "io", how });
        const step = this.steps.of(state[index]!, stimulus, now);
        const spent = how === "lands" ? null : "failures";
        this.#step(state, { kind: "io", of: index, with: stimulus }, index, step, visit, spent);
      }
    }
    if (this.#may(state, "timers")) {
      for (const { timer, atMs } of timers) {
        const stimulus = this.steps.stimulus(`t ${timerKey(timer)}`, { kind: "timer", timer });
        const ledger = this.ledgers.fire(state[this.#nodes + 3]!, atMs);
        const step = this.steps.of(state[index]!, stimulus, this.ledgers.at(ledger).nowMs);
        this.#begin(state);
        this.#next[this.#nodes + 3] = ledger;
        this.#finish({ kind: "timer", of: index, with: stimulus }, index, step, visit);
      }
    }
    if (!this.#may(state, "crashes")) return;
    const down = { ...cell, memory: 0 };
    this.#change(state, "crash", index, down, "crashes", visit);
    if (io?.kind === "store") {
      const disk = { ...this.steps.disks.at(cell.disk), record: io.record, damaged: false };
      const landed = { ...down, disk: this.steps.disk(disk) };
      this.#change(state, "crash_after_landing", index, landed, "crashes", visit);
    }
  }

  #asks(state: readonly number[], index: number, visit: Visit): void {
    const row = this.clients.at(state[this.#nodes + 2]!);
    const ledger = this.ledgers.at(state[this.#nodes + 3]!);
    const { puts, gets, deletes } = this.place.scope;
    row.forEach((client, at) => {
      if (client.ticket !== 0 || (at > 0 && alike(client, row[at - 1]!))) return;
      if (ledger.puts < puts) {
        for (const deletion of ledger.deletes < deletes ? [false, true] : [false]) {
          this.#put(
            state,
            { index, at, client: { ...client, context: 0, seen: 0 }, deletion },
            visit,
          );
          if (client.context !== 0) this.#put(state, { index, at, client, deletion }, visit);
        }
      }
      if (ledger.gets < gets) this.#get(state, { index, at, client }, visit);
    });
  }

  #put(
    state: readonly number[],
    { index, at, client, deletion }: Asking & { readonly deletion: boolean },
    visit: Visit,
  ): void {
    const bagAt = this.#nodes;
    const ticket = this.ledgers.at(state[bagAt + 3]!).puts + 1;
    const key = `put ${ticket} ${client.context} ${deletion}`;
    const stimulus = this.steps.stimulus(key, {
      kind: "ask",
      event: {
        ...{ kind: "put", ticket },
        ask: { ...this.place.put(ticket, deletion), seen: this.#contextOf(client.context) },
      },
    });
    const step = this.steps.of(state[index]!, stimulus, this.#now(state));
    this.#begin(state, "puts");
    if (deletion) this.#spend("deletes");
    const account = attempted(this.accounts.at(state[bagAt + 1]!), client.seen);
    this.#next[bagAt + 1] = this.accounts.of(nameOfAccount(account), account);
    this.#next[bagAt + 2] = this.clients.with(state[bagAt + 2]!, at, {
      ...client,
      ticket,
      at: index,
    });
    this.#finish({ kind: "ask", of: index, with: stimulus }, index, step, visit);
  }

  #get(state: readonly number[], { index, at, client }: Asking, visit: Visit): void {
    const bagAt = this.#nodes;
    const ticket = FIRST_GET + this.ledgers.at(state[bagAt + 3]!).gets;
    const ask = { name: this.place.key, r: this.place.scope.r };
    const stimulus = this.steps.stimulus(`get ${ticket}`, {
      kind: "ask",
      event: { kind: "get", ticket, ask },
    });
    const step = this.steps.of(state[index]!, stimulus, this.#now(state));
    this.#begin(state, "gets");
    const before = this.accounts.at(state[bagAt + 1]!).acknowledged;
    this.#next[bagAt + 2] = this.clients.with(state[bagAt + 2]!, at, {
      ...client,
      ...{ ticket, at: index, before },
    });
    this.#finish({ kind: "ask", of: index, with: stimulus }, index, step, visit);
  }

  #contextOf(container: number) {
    if (container === 0) return undefined;
    const shown = this.steps.canonical.containerAt(container);
    return { clock: shown.clock, stamp: greatestStamp(shown) };
  }

  #network(state: readonly number[], acting: number, visit: Visit): void {
    const bagAt = this.#nodes;
    const bag = state[bagAt]!;
    const now = this.#now(state);
    let last = 0;
    for (const id of this.flights.in(bag)) {
      if (id === last) continue; // another copy of the same: the same moves
      last = id;
      const { said, to, toBoot, from, fromBoot } = this.flights.flights.at(id);
      if ((acting & 1 << to) === 0) continue;
      const without = this.flights.minus(bag, id);
      const cell = this.cell(state, to);
      if (cell.memory !== 0 && cell.boot === toBoot) {
        const step = this.steps.of(state[to]!, this.steps.arrival(said), now);
        this.#begin(state);
        this.#next[bagAt] = without;
        this.#finish({ kind: "deliver", of: id, with: 0 }, to, step, visit);
        if (this.#may(state, "doubles")) {
          this.#begin(state, "doubles");
          this.#next[bagAt] = this.flights.plus(bag, id);
          visit({ kind: "double", of: id, with: 0 }, this.#next, null);
        }
      }
      if (this.#may(state, "losses")) {
        this.#begin(state, "losses");
        this.#next[bagAt] = without;
        visit({ kind: "lose", of: id, with: 0 }, this.#next, null);
      }
      const sender = this.cell(state, from);
      if (this.#may(state, "refusals") && sender.memory !== 0 && sender.boot === fromBoot) {
        const { message } = this.steps.said.at(said);
        const receiver = this.place.ids[to]!;
        const stimulus = this.steps.stimulus(`u${said}`, {
          kind: "undelivered",
          to: receiver,
          message,
        });
        const step = this.steps.of(state[from]!, stimulus, now);
        this.#begin(state, "refusals");
        this.#next[bagAt] = without;
        this.#finish({ kind: "refuse", of: id, with: stimulus }, from, step, visit);
      }
    }
  }

  /** A node takes a step. */
  #step(
    state: readonly number[],
    move: Move,
    index: number,
    step: Step,
    visit: Visit,
    spent: Spent | null = null,
  ): void {
    this.#begin(state, spent);
    this.#finish(move, index, step, visit);
  }

  /** A node becomes another, without a step of its own. */
  #change(
    state: readonly number[],
    kind: Move["kind"],
    index: number,
    cell: Cell,
    spent: Spent,
    visit: Visit,
  ): void {
    const bagAt = this.#nodes;
    this.#begin(state, spent);
    this.#next[index] = this.steps.cell(cell);
    if (spent === "crashes") {
      const row = this.clients.at(state[bagAt + 2]!);
      const left = row.map((client) =>
        client.ticket !== 0 && client.at === index ? idle(client) : client
      );
      this.#next[bagAt + 2] = this.clients.of(left);
      this.#prune(index);
    }
    visit({ kind, of: index, with: 0 }, this.#next, null);
  }

  #begin(state: readonly number[], spent: Spent | null = null): void {
    const width = this.#nodes + 4;
    for (let i = 0; i < width; i++) this.#next[i] = state[i]!;
    if (spent) this.#spend(spent);
  }

  #spend(spent: Spent): void {
    const at = this.#nodes + 3;
    this.#next[at] = this.ledgers.spend(this.#next[at]!, spent);
  }

  #finish(move: Move, index: number, step: Step, visit: Visit): void {
    const bagAt = this.#nodes;
    if (step.fault !== null) {
      return visit(move, this.#next, `${this.place.ids[index]} throws: ${step.fault}`);
    }
    const fromBoot = this.steps.cells.at(step.cell).boot;
    this.#next[index] = step.cell;
    for (const said of step.says) this.#send(said, index, fromBoot);
    this.#prune(index);
    let broken: string | null = null;
    if (step.turnedUp !== 0) broken = this.#learn(step.turnedUp);
    for (const { ticket, reply } of step.replies) {
      broken ??= this.#answered(index, ticket, reply);
    }
    visit(move, this.#next, broken);
    void bagAt;
  }

  #send(said: number, from: number, fromBoot: number): void {
    const bagAt = this.#nodes;
    const to = this.place.ids.indexOf(this.steps.said.at(said).to);
    const { boot: toBoot } = this.cell(this.#next, to);
    const matters = this.place.scope.refusals > 0 ? fromBoot : 0;
    const flight = this.flights.of({ said, to, toBoot, from, fromBoot: matters });
    this.#next[bagAt] = this.flights.plus(this.#next[bagAt]!, flight);
    this.#prune(to);
  }

  /** Takes off the network what can never matter to a node any more. */
  #prune(index: number): void {
    const bagAt = this.#nodes;
    const bag = this.#next[bagAt]!;
    const cell = this.#next[index]!;
    const toldSo = this.#may(this.#next, "refusals");
    const nowMs = this.#now(this.#next);
    this.#next[bagAt] = this.#pruned.of(bag, cell * 2 + Number(toldSo), () => {
      const { boot, memory } = this.steps.cells.at(cell);
      return this.flights.only(bag, ({ said, to, toBoot }) => {
        if (to !== index) return true;
        if (memory === 0 || boot !== toBoot) return toldSo;
        if (!this.steps.said.at(said).message.kind.endsWith("_reply")) return true;
        return !this.steps.of(cell, this.steps.arrival(said), nowMs).late;
      });
    });
  }

  #learn(turnedUp: number): string | null {
    const at = this.#nodes + 1;
    const learnt = this.#learnt.of(this.#next[at]!, turnedUp, () => {
      const containers = this.steps.turnedUp.at(turnedUp)
        .map((id) => this.steps.canonical.containerAt(id));
      let account = 0;
      const reason = reasonOf(() => {
        const known = learn(this.accounts.at(this.#next[at]!), containers);
        account = this.accounts.of(nameOfAccount(known), known);
      });
      return reason === "" ? account : reason;
    });
    if (typeof learnt === "string") return learnt;
    this.#next[at] = learnt;
    return null;
  }

  /** A client hears. */
  #answered(index: number, ticket: number, reply: Step["replies"][number]["reply"]): string | null {
    const [accountAt, clientsAt] = [this.#nodes + 1, this.#nodes + 2];
    const row = this.clients.at(this.#next[clientsAt]!);
    const at = row.findIndex((one) => one.ticket === ticket && one.at === index);
    const client = row[at];
    if (client === undefined) return `Q14: ${valueOf(ticket)} is answered, and nobody waits for it`;
    let account = this.accounts.at(this.#next[accountAt]!);
    let after = idle(client);
    let broken: string | null = null;
    if (reply.kind === "get" || reply.kind === "put") {
      const live = liveIn(reply.container);
      const context = this.steps.canonical.container(reply.container);
      if (reply.kind === "get") {
        broken = this.#missed(account, client, live);
        account = { ...account, shown: account.shown | live };
      } else if (live & only(ticket)) {
        account = { ...account, acknowledged: account.acknowledged | only(ticket) };
      } else account = { ...account, gone: account.gone | client.seen };
      if (reply.kind === "get" || this.place.scope.answersTeach) {
        after = { ...after, context, seen: live };
      }
    }
    this.#next[accountAt] = this.accounts.of(nameOfAccount(account), account);
    this.#next[clientsAt] = this.clients.with(this.#next[clientsAt]!, at, after);
    return broken;
  }

  /** Q16: what was acknowledged before a get began, it shows, if R and W overlap and no disk was lost. */
  #missed(account: Account, client: Client, live: number): string | null {
    const { r, w, n } = this.place.scope;
    const { wipes, damages } = this.ledgers.at(this.#next[this.#nodes + 3]!);
    const missed = client.before & ~withCovered(account, live);
    if (missed === 0 || r + w <= n || wipes + damages > 0) return null;
    return `Q16: a get misses ${listed(missed)}, acknowledged before it began: it shows ${
      listed(live)
    }`;
  }

  /** Which nodes may act, as bits. */
  #actors(state: readonly number[]): number {
    const everybody = (1 << this.#nodes) - 1;
    if (!this.#isSymmetric) return everybody;
    let untouched = 0;
    for (let i = 0; i < this.#nodes; i++) if (state[i] === this.#first[i]) untouched |= 1 << i;
    if ((untouched & (untouched - 1)) === 0) return everybody;
    const bag = state[this.#nodes]!;
    return this.#acting.of(bag, untouched, () => {
      let acting = everybody;
      const known = new Set<string>();
      for (let i = 0; i < this.#nodes; i++) {
        if ((untouched & 1 << i) === 0) continue;
        const told = this.flights.in(bag).map((id) => this.flights.flights.at(id))
          .filter(({ to }) => to === i)
          .map(({ said, fromBoot }) => `${this.steps.said.at(said).toAnybody} ${fromBoot}`);
        const key = told.sort().join();
        if (known.has(key)) acting &= ~(1 << i);
        known.add(key);
      }
      return acting;
    });
  }

  #may(state: readonly number[], kind: Spent): boolean {
    const most = this.place.scope[kind];
    return most > 0 && this.ledgers.at(state[this.#nodes + 3]!)[kind] < most;
  }

  #now(state: readonly number[]): number {
    return this.ledgers.at(state[this.#nodes + 3]!).nowMs;
  }
}

/** A client that is about to ask. */
interface Asking {
  readonly index: number;
  /** Its place in the row. */
  readonly at: number;
  readonly client: Client;
}

function idle(client: Client): Client {
  return { ...client, ticket: 0, at: 0, before: 0 };
}

function reasonOf(check: () => void): string {
  try {
    check();
    return "";
  } catch (error) {
    if (error instanceof Broken) return error.message;
    throw error;
  }
}
