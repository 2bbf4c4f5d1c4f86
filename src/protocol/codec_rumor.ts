/**
 * What gossip carries, as bytes.
 *
 * @module
 */
import { changeShape, registerShape } from "./codec_meta.ts";
import { propEntryShape } from "./codec_props.ts";
import { byteText, fields, type Shape, union, UnknownVersionError, whole } from "./codec_shape.ts";
import type { Held, Rumor, UnknownRumor } from "./rumor.ts";

const CHANGE = 0;

/** Names what a rumor is about. */
export const rumorKey: Shape<string> = byteText<string>({ min: 1 });

/** Which rumor a node holds, and how new. */
export const heldShape: Shape<Held> = fields<Held>({
  key: rumorKey,
  major: whole(),
  minor: whole(),
  tag: byteText<string>({ max: 16 }),
});

/** A rumor. A later version of a change stands under the tag of changes, too. */
const rumorShape: Shape<Rumor> = union<Rumor>({
  change: [CHANGE, fields({ change: changeShape })],
  register: [1, fields({ register: registerShape })],
  prop: [2, fields({ entry: propEntryShape })],
});

/** A rumor, or that it is one of a later version: what stands beside it can be read all the same. */
export const toldShape: Shape<Rumor | UnknownRumor> = {
  pack: (told) => told.kind === "unknown" ? told.raw : rumorShape.pack(told),
  unpack: (raw, what) => {
    try {
      return rumorShape.unpack(raw, what);
    } catch (error) {
      if (!(error instanceof UnknownVersionError)) throw error;
      const isChange = Array.isArray(raw) && raw[0] === CHANGE;
      return { kind: "unknown", isChange, why: error.message, raw };
    }
  },
};
