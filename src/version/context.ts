/**
 * What a client carries from a get to a put: the paper's opaque *context* (section 4.1), as a value.
 *
 * The clock is the causal part: the put replaces what the clock covers and is a sibling of everything else. The other
 * two only help: `stamp` keeps the new version's stamp above all that the client has seen, where a last-writer-wins
 * view compares stamps; `fastest` lets the put go to the replica that answered the read first (section 5), which also
 * makes it likely that a client reads its own writes.
 *
 * The token that travels (`X-Riak-Vclock`) is bound to its key and sealed; that is the codec's affair
 * (`protocol/codec_context.ts`).
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Container } from "./siblings.ts";
import { greatestStamp } from "./siblings.ts";
import type { VersionVector } from "./version_vector.ts";

/** What a client has seen of one key, and where. */
export interface Context {
  /** All that was merged for the client's read, hidden versions included. */
  readonly clock: VersionVector;
  /** The greatest stamp in that, in µs; 0 if there was no version. */
  readonly stamp: number;
  /** The replica that answered the read first, or that coordinated the put; null if nobody says. */
  readonly fastest: NodeId | null;
}

/**
 * The context of a client that is shown `container`.
 *
 * @example A context covers what it was made of
 * ```ts
 * import { contextOf } from "./context.ts";
 * import { EMPTY, write } from "./siblings.ts";
 * import { covers, FRESH } from "./version_vector.ts";
 * import { actor, version } from "../../props/generators.ts";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const dot = { actor: actor("a"), counter: 1 };
 * const seen = contextOf(write(EMPTY, FRESH, dot, version("milk", { stamp: 7 })), null);
 * assert(covers(seen.clock, dot));
 * assertEquals(seen.stamp, 7);
 * ```
 */
export function contextOf(container: Container, fastest: NodeId | null): Context {
  return { clock: container.clock, stamp: greatestStamp(container), fastest };
}
