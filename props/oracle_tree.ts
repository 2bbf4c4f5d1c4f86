/**
 * What a Merkle tree must say, worked out from a map with all its keys, each time anew; and keys that crowd a tree, which
 * keys of the ring would do only by the million.
 *
 * @module
 */
import fc from "fast-check";
import { type Leaf, type LeafKey, leafKey } from "../src/anti_entropy/merkle_tree_key.ts";
import { bytesOf, ByteWriter, type Digest, digestOf, type ObjectName } from "../src/id.ts";
import { positionOf } from "../src/ring/hash.ts";

/** What a tree is made of. */
export type Leaves = ReadonlyMap<LeafKey, Digest>;

/** The root of these leaves, by the words of docs/protocol.md, Part 1 g. */
export function rootOf(leaves: Leaves): Digest | null {
  const sorted = [...leaves].sort(([a], [b]) => (a < b ? -1 : 1));
  return hashOf(sorted.map(([key, digest]) => ({ key, digest })), 0);
}

/** The hash of the node at this level that has these leaves, which are sorted. */
function hashOf(leaves: readonly Leaf[], level: number): Digest | null {
  if (leaves.length === 0) return null;
  if (leaves.length <= 32) {
    const writer = new ByteWriter().u8(3).u32(leaves.length);
    for (const { digest } of leaves) writer.raw(digest);
    return digestOf(writer.toBytes());
  }
  const writer = new ByteWriter().u8(2).u8(level);
  for (let index = 0; index < 16; index++) {
    const under = leaves.filter(({ key }) => nibble(key, level) === index);
    const hash = hashOf(under, level + 1);
    if (hash !== null) writer.u8(index).raw(hash);
  }
  return digestOf(writer.toBytes());
}

function nibble(key: LeafKey, level: number): number {
  const byte = key.charCodeAt(Math.floor(level / 2));
  return level % 2 === 0 ? Math.floor(byte / 16) : byte % 16;
}

/** Where a key stands in every tree that it is in. */
export function leafKeyOf(name: ObjectName): LeafKey {
  return leafKey(name, positionOf(name));
}

/** Any digest: equal for equal texts. */
export function digestOfText(text: string): Digest {
  return digestOf(bytesOf(text));
}

/** A leaf key with this beginning; the rest says which it is. */
function keyWith(beginning: string, text: string): LeafKey {
  return (beginning + digestOfText(text)).slice(0, 16) as LeafKey;
}

/** A key beside the {@linkcode neighbours}. */
export function nextTo(key: string): LeafKey {
  return keyWith("\x12\x34\x56", `key ${key}`);
}

/** As many leaves, close to one another, as one node of the tree just holds. */
export const neighbours: readonly Leaf[] = Array.from({ length: 32 }, (_, i) => ({
  key: keyWith("\x12\x34\x56", `neighbour ${i}`),
  digest: digestOfText(String(i)),
}));

/** Keys in crowds: some stand anywhere, some far down one branch, some at one position of the ring, and all apart. */
export const CROWDS: readonly LeafKey[] = [
  ...Array.from({ length: 40 }, (_, i) => keyWith("", `anywhere ${i}`)),
  ...Array.from({ length: 50 }, (_, i) => keyWith("\xab\xc0", `far down ${i}`)),
  ...Array.from({ length: 40 }, (_, i) => keyWith("\xab\xcdefghi\0", `one position ${i}`)),
  ...Array.from(
    { length: 40 },
    (_, i) =>
      keyWith("\xab\xcdefghi\0the name", "").slice(0, 15) + String.fromCharCode(4 * i) as LeafKey,
  ),
];

/** What is done to many keys of the crowds, that stand beside each other: they get a version, or they go. */
export interface Sweep {
  readonly from: number;
  readonly many: number;
  readonly version: string | null;
}

/** Some sweeps, one after the other. */
export const sweeps: fc.Arbitrary<Sweep[]> = fc.array(
  fc.record({
    from: fc.nat({ max: CROWDS.length - 1 }),
    many: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 20, max: 60 })),
    version: fc.option(fc.constantFrom("1", "2", "3"), { freq: 3 }),
  }),
  { maxLength: 10, size: "max" },
);

/** Whoever can be swept. */
export interface Swept {
  put(key: LeafKey, digest: Digest): unknown;
  remove(key: LeafKey): unknown;
}

/** Does to a tree what the sweep says. */
export function sweep(tree: Swept, { from, many, version }: Sweep): void {
  for (const key of CROWDS.slice(from, from + many)) {
    if (version === null) tree.remove(key);
    else tree.put(key, digestOfText(key + version));
  }
}

/** The leaves that there are after these sweeps. */
export function leavesAfter(sweeps: readonly Sweep[]): Map<LeafKey, Digest> {
  const leaves = new Map<LeafKey, Digest>();
  const swept = {
    put: (key: LeafKey, digest: Digest) => leaves.set(key, digest),
    remove: (key: LeafKey) => leaves.delete(key),
  };
  for (const one of sweeps) sweep(swept, one);
  return leaves;
}
