/**
 * What every node has said of itself, as far as this node has heard, and so who serves what (protocol.md, Part 2 a5).
 *
 * Think of the cards in a shop's window: each shop writes its own, and whoever passes by notes the newest one that he
 * has seen. Nobody writes for another, and an old note is never put over a newer one.
 *
 * Of a node that was a member at the founding, and of whom nothing was heard yet, what the founding gave it holds: its
 * *founding register*, of generation 0, below anything that was ever said. Every node computes the same one.
 *
 * Invariants:
 * 1. the greatest (generation, seq, nonce) of a node that was ever taken is held, in whatever order they came (law G22);
 * 2. a node that is out has none, and none of it is taken any more;
 * 3. `serversAt` lists who says `serving` of a position by the registers that are held, and nobody else.
 *
 * It remembers, too, until when each node has lived, and so notices a node that comes back from an old copy of its disk
 * (`recall.ts`).
 *
 * It says whom to ask, and never what counts: a copy counts by the role that its own node states as it answers.
 *
 * @module
 */
import type { Boot, NodeId, Position } from "../id.ts";
import type { Genesis, LastTick, Register, Role } from "../protocol/change.ts";
import type { ClusterView } from "./history.ts";
import { later, NOTHING, type Recalled } from "./recall.ts";
import { foundingRoles, isSameRole, newerRegister } from "./register.ts";
import { type Server, ServingSteps } from "./serving_steps.ts";

/** All registers that one node holds. */
export class Registers {
  readonly #held = new Map<NodeId, Register>();
  readonly #out = new Set<NodeId>();
  /** Until when each node has lived: the greatest tick that it was ever heard to say. */
  readonly #ticks = new Map<NodeId, LastTick>();
  /** What a node has said of which its newest process does not know: its disk has gone back. */
  readonly #forgotten = new Map<NodeId, Recalled>();
  /** Who has which role where, and who serves, for each n; made when it is first asked for, since not everybody asks. */
  #steps: Map<number, { readonly all: ServingSteps; readonly serving: ServingSteps }> | null = null;
  #changes = 0;

  /** What the founding says; and until when others have lived, as far as that is remembered. */
  constructor(genesis: Genesis, ticks: readonly LastTick[] = []) {
    for (const register of foundingRegisters(genesis)) this.#held.set(register.node, register);
    for (const tick of ticks) this.#ticks.set(tick.node, tick);
  }

  /** What a node said last; undefined if nothing is known of it. Generation 0 is the founding's. */
  of(node: NodeId): Register | undefined {
    return this.#held.get(node);
  }

  /** Those that nodes have said themselves. */
  get said(): Register[] {
    return [...this.#held.values()].filter(({ generation }) => generation > 0);
  }

  /** Takes a register, if it is newer than what is held of its node. False if it is not. */
  take(register: Register): boolean {
    const { node } = register;
    const held = this.#held.get(node);
    if (this.#out.has(node)) return false;
    if (held !== undefined && newerRegister(held, register) === held) return false;
    this.#remember(register);
    this.#held.set(node, register);
    // Roles change rarely: most registers say the same ones in newer words.
    if (!isAlike(held?.roles ?? [], register.roles)) this.#changed();
    return true;
  }

  /** These nodes are out for ever. Returns those of whom something was held. */
  void(nodes: Iterable<NodeId>): NodeId[] {
    const gone: NodeId[] = [];
    for (const node of nodes) {
      this.#out.add(node);
      if (this.#held.delete(node)) gone.push(node);
      this.#ticks.delete(node);
      this.#forgotten.delete(node);
    }
    if (gone.length > 0) this.#changed();
    return gone;
  }

  /** Until when others have lived, as far as is known here. */
  get ticks(): LastTick[] {
    return [...this.#ticks.values()];
  }

  /** What is remembered of a node whose process has not spoken yet. */
  recall(node: NodeId): Recalled {
    const last = this.#ticks.get(node);
    const heard = last === undefined ? NOTHING : this.#recalled(last);
    return later(heard, this.#forgotten.get(node) ?? NOTHING);
  }

  /** What a node has said before, and does not know of any more; null if it does. */
  forgotten(node: NodeId): Recalled | null {
    return this.#forgotten.get(node) ?? null;
  }

  /** Counts how often anybody's roles have changed. */
  get changes(): number {
    return this.#changes;
  }

  /** Who serves a position, by seat; more than one for a seat if a register is old news. */
  serversAt(position: Position, n: number): readonly Server[] {
    return this.#stepsFor(n)?.serving.at(position) ?? [];
  }

  /** Who has any role for a position, by seat. */
  holdersAt(position: Position, n: number): readonly Server[] {
    return this.#stepsFor(n)?.all.at(position) ?? [];
  }

  /** Who serves any part of the range (start, end]: where all cut the ring alike, who serves it. */
  serversWithin(start: Position, end: Position, n: number): readonly NodeId[] {
    return this.#stepsFor(n)?.serving.within(start, end) ?? [];
  }

  /** k: the greatest number of seats that anybody who serves the position has said; 0 if nobody does. */
  seatsAt(position: Position, n: number): number {
    return this.serversAt(position, n).reduce((most, { role }) => Math.max(most, role.seats), 0);
  }

  /** What it holds in memory. */
  snapshot(): object {
    const [ticks, forgotten] = [this.ticks, [...this.#forgotten]];
    return { held: this.said, out: [...this.#out], ticks, forgotten };
  }

  /** A register is taken. Where another process speaks, it must know until when its store has lived. */
  #remember({ node, nonce, tick, resumed }: Register): void {
    const last = this.#ticks.get(node);
    const isNext = last !== undefined && last.nonce !== nonce;
    const was = this.#forgotten.get(node) ?? (isNext ? this.#recalled(last) : NOTHING);
    if (resumed < was.tick) this.#forgotten.set(node, was);
    else this.#forgotten.delete(node);
    if (last === undefined || tick > last.tick) this.#ticks.set(node, { node, nonce, tick });
  }

  /** What is held of the process that said this. */
  #recalled({ node, nonce, tick }: LastTick): Recalled {
    const held = this.#held.get(node);
    return { tick, register: held?.nonce === nonce ? held : null };
  }

  #changed(): void {
    this.#steps = null;
    this.#changes++;
  }

  #stepsFor(n: number) {
    if (this.#steps === null) {
      const held = new Map<number, Server[]>();
      for (const { node, roles } of this.#held.values()) {
        for (const role of roles) {
          const there = held.get(role.n);
          if (there === undefined) held.set(role.n, [{ node, role }]);
          else there.push({ node, role });
        }
      }
      this.#steps = new Map([...held].map(([n, all]) => {
        const serving = all.filter(({ role }) => role.role === "serving");
        return [n, { all: new ServingSteps(all), serving: new ServingSteps(serving) }];
      }));
    }
    return this.#steps.get(n);
  }
}

/** What holds of founding members until they have said something themselves: nobody ever says this. */
function foundingRegisters(genesis: Genesis): readonly Register[] {
  const known = FOUNDINGS.get(genesis);
  if (known !== undefined) return known;
  const registers = [...foundingRoles(genesis)].map(([node, roles]): Register => ({
    node,
    generation: 0,
    seq: 0,
    nonce: "\0".repeat(8) as Boot,
    addresses: [],
    speaks: { wire: 0, planner: 0 },
    history: genesis.id,
    tick: 0,
    resumed: 0,
    roles,
  }));
  FOUNDINGS.set(genesis, registers);
  return registers;
}

/** A genesis is a value, so what follows from it is worked out once. */
const FOUNDINGS = new WeakMap<Genesis, readonly Register[]>();

/** Whether two registers say the same of the same ranges. */
function isAlike(a: readonly Role[], b: readonly Role[]): boolean {
  return a === b || (a.length === b.length && a.every((role, i) => {
    const other = b[i]!;
    return role.rangeStart === other.rangeStart && role.rangeEnd === other.rangeEnd &&
      role.n === other.n && isSameRole(role, other);
  }));
}

/** Whether everybody who is in is known to run the planner that this node runs. */
export function planAlike(
  { status }: ClusterView,
  registers: Registers,
  own: Register | null,
): boolean {
  return [...status].every(([node, is]) =>
    is !== "in" || registers.of(node)?.speaks.planner === own?.speaks.planner
  );
}

/** Every node that serves a range beside this one, or that this one gets a range from. */
export function neighboursOf(
  node: NodeId,
  own: Register | null,
  registers: Registers,
): ReadonlySet<NodeId> {
  const neighbours = new Set<NodeId>();
  for (const { rangeStart, rangeEnd, n, role, peers } of own?.roles ?? []) {
    if (role === "receiving") { for (const giver of peers) neighbours.add(giver); }
    if (role !== "serving") continue;
    for (const node of registers.serversWithin(rangeStart, rangeEnd, n)) neighbours.add(node);
  }
  neighbours.delete(node);
  return neighbours;
}
