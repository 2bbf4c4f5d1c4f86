/**
 * Who stands in for whom within one request (paper, section 4.6): the first N *healthy* nodes of the walk take part.
 *
 * A primary that is held to be down is passed over at once. One that turns out to be unreachable, refuses, or is silent for
 * `fallbackAfterMs` is stood in for then; it may still answer. So it is with who stands in: its seat goes on to the next of
 * the walk. Each fallback is asked once, so that this ends with the walk (protocol.md, Part 1 a).
 *
 * A strict request (`sloppy_quorum=false`) has nobody who could.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Entry } from "../ring/preference_list.ts";

/** The fallbacks of one request. */
export class StandIns {
  readonly #left: NodeId[];
  /** Who was asked last for each seat: it alone can be stood in for. */
  readonly #last: Map<number | null, NodeId>;

  /**
   * @param list The primaries.
   * @param fallbacks Healthy ones, in the order of the walk.
   */
  constructor(list: readonly Entry[], fallbacks: readonly NodeId[]) {
    this.#last = new Map(list.map(({ node, seat }) => [seat, node]));
    this.#left = [...fallbacks];
  }

  /** Whether there is anybody left. */
  get any(): boolean {
    return this.#left.length > 0;
  }

  /** Who stands in from now on for what this node was asked for; null if somebody does already, or nobody is left. */
  after(node: NodeId): Entry | null {
    const [seat] = [...this.#last].find(([, last]) => last === node) ?? [];
    const next = seat === undefined ? undefined : this.#left.shift();
    return next === undefined ? null : this.takes(seat!, next);
  }

  /** This node stands in for a seat, whoever it is. */
  takes(seat: number | null, node: NodeId): Entry {
    this.#last.set(seat, node);
    return { node, seat, role: "fallback" };
  }

  /** What it holds in memory. */
  snapshot(): object {
    return { left: [...this.#left], last: [...this.#last] };
  }
}
