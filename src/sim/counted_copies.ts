/**
 * Whether an acknowledged write is where its quorum says: on the disks of W of its replicas, or kept for them (laws Q5, H5).
 *
 * It looks at disks alone, at the moment in which a client hears of success, and knows nothing of how anybody counted.
 *
 * @module
 */
import type { NodeId, ObjectName } from "../id.ts";
import { fold, History as Membership } from "../membership/history.ts";
import type { Container } from "../version/siblings.ts";
import { covers } from "../version/version_vector.ts";
import { positionOf } from "../ring/hash.ts";
import { preferenceList } from "../ring/preference_list.ts";
import type { Ring } from "../ring/ring.ts";
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
  readonly #ring: Ring;
  /** The replicas of each key. */
  readonly #primaries = new Map<string, NodeId[]>();

  /** On the disks of a world. */
  constructor(world: World) {
    this.#world = world;
    this.#ring = fold(Membership.of(world.genesis)).ring;
  }

  /** Replicas of the key that have the write, or for whom somebody keeps it; null if the answer does not show its dot. */
  holders({ name, write, container }: Acknowledged): NodeId[] | null {
    const dot = container.siblings.find(({ version }) => version.writeId === write)?.dot;
    if (dot === undefined) return null;
    const { machines } = this.#world;
    const kept = [...machines.values()].flatMap(({ disk }) => disk.hints)
      .filter((hint) => hint.name.key === name.key && covers(hint.record.container.clock, dot))
      .map(({ owner }) => owner);
    return this.#primariesOf(name).filter((id) => {
      const own = machines.get(id)!.disk.recordOf(name);
      return kept.includes(id) || (own !== undefined && covers(own.container.clock, dot));
    });
  }

  #primariesOf(name: ObjectName): NodeId[] {
    let primaries = this.#primaries.get(name.key);
    if (primaries === undefined) {
      primaries = preferenceList(this.#ring, positionOf(name), this.#world.config.n)
        .filter(({ role }) => role === "primary").map(({ node }) => node);
      this.#primaries.set(name.key, primaries);
    }
    return primaries;
  }
}
