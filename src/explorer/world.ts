/**
 * One state of the world while it becomes the next: what a step of a node does to the network, the clients and the
 * account.
 *
 * A state is a row of numbers:
 *
 * ```text
 * cell of n1 | cell of n2 | ... | messages on their way | account | clients | ledger
 * ```
 *
 * Two kinds of messages are taken off the network at once, for they will never matter:
 * - **an answer that nobody waits for.** A request number is used once, so nobody ever will; its delivery changes nothing
 *   but a counter of marks (an audit delivers it, and looks). It stays while its sender is suspect, for it is a sign;
 * - **a message to a process that is gone.** Its envelope names that process, and the next refuses it. It stays only while
 *   its sender may still be told so (`refusals`).
 *
 * @module
 */
import type { Reply } from "../protocol/effect.ts";
import { type Client, Clients, IDLE } from "./clients.ts";
import { Flights } from "./flights.ts";
import { Memo } from "./interner.ts";
import { Judge } from "./judge.ts";
import { type Ledger, Ledgers, type Spent } from "./ledger.ts";
import { liveIn } from "./account.ts";
import { BEGIN_MS, Place, valueOf } from "./place.ts";
import type { Scope } from "./scope.ts";
import { type Cell, type Step, Steps } from "./steps.ts";

/** A world, with every table that its exploration fills. */
export class World {
  readonly place: Place;
  readonly steps: Steps;
  readonly flights = new Flights();
  readonly clients = new Clients();
  readonly ledgers = new Ledgers();
  readonly judge: Judge;
  /** The cells that nodes begin as. */
  readonly first: readonly number[];
  /** The row that is being made. */
  readonly next: number[] = [];
  readonly #pruned = new Memo<number>();
  readonly #audit: boolean;

  /** The world of a scope. `audit`: see {@linkcode Steps}. */
  constructor(scope: Scope, options: { readonly audit?: boolean }) {
    this.#audit = options.audit === true;
    this.place = new Place(scope);
    this.steps = new Steps(this.place, options);
    this.judge = new Judge(scope, this.steps);
    this.first = this.place.ids.map((_, index) => this.steps.first(index));
  }

  /** The state in which nothing has happened. */
  initial(): number[] {
    const clients = Array.from({ length: this.place.scope.clients }, () => IDLE);
    return [
      ...this.first,
      ...[this.flights.none, this.judge.first, this.clients.of(clients), this.ledgers.first()],
    ];
  }

  /** Where a row has the messages that are on their way; the account, clients and ledger follow. */
  get bagAt(): number {
    return this.first.length;
  }
  /** Where it has the account. */
  get accountAt(): number {
    return this.bagAt + 1;
  }
  /** Where it has the clients. */
  get clientsAt(): number {
    return this.bagAt + 2;
  }
  /** Where it has the ledger. */
  get ledgerAt(): number {
    return this.bagAt + 3;
  }

  /** The cell of a node in a state. */
  cell(state: readonly number[], index: number): Cell {
    return this.steps.cells.at(state[index]!);
  }

  /** The ledger of a state. */
  ledger(state: readonly number[]): Ledger {
    return this.ledgers.at(state[this.ledgerAt]!);
  }

  /** The time in a state. */
  now(state: readonly number[]): number {
    return this.ledger(state).nowMs;
  }

  /** Whether one more of these may happen. */
  may(state: readonly number[], kind: Spent): boolean {
    const most = this.place.scope[kind];
    return most > 0 && this.ledger(state)[kind] < most;
  }

  /** Whether some disk keeps a copy for another node. */
  keepsHints(state: readonly number[]): boolean {
    return this.first.some((_, index) => {
      const { hints } = this.steps.disks.at(this.cell(state, index).disk);
      return hints.size > 0;
    });
  }

  /** Which law the disks of a state break; "" is none. */
  broken(state: readonly number[]): string {
    const disks = this.first.map((_, index) => this.cell(state, index).disk);
    return this.judge.disks(disks, state[this.accountAt]!, this.ledger(state));
  }

  /** Begins the next state as a copy of this one, in which one more of these has happened. */
  begin(state: readonly number[], spent: Spent | null = null): void {
    for (let i = 0; i <= this.ledgerAt; i++) this.next[i] = state[i]!;
    if (spent) this.spend(spent);
  }

  /** One more of these has happened. */
  spend(spent: Spent): void {
    this.next[this.ledgerAt] = this.ledgers.spend(this.next[this.ledgerAt]!, spent);
  }

  /** A node dies: its clients hear nothing, and what was for it arrives nowhere. */
  crash(index: number, cell: Cell): void {
    this.next[index] = this.steps.cell(cell);
    const row = this.clients.at(this.next[this.clientsAt]!);
    this.next[this.clientsAt] = this.clients.of(
      row.map((client) => client.ticket !== 0 && client.at === index ? idle(client) : client),
    );
    this.#prune(index);
  }

  /** A node has taken a step. Returns the law that breaks in it, or null. */
  take(index: number, step: Step): string | null {
    if (step.fault !== null) return `${this.place.ids[index]} throws: ${step.fault}`;
    const { boot } = this.steps.cells.at(step.cell);
    this.next[index] = step.cell;
    for (const said of step.says) this.#send(said, index, boot);
    this.#prune(index);
    if (step.turnedUp !== 0) {
      const learnt = this.judge.learn(this.next[this.accountAt]!, step.turnedUp);
      if (typeof learnt === "string") return learnt;
      this.next[this.accountAt] = learnt;
    }
    for (const { ticket, reply } of step.replies) {
      const broken = this.#answer(index, ticket, reply);
      if (broken !== null) return broken;
    }
    return null;
  }

  #send(said: number, from: number, fromBoot: number): void {
    const to = this.place.ids.indexOf(this.steps.said.at(said).to);
    const { boot: toBoot } = this.cell(this.next, to);
    // Only who may be told that a message was lost need be told apart.
    const sender = this.place.scope.refusals > 0 ? fromBoot : 0;
    const flight = this.flights.of({ said, to, toBoot, from, fromBoot: sender });
    this.next[this.bagAt] = this.flights.plus(this.next[this.bagAt]!, flight);
    this.#prune(to);
  }

  /** Takes off the network what can never matter to a node any more. */
  #prune(index: number): void {
    const bag = this.next[this.bagAt]!;
    const id = this.next[index]!;
    const toldSo = this.may(this.next, "refusals");
    this.next[this.bagAt] = this.#pruned.of(bag, id * 2 + Number(toldSo), () => {
      const { boot, memory } = this.steps.cells.at(id);
      return this.flights.only(bag, ({ said, to, toBoot }) => {
        if (to !== index) return true;
        return memory === 0 || boot !== toBoot ? toldSo : !this.#isLate(id, said);
      });
    });
  }

  /** Whether it answers a request that is over, by a node of which nobody wonders whether it is well. */
  #isLate(id: number, said: number): boolean {
    const { from, message } = this.steps.said.at(said);
    if (!message.kind.endsWith("_reply") || !("request" in message)) return false;
    const { waitsFor, suspects } = this.steps.memory(this.steps.cells.at(id));
    if (waitsFor.has(message.request) || suspects.has(from)) return false;
    if (this.#audit) this.#confirmLate(id, said);
    return true;
  }

  #confirmLate(id: number, said: number): void {
    const step = this.steps.of(id, this.steps.arrival(said), BEGIN_MS);
    if (step.cell !== id || step.says.length + step.replies.length + step.turnedUp > 0) {
      throw new Error("X3: an answer that nobody waits for has done something");
    }
  }

  /** A client hears. Returns the law that this breaks, or null. */
  #answer(index: number, ticket: number, reply: Reply): string | null {
    const row = this.clients.at(this.next[this.clientsAt]!);
    const at = row.findIndex((one) => one.ticket === ticket && one.at === index);
    const client = row[at];
    if (client === undefined) return `Q14: ${valueOf(ticket)} is answered, and nobody waits for it`;
    let after = idle(client);
    let broken: string | null = null;
    if (reply.kind === "get" || reply.kind === "put") {
      const container = this.steps.canonical.container(reply.container);
      const told = { kind: reply.kind, ticket, container };
      const account = this.next[this.accountAt]!;
      const ledger = this.ledger(this.next);
      const answered = this.judge.answered(account, told, { client, ledger });
      broken = answered.broken;
      this.next[this.accountAt] = answered.account;
      if (reply.kind === "get" || this.place.scope.answersTeach) {
        after = { ...after, context: container, seen: liveIn(reply.container) };
      }
    }
    this.next[this.clientsAt] = this.clients.with(this.next[this.clientsAt]!, at, after);
    return broken;
  }
}

function idle(client: Client): Client {
  return { ...client, ticket: 0, at: 0, before: 0, session: 0 };
}
