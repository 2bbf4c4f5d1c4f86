/**
 * The network of a world on a seed: how long a parcel takes from one node to another, and whether it arrives at all.
 *
 * It knows nothing of what is in a parcel. Each direction of each pair is a path of its own, with its own chance, so a
 * link can fail in one direction only. What is cut stays cut until somebody mends it; several cuts of one path add up.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";
import type { Weather } from "./plan.ts";

/** What a network is made of. */
export interface NetworkOptions {
  readonly agenda: Agenda;
  readonly chance: Chance;
  readonly weather: Weather;
  readonly note: (what: string) => void;
}

/** One direction between two nodes. */
export class Path {
  readonly chance: Chance;
  /** How many cuts there are. */
  cuts = 0;
  /** Faults that make it slow: how many times as long everything takes, each. */
  readonly slow: number[] = [];
  /** Faults that lose something beside what the weather takes: which share, each. */
  readonly lossy: number[] = [];

  /** A path in good order. */
  constructor(chance: Chance) {
    this.chance = chance;
  }

  /** All faults of it are over. */
  mend(): void {
    this.cuts = 0;
    this.slow.length = 0;
    this.lossy.length = 0;
  }
}

/** All paths. */
export class Network {
  readonly #options: NetworkOptions;
  readonly #paths = new Map<NodeId, Map<NodeId, Path>>();
  /** True: what is not cut loses nothing, and is as slow as it is. */
  calm = false;

  /** A network without a fault. */
  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** The path from one node to another. */
  path(from: NodeId, to: NodeId): Path {
    let paths = this.#paths.get(from);
    if (paths === undefined) this.#paths.set(from, paths = new Map());
    let path = paths.get(to);
    if (path === undefined) {
      paths.set(to, path = new Path(this.#options.chance.stream(`${from}>${to}`)));
    }
    return path;
  }

  /**
   * Sends a parcel: `arrive` happens once, twice, or never.
   *
   * @returns How many times it will.
   */
  send(from: NodeId, to: NodeId, arrive: () => void): number {
    const { agenda, weather, note } = this.#options;
    const path = this.path(from, to);
    const { chance } = path;
    if (path.cuts > 0) {
      note("net.cut");
      return 0;
    }
    if (!this.calm && chance.hits(Math.max(weather.loss, ...path.lossy))) {
      note("net.lost");
      return 0;
    }
    agenda.after(this.#durationMs(path), arrive);
    if (this.calm || !chance.hits(weather.duplicates)) return 1;
    note("net.duplicate");
    agenda.after(this.#durationMs(path), arrive);
    return 2;
  }

  #durationMs({ chance, slow }: Path): number {
    const { weather: { delayMs: [least, most], stragglers }, note } = this.#options;
    let ms = Math.max(1, ...slow) * (least + chance.unit() * (most - least));
    if (!this.calm && chance.hits(stragglers)) {
      note("net.straggler");
      ms *= chance.between(10, 100);
    }
    return ms;
  }
}
