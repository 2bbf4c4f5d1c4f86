/**
 * How much a message weighs: what a queue that is bounded in bytes counts with.
 *
 * An estimate, made without encoding anything: contents to the byte, everything else by allowances that are on the safe
 * side of what the codec makes of it.
 *
 * @module
 */
import type { Summary } from "../anti_entropy/merkle_tree.ts";
import type { Message } from "../protocol/message.ts";
import type { Rumor, UnknownRumor } from "../protocol/rumor.ts";
import type { Container, Version } from "../version/siblings.ts";
import type { VersionVector } from "../version/version_vector.ts";

/** A message without anything in it: numbers, a name, a standing. */
const MESSAGE_BYTES = 256;
/** A clock entry: an actor and a counter. */
const ENTRY_BYTES = 64;
/** A version without its content, its type and its headers. */
const VERSION_BYTES = 160;
/** One property of a bucket, one node's part in a request, one root, place, hash or leaf of a tree. */
const ITEM_BYTES = 64;

type Weighed = Pick<Version, "content" | "contentType" | "headers">;

/**
 * The weight of a message, in bytes.
 *
 * @example A content counts to the byte
 * ```ts
 * import { messageBytes } from "./message_bytes.ts";
 * import { EMPTY } from "../version/siblings.ts";
 * import { assert } from "@std/assert";
 *
 * const name = { type: "default", bucket: "carts", key: "mary" };
 * const write = { kind: "write", request: 1, name, n: 3, container: EMPTY, hint: null } as const;
 * assert(messageBytes(write) < 1_000);
 * ```
 */
export function messageBytes(message: Message): number {
  switch (message.kind) {
    case "write":
    case "repair":
      return nameOf(message.name) + containerBytes(message.container);
    case "read":
    case "foreign":
      return nameOf(message.name);
    case "read_reply":
      return MESSAGE_BYTES +
        (message.outcome.kind === "found" ? containerBytes(message.outcome.container) : 0);
    case "foreign_reply":
      return MESSAGE_BYTES + (message.container === null ? 0 : containerBytes(message.container));
    case "forward": {
      const { name, version, seen } = message.order;
      return nameOf(name) + versionBytes(version) + (seen === null ? 0 : clockBytes(seen.clock));
    }
    case "forward_reply": {
      const { outcome } = message;
      return MESSAGE_BYTES + ITEM_BYTES * outcome.participants.length +
        (outcome.kind === "put" ? containerBytes(outcome.container) : outcome.detail.length);
    }
    case "props":
      return message.entries.reduce(
        (sum, { type, bucket }) => sum + type.length + bucket.length + ITEM_BYTES,
        MESSAGE_BYTES,
      );
    case "claim":
      return MESSAGE_BYTES + ITEM_BYTES * message.ranges.length;
    case "claim_reply":
      return MESSAGE_BYTES + ITEM_BYTES * (message.stations?.length ?? 0);
    case "held_ask":
    case "settle_ask":
    case "settle_do":
      return message.keys.reduce((sum, { name }) => sum + ITEM_BYTES + nameOf(name), MESSAGE_BYTES);
    case "roots":
      return MESSAGE_BYTES + ITEM_BYTES * message.roots.length;
    case "roots_reply":
      return MESSAGE_BYTES + ITEM_BYTES * message.differing.length;
    case "places":
      return MESSAGE_BYTES + ITEM_BYTES * message.paths.length;
    case "places_reply":
      return message.summaries?.reduce((sum, one) => sum + summaryBytes(one), MESSAGE_BYTES) ??
        MESSAGE_BYTES;
    case "want":
      return MESSAGE_BYTES + ITEM_BYTES * message.keys.length;
    case "want_reply":
      return message.copies.reduce(
        (sum, { name, container }) => sum + nameOf(name) + containerBytes(container),
        MESSAGE_BYTES + ITEM_BYTES * message.gone.length,
      );
    case "gossip_held":
      return MESSAGE_BYTES + ITEM_BYTES * message.held.length;
    case "gossip_rumors":
      return message.rumors.reduce(
        (sum, rumor) => sum + rumorBytes(rumor),
        MESSAGE_BYTES + ITEM_BYTES * message.wanted.length,
      );
    default:
      return MESSAGE_BYTES;
  }
}

function summaryBytes(summary: Summary): number {
  const parts = summary.kind === "branch" ? summary.hashes : summary.leaves;
  return ITEM_BYTES * (1 + parts.length);
}

function rumorBytes(rumor: Rumor | UnknownRumor): number {
  switch (rumor.kind) {
    case "unknown": // it is never sent
      return ITEM_BYTES;
    case "change":
      return MESSAGE_BYTES + ITEM_BYTES * rumor.change.moves.length;
    case "register":
      return MESSAGE_BYTES + ITEM_BYTES * rumor.register.roles.length;
    case "prop":
      return ITEM_BYTES + rumor.entry.type.length + rumor.entry.bucket.length;
  }
}

function nameOf({ type, bucket, key }: { type: string; bucket: string; key: string }): number {
  return MESSAGE_BYTES + type.length + bucket.length + key.length;
}

function containerBytes({ clock, siblings }: Container): number {
  return siblings.reduce((sum, { version }) => sum + versionBytes(version), clockBytes(clock));
}

function clockBytes(clock: VersionVector): number {
  return ENTRY_BYTES * clock.size;
}

function versionBytes({ content, contentType, headers }: Weighed): number {
  return headers.reduce(
    (sum, [name, value]) => sum + name.length + value.length + 8,
    VERSION_BYTES + content.length + contentType.length,
  );
}
