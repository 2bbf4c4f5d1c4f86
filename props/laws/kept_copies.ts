/**
 * What a node that does not serve {@linkcode NAME} has on its disk of it: something of its own, and copies for its owners.
 *
 * @module
 */
import { nameBytes, type NodeId } from "../../src/id.ts";
import { type Container, sync } from "../../src/version/siblings.ts";
import type { World } from "../world.ts";
import { NAME } from "./driving.ts";

/** The node has this on its disk as its own. */
export function hold(world: World, at: NodeId, container: Container): void {
  world.machines.get(at)!.disk.records.set(nameBytes(NAME), { container, mine: null });
}

/**
 * A node has something of its own, and keeps something for each of the first owners. Returns all of it; null if it keeps
 * nothing for anybody: what it has of its own counts for no seat.
 */
export function keepAt(
  world: World,
  at: NodeId,
  { owners, own, forOwners }: {
    readonly owners: readonly NodeId[];
    readonly own: Container | null;
    readonly forOwners: readonly (Container | null)[];
  },
): Container | null {
  const all: Container[] = [];
  let isKept = false;
  if (own !== null && own.clock.size > 0) {
    hold(world, at, own);
    all.push(own);
  }
  for (const [seat, owner] of owners.entries()) {
    const container = forOwners[seat] ?? null;
    if (container === null || container.clock.size === 0) continue;
    const record = { container, mine: null, hint: { n: owners.length, seat, w: 1 } };
    world.machines.get(at)!.disk.hints.put({ owner, name: NAME }, record);
    all.push(container);
    isKept = true;
  }
  return isKept ? all.reduce(sync) : null;
}
