/**
 * What operators ask about the membership, and what they are told: the stage, a plan, the ring, where a key lives. Plain
 * data: digests and positions are in hex, what cannot be known is null.
 *
 * @module
 */
import type { TreesOverview } from "../anti_entropy/overview.ts";
import type { TransfersOverview } from "../handover/handover.ts";
import { hex, type NodeId, type ObjectName, type Position } from "../id.ts";
import type { ClusterView } from "../membership/history.ts";
import type { Outline } from "../membership/outline.ts";
import { outIn } from "../membership/outline.ts";
import type { Warning } from "../membership/placement_warnings.ts";
import type { Roster } from "../membership/roster.ts";
import { sharesOf } from "../membership/shares.ts";
import { nsOf, type StagedStep } from "../membership/staged_steps.ts";
import { type Transfer, transfersOf, unsettledRanges } from "../membership/transfers.ts";
import type { Health, PeerHealth } from "../membership/health.ts";
import type { Register } from "../protocol/change.ts";
import { type Failure, isFailure } from "../protocol/error.ts";
import { roleAt } from "../membership/register.ts";
import { positionOf } from "../ring/hash.ts";
import { type Standing, standingOf } from "./member_status.ts";
import { type MovesPage, movesPage } from "./moves_page.ts";
import { type CommitOrder, Stage, type StageOptions } from "./stage.ts";

/** `/admin/stage`. */
export interface StagePage {
  readonly node: NodeId;
  readonly steps: readonly StagedStep[];
}

/** How a node stands before or after a plan. */
export interface PlannedMember {
  readonly status: Standing;
  readonly zone: string;
  readonly weight: number;
  /** Share of the key space that it owns, from 0 to 1. */
  readonly owns: number;
}

/** One range that moves. */
export interface TransferPage {
  /** The last position of the range. */
  readonly rangeEnd: string;
  readonly n: number;
  readonly kind: "pass" | "fill" | "drop";
  readonly from: readonly NodeId[];
  readonly to: readonly NodeId[];
  /** Keys in it; null where this node does not serve it, or has not looked at all of it since its start. */
  readonly keys: number | null;
  /** What they take; null: nobody counts that. */
  readonly bytes: number | null;
}

/** `/admin/plan`. */
export interface PlanPage {
  readonly node: NodeId;
  /** What it is committed by. */
  readonly plan: string;
  /** Digest of the history that it was made on. */
  readonly plannedOn: string;
  readonly steps: readonly StagedStep[];
  readonly members: readonly {
    readonly node: NodeId;
    /** Null: it is no member. */
    readonly before: PlannedMember | null;
    readonly after: PlannedMember;
  }[];
  /** Tokens that change hands. */
  readonly moves: number;
  readonly transfers: readonly TransferPage[];
  /** Ranges of which a removal may lose something. */
  readonly losses: readonly {
    readonly rangeEnd: string;
    readonly n: number;
    readonly kind: "lost" | "doubtful";
    readonly removed: readonly NodeId[];
    readonly survivors: readonly NodeId[];
  }[];
  readonly warnings: readonly Warning[];
  /** Ranges that are on the move now: it is committed by force alone. */
  readonly unsettled: number;
}

/** `/admin/commit`. */
export interface CommitPage {
  readonly node: NodeId;
  readonly plan: string;
  /** Id of the change. */
  readonly change: string;
  /** Digest of the history with it. */
  readonly history: string;
  readonly steps: readonly StagedStep[];
}

/** `/admin/transfers`. */
export interface TransfersPage {
  readonly node: NodeId;
  /** Ranges that are on the move. */
  readonly unsettled: number;
  /** What must still go to another node until everybody serves what they own. */
  readonly transfers: readonly TransferPage[];
  /** What this node itself takes and gives. */
  readonly moves: MovesPage;
}

/** `/admin/ring`. */
export interface RingPage {
  readonly node: NodeId;
  readonly history: string;
  /** More than one: two sides have changed the members without knowing of one another. */
  readonly heads: number;
  readonly strategy: number;
  readonly partitions: number;
  readonly tokens: number;
  readonly n: number;
  readonly unsettled: number;
  readonly ranges: readonly {
    readonly rangeEnd: string;
    /** Those who should hold it, in the order of the list. */
    readonly owners: readonly NodeId[];
    /** Those who do. */
    readonly servers: readonly {
      readonly node: NodeId;
      readonly seat: number;
      readonly recovering: boolean;
    }[];
    /** True: it is on the move. */
    readonly unsettled: boolean;
  }[];
}

/** `/admin/locate/B/K`. */
export interface LocatePage {
  readonly node: NodeId;
  readonly position: string;
  readonly rangeEnd: string;
  readonly n: number;
  /** Whom a request asks, in order, and who may stand in. */
  readonly list: readonly {
    readonly node: NodeId;
    readonly role: "primary" | "fallback";
    readonly seat: number | null;
    /** Whether it should hold the key. */
    readonly owner: boolean;
    readonly health: Health;
  }[];
}

/** What {@linkcode Operations} are made of. */
export interface OperationsOptions extends Omit<StageOptions, "roster"> {
  readonly node: {
    readonly roster: Roster;
    readonly register: Register | null;
    readonly trees: Pick<TreesOverview, "isFull" | "plots"> | null;
    readonly peers: readonly PeerHealth[];
    readonly transfers: TransfersOverview | null;
  };
}

/** Answers operators. */
export class Operations {
  readonly #options: OperationsOptions;
  readonly #stage: Stage;

  /** Nothing is staged. */
  constructor(options: OperationsOptions) {
    this.#options = options;
    const { node, id, ask, w, entropy } = options;
    this.#stage = new Stage({ id, ask, w, entropy, roster: () => node.roster });
  }

  /** Stages a step. */
  stage(step: StagedStep): StagePage | Failure {
    return this.#stage.add(step) ?? this.staged();
  }

  /** What is staged. */
  staged(): StagePage {
    return { node: this.#options.id, steps: this.#stage.steps };
  }

  /** Forgets what is staged; says what it was. */
  clear(): StagePage {
    return { node: this.#options.id, steps: this.#stage.clear() };
  }

  /** What is staged comes to this. */
  plan(): PlanPage | Failure {
    const outline = this.#stage.plan();
    return isFailure(outline) ? outline : this.#planPage(outline);
  }

  /** Commits the plan that was shown. */
  async commit(order: CommitOrder): Promise<CommitPage | Failure> {
    const committed = await this.#stage.commit(order);
    if (isFailure(committed)) return committed;
    const { plan, done: { change, history }, steps } = committed;
    const { id: node } = this.#options;
    return { node, plan: hex(plan), change: hex(change), history: hex(history), steps };
  }

  /** What is still on its way, as far as this node knows. */
  transfers(): TransfersPage {
    const { id: node, node: { roster: { view, registers }, transfers: moving, trees } } =
      this.#options;
    const { ring } = view;
    const options = { now: ring, registers, ns: nsOf(view), out: outIn(view) };
    const transfers = transfersOf({ ...options, then: ring });
    const pages = this.#transferPages(transfers, { before: view, after: view });
    const moves = movesPage(moving, trees);
    return { node, unsettled: unsettledRanges(options).size, transfers: pages, moves };
  }

  /** Who owns and serves which range. */
  ring(): RingPage {
    const { id: node, node: { roster: { history, view, registers } } } = this.#options;
    const { genesis: { strategy, partitions, tokens, replicas: n }, ring } = view;
    const moving = unsettledRanges({ now: ring, registers, ns: nsOf(view), out: outIn(view) });
    return {
      node,
      history: hex(history.digest),
      heads: history.heads.length,
      ...{ strategy, partitions, tokens, n },
      unsettled: moving.size,
      ranges: ring.ends.map((end) => ({
        rangeEnd: hex(end),
        owners: ring.owners(end, n),
        servers: registers.serversAt(end, n).map(({ node, role }) => ({
          node,
          seat: role.seat,
          recovering: role.recovering,
        })),
        unsettled: moving.has(end),
      })),
    };
  }

  /** Where a key lives. */
  locate(name: ObjectName): LocatePage {
    const { id, node: { roster: { view: { ring }, listOf }, peers } } = this.#options;
    const position = positionOf(name);
    const { n, entries } = listOf(name);
    const owners = ring.owners(position, n);
    const health = new Map(peers.map((peer) => [peer.node, peer.health]));
    return {
      node: id,
      position: hex(position),
      rangeEnd: hex(ring.rangeEnd(position)),
      n,
      list: entries.map(({ node, role, seat }) => ({
        ...{ node, role, seat, owner: owners.includes(node) },
        health: health.get(node) ?? "up",
      })),
    };
  }

  #planPage(outline: Outline): PlanPage {
    const { id, plannedOn, steps, moves, before, after, transfers, losses } = outline;
    const sharesBefore = this.#owned(before);
    const sharesAfter = this.#owned(after);
    return {
      node: this.#options.id,
      plan: hex(id),
      plannedOn: hex(plannedOn),
      steps,
      members: [...after.status.keys()]
        .filter((node) => after.status.get(node) !== "out" || before.status.get(node) !== "out")
        .map((node) => ({
          node,
          before: before.status.has(node) ? memberIn(before, node, sharesBefore) : null,
          after: memberIn(after, node, sharesAfter),
        })),
      moves: moves.length,
      transfers: this.#transferPages(transfers, outline),
      losses: losses.map((loss) => ({ ...loss, rangeEnd: hex(loss.rangeEnd) })),
      warnings: outline.warnings,
      unsettled: outline.unsettled.size,
    };
  }

  #transferPages(
    transfers: readonly Transfer[],
    views: Pick<Outline, "before" | "after">,
  ): TransferPage[] {
    const keysIn = this.#keyCounter(views);
    return transfers.map(({ rangeEnd, n, kind, from, to }) => {
      return { rangeEnd: hex(rangeEnd), n, kind, from, to, keys: keysIn(rangeEnd, n), bytes: null };
    });
  }

  #owned({ ring, genesis: { replicas: n } }: ClusterView): ReadonlyMap<NodeId, number> {
    const { registers } = this.#options.node.roster;
    return new Map([...sharesOf({ ring, registers, n })].map(([node, { owns }]) => [node, owns]));
  }

  /** Counts the keys of a range that this node serves, if it knows them all, and the plan leaves the range what it is. */
  #keyCounter(
    { before, after }: Pick<Outline, "before" | "after">,
  ): (rangeEnd: Position, n: number) => number | null {
    const { trees, register } = this.#options.node;
    if (trees === null || !trees.isFull || register === null) return () => null;
    const sizes = new Map(trees.plots.map(({ end, n, tree }) => [`${n} ${end}`, tree.size]));
    const [was, is] = [startsOf(before), startsOf(after)];
    return (rangeEnd, n) => {
      const isWhole = was.get(rangeEnd) === is.get(rangeEnd);
      const serves = roleAt(register, rangeEnd, n)?.role === "serving";
      return isWhole && serves ? sizes.get(`${n} ${rangeEnd}`) ?? 0 : null;
    };
  }
}

/** Where each range begins, by its end. */
function startsOf({ ring: { ends } }: ClusterView): ReadonlyMap<Position, Position> {
  return new Map(ends.map((end, i) => [end, ends.at(i - 1)!]));
}

function memberIn(
  view: ClusterView,
  node: NodeId,
  owned: ReadonlyMap<NodeId, number>,
): PlannedMember {
  const { zone, weight } = view.members.get(node)!;
  return { status: standingOf(view, node), zone, weight, owns: owned.get(node) ?? 0 };
}
