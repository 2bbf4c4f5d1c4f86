/**
 * What one node could tell, so that two nodes find out with few bytes what they do not know alike.
 *
 * It is an index over what membership and properties hold: for each rumor a key, and how new it is. Keys fall into 32
 * groups; a group has a digest, and all groups together have one. So two nodes that know the same say so with 16 bytes,
 * and two that differ in one thing name 32 digests, and then what stands in one group.
 *
 * Invariants:
 * 1. equal sets of rumors have equal digests, in whatever order they came;
 * 2. of one key the newest that was put is held.
 *
 * @module
 */
import { type Boot, ByteWriter, compare, type Digest, digestOf } from "../id.ts";
import type { Held, Rumor } from "../protocol/rumor.ts";
import { cellName, compareEntries } from "./prop_cells.ts";
import { newerRegister } from "./register.ts";

/** Into so many groups rumors fall. Everybody must have the same number. */
export const GROUPS = 32;

interface Group {
  readonly rumors: Map<string, { readonly held: Held; readonly rumor: Rumor }>;
  /** Null: something has changed since it was worked out. */
  digest: Digest | null;
}

/** What two nodes do not know alike, as one of them sees it. */
export interface Difference {
  /** What is newer here. */
  readonly newer: readonly Rumor[];
  /** Keys of what is newer there. */
  readonly wanted: readonly string[];
}

/**
 * All rumors that one node knows.
 *
 * @example Two nodes find out which change one of them lacks
 * ```ts
 * import { found } from "./found.ts";
 * import { Rumors } from "./rumors.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const change = found({ members: [{ node: nodeId("a"), zone: "", weight: 1 }], partitions: 4, replicas: 1 });
 * const [here, there] = [new Rumors(), new Rumors()];
 * here.put({ kind: "change", change });
 *
 * const groups = here.groups.flatMap((digest, i) => digest === there.groups[i] ? [] : [i]);
 * assertEquals(groups.length, 1);
 * assertEquals(here.compare(groups, there.held(groups)).newer, [{ kind: "change", change }]);
 * ```
 */
export class Rumors {
  readonly #groups: readonly Group[] = Array.from(
    { length: GROUPS },
    () => ({ rumors: new Map(), digest: null }),
  );
  #digest: Digest | null = null;

  /** One digest for all that is known. */
  get digest(): Digest {
    return this.#digest ??= digestOf(
      this.groups.reduce((out, digest) => out.raw(digest), new ByteWriter()).toBytes(),
    );
  }

  /** The digest of each group. */
  get groups(): readonly Digest[] {
    return this.#groups.map((group) => group.digest ??= digestOfGroup(group));
  }

  /** Something is known from now on, if nothing newer was. */
  put(rumor: Rumor): void {
    const held = heldOf(rumor);
    const group = this.#groupOf(held.key);
    const known = group.rumors.get(held.key);
    if (known !== undefined && newest(known.rumor, rumor) === known.rumor) return;
    group.rumors.set(held.key, { held, rumor });
    this.#changed(group);
  }

  /** Nobody need know this any more. */
  drop(key: string): void {
    const group = this.#groupOf(key);
    if (group.rumors.delete(key)) this.#changed(group);
  }

  /** What is known of a key. */
  get(key: string): Rumor | undefined {
    return this.#groupOf(key).rumors.get(key)?.rumor;
  }

  /** What stands in these groups. */
  held(groups: readonly number[]): Held[] {
    return [...new Set(groups)].flatMap((i) =>
      [...this.#groups[i]?.rumors.values() ?? []].map(({ held }) => held)
    );
  }

  /** What is not alike in these groups, where somebody else holds that. */
  compare(groups: readonly number[], theirs: readonly Held[]): Difference {
    const there = new Map(theirs.map((held) => [held.key, held]));
    const newer: Rumor[] = [];
    const wanted: string[] = [];
    for (const i of new Set(groups)) {
      for (const { held, rumor } of this.#groups[i]?.rumors.values() ?? []) {
        const other = there.get(held.key);
        there.delete(held.key);
        const order = other === undefined ? 1 : orderOf(held, other);
        if (other?.tag === held.tag && order === 0) continue;
        // Equally new, and yet not the same: each has the other's, and takes the greater.
        if (order >= 0) newer.push(rumor);
        if (order <= 0) wanted.push(held.key);
      }
    }
    return { newer: newer.sort(byHeight), wanted: [...wanted, ...there.keys()] };
  }

  #groupOf(key: string): Group {
    let hash = 0x811c9dc5;
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    return this.#groups[(hash >>> 0) % GROUPS]!;
  }

  #changed(group: Group): void {
    group.digest = null;
    this.#digest = null;
  }
}

/** The key of what a rumor is about. */
export function keyOf(rumor: Rumor): string {
  switch (rumor.kind) {
    case "change":
      return `c${rumor.change.id}`;
    case "register":
      return `r${rumor.register.node}`;
    case "prop":
      return `p${cellName(rumor.entry)}`;
  }
}

function heldOf(rumor: Rumor): Held {
  const key = keyOf(rumor);
  switch (rumor.kind) {
    case "change":
      return { key, major: 0, minor: 0, tag: "" };
    case "register": {
      const { generation, seq, nonce } = rumor.register;
      return { key, major: generation, minor: seq, tag: nonce satisfies Boot };
    }
    case "prop": {
      const { counter, node, value } = rumor.entry;
      const tag = digestOf(new ByteWriter().longBytes(node).raw(JSON.stringify(value)).toBytes());
      return { key, major: counter, minor: 0, tag: tag.slice(0, 8) };
    }
  }
}

/** Of two rumors with one key, the one that holds. */
function newest(a: Rumor, b: Rumor): Rumor {
  if (a.kind === "register" && b.kind === "register") {
    return newerRegister(a.register, b.register) === a.register ? a : b;
  }
  if (a.kind === "prop" && b.kind === "prop") return compareEntries(a.entry, b.entry) >= 0 ? a : b;
  return a;
}

function orderOf(a: Held, b: Held): number {
  if (a.major !== b.major) return a.major - b.major;
  // Two registers of one generation, by two processes: whoever wrote the lesser must hear of the other, too.
  return a.tag === b.tag ? a.minor - b.minor : 0;
}

/** Changes first, parents before children: so the beginning of a long list can be taken without the rest. */
function byHeight(a: Rumor, b: Rumor): number {
  return heightOf(a) - heightOf(b);
}

function heightOf(rumor: Rumor): number {
  if (rumor.kind !== "change") return Infinity;
  return rumor.change.kind === "genesis" ? 0 : rumor.change.height;
}

function digestOfGroup({ rumors }: Group): Digest {
  const out = new ByteWriter();
  for (const [key, { held }] of [...rumors].sort(([a], [b]) => compare(a, b))) {
    out.longBytes(key).u64(held.major).u64(held.minor).longBytes(held.tag);
  }
  return digestOf(out.toBytes());
}
