/**
 * What a node keeps beside its records, as bytes: the history of membership, its own register, bucket properties.
 *
 * These are the bytes that are read back. The bytes that a change's id is the digest of are another matter: they are
 * written by hand, and whoever takes a change in computes its id again.
 *
 * @module
 */
import type {
  Change,
  Genesis,
  LastTick,
  Member,
  Move,
  Register,
  Revision,
  Role,
  Step,
} from "./change.ts";
import { decodeBody, encodeBody } from "./codec_msgpack.ts";
import { propEntryShape } from "./codec_props.ts";
import { bootShape, digestShape, nodeIdShape, positionShape } from "./codec_record.ts";
import {
  byteText,
  fields,
  flag,
  list,
  nullable,
  oneOf,
  type Shape,
  text,
  time,
  union,
  whole,
} from "./codec_shape.ts";
import { MAX_N, MAX_PARTITIONS } from "./config.ts";
import type { MetaValue } from "./effect.ts";

const n = whole({ min: 1, max: MAX_N });
const node = nodeIdShape;
const weight = whole({ min: 1 });

const member = { node, zone: text, weight };
const moves = list(fields<Move>({ position: positionShape, node: nullable(nodeIdShape) }));

const step = union<Step>({
  join: [0, fields(member)],
  leave: [1, fields({ node })],
  stay: [2, fields({ node })],
  left: [3, fields({ node })],
  remove: [4, fields({ node, acceptLoss: flag })],
  replace: [5, fields({ old: node, new: node })],
  weight: [6, fields({ node, weight })],
  zone: [7, fields({ node, zone: text })],
  nval: [8, fields({ bucket: byteText<string>(), n })],
});

const genesis = fields<Omit<Genesis, "kind">>({
  id: digestShape,
  strategy: oneOf([1, 2, 3]),
  partitions: whole({ min: 1, max: MAX_PARTITIONS }),
  tokens: whole(),
  replicas: n,
  members: list(fields<Member>(member)),
  moves,
});

const revision = fields<Omit<Revision, "kind">>({
  id: digestShape,
  cluster: digestShape,
  height: whole({ min: 1 }),
  parents: list(digestShape),
  base: digestShape,
  author: nullable(nodeIdShape),
  wallMs: time,
  steps: list(step),
  moves,
});

/** A change of the history. */
export const changeShape: Shape<Change> = union<Change>({
  genesis: [0, genesis],
  revision: [1, revision],
});

/** What a node says of itself. */
export const registerShape: Shape<Register> = fields<Register>({
  node,
  generation: whole(),
  seq: whole(),
  nonce: bootShape,
  addresses: list(text),
  speaks: fields<Register["speaks"]>({ wire: whole(), planner: whole() }),
  history: digestShape,
  tick: whole(),
  resumed: whole(),
  roles: list(fields<Role>({
    rangeStart: positionShape,
    rangeEnd: positionShape,
    n,
    role: oneOf(["receiving", "serving", "released"]),
    seat: whole({ max: MAX_N - 1 }),
    seats: whole({ min: 1, max: MAX_N }),
    tenure: whole(),
    recovering: flag,
    peers: list(nodeIdShape),
  })),
});

const tick = fields<LastTick>({ node, nonce: bootShape, tick: whole() });

const metaShape = union<MetaValue>({
  history: [0, fields({ changes: list(changeShape) })],
  register: [1, fields({ register: registerShape, ticks: list(tick) })],
  props: [2, fields({ entries: list(propEntryShape) })],
});

/** The bytes of a piece of metadata. */
export function encodeMeta(value: MetaValue): Uint8Array<ArrayBuffer> {
  return encodeBody(metaShape.pack(value));
}

/** The metadata of some bytes. @throws {CodecError} If they are none. */
export function decodeMeta(body: Uint8Array): MetaValue {
  return metaShape.unpack(decodeBody(body, "metadata"), "metadata");
}
