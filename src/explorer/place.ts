/**
 * Where an exploration takes place: the cluster, its key, and the names that everything in it goes by.
 *
 * In life a boot is 64 random bits and request numbers begin anywhere. Here the k-th process of a node always has the same
 * boot and the same seed, so that two ways to one state are seen to lead there. Nothing is given twice: that is all that
 * the core asks of chance.
 *
 * @module
 */
import type { Boot, NodeId, ObjectName, WriteId } from "../id.ts";
import { found } from "../membership/found.ts";
import { Node } from "../node.ts";
import type { Genesis } from "../protocol/change.ts";
import { type Config, DEFAULTS } from "../protocol/config.ts";
import type { Now, PutAsk, Ticket } from "../protocol/event.ts";
import type { RequestId } from "../protocol/terms.ts";
import { positionOf } from "../ring/hash.ts";
import { preferenceList } from "../ring/preference_list.ts";
import { fold, History } from "../membership/history.ts";
import type { Scope } from "./scope.ts";

/** When the exploration begins, on the nodes' monotonic clocks: long after they started. */
export const BEGIN_MS = 1_000_000;
/** What the wall clocks say when monotonic clocks say 0. */
const WALL_MS = 1_700_000_000_000;
/** Request numbers of nodes begin at this times 2^20 at least: above every time, so that no number is taken for another. */
const FIRST_SEED = 2 ** 31;
/** Tickets from here on are gets; below, the puts' own numbers. */
export const FIRST_GET = 16;
/** Most numbers that one client step may use up in one process. */
const NUMBERS_EACH = 64;
const TICKETS = 32;
const BOOTS = 16;

/**
 * M and D are 10 ms, and a leader waits for 22. Whoever is silent is stood in for at the last moment: then what he is sent
 * may be under way for as long as anything may.
 */
const SETTLING: Partial<Config> = {
  maxMessageAgeMs: 10,
  maxRequestMs: 9,
  requestTimeoutMs: 9,
  repairWaitMs: 1,
  fallbackAfterMs: 9,
  settleMs: 40,
  reapAfterMs: 1,
};

/** The cluster of a scope. */
export class Place {
  readonly scope: Scope;
  readonly ids: readonly NodeId[];
  readonly genesis: Genesis;
  readonly config: Config;
  /** The one key: n1 to nN hold it, seat by seat. */
  readonly key: ObjectName;

  /** The place of a scope. */
  constructor(scope: Scope) {
    const { nodes, n, w, r } = scope;
    this.scope = scope;
    this.ids = Array.from({ length: nodes }, (_, i) => `n${i + 1}` as NodeId);
    const partitions = Math.max(n, nodes);
    // The gate is open: how long things take is not what scopes are about.
    const { maxRequestMs: backgroundTargetMs } = DEFAULTS;
    const maxHintBytes = scope.cramped ? 1 : DEFAULTS.maxHintBytes;
    const short = scope.settles ? SETTLING : {};
    this.config = { ...DEFAULTS, n, w, r, partitions, backgroundTargetMs, maxHintBytes, ...short };
    const members = this.ids.map((node) => ({ node, zone: "", weight: 1 }));
    this.genesis = found({ members, partitions, replicas: n });
    this.key = this.#heldBy(this.ids.slice(0, n));
  }

  /** A process of a node that has not started. */
  node(index: number): Node {
    const { genesis, config } = this;
    const node = this.ids[index]!;
    return new Node({ node, addresses: [`${node}:1`], genesis, config });
  }

  /** What the `boot`-th process of a node draws at its start. */
  entropy(index: number, boot: number): { readonly boot: Boot; readonly seed: number } {
    return {
      boot: `${this.ids[index]!}-boot${boot}` as Boot,
      seed: FIRST_SEED + index * BOOTS + boot,
    };
  }

  /** What the `count`-th request that a process makes for one client step is called outside of it. */
  request(
    { index, boot, ticket, count }: {
      readonly index: number;
      readonly boot: number;
      readonly ticket: Ticket;
      readonly count: number;
    },
  ): RequestId {
    if (count >= NUMBERS_EACH) throw new RangeError(`Cannot name request ${count} of one step`);
    return ((index * BOOTS + boot) * TICKETS + ticket) * NUMBERS_EACH + count + 1;
  }

  /** The time of the world on its two clocks. */
  now(monoMs: number): Now {
    return { monoMs, wallMs: WALL_MS + monoMs };
  }

  /** The put with this number: it writes `vK`. */
  put(ticket: Ticket, deletes: boolean): PutAsk {
    const text = deletes ? "" : valueOf(ticket);
    return {
      name: this.key,
      version: {
        tombstone: deletes,
        content: Uint8Array.from(text, (char) => char.charCodeAt(0)),
        contentType: "text/plain",
        headers: [],
        expiresInMs: null,
        writeId: writeIdOf(ticket),
      },
      w: this.scope.w,
      dw: this.scope.w,
      sloppyQuorum: this.scope.sloppy,
    };
  }

  #heldBy(holders: readonly NodeId[]): ObjectName {
    const { ring } = fold(History.of(this.genesis));
    for (let i = 0; i < 1_000; i++) {
      const name = { type: "default", bucket: "b", key: `k${i}` };
      const list = preferenceList(ring, positionOf(name), this.config.n);
      if (holders.every((node, seat) => list[seat]?.node === node)) return name;
    }
    throw new Error(`Cannot find a key that ${holders.join(", ")} hold`);
  }
}

/** The write id of a put. */
export function writeIdOf(ticket: Ticket): WriteId {
  return `write ${String(ticket).padStart(10, "0")}` as WriteId;
}

/** The put that a write id names. */
export function ticketOf(writeId: WriteId): Ticket {
  return Number(writeId.slice(6));
}

/** The value that a put writes. */
export function valueOf(ticket: Ticket): string {
  return `v${ticket}`;
}
