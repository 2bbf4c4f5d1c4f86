/**
 * What can happen next: {@linkcode Model.expand} gives every state that one more thing can make of a state.
 *
 * In any order, as often as the scope allows: a client asks a node; a message arrives, is lost, comes twice, or is known
 * not to have arrived; the disk does what it was asked, fails, or does it and says that it failed; a timer fires, which
 * moves the time of the world to when it was due; a process crashes, before or after its disk has done what was on its way;
 * a node that is down starts again, or its disk is wiped, or its record goes bad.
 *
 * @module
 */
import { timerKey } from "../protocol/event.ts";
import { greatestStamp, type Seen } from "../version/siblings.ts";
import { alike, type Client } from "./clients.ts";
import type { Spent } from "./ledger.ts";
import { BLANK, type Landing, ownerOf, withStored } from "./machine.ts";
import { FIRST_GET } from "./place.ts";
import type { Scope } from "./scope.ts";
import type { Cell, Step } from "./steps.ts";
import { Symmetry } from "./symmetry.ts";
import { World } from "./world.ts";

/** What can make one state of another. What its numbers mean `transcript.ts` knows. */
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

/** A client that is about to ask a node. */
interface Asking {
  readonly index: number;
  /** The client's place in the row. */
  readonly at: number;
  readonly client: Client;
}

const LANDINGS: readonly Landing[] = ["lands", "fails", "lands_unheard"];

/** The moves of one world. */
export class Model {
  readonly world: World;
  readonly #scope: Scope;
  readonly #symmetry: Symmetry;
  readonly #start: number;

  /** The moves in a scope. `audit`: see `steps.ts`. */
  constructor(scope: Scope, options: { readonly audit?: boolean } = {}) {
    this.#scope = scope;
    this.world = new World(scope, options);
    this.#symmetry = new Symmetry(scope, this.world);
    this.#start = this.world.steps.stimulus("start", { kind: "start" });
  }

  /** Every state that one more thing can make of this one. */
  expand(state: readonly number[], visit: Visit): void {
    const { world } = this;
    const acting = this.#symmetry.acting(state, state[world.bagAt]!);
    for (let index = 0; index < this.#scope.nodes; index++) {
      if ((acting & 1 << index) === 0) continue;
      const cell = world.cell(state, index);
      if (cell.memory === 0) this.#ofTheDead(state, index, visit);
      else {
        const { entries } = this.#scope;
        if (entries === 0 || index < entries) this.#asks(state, index, visit);
        this.#disk(state, index, visit);
        if (world.may(state, "timers")) this.#timers(state, index, visit);
        if (world.may(state, "crashes")) this.#crash(state, index, visit);
      }
    }
    for (const [i, flight] of world.flights.in(state[world.bagAt]!).entries()) {
      // Of several copies of one message each could make the same moves.
      if (i > 0 && world.flights.in(state[world.bagAt]!)[i - 1] === flight) continue;
      if (acting & 1 << world.flights.flights.at(flight).to) this.#message(state, flight, visit);
    }
  }

  #ofTheDead(state: readonly number[], index: number, visit: Visit): void {
    const { world } = this;
    const cell = world.cell(state, index);
    const restart = world.steps.of(state[index]!, this.#start, world.now(state));
    world.begin(state);
    this.#take({ kind: "restart", of: index, with: 0 }, index, restart, visit);
    const disk = world.steps.disks.at(cell.disk);
    const becomes = (kind: "wipe" | "damage", spent: Spent, after: typeof disk) => {
      world.begin(state, spent);
      world.next[index] = world.steps.cell({ ...cell, disk: world.steps.disk(after) });
      visit({ kind, of: index, with: 0 }, world.next, null);
    };
    if (world.may(state, "wipes") && disk.restored.history.length > 0) {
      becomes("wipe", "wipes", BLANK);
    }
    if (world.may(state, "damages") && disk.record !== null && !disk.damaged) {
      becomes("damage", "damages", { ...disk, damaged: true });
    }
  }

  #asks(state: readonly number[], index: number, visit: Visit): void {
    const row = this.world.clients.at(state[this.world.clientsAt]!);
    const ledger = this.world.ledger(state);
    const { puts, gets, deletes } = this.#scope;
    row.forEach((client, at) => {
      // Of several clients that know the same each could ask the same.
      if (client.ticket !== 0 || (at > 0 && alike(client, row[at - 1]!))) return;
      const blind = { ...client, context: 0, seen: 0 };
      if (ledger.puts < puts) {
        for (const deletion of ledger.deletes < deletes ? [false, true] : [false]) {
          this.#put(state, { index, at, client: blind, deletion }, visit);
          if (client.context !== 0) this.#put(state, { index, at, client, deletion }, visit);
        }
      }
      if (ledger.gets >= gets) return;
      this.#get(state, { index, at, client, session: false }, visit);
      if (this.#scope.sessions && client.context !== 0) {
        this.#get(state, { index, at, client, session: true }, visit);
      }
    });
  }

  #put(
    state: readonly number[],
    { index, at, client, deletion }: Asking & { readonly deletion: boolean },
    visit: Visit,
  ): void {
    const { world } = this;
    const ticket = world.ledger(state).puts + 1;
    const { place, steps } = world;
    const ask = { ...place.put(ticket, deletion), seen: this.#contextOf(client.context) };
    const key = `put ${ticket} ${client.context} ${deletion}`;
    const stimulus = steps.stimulus(key, { kind: "ask", event: { kind: "put", ticket, ask } });
    const step = steps.of(state[index]!, stimulus, world.now(state));
    world.begin(state, "puts");
    if (deletion) world.spend("deletes");
    const how = { seen: client.seen, deletion };
    world.next[world.accountAt] = world.judge.attempted(state[world.accountAt]!, how);
    const waiting = { ...client, ticket, at: index };
    world.next[world.clientsAt] = world.clients.with(state[world.clientsAt]!, at, waiting);
    this.#take({ kind: "ask", of: index, with: stimulus }, index, step, visit);
  }

  #get(
    state: readonly number[],
    { index, at, client, session }: Asking & { readonly session: boolean },
    visit: Visit,
  ): void {
    const { world } = this;
    const ticket = FIRST_GET + world.ledger(state).gets;
    const context = session ? client.context : 0;
    const clock = this.#contextOf(context)?.clock;
    const { r, sloppy: sloppyQuorum } = this.#scope;
    const ask = { name: world.place.key, r, sloppyQuorum, session: clock };
    const event = { kind: "get", ticket, ask } as const;
    const stimulus = world.steps.stimulus(`get ${ticket} ${context}`, { kind: "ask", event });
    const step = world.steps.of(state[index]!, stimulus, world.now(state));
    world.begin(state, "gets");
    // What is only kept for those whom a get asks, it may miss (law Q16): hints for the key are outstanding then.
    const before = world.keepsHints(state)
      ? 0
      : world.judge.at(state[world.accountAt]!).acknowledged;
    const waiting = { ...client, ticket, at: index, before, session: session ? client.seen : 0 };
    world.next[world.clientsAt] = world.clients.with(state[world.clientsAt]!, at, waiting);
    this.#take({ kind: "ask", of: index, with: stimulus }, index, step, visit);
  }

  /** What a client says that it has seen. */
  #contextOf(container: number): Seen | undefined {
    if (container === 0) return undefined;
    const shown = this.world.steps.canonical.containerAt(container);
    return { clock: shown.clock, stamp: greatestStamp(shown) };
  }

  #disk(state: readonly number[], index: number, visit: Visit): void {
    const { world } = this;
    for (const io of world.steps.memory(world.cell(state, index)).ios) {
      for (const how of LANDINGS) {
        if (how !== "lands" && !world.may(state, "failures")) continue;
        if (how === "lands_unheard" && io.kind === "fetch") continue;
        const owner = ownerOf(io);
        const stimulus = world.steps.stimulus(`io ${how} ${owner}`, { kind: "io", how, owner });
        const step = world.steps.of(state[index]!, stimulus, world.now(state));
        world.begin(state, how === "lands" ? null : "failures");
        this.#take({ kind: "io", of: index, with: stimulus }, index, step, visit);
      }
    }
  }

  #timers(state: readonly number[], index: number, visit: Visit): void {
    const { world } = this;
    for (const { timer, atMs } of world.steps.memory(world.cell(state, index)).timers) {
      const stimulus = world.steps.stimulus(`t ${timerKey(timer)}`, { kind: "timer", timer });
      const ledger = world.ledgers.fire(state[world.ledgerAt]!, atMs);
      const step = world.steps.of(state[index]!, stimulus, world.ledgers.at(ledger).nowMs);
      world.begin(state);
      world.next[world.ledgerAt] = ledger;
      this.#take({ kind: "timer", of: index, with: stimulus }, index, step, visit);
    }
  }

  #crash(state: readonly number[], index: number, visit: Visit): void {
    const { world } = this;
    const down: Cell = { ...world.cell(state, index), memory: 0 };
    world.begin(state, "crashes");
    world.crash(index, down);
    visit({ kind: "crash", of: index, with: 0 }, world.next, null);
    const stores = world.steps.memory(world.cell(state, index)).ios
      .flatMap((io) => io.kind === "store" ? [io] : []);
    // Each of them may have landed, or not; that none has is the crash above.
    for (let landed = 1; landed < 1 << stores.length; landed++) {
      const disk = stores.filter((_, i) => landed & 1 << i)
        .reduce(withStored, world.steps.disks.at(down.disk));
      world.begin(state, "crashes");
      world.crash(index, { ...down, disk: world.steps.disk(disk) });
      visit({ kind: "crash_after_landing", of: index, with: landed }, world.next, null);
    }
  }

  #message(state: readonly number[], id: number, visit: Visit): void {
    const { world } = this;
    const { said, to, toBoot, from, fromBoot } = world.flights.flights.at(id);
    const bag = state[world.bagAt]!;
    const without = world.flights.minus(bag, id);
    const becomes = (move: Move["kind"], spent: Spent, after: number) => {
      world.begin(state, spent);
      world.next[world.bagAt] = after;
      visit({ kind: move, of: id, with: 0 }, world.next, null);
    };
    const receiver = world.cell(state, to);
    if (receiver.memory !== 0 && receiver.boot === toBoot) {
      const step = world.steps.of(state[to]!, world.steps.arrival(said), world.now(state));
      world.begin(state);
      world.next[world.bagAt] = without;
      this.#take({ kind: "deliver", of: id, with: 0 }, to, step, visit);
      if (world.may(state, "doubles")) becomes("double", "doubles", world.flights.plus(bag, id));
    }
    if (world.may(state, "losses")) becomes("lose", "losses", without);
    const sender = world.cell(state, from);
    if (!world.may(state, "refusals") || sender.memory === 0 || sender.boot !== fromBoot) return;
    const { to: whom, message } = world.steps.said.at(said);
    const stimulus = world.steps.stimulus(`u${said}`, { kind: "undelivered", to: whom, message });
    const step = world.steps.of(state[from]!, stimulus, world.now(state));
    world.begin(state, "refusals");
    world.next[world.bagAt] = without;
    this.#take({ kind: "refuse", of: id, with: stimulus }, from, step, visit);
  }

  /** The node takes its step in the state that was begun. */
  #take(move: Move, index: number, step: Step, visit: Visit): void {
    const broken = this.world.take(index, step);
    visit(move, this.world.next, broken);
  }
}
