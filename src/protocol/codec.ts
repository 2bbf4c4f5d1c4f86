/**
 * The one codec: bytes to values and back, for the disk, for peers, and for the token that a client carries.
 *
 * Every body is a byte of format version and one MessagePack value; the rooms are `codec_msgpack.ts` (the frame and its
 * limits), `codec_shape.ts` (how a value is laid out and checked) and one file for each kind of body. Decoders face the
 * network and the disk: whatever the bytes, they return a value of the type they say or throw a {@linkcode CodecError}
 * of one sentence, and take no more memory than a small multiple of the input.
 *
 * Bytes that are only hashed or compared (leaf, position, change id) are not made here but written by hand beside their
 * values, so that they outlive every change of this format. Checksums around records are the storage engine's.
 *
 * @module
 */
export { CodecError, UnknownVersionError } from "./codec_shape.ts";
export { FORMAT } from "./codec_msgpack.ts";
export { decodeRecord, encodeRecord } from "./codec_record.ts";
export { decodeEnvelope, decodeVerdict, encodeEnvelope, encodeVerdict } from "./codec_message.ts";
export { decodeMeta, encodeMeta } from "./codec_meta.ts";
export { ContextError, decodeContext, encodeContext } from "./codec_context.ts";
