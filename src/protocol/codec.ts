/**
 * The one codec: bytes to values and back, for the disk, for peers, and for the token that a client carries.
 *
 * Bytes that are only hashed or compared (leaf, position, change id) are not made here but written by hand beside their
 * values, so that they outlive every change of this format.
 *
 * @module
 */
export { CodecError } from "./codec_shape.ts";
export { FORMAT } from "./codec_msgpack.ts";
export {
  type DecodedRecord,
  decodeRecord,
  encodeRecord,
  type ExternalContent,
  fillContents,
} from "./codec_record.ts";
