/**
 * What nodes say of their Merkle trees, in bytes.
 *
 * @module
 */
import { FAN_OUT, type Summary } from "../anti_entropy/merkle_tree.ts";
import { isUnder, type Leaf, type LeafKey, type Path } from "../anti_entropy/merkle_tree_key.ts";
import { hex } from "../id.ts";
import { digestShape, positionShape } from "./codec_record.ts";
import {
  byteText,
  fields,
  list,
  nullable,
  refuse,
  type Shape,
  union,
  whole,
} from "./codec_shape.ts";
import { MAX_N } from "./config.ts";
import type { TreeRoot } from "./message.ts";
import type { TreeName } from "./terms.ts";

/** A place: at most a nibble for each half byte of a leaf key. */
export const pathShape: Shape<Path> = byteText({
  max: 32,
  wanted: "at most 32 hex digits",
  check: (path) => /^[0-9a-f]*$/.test(path),
});
/** Where a key stands. */
export const leafKeyShape: Shape<LeafKey> = byteText({ min: 16, max: 16 });
const leafShape = fields<Leaf>({ key: leafKeyShape, digest: digestShape });

const hashes = list(nullable(digestShape));
const children: typeof hashes = {
  pack: hashes.pack,
  unpack: (raw, what) => {
    const found = hashes.unpack(raw, what);
    return found.length === FAN_OUT ? found : refuse(what, `${FAN_OUT} hashes`, found.length);
  },
};

const looseSummary = union<Summary>({
  branch: [0, fields({ path: pathShape, hashes: children })],
  leaves: [1, fields({ path: pathShape, leaves: list(leafShape) })],
});
/** What stands at one place of a tree. Leaves are of that place, and ascend: whoever compares counts on it. */
export const summaryShape: Shape<Summary> = {
  pack: looseSummary.pack,
  unpack: (raw, what) => {
    const summary = looseSummary.unpack(raw, what);
    if (summary.kind === "branch") return summary;
    let last = "";
    for (const { key } of summary.leaves) {
      if (!isUnder(key, summary.path)) refuse(what, `leaves under ${summary.path}`, hex(key));
      if (key <= last) refuse(what, "ascending leaves", hex(key));
      last = key;
    }
    return summary;
  },
};

const end = positionShape;
const n = whole({ min: 1, max: MAX_N });
/** Which tree. */
export const treeShape: Shape<TreeName> = fields<TreeName>({ end, n });
/** The root of one tree. */
export const rootShape: Shape<TreeRoot> = fields<TreeRoot>({ end, n, root: nullable(digestShape) });
