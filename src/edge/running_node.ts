/**
 * A node that runs: what whoever started it can see of it, and how it is stopped.
 *
 * @module
 */
import { type Boot, byteString, hex, type NodeId } from "../id.ts";
import type { Node } from "../node.ts";
import type { Change } from "../protocol/change.ts";
import type { SettleOverview } from "../settle/settle.ts";
import { Admin, type DiskStatus } from "./admin.ts";
import { admissionStats } from "./admission_status.ts";
import type { AskCounts } from "./ask_counts.ts";
import type { CountedStore } from "./counted_store.ts";
import type { Clock } from "./clock.ts";
import type { Driver } from "./driver.ts";
import type { ExchangeBytes } from "./exchange_bytes.ts";
import type { OwnRecordPages } from "./http/options.ts";
import type { Listener } from "./listener.ts";
import type { HintTally } from "./storage/hint_reader.ts";
import { Operations } from "./operations.ts";
import type { NewerVersion } from "./newer_versions.ts";
import { OwnRecords } from "./own_records.ts";
import type { Peers } from "./peers.ts";
import type { Seeds } from "./seeds.ts";
import { countReasons } from "./settle_reasons.ts";
import { type Address, showAddress } from "./settings_fields.ts";

/** Requests that hang on a socket after the node has drained get so long to end. */
const CLOSE_WITHIN_MS = 3_000;

/** The parts of a running node. */
export interface Parts {
  readonly id: NodeId;
  readonly boot: Boot;
  readonly node: Node;
  readonly driver: Driver;
  readonly peers: Peers;
  readonly listener: Listener;
  readonly store: CountedStore;
  readonly asks: AskCounts;
  readonly exchanged: ExchangeBytes;
  readonly engine: string;
  /** The clock that the node is stepped with. */
  readonly clock: Clock;
  readonly maxHintBytes: number;
  /** W by default. */
  readonly w: number;
  /** Whether the disk takes more. */
  readonly room: () => DiskStatus;
  /** What later versions of rotor have sent that this one cannot read. */
  readonly newer: () => readonly NewerVersion[];
  /** What the store keeps for each owner; null if it cannot be read. */
  readonly tallyHints: () => Promise<readonly HintTally[] | null>;
  /** How long requests that run get to end when the node stops. In ms. */
  readonly drainWithinMs: number;
  /** Seeds that have not answered yet. */
  readonly seeds: Pick<Seeds, "close">;
  /** Closes the store under `store`. */
  readonly closeStore: () => Promise<void>;
}

/** How often a node that waits to be whole is looked at. In ms. */
const LOOK_MS = 10;

/** A node that serves, until it is stopped or must end. */
export class RunningNode {
  readonly #parts: Parts;
  readonly #startedMs = performance.now();
  #stopped: Promise<void> | null = null;
  /** What operators ask of it, and do. */
  readonly operations: Operations;

  /** The parts are its own from now on. */
  constructor(parts: Parts) {
    this.#parts = parts;
    const { id, node, driver, w } = parts;
    const entropy = () => hex(byteString(crypto.getRandomValues(new Uint8Array(16))));
    this.operations = new Operations({ id, node, w, ask: (event) => driver.ask(event), entropy });
  }

  /** Its name for life. */
  get id(): NodeId {
    return this.#parts.id;
  }
  /** Where it listens. */
  get address(): Address {
    return this.#parts.listener.address;
  }
  /** The same for clients: `http://HOST:PORT`. */
  get url(): string {
    return `http://${showAddress(this.address)}`;
  }
  /** All changes of the membership that it knows. */
  get changes(): readonly Change[] {
    return [...this.#parts.node.roster.history.changes.values()];
  }
  /** Whether it is a member: one that was started with seeds may not be yet. */
  get isMember(): boolean {
    return this.#parts.node.members.has(this.id);
  }
  /** Resolves, with the reason, if the node must end by itself. It still has to be stopped then. */
  get halted(): Promise<string> {
    return this.#parts.driver.halted;
  }

  /**
   * Resolves when it counts toward reads for everything that it serves: a node that is new must hear from its peers first
   * that it is. After `withinMs` it resolves in any case.
   */
  async whole(withinMs: number): Promise<void> {
    const { node } = this.#parts;
    const untilMs = performance.now() + withinMs;
    while ((node.trees?.recovery.ranges ?? 0) > 0 && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** What it says of itself to whoever looks after it. */
  get admin(): Admin {
    const { clock, driver } = this.#parts;
    return new Admin({
      ...this.#parts,
      monoMs: () => clock.now().monoMs,
      marks: () => driver.marks,
    });
  }

  /** What it holds, for a walk through all of it. */
  get own(): OwnRecordPages {
    const { clock, node, store } = this.#parts;
    const monoMs = () => clock.now().monoMs;
    const own = new OwnRecords({
      ...{ store, monoMs },
      gate: () => node.admission(monoMs()),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
    return { scan: (page) => own.scan(page), turn: () => own.turn() };
  }

  /**
   * Stops it: new requests are refused, those that run get a while to end, then the socket, the ways to peers and last
   * the store are closed. A second call waits for the first.
   */
  stop(): Promise<void> {
    return this.#stopped ??= this.#stop();
  }

  /** All that `/stats` shows: what it has done, and what it keeps for others, which is counted on the disk. */
  async allStats(): Promise<Record<string, unknown>> {
    const owners = await this.#parts.tallyHints();
    const sum = (of: (tally: HintTally) => number) =>
      owners?.reduce((all, tally) => all + of(tally), 0);
    const hints = owners &&
      { copies: sum(({ copies }) => copies), bytes: sum(({ bytes }) => bytes) };
    return { ...this.stats(), hints };
  }

  /** What it has done since it started. */
  stats(): Record<string, unknown> {
    const { id, boot, node, driver, peers, store, asks, exchanged, engine, clock, room } =
      this.#parts;
    const { full, usedBytes, maxBytes } = room();
    const { requests, lanes } = node.load;
    return {
      node: id,
      boot: hex(boot),
      cluster: hex(node.cluster),
      members: [...node.members].sort(),
      uptime_ms: Math.round(performance.now() - this.#startedMs),
      engine,
      waiting: driver.waiting,
      running: { requests, lanes },
      requests: asks.toJSON(),
      store: store.counts,
      disk: { full, used_bytes: usedBytes, max_bytes: maxBytes },
      admission: admissionStats(node.admission(clock.now().monoMs)),
      exchange: exchanged.toJSON(),
      settle: settleStats(node.settling),
      peers: peers.stats,
      marks: Object.fromEntries([...driver.marks].sort()),
      memory: Deno.memoryUsage(),
    };
  }

  async #stop(): Promise<void> {
    const { driver, listener, peers, seeds, closeStore, drainWithinMs } = this.#parts;
    seeds.close();
    // While requests drain, peers must still be able to answer: the socket closes after them.
    await driver.stop({ withinMs: drainWithinMs });
    await listener.close({ withinMs: CLOSE_WITHIN_MS });
    await peers.close();
    await closeStore();
  }
}

/** Deleted keys that wait to be forgotten, and why. */
function settleStats(settling: SettleOverview | null): object {
  const { isFull: filled = false, entries = [], leftOut: later = 0, stalledBy = [] } = settling ??
    {};
  return {
    ...{ filled, waiting: entries.length, later, why: countReasons(entries) },
    stalled_by: stalledBy,
  };
}
