/**
 * A put applied to the record that its coordinator holds (paper, section 4.3 and 4.4): pure, but for the sources of dots
 * and stamps.
 *
 * A delete that has nothing left to delete issues no dot: its client repeats a delete that has happened, or somebody has
 * overwritten what it had seen. Else each repeat would add a tombstone beside the last one.
 *
 * In a last-writer-wins bucket a put covers its context *and* all that the coordinator holds; that is all that the
 * property does on the way in.
 *
 * When a version expires is fixed here, once, by this node's wall clock, and never changes (protocol.md, Part 1 d): from what
 * the put says, else from what its bucket says. Nothing else depends on properties.
 *
 * @module
 */
import type { Dot } from "../id.ts";
import { type Failure, failure } from "../protocol/error.ts";
import type { Now, StoredRecord } from "../protocol/event.ts";
import type { NewVersion, PutOrder } from "../protocol/message.ts";
import {
  type Container,
  EMPTY,
  greatestStamp,
  SEEN_NOTHING,
  type Version,
  write,
} from "../version/siblings.ts";
import { covers, descends, merge, type VersionVector } from "../version/version_vector.ts";
import type { Dots } from "./dots.ts";
import type { Stamps } from "./stamps.ts";

/** What a coordinator takes names, times and limits from. */
export interface Sources {
  readonly dots: Dots;
  readonly stamps: Stamps;
  readonly maxContainerBytes: number;
}

/** What the sources hold in memory. */
export function snapshotOf({ dots, stamps }: Sources): object {
  return { dots: dots.snapshot(), stamps: stamps.snapshot() };
}

/** A put that has its dot: the record to store, whose container is what the other replicas must hold. */
export interface Issued {
  readonly kind: "issued";
  readonly dot: Dot;
  readonly record: StoredRecord;
  /** True if the record's own actor was dropped because it was known further elsewhere. */
  readonly overtaken: boolean;
}

/** What is held is already what the put wants: no event, but the other replicas may not know it yet. */
export interface Unchanged {
  readonly kind: "unchanged";
  readonly container: Container;
}

/** Issues a dot for the put and applies it, or says why no dot was issued. */
export function coordinate(
  record: StoredRecord | null,
  order: PutOrder,
  { dots, stamps, maxContainerBytes }: Sources,
  now: Now,
): Issued | Unchanged | Failure {
  const held = record?.container ?? EMPTY;
  const context = order.seen ?? SEEN_NOTHING;
  const seen = order.props.last_write_wins ? merge(context.clock, held.clock) : context.clock;
  const { tombstone } = order.version;
  if (tombstone && record && descends(held.clock, seen) && !coversAny(seen, held)) {
    return { kind: "unchanged", container: held };
  }
  const floor = Math.max(greatestStamp(held), context.stamp);
  const stamp = stamps.next(floor, now);
  if (!Number.isSafeInteger(stamp)) return unstampable(floor, now);
  const { dot, overtaken } = dots.next(record, seen);
  const version = versionOf(order, { stamp, writtenMs: Math.floor(now.wallMs) });
  const container = write(held, seen, dot, version);
  const bytes = sizeOf(container);
  if (bytes > maxContainerBytes) {
    // The dot that was just named dies unused with this step: nothing was stored or sent under it, and `mine` is as before.
    return failure(
      "container_full",
      `Cannot put: the key's ${container.siblings.length} siblings would hold ${bytes} bytes, ` +
        `above maxContainerBytes, which is ${maxContainerBytes}`,
      { want: { bytes }, got: { bytes: maxContainerBytes } },
    );
  }
  return { kind: "issued", dot, overtaken, record: { container, mine: dot } };
}

/** The version with all that its coordinator makes. */
function versionOf(
  { version, props }: PutOrder,
  { stamp, writtenMs }: { readonly stamp: number; readonly writtenMs: number },
): Version {
  const { expiresInMs, ...said } = version;
  const lifeMs = lifetimeMs(expiresInMs, version.tombstone ? null : props.expires_in);
  const expiresAtMs = lifeMs === null ? null : writtenMs + lifeMs;
  return { ...said, lastModifiedMs: writtenMs, stamp, expiresAtMs };
}

/** For how long it is shown; null is for ever. */
function lifetimeMs(said: NewVersion["expiresInMs"], bucketS: number | null): number | null {
  if (said === "never") return null;
  return said ?? (bucketS === null ? null : bucketS * 1000);
}

/** No number is left above the greatest stamp that the put has seen, or the node's clock has run away by itself. */
function unstampable(floor: number, { wallMs }: Now): Failure {
  return Number.isSafeInteger(floor + 1)
    ? failure("internal", `Cannot stamp the put: this node's wall clock shows ${wallMs} ms`, {
      definite: true,
    })
    : failure(
      "bad_context",
      `Cannot stamp the put: the greatest stamp that it has seen is ${floor}`,
    );
}

/** True if a put that has seen `seen` would replace something that is live. */
function coversAny(seen: VersionVector, { siblings }: Container): boolean {
  return siblings.some(({ dot }) => covers(seen, dot));
}

/** What a container's versions hold together: contents and headers. In bytes. */
export function sizeOf(container: Container): number {
  let bytes = 0;
  for (const { version } of container.siblings) {
    bytes += version.content.length + version.contentType.length;
    for (const [name, value] of version.headers) bytes += name.length + value.length;
  }
  return bytes;
}
