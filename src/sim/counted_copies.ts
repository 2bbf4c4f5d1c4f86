/**
 * Whether an acknowledged write is where its quorum says: on the disks of W of its replicas, or kept for them (laws Q5, H5).
 *
 * It looks at disks alone, at the moment in which a client hears of success, and knows nothing of how anybody counted.
 *
 * @module
 */
import type { NodeId, ObjectName } from "../id.ts";
import type { Container } from "../version/siblings.ts";
import { covers } from "../version/version_vector.ts";
import { roleOf } from "./serving.ts";
import type { World } from "./world.ts";

/** What a client was told of its write. */
export interface Acknowledged {
  readonly name: ObjectName;
  readonly write: string;
  /** What the answer shows. */
  readonly container: Container;
}

/** Finds who has a write. */
export class CountedCopies {
  readonly #world: World;

  /** On the disks of a world. */
  constructor(world: World) {
    this.#world = world;
  }

  /**
   * For each seat of the key, a node that has the write for it, or for whom somebody keeps it; null if the answer does not
   * show its dot. Who has passed its seat on since it was counted still has it, or whoever got the seat.
   */
  holders({ name, write, container }: Acknowledged): NodeId[] | null {
    const dot = container.siblings.find(({ version }) => version.writeId === write)?.dot;
    if (dot === undefined) return null;
    const bySeat = new Map<number, NodeId>();
    for (const machine of this.#world.machines.values()) {
      for (const { owner, name: { key }, record } of machine.disk.hints) {
        if (key !== name.key || !covers(record.container.clock, dot)) continue;
        bySeat.set(record.hint!.seat, owner);
      }
      const own = machine.disk.recordOf(name);
      const role = roleOf(this.#world, machine, name);
      if (role === null || role.role === "receiving") continue;
      if (own !== undefined && covers(own.container.clock, dot)) bySeat.set(role.seat, machine.id);
    }
    return [...bySeat.values()];
  }
}
