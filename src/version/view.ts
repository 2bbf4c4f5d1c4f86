/**
 * What a client is shown of a container (protocol.md, Part 1 d).
 *
 * Expiry and last-writer-wins live here, at the node that answers, and nowhere else. Inside merge either of them would
 * change what is live without a new dot to witness it: replicas with equal clocks would hold different versions, and the
 * next sync would drop what they do not share. As a filter of the answer they harm nothing: a clock a year ahead hides
 * versions from the clients of its own node, and a property that is flipped back shows again what it hid.
 *
 * A view hides; it does not forget. The context of a read covers the whole container, hidden versions included.
 *
 * @module
 */
import { compareDots, type WriteId } from "../id.ts";
import type { Container, Sibling } from "./siblings.ts";

/** What a view depends on besides the container. */
export interface ViewOptions {
  /** True: only the greatest (stamp, dot) is shown (`last_write_wins`, or not `allow_mult`). */
  readonly latestOnly: boolean;
  /** The answering node's wall clock, which must not go back within a boot. */
  readonly wallMs: number;
}

/**
 * The versions that a client sees, in the order of dots. Tombstones are among them: whether a tombstone means not-found
 * is for the reader of the view to say.
 *
 * @example The latest of two siblings
 * ```ts
 * import { view } from "./view.ts";
 * import { EMPTY, write } from "./siblings.ts";
 * import { FRESH } from "./version_vector.ts";
 * import { actor, version } from "../../props/generators.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = ["a", "b"].map((node) => ({ actor: actor(node), counter: 1 }));
 * const milk = write(EMPTY, FRESH, a!, version("milk", { stamp: 2 }));
 * const both = write(milk, FRESH, b!, version("bread", { stamp: 1 }));
 * assertEquals(view(both, { latestOnly: false, wallMs: 0 }).length, 2);
 * assertEquals(view(both, { latestOnly: true, wallMs: 0 }), milk.siblings);
 * ```
 */
export function view({ siblings }: Container, { latestOnly, wallMs }: ViewOptions): Sibling[] {
  const shown = siblings.filter(({ version }) =>
    version.expiresAtMs === null || version.expiresAtMs > wallMs
  );
  return latestOnly && shown.length > 1 ? [shown.reduce(later)] : shown;
}

/**
 * Whether whoever wrote this has been shown all that a put's view shows: the write itself alone, or deletes alone. Then its
 * clock may be a context; else the next put would silence what nobody has looked at (decision 0010).
 */
export function showsOnly(view: readonly Sibling[], writeId: WriteId): boolean {
  return view.every(({ version }) => version.tombstone) ||
    view.every(({ version }) => version.writeId === writeId);
}

/** The sibling with the greater (stamp, dot): a total order, so that every node shows the same one. */
function later(a: Sibling, b: Sibling): Sibling {
  return (b.version.stamp - a.version.stamp || compareDots(b.dot, a.dot)) > 0 ? b : a;
}
