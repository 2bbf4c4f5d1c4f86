/**
 * What nodes say to one another as bytes: every kind of message, the envelope around a batch, and the verdict on it.
 *
 * The tag of each kind stands beside it. Tags are for ever: a kind that goes leaves its number unused.
 *
 * @module
 */
import { MAX_N } from "./config.ts";
import { decodeBody, encodeBody } from "./codec_msgpack.ts";
import { propEntryShape, propsShape, quorumShape } from "./codec_props.ts";
import {
  bootShape,
  clockShape,
  containerShape,
  digestShape,
  nameShape,
  newVersionShape,
  nodeIdShape,
  positionShape,
  writeIdShape,
} from "./codec_record.ts";
import {
  array,
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
import { registerShape } from "./codec_meta.ts";
import { heldShape, rumorKey, toldShape } from "./codec_rumor.ts";
import { leafKeyShape, pathShape, rootShape, summaryShape, treeShape } from "./codec_tree.ts";
import type { Envelope, Verdict } from "./envelope.ts";
import { type Counts, type ErrorKind, ERRORS, type Failure, type Participant } from "./error.ts";
import type { Station } from "./handover_message.ts";
import type {
  Hint,
  Message,
  NamedContainer,
  PutDone,
  PutOrder,
  ReadOutcome,
  SettleAnswer,
  Settling,
  Standing,
  WriteOutcome,
} from "./message.ts";
import type { KeyAt } from "./terms.ts";
import type { Seen } from "../version/siblings.ts";

const request = whole();
const n = whole({ min: 1, max: MAX_N });
const seat = nullable(whole({ max: MAX_N - 1 }));
const successor = nullable(nodeIdShape);

const standing = fields<Standing>({
  seat,
  seats: whole({ max: MAX_N }),
  recovering: flag,
  history: digestShape,
  registerSeq: whole(),
});

const readOutcome = union<ReadOutcome>({
  found: [0, fields({ container: containerShape })],
  absent: [1, fields({})],
  damaged: [2, fields({})],
  not_serving: [3, fields({ successor })],
  failed: [4, fields({ reason: text })],
});

const writeOutcome = union<WriteOutcome>({
  stored: [0, fields({ durable: flag, digest: digestShape })],
  not_serving: [1, fields({ successor })],
  failed: [2, fields({ reason: text })],
});

const order = fields<PutOrder>({
  name: nameShape,
  seen: nullable(fields<Seen>({ clock: clockShape, stamp: whole() })),
  version: newVersionShape,
  props: propsShape,
  w: quorumShape,
  dw: quorumShape,
  pw: quorumShape,
  nVal: n,
  sloppyQuorum: flag,
  timeoutMs: time,
});

const participants = list(fields<Participant>({
  node: nodeIdShape,
  seat,
  role: oneOf(["primary", "fallback"]),
  said: oneOf([
    "found",
    "absent",
    "damaged",
    "stored",
    "not_serving",
    "failed",
    "unreachable",
    "silent",
  ]),
}));

/** Name and number by turns. */
const counts: Shape<Counts> = {
  pack: (value) => Object.entries(value).flat(),
  unpack: (raw, what) => {
    const flat = array(raw, what);
    const entries: [string, number][] = [];
    for (let i = 0; i < flat.length; i += 2) {
      entries.push([text.unpack(flat[i], what), time.unpack(flat[i + 1], what)]);
    }
    return Object.fromEntries(entries);
  },
};

const forwardOutcome = union<PutDone | Failure>({
  put: [
    0,
    fields({
      container: containerShape,
      coordinator: nodeIdShape,
      w: whole(),
      dw: whole(),
      pw: whole(),
      clipped: flag,
      participants,
    }),
  ],
  failure: [
    1,
    fields({
      error: oneOf(Object.keys(ERRORS) as ErrorKind[], "a kind of failure"),
      detail: text,
      definite: flag,
      want: counts,
      got: counts,
      participants,
    }),
  ],
});

const keyAt = fields<KeyAt>({ name: nameShape, digest: digestShape });
const settling = oneOf<Settling>(["reap", "shorten"]);
const settleAnswer = oneOf<SettleAnswer>([
  ...["yes", "differs", "busy", "foreign", "touched"] as const,
  ...["unexpired", "recovering", "other_ring", "unreadable"] as const,
]);

const station = fields<Station>({
  role: oneOf(["receiving", "serving", "released"]),
  seat: whole({ max: MAX_N - 1 }),
});

const hint = fields<Hint>({ owner: nodeIdShape, seat: whole(), w: whole() });

const copyShape = fields<NamedContainer>({ name: nameShape, container: containerShape });

/** Every kind of message. */
const messageShape: Shape<Message> = union<Message>({
  read: [0, fields({ request, name: nameShape, n, asFallback: flag })],
  read_reply: [1, fields({ request, standing, outcome: readOutcome })],
  write: [
    2,
    fields({ request, name: nameShape, n, container: containerShape, hint: nullable(hint) }),
  ],
  write_reply: [3, fields({ request, standing, outcome: writeOutcome })],
  repair: [4, fields({ name: nameShape, n, container: containerShape })],
  forward: [5, fields({ request, order })],
  forward_reply: [6, fields({ request, outcome: forwardOutcome })],
  status: [7, fields({ request, writeId: writeIdShape, ageMs: time })],
  status_reply: [8, fields({ request, state: oneOf(["fenced", "running"]) })],
  foreign: [9, fields({ request, name: nameShape })],
  foreign_reply: [10, fields({ request, container: nullable(containerShape) })],
  props: [11, fields({ request, entries: list(propEntryShape), wantsBack: flag })],
  props_reply: [12, fields({ request })],
  probe: [13, fields({ request })],
  probe_reply: [14, fields({ request })],
  roots: [15, fields({ request, leaves: whole(), cut: digestShape, roots: list(rootShape) })],
  roots_reply: [16, fields({ request, whole: flag, differing: list(treeShape) })],
  places: [17, fields({ request, end: positionShape, n, paths: list(pathShape) })],
  places_reply: [18, fields({ request, summaries: nullable(list(summaryShape)) })],
  want: [19, fields({ request, end: positionShape, n, keys: list(leafKeyShape) })],
  want_reply: [
    20,
    fields({ request, whole: flag, copies: list(copyShape), gone: list(leafKeyShape) }),
  ],
  amnesia: [21, fields({ request })],
  amnesia_reply: [22, fields({ request, clear: flag, w: whole({ max: MAX_N }) })],
  settle_ask: [
    23,
    fields({
      request,
      since: nullable(request),
      history: digestShape,
      n,
      how: settling,
      keys: list(keyAt),
    }),
  ],
  settle_reply: [24, fields({ request, answers: list(settleAnswer) })],
  settle_do: [25, fields({ n, how: settling, keys: list(keyAt) })],
  gossip: [26, fields({ request, history: digestShape, rest: digestShape, addresses: list(text) })],
  gossip_reply: [27, fields({ request, groups: nullable(list(digestShape)) })],
  gossip_held: [28, fields({ groups: list(whole({ max: 255 })), held: list(heldShape) })],
  gossip_rumors: [29, fields({ rumors: list(toldShape), wanted: list(rumorKey) })],
  gossip_recall: [30, fields({})],
  gossip_recalled: [31, fields({ tick: whole(), register: nullable(registerShape) })],
  take: [
    32,
    fields({
      request,
      end: positionShape,
      n,
      seat: whole({ max: MAX_N - 1 }),
      passes: flag,
      seats: whole({ max: MAX_N }),
      history: digestShape,
    }),
  ],
  take_reply: [33, fields({ request, mark: nullable(whole()) })],
  promote: [34, fields({ request, mark: whole() })],
  promote_reply: [
    35,
    fields({
      request,
      ending: oneOf(["given", "again", "unknown"]),
      seats: whole({ max: MAX_N }),
    }),
  ],
  claim: [36, fields({ request, history: digestShape, ranges: list(treeShape) })],
  claim_reply: [37, fields({ request, stations: nullable(list(nullable(station))) })],
  held_ask: [38, fields({ request, n, keys: list(keyAt) })],
  held_reply: [39, fields({ request, held: list(flag) })],
});

const envelopeShape = fields<Envelope>({
  cluster: digestShape,
  from: nodeIdShape,
  fromBoot: bootShape,
  to: nodeIdShape,
  toBoot: nullable(bootShape),
  toStampMs: time,
  messages: list(messageShape),
});

const verdictShape = fields<Verdict>({
  refused: oneOf([
    ...["wrong_cluster", "wrong_node", "unknown_member", "wrong_boot", "too_old"] as const,
    ...["unknown_version", "other_process", null] as const,
  ]),
  boot: bootShape,
  stampMs: time,
});

/** The bytes of a batch. */
export function encodeEnvelope(envelope: Envelope): Uint8Array<ArrayBuffer> {
  return encodeBody(envelopeShape.pack(envelope));
}

/**
 * The batch of some bytes, whoever sent them: all of it, or nothing.
 *
 * @throws {CodecError} If they are not a batch; never anything else.
 *
 * @example A hello
 * ```ts
 * import { decodeEnvelope, encodeEnvelope } from "./codec_message.ts";
 * import type { Envelope } from "./envelope.ts";
 * import { BOOT } from "../../props/generators.ts";
 * import { type Digest, nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const hello: Envelope = {
 *   cluster: "0123456789abcdef" as Digest,
 *   from: nodeId("a"),
 *   fromBoot: BOOT,
 *   to: nodeId("b"),
 *   toBoot: null,
 *   toStampMs: 0,
 *   messages: [],
 * };
 * assertEquals(decodeEnvelope(encodeEnvelope(hello)), hello);
 * ```
 */
export function decodeEnvelope(body: Uint8Array): Envelope {
  return envelopeShape.unpack(decodeBody(body, "an envelope"), "envelope");
}

/** The bytes of an answer to a batch. */
export function encodeVerdict(verdict: Verdict): Uint8Array<ArrayBuffer> {
  return encodeBody(verdictShape.pack(verdict));
}

/** The answer of some bytes. @throws {CodecError} If they are not one. */
export function decodeVerdict(body: Uint8Array): Verdict {
  return verdictShape.unpack(decodeBody(body, "a verdict"), "verdict");
}
