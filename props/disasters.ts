/**
 * What befalls whole disks: they are wiped, put back from a backup, copied and run twice, and single records vanish while
 * their node runs. After each but the last the node is another process, as it is in life: a boot of its own.
 *
 * @module
 */
import { nameBytes, type NodeId, type ObjectName } from "../src/id.ts";
import type { StoredRecord } from "../src/protocol/event.ts";
import { HintShelf } from "../src/sim/hint_shelf.ts";
import type { World } from "./world.ts";

type Machine = NonNullable<ReturnType<World["machines"]["get"]>>;

/** Every kind of disaster. */
export const DISASTERS = ["wipe", "backup", "restore", "vanish", "clone", "swap"] as const;
/** A kind of disaster, or what prepares one. */
export type Disaster = typeof DISASTERS[number];

/** The backups and second processes of one world's nodes. */
export class Disasters {
  readonly #world: World;
  readonly #backups = new Map<NodeId, Copies>();
  readonly #spares = new Map<NodeId, Machine>();

  /** Nothing has befallen this world yet. */
  constructor(world: World) {
    this.#world = world;
  }

  /** It happens to a node. Returns false if it could not: nothing to restore, nobody to swap with. */
  befall(id: NodeId, disaster: Disaster, name: ObjectName): boolean {
    const { disk } = this.#world.machines.get(id)!;
    switch (disaster) {
      case "wipe":
        disk.restored = { history: [], register: null, props: [] };
        return this.#replace(id, { records: new Map(), hints: new HintShelf() });
      case "backup":
        this.#backups.set(id, copyOf(disk));
        return true;
      case "restore": {
        const backup = this.#backups.get(id);
        return backup !== undefined && this.#replace(id, copyOf(backup));
      }
      case "vanish":
        return disk.records.delete(nameBytes(name));
      case "clone":
        return this.#clone(id);
      case "swap":
        return this.#swap(id);
    }
  }

  /** The process ends, and another begins on these copies. */
  #replace(id: NodeId, copies: Copies): boolean {
    const { disk } = this.#world.machines.get(id)!;
    this.#world.crash(id);
    Object.assign(disk, copies);
    disk.damaged.clear();
    this.#world.restart(id);
    return true;
  }

  /** A second process of the same id begins on a copy of the disk, and is the one that can be reached from now on. */
  #clone(id: NodeId): boolean {
    const { machines } = this.#world;
    const original = machines.get(id)!;
    if (this.#spares.has(id)) return false;
    this.#spares.set(id, original);
    const { damaged } = original.disk;
    const disk = { ...original.disk, ...copyOf(original.disk), damaged: new Set(damaged) };
    machines.set(id, { ...original, disk, timers: new Map() });
    this.#world.restart(id);
    return true;
  }

  /** The other process of the id is the one that can be reached. */
  #swap(id: NodeId): boolean {
    const { machines } = this.#world;
    const spare = this.#spares.get(id);
    if (spare === undefined) return false;
    this.#spares.set(id, machines.get(id)!);
    machines.set(id, spare);
    return true;
  }
}

/** What a disk holds of keys: its own records, and what it keeps for others. */
interface Copies {
  readonly records: Map<string, StoredRecord>;
  readonly hints: HintShelf;
}

function copyOf({ records, hints }: Copies): Copies {
  return { records: new Map(records), hints: new HintShelf(hints) };
}
