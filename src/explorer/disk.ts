/**
 * What is durable of one node of the explorer's worlds, as a value: one record, what is kept for others, and metadata.
 *
 * @module
 */
import { compare, type NodeId, type ObjectName } from "../id.ts";
import type { Effect } from "../protocol/effect.ts";
import type { Restored, StoredHint, StoredRecord } from "../protocol/event.ts";
import { sizeOf } from "../replica/coordinate.ts";

/** What is durable of one node. */
export interface Disk {
  readonly record: StoredRecord | null;
  /** What it keeps of the key for others, by owner. */
  readonly hints: ReadonlyMap<NodeId, StoredRecord>;
  /** True: the record cannot be read. */
  readonly damaged: boolean;
  readonly restored: Restored;
}

/** The disk of a node that has never been. */
export const BLANK: Disk = {
  record: null,
  hints: new Map(),
  damaged: false,
  restored: { history: [], register: null, props: [] },
};

/**
 * The disk of a node that has started before, with others, and has compared with them: what it says of its ranges is that
 * it recovers none. Made of what a first start leaves on a blank disk.
 */
export function founded({ restored, ...disk }: Disk): Disk {
  const { register } = restored;
  if (register === null) throw new Error("Cannot found a node: its first start stored no register");
  const roles = register.roles.map((role) => ({ ...role, recovering: false }));
  return { ...disk, restored: { ...restored, register: { ...register, roles } } };
}

/** The disk after a store. */
export function withStored(
  disk: Disk,
  { owner, record }: Extract<Effect, { kind: "store" }>,
): Disk {
  if (owner === null) return { ...disk, record, damaged: false };
  const hints = new Map(disk.hints);
  if (record === null) hints.delete(owner);
  else hints.set(owner, record);
  return { ...disk, hints };
}

/** What it keeps of the key for these owners. */
export function keptOn({ hints }: Disk, name: ObjectName, owners: readonly NodeId[]): StoredHint[] {
  return owners.flatMap((owner) => {
    const record = hints.get(owner);
    return record ? [{ owner, name, record }] : [];
  });
}

/** What a process that starts now finds. */
export function restoredOf({ restored, hints }: Disk): Restored {
  const sizes = [...hints.values()].map(({ container }) => sizeOf(container));
  const hintBytes = sizes.reduce((sum, size) => sum + size, 0);
  return { ...restored, hintBytes, hintOwners: [...hints.keys()].sort(compare) };
}

/** The metadata after a store of some. */
export function withMeta(
  restored: Restored,
  { value }: Extract<Effect, { kind: "store_meta" }>,
): Restored {
  switch (value.kind) {
    case "history":
      return { ...restored, history: value.changes };
    case "register":
      // Whether a disk is an old copy is not explored: with a tick on it a start might have to ask its peers.
      return { ...restored, register: { ...value.register, tick: 0 } };
    case "props":
      return { ...restored, props: value.entries };
  }
}
