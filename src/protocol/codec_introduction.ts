/**
 * What a node tells another that knows nobody yet, as bytes: who it is, and all changes of its cluster's membership that
 * it knows (`edge/introduction.ts`). Whoever reads it computes every change's id again.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Change } from "./change.ts";
import { changeShape } from "./codec_meta.ts";
import { decodeBody, encodeBody } from "./codec_msgpack.ts";
import { nodeIdShape } from "./codec_record.ts";
import { fields, list, type Shape } from "./codec_shape.ts";

/** What a node says of itself and its cluster. */
export interface Introduction {
  /** Who says it. */
  readonly node: NodeId;
  /** All changes that it knows, the genesis too. */
  readonly changes: readonly Change[];
}

const shape: Shape<Introduction> = fields<Introduction>({
  node: nodeIdShape,
  changes: list(changeShape),
});

/** The bytes of an introduction. */
export function encodeIntroduction(introduction: Introduction): Uint8Array<ArrayBuffer> {
  return encodeBody(shape.pack(introduction));
}

/**
 * The introduction of some bytes.
 *
 * @throws {CodecError} If they are none.
 *
 * @example There and back
 * ```ts
 * import { decodeIntroduction, encodeIntroduction } from "./codec_introduction.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const introduction = { node: nodeId("a"), changes: [] };
 * assertEquals(decodeIntroduction(encodeIntroduction(introduction)), introduction);
 * ```
 */
export function decodeIntroduction(body: Uint8Array): Introduction {
  return shape.unpack(decodeBody(body, "introduction"), "introduction");
}
