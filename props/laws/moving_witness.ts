/**
 * Looks at the disks of nodes among whom data moves, after each store, and holds them against what was acknowledged. It knows
 * nothing of how data moves:
 *
 * 1. A seat has at most one server (G20).
 * 2. Who serves a seat has what was acknowledged for that seat (G21): of a seat that nobody passed to it, what was
 *    acknowledged by W seats is with so many servers that R of them have it (G26).
 * 3. Each server counts at least as many seats as are served (G23).
 * 4. A copy that is gone from a disk is with those who serve (G25).
 *
 * @module
 */
import { assert } from "@std/assert";
import { nameBytes, type NodeId, type ObjectName } from "../../src/id.ts";
import { roleAt } from "../../src/membership/register.ts";
import type { Role } from "../../src/protocol/change.ts";
import type { Effect } from "../../src/protocol/effect.ts";
import type { Event } from "../../src/protocol/event.ts";
import { positionOf } from "../../src/ring/hash.ts";
import type { Container } from "../../src/version/siblings.ts";
import { descends, type VersionVector } from "../../src/version/version_vector.ts";
import { nameOf } from "../asks.ts";
import type { World } from "../world.ts";

/** The keys that it looks at, of several ranges. */
export const PATHS = ["b/k0", "b/k1", "b/k2", "b/k3", "b/k4", "b/k5"];

/** A version that was acknowledged. */
interface Acknowledged {
  readonly path: string;
  readonly clock: VersionVector;
  /** For which seat; null: to a client, by as many as it asked for. */
  readonly seat: number | null;
}

/** Who serves a range, by its disk. */
interface ServerOnDisk {
  readonly id: NodeId;
  readonly role: Role;
}

/** Looks at disks. */
export class Witness {
  readonly #world: World;
  readonly #fills: boolean;
  readonly #writes = new Map<string, { readonly path: string; readonly clock: VersionVector }>();
  readonly #acknowledged: Acknowledged[] = [];
  readonly #copies = new Map<NodeId, Map<string, Container>>();
  /** Nodes that were removed: what they say is void. */
  readonly out = new Set<NodeId>();

  /** Looks on from now on. */
  constructor(world: World, fills: boolean) {
    this.#world = world;
    this.#fills = fills;
    world.onStep = (id, event, effects) => this.#see(id, event, effects);
  }

  /** A client was told that its put is stored. */
  tell(path: string, clock: VersionVector): void {
    this.#acknowledged.push({ path, clock, seat: null });
  }

  #see(id: NodeId, event: Event, effects: readonly Effect[]): void {
    for (const effect of effects) if (effect.kind === "send") this.#hear(id, effect);
    if (event.kind === "stored") this.look();
  }

  /** An acknowledgement of one copy, as it is sent. */
  #hear(id: NodeId, { to, message }: Extract<Effect, { kind: "send" }>): void {
    if (message.kind === "write" && message.hint === null) {
      const { name, container: { clock } } = message;
      this.#writes.set(`${id} ${to} ${message.request}`, { path: pathOf(name), clock });
    }
    if (message.kind !== "write_reply") return;
    const write = this.#writes.get(`${to} ${id} ${message.request}`);
    const { standing: { seat }, outcome } = message;
    if (write === undefined || seat === null || outcome.kind !== "stored" || !outcome.durable) {
      return;
    }
    this.#acknowledged.push({ ...write, seat });
  }

  /** Holds the disks against what was acknowledged. */
  look(): void {
    for (const path of PATHS) {
      const servers = this.servers(path);
      const seats = new Map<number, ServerOnDisk>();
      for (const server of servers) {
        const { id, role: { seat } } = server;
        const other = seats.get(seat);
        assert(other === undefined, `G20: ${id} and ${other?.id} serve seat ${seat} of ${path}`);
        seats.set(seat, server);
      }
      for (const { id, role: { seats } } of servers) {
        assert(
          seats >= servers.length,
          `G23: ${id} counts ${seats} seats of ${path}, and ${servers.length} are served`,
        );
      }
      for (const { path: at, clock, seat } of this.#acknowledged) {
        if (at !== path) continue;
        const lacks = servers.filter(({ id, role }) =>
          !role.recovering && !this.#has(id, path, clock)
        );
        if (seat === null) {
          const k = Math.max(0, ...lacks.map(({ role }) => role.seats));
          assert(
            lacks.length === 0 || lacks.length < Math.min(this.#world.config.r, k),
            `G26: ${lacks.map(({ id }) => id)} serve ${path} and lack what was acknowledged`,
          );
        } else if (!this.#fills) {
          const at = lacks.find(({ role }) => role.seat === seat);
          assert(
            !at,
            `G21: ${at?.id} serves seat ${seat} of ${path} and lacks what was acknowledged`,
          );
        }
      }
    }
    for (const id of this.#world.machines.keys()) this.#lookForGone(id);
  }

  /** What is gone from a disk. */
  #lookForGone(id: NodeId): void {
    const { records } = this.#world.machines.get(id)!.disk;
    const before = this.#copies.get(id) ?? new Map();
    for (const [key, { clock }] of before) {
      if (records.has(key)) continue;
      const path = PATHS.find((path) => nameBytes(nameOf(path)) === key)!;
      const own = this.#role(id, path);
      assert(own?.role !== "serving", `G25: ${id} serves ${path} and has dropped it`);
      const servers = this.servers(path);
      const [taker] = own?.peers ?? [];
      const holders = taker === undefined || this.out.has(taker)
        ? servers
        : [{ id: taker }].filter(({ id }) => this.#role(id, path) !== null);
      const passed = taker !== undefined && holders.length === 0 ? servers : holders;
      assert(passed.length > 0, `G25: ${id} has dropped ${path}, and nobody serves it`);
      for (const holder of passed) {
        assert(
          this.#has(holder.id, path, clock),
          `G25: ${id} has dropped ${path}, ${holder.id} lacks it`,
        );
      }
    }
    this.#copies.set(id, new Map([...records].map(([key, { container }]) => [key, container])));
  }

  /** Who serves a key, as the disks say. */
  servers(path: string): ServerOnDisk[] {
    return [...this.#world.machines.keys()].flatMap((id) => {
      const role = this.#role(id, path);
      return role?.role === "serving" && !this.out.has(id) ? [{ id, role }] : [];
    });
  }

  #role(id: NodeId, path: string): Role | null {
    const { register } = this.#world.machines.get(id)!.disk.restored;
    return register && roleAt(register, positionOf(nameOf(path)), this.#world.config.n);
  }

  #has(id: NodeId, path: string, clock: VersionVector): boolean {
    const record = this.#world.onDisk(id, nameOf(path));
    return record !== undefined && descends(record.container.clock, clock);
  }

  /** Whether every version that was acknowledged to a client is with all who serve it. */
  get isWhole(): boolean {
    return this.#acknowledged.every(({ path, clock, seat }) =>
      seat !== null || this.servers(path).every(({ id }) => this.#has(id, path, clock))
    );
  }
}

function pathOf({ bucket, key }: ObjectName): string {
  return `${bucket}/${key}`;
}
