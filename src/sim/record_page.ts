/**
 * What a world's disk gives of its records when they are read many at a time: a plain model of the store's two ways.
 *
 * @module
 */
import { leafKey } from "../anti_entropy/merkle_tree_key.ts";
import { compare, nameBytes, type ObjectName } from "../id.ts";
import type { Effect } from "../protocol/effect.ts";
import type { StoredCopy } from "../protocol/event.ts";
import { positionOf } from "../ring/hash.ts";

/** What of these copies is asked for: a page in the order of the store, or those at some leaves. */
export function pageOf(
  copies: readonly StoredCopy[],
  wanted: Extract<Effect, { kind: "scan_records" | "find_records" }>,
): StoredCopy[] {
  if (wanted.kind === "find_records") {
    return copies.filter(({ name }) => wanted.keys.includes(leafKey(name, positionOf(name))));
  }
  const after = wanted.after === null ? null : orderOf(wanted.after);
  return copies.filter(({ name }) => after === null || compare(orderOf(name), after) > 0)
    .sort((a, b) => compare(orderOf(a.name), orderOf(b.name))).slice(0, wanted.most);
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
