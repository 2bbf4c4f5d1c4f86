/**
 * A disk in a world on a seed: what is durable of one node, and what is on its way there.
 *
 * A write is *begun*, and some time later it *lands*; only then is it said to be durable. A crash finds some writes under
 * way: each of them has landed or not, as chance has it, so of one batch a part may be there (torn), or nothing.
 *
 * A write that fails has landed or not, too: what a disk says of a failure proves nothing.
 *
 * @module
 */
import { nameBytes, type NodeId, type ObjectName } from "../id.ts";
import type { Effect } from "../protocol/effect.ts";
import type {
  Event,
  FetchResult,
  Restored,
  ScanResult,
  StoredHint,
  StoredRecord,
} from "../protocol/event.ts";
import type { Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";
import { HintShelf } from "./hint_shelf.ts";
import { nameOf, pageOf } from "./record_page.ts";
import type { Weather } from "./plan.ts";

/** What a node wants written. */
export type Write = Extract<Effect, { kind: "store" | "store_meta" }>;

/** A page that a node wants read. */
export type Scan = Extract<Effect, { kind: "scan_hints" | "scan_records" | "find_records" }>;

/** How a write ended. */
type Ended = Pick<Extract<Event, { kind: "stored" }>, "outcome" | "isFull">;

/** What a disk held at one moment. */
export interface Image {
  readonly records: ReadonlyMap<string, StoredRecord>;
  readonly hints: HintShelf;
  readonly restored: Restored;
}

/** What a disk is made of. */
export interface DiskOptions {
  readonly agenda: Agenda;
  readonly chance: Chance;
  readonly weather: Weather;
  /** Told of everything that a test must have seen happen. */
  readonly note: (what: string) => void;
  /** Told when it keeps more hints of a key, or fewer. */
  readonly keeps?: (key: string, by: number) => void;
}

const EMPTY: Restored = { history: [], register: null, props: [] };

/** A disk, empty at first. */
export class Disk {
  readonly #options: DiskOptions;
  readonly #underWay = new Set<Write>();
  #records = new Map<string, StoredRecord>();
  #restored = EMPTY;
  #hints = new HintShelf();
  readonly #damaged = new Set<string>();
  /** How many faults make every write fail. */
  fulls = 0;
  /** How many faults make every fetch fail. */
  readErrors = 0;
  /** Faults that make it slow: how many times as long everything takes, each. */
  readonly slow: number[] = [];
  /** True: nothing but what was asked for goes wrong any more. */
  calm = false;

  /** An empty disk. */
  constructor(options: DiskOptions) {
    this.#options = options;
  }

  /** Whether every write fails. */
  get full(): boolean {
    return this.fulls > 0;
  }
  /** All faults of it are over. What has gone bad stays bad. */
  mend(): void {
    this.fulls = 0;
    this.readErrors = 0;
    this.slow.length = 0;
  }

  /** What a process that starts now finds. */
  get restored(): Restored {
    return { ...this.#restored, ...this.#hints.restored };
  }
  /** What is kept for others. */
  get hints(): StoredHint[] {
    return this.#hints.all;
  }
  /** Whether the record of this key has gone bad. */
  isDamaged(name: ObjectName): boolean {
    return this.#damaged.has(nameBytes(name));
  }
  /** What is durable of a key; undefined if there is nothing, or it has gone bad. */
  recordOf(name: ObjectName): StoredRecord | undefined {
    const key = nameBytes(name);
    return this.#damaged.has(key) ? undefined : this.#records.get(key);
  }

  /** Reads a record, and what is kept of it for these owners. */
  fetch(
    { name, owners }: { readonly name: ObjectName; readonly owners: readonly NodeId[] },
    done: (result: FetchResult, hints: readonly StoredHint[]) => void,
  ): void {
    const { agenda, chance, weather, note } = this.#options;
    agenda.after(this.#durationMs(), () => {
      if (this.readErrors > 0 || (!this.calm && chance.hits(weather.fetchFailures))) {
        note("disk.read_error");
        return done({ kind: "failed", reason: "read error" }, []);
      }
      const key = nameBytes(name);
      const hints = this.#hints.of(name, owners);
      if (this.#damaged.has(key)) return done({ kind: "damaged" }, hints);
      const record = this.#records.get(key);
      done(record ? { kind: "record", record } : { kind: "absent" }, hints);
    });
  }

  /** Reads a page of what is kept for an owner. */
  scan(scan: Scan, done: (result: ScanResult) => void): void {
    const { agenda, note } = this.#options;
    agenda.after(this.#durationMs(), () => {
      if (this.readErrors === 0) return done(this.#scanned(scan));
      note("disk.read_error");
      done({ kind: "failed", reason: "read error" });
    });
  }

  #scanned(scan: Scan): ScanResult {
    if (scan.kind === "scan_hints") return this.#hints.scan(scan);
    const copies = [...this.#records].map(([key, record]) => ({ name: nameOf(key), record }));
    return pageOf(copies, scan, (key) => this.#damaged.has(key));
  }

  /** Writes. Metadata is only refused by a full disk: a node whose metadata fails at its start ends. */
  write(write: Write, done: (ended: Ended) => void): void {
    const { agenda, chance, weather, note } = this.#options;
    this.#underWay.add(write);
    agenda.after(this.#durationMs(), () => {
      // A crash has decided over it already.
      if (!this.#underWay.delete(write)) return;
      if (this.full) {
        note("disk.full");
        return done({ outcome: "failed", isFull: true });
      }
      if (write.kind === "store" && !this.calm && chance.hits(weather.storeFailures)) {
        const landed = chance.hits(0.5);
        note(landed ? "disk.failed_but_landed" : "disk.failed");
        if (landed) this.#land(write);
        return done({ outcome: "failed" });
      }
      this.#land(write);
      done({ outcome: "durable" });
    });
  }

  /** The process died: of what was under way each part has landed, or not. */
  crash(): void {
    const { chance, note } = this.#options;
    let landed = 0;
    for (const write of this.#underWay) {
      if (this.full || !chance.hits(0.5)) continue;
      landed++;
      this.#land(write);
    }
    if (landed < this.#underWay.size) note("disk.unsynced_lost");
    if (landed > 0 && landed < this.#underWay.size) note("disk.torn_batch");
    this.#underWay.clear();
  }

  /** The record goes bad, if there is one. */
  damage(name: ObjectName): boolean {
    const key = nameBytes(name);
    if (!this.#records.has(key)) return false;
    this.#damaged.add(key);
    return true;
  }
  /** A copy of what is durable now. */
  image(): Image {
    const hints = new HintShelf(this.#hints);
    return { records: new Map(this.#records), hints, restored: this.#restored };
  }
  /** Becomes what a copy holds; empty, if there is none. */
  become(image: Image | null): void {
    this.#records = new Map(image?.records);
    const { keeps } = this.#options;
    for (const { name } of this.hints) keeps?.(name.key, -1);
    this.#hints = new HintShelf(image?.hints);
    for (const { name } of this.hints) keeps?.(name.key, 1);
    this.#restored = image?.restored ?? EMPTY;
    this.#damaged.clear();
  }

  #land(write: Write): void {
    if (write.kind === "store_meta") {
      const { value } = write;
      const kept = this.#restored;
      if (value.kind === "history") this.#restored = { ...kept, history: value.changes };
      else if (value.kind === "register") {
        this.#restored = { ...kept, register: value.register, ticks: value.ticks };
      } else this.#restored = { ...kept, props: value.entries };
      return;
    }
    if (write.owner !== null) {
      const { owner, name, record } = write;
      const before = this.#hints.of(name, [owner]).length;
      this.#hints.put({ owner, name }, record);
      this.#options.keeps?.(name.key, Number(record !== null) - before);
      return;
    }
    const key = nameBytes(write.name);
    this.#damaged.delete(key);
    if (write.record) this.#records.set(key, write.record);
    else this.#records.delete(key);
  }

  #durationMs(): number {
    const { chance, weather: { diskMs: [least, most] } } = this.#options;
    return Math.max(1, ...this.slow) * (least + chance.unit() * (most - least));
  }
}
