/**
 * Some real nodes among whom data moves, while clients write, nodes die at any step, stores fail and messages are lost: all
 * by one seed. A {@linkcode Witness} looks on.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type NodeId, nodeId, type WriteId } from "../../src/id.ts";
import { fold } from "../../src/membership/history.ts";
import { planChange } from "../../src/membership/plan.ts";
import { roleAt } from "../../src/membership/register.ts";
import type { Step } from "../../src/protocol/change.ts";
import type { Config } from "../../src/protocol/config.ts";
import { positionOf } from "../../src/ring/hash.ts";
import { drawFrom } from "../../src/ring/tokens.ts";
import { Chance } from "../../src/sim/chance.ts";
import { ask, nameOf, texts } from "../asks.ts";
import type { Pending } from "../pending.ts";
import { World } from "../world.ts";
import { wasGot } from "./driving.ts";
import { PATHS, Witness } from "./moving_witness.ts";

const CONFIG: Partial<Config> = {
  ...{ n: 2, r: 2, w: 2, partitions: 4 },
  ...{ gossipMs: 1_000, exchangeMs: 3_000, probeMs: 1_000 },
};
/** Long enough for everything that a change brings about. In s. */
const PATIENCE_S = 400;

/** What a {@linkcode MovingWorld} is made of. */
export interface MovingOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly config?: Partial<Config>;
  /** Whether seats are filled that somebody had: what was acknowledged for one alone may be gone with it. */
  readonly fills?: boolean;
  /** How often, of all steps, a process dies, or a store fails. @default 0.01 */
  readonly crashes?: number;
  /** How often a message is lost. @default 0.01 */
  readonly losses?: number;
}

/** A world in which data moves. */
export class MovingWorld {
  readonly world: World;
  readonly witness: Witness;
  readonly chance: Chance;
  readonly #crashes: number;
  readonly #losses: number;
  /** Stores that take their time: until so many things have happened. */
  readonly #slow: { readonly store: Pending; until: number }[] = [];
  readonly #puts = new Map<number, { readonly path: string; readonly writeId: WriteId }>();
  #writes = 0;
  /** How many puts were. */
  acknowledged = 0;

  /** All nodes serve, and something is stored. */
  constructor(
    { seed, nodes, config = {}, fills = false, crashes = 0.01, losses = 0.01 }: MovingOptions,
  ) {
    this.chance = new Chance(seed);
    this.#crashes = crashes;
    this.#losses = losses;
    this.world = new World({
      nodes,
      config: { ...CONFIG, ...config },
      leaves: true,
    });
    this.settle();
    this.witness = new Witness(this.world, fills);
    for (const path of PATHS) this.write(path);
    this.world.run();
    this.#listen();
  }

  /** A node that is no member yet. */
  begin(id: string): void {
    this.world.begin(nodeId(id));
    for (let i = 0; i < 20 && !this.world.machines.get(nodeId(id))!.node.ready; i++) {
      this.world.wait(500);
      this.world.run();
    }
  }

  /** An operator changes the membership. */
  commit(steps: readonly Step[], at = this.#up()[0]!): void {
    const { history } = this.world.machines.get(at)!.node.roster;
    const { moves } = planChange(history, { author: at, wallMs: 0, steps, draw: drawFrom("") });
    const plannedOn = history.digest;
    this.world.ask(at, (ticket) => ({ kind: "commit", ticket, plannedOn, steps, moves }));
    for (const step of steps) if (step.kind === "remove") this.witness.out.add(step.node);
  }

  /** A client writes. */
  write(path = this.chance.pick(PATHS)): void {
    if (this.#up().length === 0) return;
    const at = this.chance.pick(this.#up());
    if (!this.world.machines.get(at)!.node.ready) return;
    const writeId = `${++this.#writes}`.padStart(16, "w") as WriteId;
    // A stand-in's copy counts toward W, and is with nobody who serves.
    const rest = { timeoutMs: 5_000, sloppyQuorum: false };
    const ticket = this.world.put(at, { ...ask(path, `v${this.#writes}`, writeId), ...rest });
    this.#puts.set(ticket, { path, writeId });
  }

  /** So many steps of the world, in any order, with writes, crashes, failed stores and lost messages. */
  mix(steps: number, { writes = 0.05, except = [] as readonly NodeId[] } = {}): void {
    const { world, chance } = this;
    for (let i = 0; i < steps; i++) {
      if (chance.hits(writes)) this.write();
      if (chance.hits(this.#crashes)) this.#die(except);
      this.#wake(i);
      if (this.#up().length === 0) this.#reviveAll(except);
      if (world.pending.length === 0) {
        world.wait(chance.between(50, 1_500));
        continue;
      }
      const at = chance.below(Math.min(world.pending.length, 8));
      const next = world.pending[at]!;
      // A store that fails at a start ends the process: that is another story.
      const mayFail = next.kind === "message" || world.machines.get(next.node)!.node.ready;
      const fails = mayFail && chance.hits(next.kind === "message" ? this.#losses : this.#crashes);
      const isStore = next.kind === "io" && next.effect.kind.startsWith("store");
      if (isStore && !fails && chance.hits(0.03)) {
        world.pending.splice(at, 1);
        this.#slow.push({ store: next, until: i + chance.between(10, 100) });
      } else if (!fails) world.happen(at);
      else if (isStore && chance.hits(0.5)) world.land(at, chance.pick(["failed", "crash"]));
      else world.fail(at);
      this.#listen();
    }
    this.#wake(Infinity);
    this.#reviveAll(except);
  }

  #wake(now: number): void {
    for (const slow of this.#slow.splice(0)) {
      if (slow.until > now) this.#slow.push(slow);
      else this.world.pending.push(slow.store);
    }
  }

  /** Somebody dies, and whoever was dead comes back. */
  #die(except: readonly NodeId[]): void {
    this.#reviveAll(except);
    const alive = this.#up().filter((id) => !except.includes(id));
    if (alive.length > 1) this.world.crash(this.chance.pick(alive));
  }

  #reviveAll(except: readonly NodeId[]): void {
    for (const id of this.world.machines.keys()) if (!except.includes(id)) this.#revive(id);
  }

  /** A node that is down, and has not left, starts again. */
  #revive(id: NodeId): void {
    const { up, disk } = this.world.machines.get(id)!;
    if (up) return;
    const left = disk.restored.history.some((change) =>
      change.kind === "revision" &&
      change.steps.some((step) => step.kind === "left" && step.node === id)
    );
    if (!left && !this.witness.out.has(id)) this.world.restart(id);
  }

  /** Nothing goes wrong any more, until the ring is what it should be. */
  settle(isSo: () => boolean = () => true): void {
    for (let i = 0; i < PATIENCE_S && !(this.isPlaced() && isSo()); i++) {
      this.world.wait(1_000);
      this.world.run();
      if (this.witness !== undefined) this.#listen();
    }
    assert(this.isPlaced() && isSo(), `it never came to an end: ${this.#state()}`);
    for (let i = 0; i < 20; i++) { // everybody hears of it
      this.world.wait(1_000);
      this.world.run();
    }
  }

  /** Whether every owner serves, and nobody else has any role. */
  isPlaced(): boolean {
    const { config: { n } } = this.world;
    const nodes = this.#up().map((id) => this.world.machines.get(id)!.node);
    if (new Set(nodes.map(({ roster }) => roster.history.digest)).size !== 1) return false;
    const { ring } = fold(nodes[0]!.roster.history);
    return ring.ends.every((end) =>
      this.#up().every((id) => {
        const { register } = this.world.machines.get(id)!.node;
        const role = register && roleAt(register, end, n);
        return (role?.role ?? null) === (ring.owners(end, n).includes(id) ? "serving" : null) &&
          role?.recovering !== true;
      })
    );
  }

  /** Whether each key has a server. */
  get isServed(): boolean {
    return PATHS.every((path) => this.witness.servers(path).length > 0);
  }

  /** Everybody reads everything that was acknowledged, and nobody holds what is not its own. */
  end(): void {
    const { world, witness } = this;
    this.settle(() => witness.isWhole);
    const { n } = world.config;
    const { ring } = fold(world.machines.get(this.#up()[0]!)!.node.roster.history);
    for (const path of PATHS) {
      const owners = ring.owners(positionOf(nameOf(path)), n);
      for (const id of this.#up()) {
        assertEquals(
          world.onDisk(id, nameOf(path)) !== undefined,
          owners.includes(id),
          `${path} at ${id}`,
        );
      }
      const ticket = world.get(this.#up()[0]!, { name: nameOf(path) });
      world.run();
      assert(texts(wasGot(world.replies.get(ticket))).length > 0);
    }
  }

  /** What clients were told. */
  #listen(): void {
    for (const [ticket, { path, writeId }] of this.#puts) {
      const reply = this.world.replies.get(ticket);
      if (reply === undefined) continue;
      this.#puts.delete(ticket);
      if (reply.kind !== "put") continue;
      this.acknowledged++;
      const { siblings } = reply.container;
      const own = siblings.find(({ version }) => version.writeId === writeId);
      if (own) this.witness.tell(path, new Map([[own.dot.actor, own.dot.counter]]));
    }
  }

  #up(): NodeId[] {
    return [...this.world.machines].filter(([, { up }]) => up).map(([id]) => id);
  }

  #state(): string {
    return JSON.stringify([...this.world.machines].map(([id, { up, node }]) => [
      id,
      up,
      node.register?.roles.map(({ role, seat, seats, peers }) =>
        `${role} ${seat}/${seats} ${peers}`
      ),
    ]));
  }
}
