/**
 * What gossip carries, as bytes.
 *
 * @module
 */
import { changeShape, registerShape } from "./codec_meta.ts";
import { propEntryShape } from "./codec_props.ts";
import { byteText, fields, type Shape, union, whole } from "./codec_shape.ts";
import type { Held, Rumor } from "./rumor.ts";

/** Names what a rumor is about. */
export const rumorKey: Shape<string> = byteText<string>({ min: 1 });

/** Which rumor a node holds, and how new. */
export const heldShape: Shape<Held> = fields<Held>({
  key: rumorKey,
  major: whole(),
  minor: whole(),
  tag: byteText<string>({ max: 16 }),
});

/** A rumor. */
export const rumorShape: Shape<Rumor> = union<Rumor>({
  change: [0, fields({ change: changeShape })],
  register: [1, fields({ register: registerShape })],
  prop: [2, fields({ entry: propEntryShape })],
});
