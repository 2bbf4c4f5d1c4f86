/**
 * What a world's disk gives of its records when they are read many at a time: a plain model of the store's two ways.
 *
 * @module
 */
import { leafKey } from "../anti_entropy/merkle_tree_key.ts";
import { compare, nameBytes, type ObjectName } from "../id.ts";
import type { Effect } from "../protocol/effect.ts";
import type { ScanResult, StoredCopy } from "../protocol/event.ts";
import { positionOf } from "../ring/hash.ts";

/**
 * What of these copies is asked for: a page in the order of the store, or those at some leaves. What is damaged is named
 * beside it, and takes no place in a page.
 */
export function pageOf(
  copies: readonly StoredCopy[],
  wanted: Extract<Effect, { kind: "scan_records" | "find_records" }>,
  isDamaged: (key: string) => boolean,
): Extract<ScanResult, { kind: "records" }> {
  const found = wanted.kind === "find_records"
    ? copies.filter(({ name }) => wanted.keys.includes(leafKey(name, positionOf(name))))
    : following(copies, wanted.after);
  const records: StoredCopy[] = [];
  const damaged: ObjectName[] = [];
  for (const copy of found) {
    if (isDamaged(nameBytes(copy.name))) damaged.push(copy.name);
    else records.push(copy);
    if (wanted.kind === "scan_records" && records.length === wanted.most) break;
  }
  return { kind: "records", records, damaged };
}

function following(copies: readonly StoredCopy[], name: ObjectName | null): StoredCopy[] {
  const after = name === null ? null : orderOf(name);
  return copies.filter(({ name }) => after === null || compare(orderOf(name), after) > 0)
    .sort((a, b) => compare(orderOf(a.name), orderOf(b.name)));
}

/** The name whose `nameBytes` these are. */
export function nameOf(bytes: string): ObjectName {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = [0, 1, 2, 3].reduce((sum, i) => sum * 256 + bytes.charCodeAt(at + i), 0);
    parts.push(bytes.slice(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const [type, bucket, key] = parts as [string, string, string];
  return { type, bucket, key };
}

function orderOf(name: ObjectName): string {
  return positionOf(name) + nameBytes(name);
}
