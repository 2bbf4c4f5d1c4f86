/**
 * Whom a request asks: the key's replicas, who may stand in for them, and who may coordinate a put (paper, sections 4.5 and
 * 4.6).
 *
 * Who is down is this node's own guess, and changes only whom it asks.
 *
 * @module
 */
import type { NodeId, ObjectName } from "../id.ts";
import type { BucketProps } from "../protocol/bucket_props.ts";
import { type Failure, failure } from "../protocol/error.ts";
import type { Locator } from "../protocol/locator.ts";
import type { Entry } from "../ring/preference_list.ts";

/** Answers for one node. */
export class Whom {
  readonly #locator: Locator;
  readonly #isFull: () => boolean;

  /** As this locator sees the cluster, and its node sees its own disk. */
  constructor(locator: Locator, isFull: () => boolean) {
    this.#locator = locator;
    this.#isFull = isFull;
  }

  /** The replicas that a request asks: the first of the list, as many as it wants, at most the bucket's n. */
  replicas(
    name: ObjectName,
    props: BucketProps,
    nVal: number | undefined,
  ): { readonly n: number; readonly seats: number; readonly list: readonly Entry[] } | Failure {
    const n = nVal ?? props.n_val;
    if (n < 1 || n > props.n_val) {
      const detail = `Cannot ask ${n} replicas: 1 to the bucket's n_val ${props.n_val} wanted`;
      return failure("quorum_impossible", detail, { want: { n_val: n }, got: { n: props.n_val } });
    }
    const primaries = this.#locator.list(name, props.n_val).filter(({ role }) =>
      role === "primary"
    );
    const list = primaries.slice(0, n);
    return { n, seats: list.length, list };
  }

  /** Nodes that may keep a copy for replicas, in the order of the walk: none that is down, and never this one. */
  fallbacks(name: ObjectName, { n_val }: BucketProps, sloppy: boolean): NodeId[] {
    if (!sloppy) return [];
    return this.#locator.list(name, n_val).filter(({ node, role }) =>
      role === "fallback" && node !== this.#locator.node && !this.#locator.isDown(node)
    ).map(({ node }) => node);
  }

  /**
   * Nodes that may be asked what they keep for replicas: this one first, if it serves no seat, for it may have coordinated
   * in the place of one, and a look at its own disk costs no message.
   */
  keepers(name: ObjectName, props: BucketProps, sloppy: boolean): NodeId[] {
    const { node: self } = this.#locator;
    const others = this.fallbacks(name, props, sloppy);
    const isFallback = sloppy &&
      this.#locator.list(name, props.n_val).some(({ node, role }) =>
        node === self && role === "fallback"
      );
    return isFallback ? [self, ...others] : others;
  }

  /** In whose place this node may coordinate a put: a primary that is down, or else any, for none of them will. */
  absent(list: readonly Entry[]): Entry | Failure {
    const others = list.filter(({ node }) => node !== this.#locator.node);
    const detail = "Cannot put: only this node is to hold the key, and it does not serve it yet";
    return others.find(({ node }) => this.#locator.isDown(node)) ?? others[0] ??
      failure("no_coordinator", detail);
  }

  /** Whether this node coordinates a put: it serves the key, and its disk is not full, or nobody else is there. */
  coordinates(name: ObjectName, { n_val }: BucketProps, others: readonly NodeId[]): boolean {
    const serves = this.#locator.standing(name, n_val).seat !== null;
    return serves && !(this.#isFull() && others.length > 0);
  }

  /**
   * Who may coordinate a put, best first: the replica that was fastest in the client's read, then the list's order. Those
   * that are down are tried only where nobody may stand in.
   */
  candidates(list: readonly Entry[], fastest: NodeId | undefined, sloppy: boolean): NodeId[] {
    const nodes = list.map(({ node }) => node).filter((node) => node !== this.#locator.node);
    const well = nodes.filter((node) => !this.#locator.isDown(node));
    const first = fastest !== undefined && well.includes(fastest) ? [fastest] : [];
    const down = sloppy ? [] : nodes.filter((node) => !well.includes(node));
    return [...new Set([...first, ...well, ...down])];
  }
}
