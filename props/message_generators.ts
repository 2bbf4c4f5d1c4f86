/**
 * Arbitraries of what nodes say to one another and keep beside their records: every kind of message, envelopes,
 * verdicts, metadata. Each table is typed by the union that it makes, so that a new kind cannot be forgotten.
 *
 * @module
 */
import fc from "fast-check";
import type { Summary } from "../src/anti_entropy/merkle_tree.ts";
import type { LeafKey } from "../src/anti_entropy/merkle_tree_key.ts";
import { type BucketProps, MAX_EXPIRES_IN_S } from "../src/protocol/bucket_props.ts";
import { MAX_N } from "../src/protocol/config.ts";
import type { Envelope, Verdict } from "../src/protocol/envelope.ts";
import { type ErrorKind, ERRORS, type Failure, type Participant } from "../src/protocol/error.ts";
import type {
  Lifetime,
  Message,
  PutDone,
  PutOrder,
  ReadOutcome,
  SettleAnswer,
  Settling,
  Standing,
  WriteOutcome,
} from "../src/protocol/message.ts";
import {
  anyOf,
  held,
  kind,
  type Kinds,
  propEntry,
  quorum,
  register,
  rumor,
  rumorKey,
  seconds,
} from "./change_generators.ts";
import {
  anyVersion,
  boot,
  byteStrings,
  clock,
  digest,
  name,
  node,
  position,
  richContainer,
  stamp,
  writeId,
} from "./generators.ts";

const request = fc.nat();
const keyAt = fc.record({ name, digest });
const n = fc.integer({ min: 1, max: MAX_N });
const seat = fc.option(fc.integer({ min: 0, max: MAX_N - 1 }));
const reason = fc.string({ maxLength: 20 });
const successor = fc.option(node);
const small = fc.nat({ max: 5 });

/** All properties of a bucket. */
export const bucketProps: fc.Arbitrary<BucketProps> = fc.record({
  n_val: n,
  r: quorum,
  w: quorum,
  dw: quorum,
  pr: quorum,
  pw: quorum,
  allow_mult: fc.boolean(),
  last_write_wins: fc.boolean(),
  notfound_ok: fc.boolean(),
  basic_quorum: fc.boolean(),
  expires_in: fc.option(seconds),
});

/** How a replica stands to a range. */
export const standing: fc.Arbitrary<Standing> = fc.record({
  seat,
  seats: n,
  recovering: fc.boolean(),
  history: digest,
  registerSeq: fc.nat(),
});

const participant: fc.Arbitrary<Participant> = fc.record({
  node,
  seat,
  role: fc.constantFrom("primary", "fallback"),
  said: fc.constantFrom("found", "absent", "damaged", "stored", "not_serving", "unreachable"),
});

/** What a replica found. */
export const readOutcome: fc.Arbitrary<ReadOutcome> = anyOf<ReadOutcome>({
  found: fc.record({ kind: kind("found"), container: richContainer }),
  absent: fc.record({ kind: kind("absent") }),
  damaged: fc.record({ kind: kind("damaged") }),
  not_serving: fc.record({ kind: kind("not_serving"), successor }),
  failed: fc.record({ kind: kind("failed"), reason }),
});

/** What became of a copy. */
export const writeOutcome: fc.Arbitrary<WriteOutcome> = anyOf<WriteOutcome>({
  stored: fc.record({ kind: kind("stored"), durable: fc.boolean(), digest }),
  not_serving: fc.record({ kind: kind("not_serving"), successor }),
  failed: fc.record({ kind: kind("failed"), reason }),
});

const lifetime: fc.Arbitrary<Lifetime> = fc.oneof(
  fc.constantFrom<Lifetime>("never", null),
  fc.integer({ min: 1, max: MAX_EXPIRES_IN_S * 1000 }),
);

/** A put as its coordinator gets it. */
export const putOrder: fc.Arbitrary<PutOrder> = fc.record({
  name,
  seen: fc.option(fc.record({ clock, stamp })),
  version: fc.tuple(anyVersion, lifetime).map(([version, expiresInMs]) => {
    const { lastModifiedMs: _, stamp: __, expiresAtMs: ___, ...said } = version;
    return { ...said, expiresInMs };
  }),
  props: bucketProps,
  w: quorum,
  dw: quorum,
  pw: quorum,
  nVal: n,
  sloppyQuorum: fc.boolean(),
  timeoutMs: fc.nat({ max: 60_000 }),
});

/** How a put ended well. */
export const putDone: fc.Arbitrary<PutDone> = fc.record({
  kind: kind("put"),
  container: richContainer,
  coordinator: node,
  w: small,
  dw: small,
  pw: small,
  clipped: fc.boolean(),
  participants: fc.array(participant, { maxLength: 3 }),
});

const counts = fc.dictionary(fc.constantFrom("r", "w", "dw", "bytes", "__proto__"), fc.nat(), {
  maxKeys: 3,
  noNullPrototype: true,
});

/** How a request failed. */
export const failed: fc.Arbitrary<Failure> = fc.record({
  kind: kind("failure"),
  error: fc.constantFrom(...Object.keys(ERRORS) as ErrorKind[]),
  detail: reason,
  definite: fc.boolean(),
  want: counts,
  got: counts,
  participants: fc.array(participant, { maxLength: 3 }),
});

const leafKey = byteStrings({ minLength: 16, maxLength: 16 }) as fc.Arbitrary<LeafKey>;
const path = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), maxLength: 32 });
const leaves = fc.uniqueArray(fc.record({ key: leafKey, digest }), {
  selector: ({ key }) => key,
  maxLength: 4,
}).map((leaves) => leaves.sort((a, b) => (a.key < b.key ? -1 : 1)));
const summary: fc.Arbitrary<Summary> = fc.oneof(
  fc.record({
    kind: kind("branch"),
    path,
    hashes: fc.array(fc.option(digest), { minLength: 16, maxLength: 16 }),
  }),
  fc.record({ kind: kind("leaves"), path: fc.constant(""), leaves }),
);

/** Each kind of message. */
export const messages: Kinds<Message> = {
  read: fc.record({ kind: kind("read"), request, name, n, asFallback: fc.boolean() }),
  read_reply: fc.record({ kind: kind("read_reply"), request, standing, outcome: readOutcome }),
  write: fc.record({
    kind: kind("write"),
    request,
    name,
    n,
    container: richContainer,
    hint: fc.option(fc.record({ owner: node, seat: fc.nat(15), w: fc.nat(16) })),
  }),
  write_reply: fc.record({ kind: kind("write_reply"), request, standing, outcome: writeOutcome }),
  repair: fc.record({ kind: kind("repair"), name, n, container: richContainer }),
  forward: fc.record({ kind: kind("forward"), request, order: putOrder }),
  forward_reply: fc.record({
    kind: kind("forward_reply"),
    request,
    outcome: fc.oneof(putDone, failed),
  }),
  status: fc.record({ kind: kind("status"), request, writeId, ageMs: fc.nat() }),
  status_reply: fc.record({
    kind: kind("status_reply"),
    request,
    state: fc.constantFrom("fenced", "running"),
  }),
  foreign: fc.record({ kind: kind("foreign"), request, name }),
  foreign_reply: fc.record({
    kind: kind("foreign_reply"),
    request,
    container: fc.option(richContainer),
  }),
  props: fc.record({
    kind: kind("props"),
    request,
    entries: fc.array(propEntry, { maxLength: 3 }),
    wantsBack: fc.boolean(),
  }),
  props_reply: fc.record({ kind: kind("props_reply"), request }),
  roots: fc.record({
    kind: kind("roots"),
    request,
    leaves: small,
    cut: digest,
    roots: fc.array(
      fc.record({ end: position, n, root: fc.option(digest) }),
      { maxLength: 3 },
    ),
  }),
  roots_reply: fc.record({
    kind: kind("roots_reply"),
    request,
    whole: fc.boolean(),
    differing: fc.array(fc.record({ end: position, n }), { maxLength: 3 }),
  }),
  places: fc.record({
    kind: kind("places"),
    request,
    end: position,
    n,
    paths: fc.array(path, { maxLength: 3 }),
  }),
  places_reply: fc.record({
    kind: kind("places_reply"),
    request,
    summaries: fc.option(fc.array(summary, { maxLength: 3 })),
  }),
  want: fc.record({
    kind: kind("want"),
    request,
    end: position,
    n,
    keys: fc.array(leafKey, { maxLength: 3 }),
  }),
  want_reply: fc.record({
    kind: kind("want_reply"),
    request,
    whole: fc.boolean(),
    copies: fc.array(fc.record({ name, container: richContainer }), { maxLength: 2 }),
    gone: fc.array(leafKey, { maxLength: 3 }),
  }),
  amnesia: fc.record({ kind: kind("amnesia"), request }),
  amnesia_reply: fc.record({
    kind: kind("amnesia_reply"),
    request,
    clear: fc.boolean(),
    w: fc.nat(MAX_N),
  }),
  settle_ask: fc.record({
    kind: kind("settle_ask"),
    request,
    since: fc.option(request),
    history: digest,
    n,
    how: fc.constantFrom<Settling>("reap", "shorten"),
    keys: fc.array(keyAt, { maxLength: 3 }),
  }),
  settle_reply: fc.record({
    kind: kind("settle_reply"),
    request,
    answers: fc.array(
      fc.constantFrom<SettleAnswer>(
        ...["yes", "differs", "busy", "foreign", "touched"] as const,
        ...["unexpired", "recovering", "other_ring", "unreadable"] as const,
      ),
      { maxLength: 3 },
    ),
  }),
  settle_do: fc.record({
    kind: kind("settle_do"),
    n,
    how: fc.constantFrom<Settling>("reap", "shorten"),
    keys: fc.array(keyAt, { maxLength: 3 }),
  }),
  take: fc.record({
    kind: kind("take"),
    request,
    end: position,
    n,
    seat: fc.integer({ min: 0, max: MAX_N - 1 }),
    passes: fc.boolean(),
    seats: fc.integer({ min: 0, max: MAX_N }),
    history: digest,
  }),
  take_reply: fc.record({ kind: kind("take_reply"), request, mark: fc.option(fc.nat()) }),
  promote: fc.record({ kind: kind("promote"), request, mark: fc.nat() }),
  promote_reply: fc.record({
    kind: kind("promote_reply"),
    request,
    ending: fc.constantFrom("given", "again", "unknown"),
    seats: fc.integer({ min: 0, max: MAX_N }),
  }),
  claim: fc.record({
    kind: kind("claim"),
    request,
    history: digest,
    ranges: fc.array(fc.record({ end: position, n }), { maxLength: 3 }),
  }),
  claim_reply: fc.record({
    kind: kind("claim_reply"),
    request,
    stations: fc.option(fc.array(
      fc.option(fc.record({
        role: fc.constantFrom("receiving", "serving", "released"),
        seat: fc.integer({ min: 0, max: MAX_N - 1 }),
      })),
      { maxLength: 3 },
    )),
  }),
  held_ask: fc.record({
    kind: kind("held_ask"),
    request,
    n,
    keys: fc.array(keyAt, { maxLength: 3 }),
  }),
  held_reply: fc.record({
    kind: kind("held_reply"),
    request,
    held: fc.array(fc.boolean(), { maxLength: 3 }),
  }),
  probe: fc.record({ kind: kind("probe"), request }),
  gossip: fc.record({
    kind: kind("gossip"),
    request,
    history: digest,
    rest: digest,
    addresses: fc.array(fc.constantFrom("127.0.0.1:8098", "[::1]:80"), { maxLength: 2 }),
  }),
  gossip_reply: fc.record({
    kind: kind("gossip_reply"),
    request,
    groups: fc.option(fc.array(digest, { maxLength: 3 })),
  }),
  gossip_held: fc.record({
    kind: kind("gossip_held"),
    groups: fc.array(fc.nat(255), { maxLength: 3 }),
    held: fc.array(held, { maxLength: 3 }),
  }),
  gossip_rumors: fc.record({
    kind: kind("gossip_rumors"),
    rumors: fc.array(rumor, { maxLength: 3 }),
    wanted: fc.array(rumorKey, { maxLength: 3 }),
  }),
  gossip_recall: fc.record({ kind: kind("gossip_recall") }),
  gossip_recalled: fc.record({
    kind: kind("gossip_recalled"),
    tick: fc.nat(),
    register: fc.option(register),
  }),
  probe_reply: fc.record({ kind: kind("probe_reply"), request }),
};

/** A message of any kind. */
export const message: fc.Arbitrary<Message> = anyOf(messages);

/** A batch of a few messages, or a hello. */
export const envelope: fc.Arbitrary<Envelope> = fc.record({
  cluster: digest,
  from: node,
  fromBoot: boot,
  to: node,
  toBoot: boot,
  toStampMs: fc.double({ min: 0, max: 1e12, noNaN: true }).map((ms) => ms + 0),
  messages: fc.array(message, { maxLength: 3 }),
}).map((envelope) => envelope.messages.length === 0 ? { ...envelope, toBoot: null } : envelope);

/** An answer to a batch. */
export const verdict: fc.Arbitrary<Verdict> = fc.record({
  refused: fc.constantFrom(
    null,
    "wrong_cluster",
    "wrong_node",
    "unknown_member",
    "wrong_boot",
    "too_old",
    "unknown_version",
    "other_process",
  ),
  boot,
  stampMs: fc.double({ min: 0, max: 1e12, noNaN: true }).map((ms) => ms + 0),
});
