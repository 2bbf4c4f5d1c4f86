/**
 * What a node says of itself to whoever looks after it: `/admin/status`, `/admin/hints`, `/admin/aae`,
 * `/admin/settle`.
 *
 * All of it is what *this* node holds: another may hold a peer to be up that is down here, and both are right. Nothing is
 * asked of anybody, and nothing changes. Ages are by this node's own clock.
 *
 * What is kept for others is counted on the disk, each time: no counter could be wrong after a crash, and people ask
 * seldom. It costs a look at every hint, without its content.
 *
 * @module
 */
import { type Boot, bytesOf, compare, type Digest, hex, type NodeId } from "../id.ts";
import type { Node } from "../node.ts";
import { type Failure, failure } from "../protocol/error.ts";
import { type AdmissionStatus, admissionStatus } from "./admission_status.ts";
import {
  type MemberStatus,
  memberStatuses,
  type Standing,
  standingOf,
  unsettledIn,
} from "./member_status.ts";
import { countReasons, reasonOf } from "./settle_reasons.ts";
import type { NewerVersion } from "./newer_versions.ts";
import type { HintTally } from "./storage/hint_reader.ts";

/** What is kept for others. */
export interface HintsStatus {
  readonly copies: number;
  readonly bytes: number;
  /** From so many bytes on this node keeps nothing more for others. */
  readonly limitBytes: number;
  readonly owners: readonly HintTally[];
}

/** The room for data. */
export interface DiskStatus {
  /** True: the node only reads, until there is room. */
  readonly full: boolean;
  /** What the data takes, and may take; null where that is what the disk has. */
  readonly usedBytes: number | null;
  readonly maxBytes: number | null;
}

/** When a peer last told the roots of its trees, and what came of it. */
export interface ComparedStatus {
  readonly peer: NodeId;
  readonly agoMs: number;
  /** Ranges of which the two did not hold the same. */
  readonly differing: number;
}

/** The trees, all together. */
export interface TreesStatus {
  /** False: records are still being read after the start, and nothing is compared yet. */
  readonly filled: boolean;
  /** Trees: one for each range and n of which there are keys. */
  readonly ranges: number;
  readonly keys: number;
  readonly compared: readonly ComparedStatus[];
}

/** One tree. */
export interface TreeStatus {
  /** The last position of its range, in hex. */
  readonly rangeEnd: string;
  readonly n: number;
  readonly keys: number;
  /** In hex: replicas that hold the same have the same. Null if there is nothing in it. */
  readonly root: string | null;
}

/** Deleted keys that wait to be forgotten, in the ranges that this node leads. */
export interface SettleStatus {
  /** False: the records have not all been looked through since the start. */
  readonly filled: boolean;
  /** How many wait. */
  readonly waiting: number;
  /** How many wait besides, for which there was no room in the list. */
  readonly later: number;
  /** Members that are down: without them nothing is forgotten. */
  readonly stalledBy: readonly NodeId[];
}

/** One key that waits. */
export interface WaitingStatus {
  readonly bucket: string;
  readonly key: string;
  /** When all nodes first agreed on it; null: they have not yet. */
  readonly agreed: string | null;
  /** `new`: nobody was asked; `asked`: somebody is; `agreed`: G is not over; else why it stayed. */
  readonly why: string;
}

/** How often each rare branch was taken since the start. */
export type MarkCounts = Readonly<Record<string, number>>;

/** What it may have lost, and what must still happen until it counts toward reads again. */
export interface RecoveryStatus {
  /** Ranges that recover. */
  readonly ranges: number;
  /** Members that have not said yet that no put of theirs counts on what was lost. */
  readonly puts: readonly NodeId[];
  /** Peers with which an exchange is still to be done, and of how many ranges. */
  readonly waitsFor: readonly { readonly peer: NodeId; readonly ranges: number }[];
}

/** `/admin/status`. */
export interface NodeStatus {
  readonly node: NodeId;
  /** Of this process, in hex. */
  readonly boot: string;
  readonly cluster: string;
  /** What it is in the cluster. */
  readonly standing: Standing;
  /** Digest of the history of the membership that it knows, in hex. */
  readonly history: string;
  /** Ranges that are on the move, as far as it knows. */
  readonly unsettled: number;
  /** Ranges that it serves. */
  readonly serves: number;
  /** True: what it says counts toward no read quorum, until it has compared with enough others. */
  readonly recovering: boolean;
  /** What is still missing for that. */
  readonly recovery: RecoveryStatus;
  readonly members: readonly MemberStatus[];
  readonly disk: DiskStatus;
  /** What later versions of rotor have sent that this one cannot read. */
  readonly newer: readonly NewerVersion[];
  /** Null if the store cannot be read. */
  readonly hints: HintsStatus | null;
  readonly trees: TreesStatus;
  /** How work waits its turn that no client waits for. */
  readonly admission: AdmissionStatus;
  readonly settle: SettleStatus;
  readonly marks: MarkCounts;
}

/** `/admin/hints`. */
export interface HintsPage extends HintsStatus {
  readonly node: NodeId;
  readonly marks: MarkCounts;
}

/** `/admin/aae`. */
export interface TreesPage extends TreesStatus {
  readonly node: NodeId;
  readonly trees: readonly TreeStatus[];
  readonly marks: MarkCounts;
}

/** `/admin/settle`. */
export interface SettlePage extends SettleStatus {
  readonly node: NodeId;
  /** How many wait for which reason. */
  readonly why: Readonly<Record<string, number>>;
  /** The first of them. */
  readonly keys: readonly WaitingStatus[];
  readonly marks: MarkCounts;
}

/** What an {@linkcode Admin} looks at. */
export interface AdminOptions {
  readonly id: NodeId;
  readonly boot: Boot;
  readonly node: Pick<
    Node,
    "admission" | "cluster" | "peers" | "register" | "roster" | "settling" | "trees"
  >;
  /** The clock that the node is stepped with. */
  readonly monoMs: () => number;
  /** What is kept for each owner; null if the store cannot be read. */
  readonly tallyHints: () => Promise<readonly HintTally[] | null>;
  readonly marks: () => ReadonlyMap<string, number>;
  readonly maxHintBytes: number;
  /** Whether the disk takes more. */
  readonly room: () => DiskStatus;
  /** What later versions of rotor have sent that this one cannot read. */
  readonly newer: () => readonly NewerVersion[];
}

/** Marks that tell of nodes that come and go: by their first word. */
const TELLING = [
  ...["health", "hint", "exchange", "recovery", "gate", "settle", "get.repair", "put.stood_in"],
  "store",
];
/** Keys that are named on a page. */
const MOST_NAMED = 100;

/** Looks at one node. */
export class Admin {
  readonly #options: AdminOptions;

  /** Looks at nothing yet. */
  constructor(options: AdminOptions) {
    this.#options = options;
  }

  /** How the node stands, on one page. */
  async status(): Promise<NodeStatus> {
    const { id, boot, node, monoMs, room, newer } = this.#options;
    const hints = await this.#hintsStatus();
    const roles = node.register?.roles ?? [];
    const { roster, peers } = node;
    return {
      node: id,
      boot: hex(boot),
      cluster: hex(node.cluster),
      standing: standingOf(roster.view, id),
      history: hex(roster.history.digest),
      unsettled: unsettledIn(roster),
      serves: roles.filter(({ role }) => role === "serving").length,
      recovering: roles.some(({ recovering }) => recovering),
      recovery: node.trees?.recovery ?? { ranges: 0, puts: [], waitsFor: [] },
      members: memberStatuses({ id, roster, peers, nowMs: monoMs() }),
      disk: room(),
      newer: newer(),
      hints,
      trees: this.#treesStatus(),
      settle: this.#settleStatus(),
      admission: admissionStatus(node.admission(monoMs())),
      marks: this.#marks(TELLING),
    };
  }

  /** What it keeps for others. */
  async hints(): Promise<HintsPage | Failure> {
    const hints = await this.#hintsStatus();
    return hints === null
      ? failure("store_failed", "Cannot count hints: the store cannot be read", { definite: true })
      : { node: this.#options.id, ...hints, marks: this.#marks(["hint", "put.stood_in"]) };
  }

  /** Its trees, each by itself. */
  aae(): Promise<TreesPage> {
    const plots = this.#options.node.trees?.plots ?? [];
    const trees = plots.map(({ end, n, tree }) => ({
      rangeEnd: hex(end),
      n,
      keys: tree.size,
      root: shown(tree.root()),
    })).sort((a, b) => compare(a.rangeEnd, b.rangeEnd) || a.n - b.n);
    return Promise.resolve({
      node: this.#options.id,
      ...this.#treesStatus(),
      trees,
      marks: this.#marks(["exchange", "recovery"]),
    });
  }

  /** What is deleted, and why it is not forgotten yet. */
  settle(): Promise<SettlePage> {
    const entries = this.#options.node.settling?.entries ?? [];
    const why = countReasons(entries);
    const keys = entries.slice(0, MOST_NAMED).map((entry) => ({
      bucket: textOf(entry.name.bucket),
      key: textOf(entry.name.key),
      agreed: entry.agreedMs === null ? null : new Date(entry.agreedMs).toISOString(),
      why: reasonOf(entry),
    }));
    const marks = this.#marks(["settle", "grave"]);
    return Promise.resolve({ node: this.#options.id, ...this.#settleStatus(), why, keys, marks });
  }

  async #hintsStatus(): Promise<HintsStatus | null> {
    const { tallyHints, maxHintBytes: limitBytes } = this.#options;
    const owners = await tallyHints();
    if (owners === null) return null;
    const sum = (of: (tally: HintTally) => number) =>
      owners.reduce((all, tally) => all + of(tally), 0);
    return {
      copies: sum(({ copies }) => copies),
      bytes: sum(({ bytes }) => bytes),
      limitBytes,
      owners,
    };
  }

  #treesStatus(): TreesStatus {
    const { node, monoMs } = this.#options;
    const { isFull = false, plots = [], compared = [] } = node.trees ?? {};
    const nowMs = monoMs();
    return {
      filled: isFull,
      ranges: plots.length,
      keys: plots.reduce((sum, { tree }) => sum + tree.size, 0),
      compared: compared.map(({ peer, atMs, differing }) => ({
        peer,
        agoMs: Math.round(nowMs - atMs),
        differing,
      })).sort((a, b) => compare(a.peer, b.peer)),
    };
  }

  #settleStatus(): SettleStatus {
    const { isFull = false, entries = [], leftOut = 0, stalledBy = [] } =
      this.#options.node.settling ?? {};
    return { filled: isFull, waiting: entries.length, later: leftOut, stalledBy };
  }

  #marks(wanted: readonly string[]): MarkCounts {
    const told = [...this.#options.marks()].filter(([name]) =>
      wanted.includes(name) || wanted.includes(name.split(".")[0]!)
    );
    return Object.fromEntries(told.sort(([a], [b]) => compare(a, b)));
  }
}

function shown(root: Digest | null): string | null {
  return root === null ? null : hex(root);
}

/** A part of a name, for people. */
function textOf(part: string): string {
  return new TextDecoder().decode(bytesOf(part));
}
