/**
 * The history of the membership, and the ring as its fold (paper, section 4.8.1; protocol.md, Part 2 a1 to a3).
 *
 * Think of a cluster's minute book. Everybody has a copy, pages are only ever added, and a page says on which pages it
 * was written. Two copies are joined by putting all their pages together. Who is a member, and who owns what, is what
 * one gets by reading the book from the front; nobody's memory of it counts.
 *
 * Invariants of a {@linkcode History}:
 * 1. there is one genesis, and every change is of its cluster;
 * 2. every parent of every change is in it (no folding over gaps);
 * 3. every id is that of the change's fields, and every height is 1 + the greatest of the parents'.
 *
 * {@linkcode fold} reads in the order of (height, id). A height is above those of all that the author knew, so this order
 * extends "the author knew", whatever any clock says (law G16); and it is the same for every copy, so equal sets of
 * changes give equal rings, however they came (laws R5 and G17).
 *
 * The rules of reading:
 * - a node goes `absent -> in -> leaving <-> in` and from `in` or `leaving` to `out`, which is for ever; a step that
 *   fits no arrow does nothing;
 * - a step after which no node would be `in` is void, so there always is a ring (law G30);
 * - weight, zone, n of a bucket, owner of a token: the last in order holds;
 * - if no token belongs to a node that is `in`, those that are take them in turn, by id.
 *
 * No change is planned here: changes record their moves, so reading the book never runs the claim algorithm.
 *
 * @module
 */
import { compare, type Digest, type NodeId, type Position } from "../id.ts";
import { ChangeError, checkChange, historyDigest } from "../protocol/canonical.ts";
import type { Change, Genesis, Member, Revision, Step } from "../protocol/change.ts";
import { equalEnds, place } from "../ring/partition.ts";
import { Ring } from "../ring/ring.ts";

/** What became of a batch of changes that was offered to a history. */
export type Taking =
  /** They are in. `added` are those that were new. */
  | { readonly kind: "taken"; readonly history: History; readonly added: readonly Change[] }
  /** Nothing was taken: these parents must come first, or in the same batch. */
  | { readonly kind: "missing"; readonly parents: readonly Digest[] }
  /** Nothing was taken: one of them is not what it says it is. */
  | { readonly kind: "refused"; readonly reason: string };

/** How far a node has come. `out` is for ever. */
export type Status = "in" | "leaving" | "out";

/** What a history says. A node that it never names is absent. */
export interface ClusterView {
  /** How it all began. */
  readonly genesis: Genesis;
  /** Every node that ever was a member, sorted by id. */
  readonly status: ReadonlyMap<NodeId, Status>;
  /** Each of them as it was placed last. */
  readonly members: ReadonlyMap<NodeId, Member>;
  /** n of the buckets that have one of their own. */
  readonly nvals: ReadonlyMap<string, number>;
  /** Every position that ever was a token, and whose it is. */
  readonly owners: ReadonlyMap<Position, NodeId | null>;
  /** Who should hold what. */
  readonly ring: Ring;
  /** Whether somebody was removed whose data may be lost with it, and that was accepted. */
  readonly acceptsLoss: boolean;
}

/**
 * A grow-only set of changes that hangs together. A value: taking changes makes another history.
 *
 * @example Two copies of the book become one
 * ```ts
 * import { found } from "./found.ts";
 * import { fold, History } from "./history.ts";
 * import { makeRevision } from "../protocol/canonical.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const members = ["a", "b"].map((id) => ({ node: nodeId(id), zone: "", weight: 1 }));
 * const book = History.of(found({ partitions: 8, replicas: 2, members }));
 * const leave = makeRevision({
 *   ...book.next(),
 *   author: nodeId("a"),
 *   wallMs: 0,
 *   steps: [{ kind: "leave", node: nodeId("b") }],
 *   moves: [],
 * });
 * const taking = book.take([leave]);
 * const after = taking.kind === "taken" ? taking.history : book;
 * assertEquals(fold(after).status.get(nodeId("b")), "leaving");
 * assertEquals(fold(book).status.get(nodeId("b")), "in");
 * ```
 */
export class History {
  /** How it all began. */
  readonly genesis: Genesis;
  /** All changes by their id. */
  readonly changes: ReadonlyMap<Digest, Change>;
  /** Ids of those that are nobody's parent, sorted. More than one is a fork. */
  readonly heads: readonly Digest[];
  /** Equal for equal sets of changes. */
  readonly digest: Digest;

  private constructor(genesis: Genesis, changes: ReadonlyMap<Digest, Change>) {
    this.genesis = genesis;
    this.changes = changes;
    const parents = new Set([...changes.values()].flatMap(parentsOf));
    this.heads = [...changes.keys()].filter((id) => !parents.has(id)).sort(compare);
    this.digest = historyDigest(changes.values());
  }

  /** The history of a cluster to which nothing has happened. @throws {ChangeError} If the genesis is not one. */
  static of(genesis: Genesis): History {
    checkChange(genesis);
    return new History(genesis, new Map([[genesis.id, genesis]]));
  }

  /** The history that was stored as these changes, in any order. @throws {ChangeError} If they do not hang together. */
  static from(changes: readonly Change[]): History {
    const genesis = changes.find((change) => change.kind === "genesis");
    if (genesis === undefined) throw new ChangeError("Cannot read a history: it has no genesis");
    const taking = History.of(genesis).take(changes);
    if (taking.kind === "refused") throw new ChangeError(taking.reason);
    if (taking.kind === "missing") {
      throw new ChangeError(`Cannot read a history: ${taking.parents.length} parents are missing`);
    }
    return taking.history;
  }

  /**
   * Joins a batch to the history: all of it, or nothing. It is taken only if afterwards every parent is known, every
   * height is right and every change is of this cluster.
   */
  take(batch: readonly Change[]): Taking {
    const added = new Map<Digest, Revision>();
    try {
      for (const change of batch) {
        if (this.changes.has(change.id)) continue;
        checkChange(change);
        if (change.kind === "genesis" || change.cluster !== this.genesis.id) {
          throw new ChangeError("Cannot take the change: it is of another cluster");
        }
        added.set(change.id, change);
      }
      const all = new Map([...this.changes, ...added]);
      const missing = new Set<Digest>();
      for (const change of added.values()) {
        for (const id of [...change.parents, change.base]) {
          if (!all.has(id)) missing.add(id);
        }
      }
      if (missing.size > 0) return { kind: "missing", parents: [...missing].sort(compare) };
      for (const change of added.values()) checkHeight(change, all);
      const history = added.size === 0 ? this : new History(this.genesis, all);
      return { kind: "taken", history, added: [...added.values()] };
    } catch (error) {
      if (!(error instanceof ChangeError)) throw error;
      return { kind: "refused", reason: error.message };
    }
  }

  /** Where a change that is written on all of this history stands. */
  next(): Pick<Revision, "cluster" | "height" | "parents" | "base"> {
    const { id } = this.genesis;
    return {
      cluster: id,
      height: 1 + Math.max(...this.heads.map((head) => heightOf(this.changes.get(head)!))),
      parents: this.heads,
      base: id,
    };
  }

  /** All changes in the order in which they are read: by (height, id). */
  ordered(): Change[] {
    return [...this.changes.values()].sort((a, b) =>
      heightOf(a) - heightOf(b) || compare(a.id, b.id)
    );
  }
}

function parentsOf(change: Change): readonly Digest[] {
  return change.kind === "genesis" ? [] : change.parents;
}

function heightOf(change: Change): number {
  return change.kind === "genesis" ? 0 : change.height;
}

function checkHeight(change: Revision, all: ReadonlyMap<Digest, Change>): void {
  const above = Math.max(...change.parents.map((id) => heightOf(all.get(id)!)));
  if (change.height !== above + 1) {
    throw new ChangeError(
      `Cannot take the change: height ${above + 1} wanted, got ${change.height}`,
    );
  }
}

/** What the history says: a function of the set of changes alone. */
export function fold(history: History): ClusterView {
  const { genesis } = history;
  const reader = new Reader(genesis);
  for (const change of history.ordered()) {
    if (change.kind === "genesis") continue;
    for (const step of change.steps) reader.step(step);
    for (const { position, node } of change.moves) reader.owners.set(position, node);
  }
  return reader.finish();
}

/** One reading of the book: who is what so far. Lives as long as a fold. */
class Reader {
  readonly owners = new Map<Position, NodeId | null>();
  #acceptsLoss = false;
  readonly #genesis: Genesis;
  readonly #status = new Map<NodeId, Status>();
  readonly #members = new Map<NodeId, Member>();
  readonly #nvals = new Map<string, number>();

  constructor(genesis: Genesis) {
    this.#genesis = genesis;
    for (const { node, zone, weight } of genesis.members) this.#join({ node, zone, weight });
    if (genesis.strategy === 3) {
      for (const end of equalEnds(genesis.partitions)) this.owners.set(end, null);
    }
    for (const { position, node } of genesis.moves) this.owners.set(position, node);
  }

  step(step: Step): void {
    switch (step.kind) {
      case "join":
        return this.#join({ node: step.node, zone: step.zone, weight: step.weight });
      case "leave":
        return this.#turn(step.node, "leaving");
      case "stay":
        return this.#turn(step.node, "in");
      case "left":
        return this.#turn(step.node, "out");
      case "remove":
        this.#acceptsLoss ||= step.acceptLoss && this.#status.has(step.node);
        return this.#turn(step.node, "out");
      case "replace": {
        // The new one is placed like the old one, which may be out already. It comes first, or the leave might be void.
        const old = this.#members.get(step.old);
        if (old === undefined) return;
        this.#join({ ...old, node: step.new });
        return this.#turn(step.old, "leaving");
      }
      case "weight":
        return this.#place(step.node, { weight: step.weight });
      case "zone":
        return this.#place(step.node, { zone: step.zone });
      case "nval":
        this.#nvals.set(step.bucket, step.n);
    }
  }

  finish(): ClusterView {
    const active = this.#active().map((node) => this.#members.get(node)!);
    if (![...this.owners.values()].some((owner) => this.#status.get(owner!) === "in")) {
      [...this.owners.keys()].sort(compare).forEach((position, i) => {
        this.owners.set(position, active[i % active.length]!.node);
      });
    }
    const { strategy, partitions } = this.#genesis;
    const byName = ([a]: [string, unknown], [b]: [string, unknown]) => compare(a, b);
    return {
      genesis: this.#genesis,
      status: new Map([...this.#status].sort(byName)),
      members: new Map([...this.#members].sort(byName)),
      nvals: new Map([...this.#nvals].sort(byName)),
      owners: this.owners,
      acceptsLoss: this.#acceptsLoss,
      ring: new Ring({ placement: place(strategy, partitions, this.owners), active }),
    };
  }

  #active(): NodeId[] {
    return [...this.#status].flatMap(([node, status]) => status === "in" ? [node] : []).sort(
      compare,
    );
  }

  #join(member: Member): void {
    if (this.#status.has(member.node)) return;
    this.#status.set(member.node, "in");
    this.#members.set(member.node, member);
  }

  #turn(node: NodeId, to: Status): void {
    const from = this.#status.get(node);
    if (from === undefined || from === "out") return;
    const wouldEmptyTheRing = from === "in" && to !== "in" && this.#active().length === 1;
    if (!wouldEmptyTheRing) this.#status.set(node, to);
  }

  #place(node: NodeId, placed: Partial<Member>): void {
    const member = this.#members.get(node);
    if (member !== undefined && this.#status.get(node) !== "out") {
      this.#members.set(node, { ...member, ...placed });
    }
  }
}
