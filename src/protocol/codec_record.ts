/**
 * Names, dots, containers and records as bytes.
 *
 * A container is `[clock, siblings]`. The clock is one flat list `actor, counter, actor, counter…` in the order of
 * actors. A sibling is `[index of its actor in the clock, counter, …version, content]`: its actor is always in the clock
 * (invariant 2 of a container), so it is not said twice. Equal containers have equal bytes (law V10).
 *
 * A record is its container and the node's own dot. The bytes have no checksum: whoever stores them adds one.
 *
 * @module
 */
import {
  type Actor,
  type Boot,
  type Digest,
  type Dot,
  hex,
  MAX_COUNTER,
  MAX_NAME_BYTES,
  type NodeId,
  type ObjectName,
  type Position,
  type WriteId,
} from "../id.ts";
import type { Container, Sibling, Version } from "../version/siblings.ts";
import { covers, sortedEntries, type VersionVector } from "../version/version_vector.ts";
import { decodeBody, encodeBody } from "./codec_msgpack.ts";
import {
  array,
  bytes,
  byteText,
  either,
  type Fields,
  fields,
  flag,
  nullable,
  oneOf,
  refuse,
  type Shape,
  text,
  time,
  whole,
} from "./codec_shape.ts";
import type { HintTerms, StoredRecord } from "./event.ts";
import { MAX_EXPIRES_IN_S } from "./bucket_props.ts";
import type { Lifetime, NewVersion } from "./message.ts";

const isNodeId = (text: string) => /^[a-z0-9][a-z0-9-]{0,31}$/.test(text);

/** A node's name. */
export const nodeIdShape: Shape<NodeId> = byteText({ wanted: "a node id", check: isNodeId });
/** A boot. */
export const bootShape: Shape<Boot> = byteText({ min: 8, max: 8 });
const POSITION_BYTES = 16;
const trimmed = byteText<string>({
  max: POSITION_BYTES,
  wanted: `at most ${POSITION_BYTES} bytes, the last of them not 0`,
  check: (text) => !text.endsWith("\0"),
});

/** A digest. */
export const digestShape: Shape<Digest> = byteText({ min: 16, max: 16 });
/** A position, without the zeros that it ends with: the ends of equal ranges are little but zeros. */
export const positionShape: Shape<Position> = {
  pack: (position) => position.replace(/\0+$/, ""),
  unpack: (raw, what) => {
    const kept = trimmed.unpack(raw, what);
    return kept.padEnd(POSITION_BYTES, "\0") as Position;
  },
};
/** A write id. */
export const writeIdShape: Shape<WriteId> = byteText({ min: 16, max: 16 });
/** An actor: `u8 len, NodeId | Boot | u32 seq`. */
export const actorShape: Shape<Actor> = byteText({
  wanted: "an actor",
  check: (text) => text.length === text.charCodeAt(0) + 13 && isNodeId(text.slice(1, -12)),
});
/** A count of events. */
export const counterShape: Shape<number> = whole({ min: 1, max: MAX_COUNTER });
/** A dot that stands alone. */
const dotShape: Shape<Dot> = fields<Dot>({ actor: actorShape, counter: counterShape });

const namePart = byteText<string>({ max: MAX_NAME_BYTES });
const looseName = fields<ObjectName>({ type: namePart, bucket: namePart, key: namePart });
/** What a client calls a key. */
export const nameShape: Shape<ObjectName> = {
  pack: looseName.pack,
  unpack: (raw, what) => {
    const name = looseName.unpack(raw, what);
    const length = name.type.length + name.bucket.length + name.key.length;
    return length <= MAX_NAME_BYTES
      ? name
      : refuse(what, `at most ${MAX_NAME_BYTES} bytes together`, length);
  },
};

/** A clock: actors ascend strictly, so that each clock has one encoding. */
export const clockShape: Shape<VersionVector> = {
  pack: (clock) => sortedEntries(clock).flat(),
  unpack: (raw, what) => {
    const flat = array(raw, what);
    const clock = new Map<Actor, number>();
    let last = "";
    for (let i = 0; i < flat.length; i += 2) {
      const actor = actorShape.unpack(flat[i], what);
      if (actor <= last) refuse(what, "ascending actors", actor);
      clock.set(actor, counterShape.unpack(flat[i + 1], what));
      last = actor;
    }
    return clock;
  },
};

/** Pairs of name and value, flat. */
const headersShape: Shape<Version["headers"]> = {
  pack: (headers) => headers.flat(),
  unpack: (raw, what) => {
    const flat = array(raw, what);
    const headers: [string, string][] = [];
    for (let i = 0; i < flat.length; i += 2) {
      headers.push([text.unpack(flat[i], what), text.unpack(flat[i + 1], what)]);
    }
    return headers;
  },
};

/** A version without its content, which stands last in a sibling. */
const versionShape: Fields<Omit<Version, "content">> = fields<Omit<Version, "content">>({
  tombstone: flag,
  contentType: text,
  headers: headersShape,
  lastModifiedMs: time,
  stamp: whole(),
  expiresAtMs: nullable(time),
  writeId: writeIdShape,
});
const indexShape = whole();
/** How many elements of a sibling stand before its version: the actor's index and the counter. */
const DOT_FIELDS = 2;

/** For how long: a number of ms, a word, or what the bucket says. */
const lifetimeShape: Shape<Lifetime> = nullable(either(
  whole({ min: 1, max: MAX_EXPIRES_IN_S * 1000 }),
  (value) => typeof value === "number",
  oneOf(["never"]),
));

/** What a client wants written. */
export const newVersionShape: Fields<NewVersion> = fields<NewVersion>({
  tombstone: flag,
  content: bytes,
  contentType: text,
  headers: headersShape,
  expiresInMs: lifetimeShape,
  writeId: writeIdShape,
});

/** A container. */
export const containerShape: Shape<Container> = {
  pack: ({ clock, siblings }) => {
    const entries = sortedEntries(clock);
    let index = 0; // siblings are sorted by dot, entries by actor: one walk finds every sibling's actor
    const packed = siblings.map(({ dot, version }) => {
      while (index < entries.length && entries[index]![0] !== dot.actor) index++;
      if (!covers(clock, dot) || index === entries.length) {
        throw new Error(`Cannot encode a container: its clock lacks dot ${hex(dot.actor)}`);
      }
      const out: unknown[] = [index, dot.counter];
      versionShape.packInto(out, version);
      out.push(version.content);
      return out;
    });
    return [entries.flat(), packed];
  },
  unpack: (raw, what) => {
    const parts = array(raw, what);
    if (parts.length !== 2) refuse(what, "a clock and siblings", raw);
    const clock = clockShape.unpack(parts[0], `${what}.clock`);
    const actors = [...clock.keys()];
    let lastIndex = -1;
    let lastCounter = 0;
    const siblings = array(parts[1], `${what}.siblings`).map((element): Sibling => {
      const path = `${what}.siblings`;
      const sibling = array(element, path);
      const at = indexShape.unpack(sibling[0], path);
      const actor = actors[at] ?? refuse(path, "an actor of the clock", at);
      const counter = counterShape.unpack(sibling[1], path);
      if (at < lastIndex || (at === lastIndex && counter <= lastCounter)) {
        refuse(path, "ascending dots", counter);
      }
      if (counter > clock.get(actor)!) refuse(path, "a dot that the clock covers", counter);
      [lastIndex, lastCounter] = [at, counter];
      const dot = { actor, counter };
      const last = sibling.length - 1;
      const version = versionShape.unpackFrom(sibling.slice(0, last), DOT_FIELDS, path);
      return {
        dot,
        version: { ...version, content: bytes.unpack(sibling[last], path) },
      };
    });
    return { clock, siblings };
  },
};

/**
 * The bytes of a record.
 *
 * @example There and back
 * ```ts
 * import { decodeRecord, encodeRecord } from "./codec_record.ts";
 * import { EMPTY, write } from "../version/siblings.ts";
 * import { FRESH } from "../version/version_vector.ts";
 * import { actor, version } from "../../props/generators.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const dot = { actor: actor("a"), counter: 1 };
 * const record = { container: write(EMPTY, FRESH, dot, version("milk")), mine: dot };
 * assertEquals(decodeRecord(encodeRecord(record)), record);
 * ```
 */
export function encodeRecord(
  { container, mine, hint, agreedMs }: StoredRecord,
): Uint8Array<ArrayBuffer> {
  const packed = [containerShape.pack(container), mineShape.pack(mine)];
  if (hint !== undefined || agreedMs !== undefined) packed.push(hintShape.pack(hint ?? null));
  if (agreedMs !== undefined) packed.push(time.pack(agreedMs));
  return encodeBody(packed);
}

/** The record of some bytes. @throws {CodecError} If they are not one. */
export function decodeRecord(body: Uint8Array): StoredRecord {
  const raw = array(decodeBody(body, "a record"), "record");
  if (raw.length < 2 || raw.length > 4) {
    refuse("record", "a container, an own dot, and perhaps a hint's terms and a time", raw);
  }
  const record = {
    container: containerShape.unpack(raw[0], "record.container"),
    mine: mineShape.unpack(raw[1], "record.mine"),
  };
  const hint = raw.length > 2 ? hintShape.unpack(raw[2], "record.hint") : null;
  if (raw.length < 4) return hint === null ? record : { ...record, hint };
  const agreedMs = time.unpack(raw[3], "record.agreedMs");
  return hint === null ? { ...record, agreedMs } : { ...record, hint, agreedMs };
}

const mineShape = nullable(dotShape);
const termsShape = fields<HintTerms>({ n: whole({ min: 1 }), seat: whole(), w: whole({ min: 1 }) });
const hintShape = nullable(termsShape);
