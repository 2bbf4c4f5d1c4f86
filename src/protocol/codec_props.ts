/**
 * Bucket properties as bytes: the whole set, as it rides along with a put, and one cell of the lattice.
 *
 * @module
 */
import {
  type BucketProps,
  MAX_EXPIRES_IN_S,
  type PropEntry,
  type PropValue,
  type Quorum,
  type SettableProp,
} from "./bucket_props.ts";
import { counterShape, nodeIdShape } from "./codec_record.ts";
import {
  byteText,
  either,
  fields,
  flag,
  nullable,
  oneOf,
  type Shape,
  whole,
} from "./codec_shape.ts";
import { MAX_N } from "./config.ts";

/** A number, or a word for one. A number above n is refused by whoever knows n. */
export const quorumShape: Shape<Quorum> = either(
  whole(),
  (value) => typeof value === "number",
  oneOf(["one", "quorum", "all", "default"]),
);

/** All properties of a bucket. */
export const propsShape: Shape<BucketProps> = fields<BucketProps>({
  n_val: whole({ min: 1, max: MAX_N }),
  r: quorumShape,
  w: quorumShape,
  dw: quorumShape,
  pr: quorumShape,
  pw: quorumShape,
  allow_mult: flag,
  last_write_wins: flag,
  notfound_ok: flag,
  basic_quorum: flag,
  expires_in: nullable(whole({ min: 1, max: MAX_EXPIRES_IN_S })),
});

const SETTABLE: Readonly<Record<SettableProp, true>> = {
  r: true,
  w: true,
  dw: true,
  pr: true,
  pw: true,
  allow_mult: true,
  last_write_wins: true,
  notfound_ok: true,
  basic_quorum: true,
  expires_in: true,
};

const valueShape: Shape<PropValue> = nullable(
  either(flag, (value) => typeof value === "boolean", quorumShape),
);

/** One cell. */
export const propEntryShape: Shape<PropEntry> = fields<PropEntry>({
  type: byteText(),
  bucket: byteText(),
  prop: oneOf(Object.keys(SETTABLE) as SettableProp[], "a property that can be set"),
  value: valueShape,
  counter: counterShape,
  node: nodeIdShape,
});
