/**
 * What a disk keeps for others: copies by owner, each owner's in the order of names. A plain model of the keyspace of hints,
 * for every world that has disks of its own.
 *
 * @module
 */
import { compare, nameBytes, type NodeId, type ObjectName } from "../id.ts";
import type { Effect } from "../protocol/effect.ts";
import { sizeOf } from "../replica/coordinate.ts";
import type { Restored, ScanResult, StoredHint, StoredRecord } from "../protocol/event.ts";

/** The hints on one disk. */
export class HintShelf {
  readonly #hints = new Map<NodeId, Map<string, StoredHint>>();

  /** Empty, or what another holds. */
  constructor(from?: HintShelf) {
    for (const hint of from?.all ?? []) this.put(hint, hint.record);
  }

  /** All of them. */
  get all(): StoredHint[] {
    return [...this.#hints.values()].flatMap((hints) => [...hints.values()]);
  }

  /** What a process that starts now finds of them. */
  get restored(): Pick<Restored, "hintBytes" | "hintOwners"> {
    const hintBytes = this.all.reduce((sum, { record }) => sum + sizeOf(record.container), 0);
    const hintOwners = [...this.#hints].flatMap(([owner, { size }]) => size > 0 ? [owner] : []);
    return { hintBytes, hintOwners: hintOwners.sort(compare) };
  }

  /** Replaces one; null removes it. */
  put({ owner, name }: Pick<StoredHint, "owner" | "name">, record: StoredRecord | null): void {
    const hints = this.#hints.get(owner) ?? new Map<string, StoredHint>();
    this.#hints.set(owner, hints);
    if (record === null) hints.delete(nameBytes(name));
    else hints.set(nameBytes(name), { owner, name, record });
  }

  /** Those of one key, for these owners. */
  of(name: ObjectName, owners: readonly NodeId[]): StoredHint[] {
    return owners.flatMap((owner) => this.#hints.get(owner)?.get(nameBytes(name)) ?? []);
  }

  /** A page. */
  scan({ owner, after, most }: Extract<Effect, { kind: "scan_hints" }>): ScanResult {
    const from = after === null ? "" : nameBytes(after);
    const hints = [...this.#hints.get(owner) ?? []]
      .filter(([key]) => after === null || compare(key, from) > 0)
      .sort(([a], [b]) => compare(a, b)).slice(0, most).map(([, hint]) => hint);
    return { kind: "hints", hints };
  }
}
