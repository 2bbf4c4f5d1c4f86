/**
 * What is asked of a world when its storm is over: that the core comes to rest, serves, and agrees (laws Q14, S15, S9,
 * S10, RR5), and that nothing is missing or back when everybody is well again (laws S1 to S5, S12, S14).
 *
 * It asks as a client would, and looks at disks only to see whether replicas are equal.
 *
 * @module
 */
import type { NodeId, WriteId } from "../id.ts";
import type { Reply } from "../protocol/effect.ts";
import type { StoredHint, Ticket } from "../protocol/event.ts";
import { containerDigest } from "../version/digest.ts";
import { type Breach, checkEnd, type End } from "./checker.ts";
import { writesIn } from "./clients.ts";
import type { Faults } from "./faults.ts";
import type { History } from "./history.ts";
import type { Machine } from "./machine.ts";
import { awaitMoves, misplaced, outOf, serversOf } from "./serving.ts";
import type { ClientEvent, World } from "./world.ts";

/** Longer than anything that a request leaves behind: its linger, its timers, a restart. */
const ECHO_MS = 5_000;
/** In so long whatever can be forgotten is: probes find who is back, hints come home, trees are compared, and all agree. */
const SETTLES_MS = 150_000;
/** So many rounds of comparing trees, in each of which a node speaks with every other. */
const EXCHANGES = 4;
/** Time for probes to find out who is back, and for hints to be taken there: a pass that was lost is tried again. */
const HANDOFF_MS = 40_000;
/** A put may lose its coordinator in the middle, and be refused while links find out who is gone. */
const TRIES = 4;

/** Asks the last questions of one world. */
export class Closing {
  readonly #world: World;
  readonly #history: History;
  readonly #faults: Faults;
  readonly #broken: ReadonlySet<Machine>;
  /** What the keys held when everybody was well again. */
  readonly ends: End[] = [];
  #puts = 0;

  /** Nothing has been asked yet. */
  constructor(world: World, { history, faults }: { history: History; faults: Faults }) {
    this.#world = world;
    this.#history = history;
    this.#faults = faults;
    this.#broken = new Set(world.plan.broken.map(({ node }) => world.machine(node)));
  }

  /** The core comes to rest, serves, and agrees. */
  calm(): Breach[] {
    const { agenda, plan } = this.#world;
    // Time for every request of the storm to end, whatever it waits for.
    agenda.run(Math.max(agenda.nowMs + this.#longestMs + this.#askMs, this.#lastEndMs) + ECHO_MS);
    awaitMoves(this.#world);
    const breaches = [...this.#unrest(), ...this.#settles(), ...this.#quiet()];
    for (let key = 0; key < plan.shape.keys; key++) {
      const seats = this.#seats(key).filter((machine) => !this.#broken.has(machine));
      if (seats.length === 0) continue;
      // Agreement first: a put by every machine would make it.
      breaches.push(...this.#agrees(key, seats).breaches, ...this.#serves(key, seats));
    }
    // Whoever recovers may have to wait for one that is broken.
    if (this.#broken.size === 0) breaches.push(...this.#recovering());
    return [
      ...breaches,
      ...this.#unrest(),
      ...this.#undelivered(this.#broken),
      ...this.#rings(this.#broken),
    ];
  }

  /** Everybody is well: exactly what must be there is there. */
  reunion(): Breach[] {
    const { agenda, plan } = this.#world;
    agenda.run(agenda.nowMs + HANDOFF_MS);
    awaitMoves(this.#world);
    const breaches = [
      ...this.#unrest(),
      ...this.#undelivered(new Set()),
      ...this.#rings(new Set()),
      ...misplaced(this.#world),
    ];
    for (let key = 0; key < plan.shape.keys; key++) {
      const { live, breaches: found } = this.#agrees(key, this.#seats(key));
      breaches.push(...found);
      if (live === null) continue;
      const end = { key: this.#world.nameOf(key).key, live };
      this.ends.push(end);
      breaches.push(...checkEnd(this.#history, end, this.#faults.losses));
    }
    return [...breaches, ...this.#recovering()];
  }

  /** Who still does not count toward reads (law S14). */
  #recovering(): Breach[] {
    return this.#machines.filter(({ isWhole }) => !isWhole).map(({ id }) => ({
      law: "S14",
      what: `${id} recovers, though everybody is there`,
    }));
  }

  /** Where deleted keys are forgotten in time, and nobody is away, all of them are (law S10). */
  #settles(): Breach[] {
    const { agenda, config, plan } = this.#world;
    if (config.reapAfterMs > SETTLES_MS) return [];
    agenda.run(agenda.nowMs + SETTLES_MS);
    // Who sets a wall clock back waits for G longer than a world lasts.
    if (this.#broken.size > 0 || plan.faults.some(({ kind }) => kind === "clock")) return [];
    const breaches: Breach[] = [];
    for (let key = 0; key < plan.shape.keys; key++) {
      const name = this.#world.nameOf(key);
      for (const { id, disk } of this.#machines) {
        const siblings = disk.recordOf(name)?.container.siblings ?? [];
        if (siblings.length === 0 || siblings.some(({ version }) => !version.tombstone)) continue;
        breaches.push({ law: "S10", what: `${id} still keeps the tombstone of k${key}` });
      }
    }
    return breaches;
  }

  /**
   * Without one read, anti-entropy makes the core's replicas equal (laws M10, M16), and then has nothing left to do (law
   * M11): but for a replica that can't store what it is told.
   */
  #quiet(): Breach[] {
    const { agenda, config, counts, plan, machines } = this.#world;
    agenda.run(agenda.nowMs + EXCHANGES * machines.size * config.exchangeMs);
    const breaches: Breach[] = [];
    for (let key = 0; key < plan.shape.keys; key++) {
      const seats = this.#seats(key).filter((machine) => !this.#broken.has(machine));
      if (this.#states(key, seats) > 1) {
        breaches.push({ law: "M10", what: `the replicas of k${key} have compared, and differ` });
      }
    }
    const repairs = counts.get("exchange.repair") ?? 0;
    agenda.run(agenda.nowMs + machines.size * config.exchangeMs);
    const isTold = [...machines.values()].every(({ disk }) => !disk.full);
    if (isTold && (counts.get("exchange.repair") ?? 0) !== repairs) {
      breaches.push({ law: "M11", what: "equal replicas go on repairing one another" });
    }
    return breaches;
  }

  /** How many different things these replicas hold of a key; what has gone bad unseen is as it was. */
  #states(key: number, seats: readonly Machine[]): number {
    const name = this.#world.nameOf(key);
    return new Set(
      seats.filter(({ disk }) => !disk.isDamaged(name)).map(({ disk }) => {
        const record = disk.recordOf(name);
        return record ? containerDigest(name, record.container) : "nothing";
      }),
    ).size;
  }

  /** For how long a node asks, at most, before it serves on a disk that is older than G. */
  get #askMs(): number {
    const { requestTimeoutMs, gossipMs } = this.#world.config;
    return (requestTimeoutMs + gossipMs) / this.#slowest;
  }

  /** How long a request may take at most, by the slowest clock there is. */
  get #longestMs(): number {
    return this.#world.config.maxRequestMs / this.#slowest;
  }

  /** When the last thing that a client wants must have ended: a put of which it knows nothing it begins again, once. */
  get #lastEndMs(): number {
    const { config: { maxRequestMs }, plan: { intents } } = this.#world;
    const ends = intents.map(({ atMs, timeoutMs, again }) =>
      atMs + (again ? timeoutMs : 0) + Math.min(timeoutMs, maxRequestMs) / this.#slowest
    );
    return ends.reduce((last, endMs) => Math.max(last, endMs), 0);
  }

  get #slowest(): number {
    const { clocks } = this.#world.plan.shape;
    return clocks.reduce((least, { driftPpm }) => Math.min(least, 1 + driftPpm / 1e6), 1);
  }

  /** What is still pending at machines that nothing hinders, when everything has had its time. */
  #unrest(): Breach[] {
    const { agenda } = this.#world;
    const breaches: Breach[] = [];
    // A request may run although its client has been answered. What nodes do by themselves (hints, trees) opens a lane
    // now and then. What is stuck stays.
    const isBusy = () =>
      this.#machines.some((machine) =>
        !this.#broken.has(machine) && machine.load.lanes + machine.load.requests > 0
      );
    const untilMs = agenda.nowMs + this.#longestMs + ECHO_MS;
    while (isBusy() && agenda.nowMs < untilMs) agenda.run(agenda.nowMs + 100);
    for (const machine of this.#machines) {
      if (this.#broken.has(machine)) continue;
      const { requests, lanes } = machine.load;
      const waiting = this.#world.waiting(machine);
      if (waiting > 0) {
        breaches.push({ law: "Q14", what: `${waiting} clients of ${machine.id} have no answer` });
      }
      if (!machine.ready) breaches.push({ law: "Q14", what: `${machine.id} does not serve` });
      if (requests > 0 || lanes > 0) {
        const what = `${machine.id} still has ${requests} requests and ${lanes} lanes under way`;
        breaches.push({ law: "Q14", what });
      }
    }
    return breaches;
  }

  /** Hints that are still kept for somebody who is there (law H3). */
  #undelivered(broken: ReadonlySet<Machine>): Breach[] {
    const { machines } = this.#world;
    // What was kept for one who does not serve the key any more goes to all who do, at least W, or stays. Who is broken may
    // have passed its seat on without having told anybody: then it is waited for as any owner that is away.
    const isDue = ({ owner, name, record: { hint } }: StoredHint) => {
      const servers = serversOf(this.#world, name);
      const at = machines.get(owner)!;
      const isEnough = servers.length >= (hint?.w ?? 1);
      return !broken.has(at) &&
        (servers.includes(at) || (isEnough && servers.every((one) => !broken.has(one))));
    };
    return [...machines.values()].filter((machine) => !broken.has(machine)).flatMap((machine) =>
      machine.disk.hints.filter(isDue).map((hint) => ({
        law: "H3",
        what: `${machine.id} still keeps ${hint.name.key} for ${hint.owner}`,
      }))
    );
  }

  /** All know the same history, and so have the same ring (laws G4 and G19). */
  #rings(broken: ReadonlySet<Machine>): Breach[] {
    const known = new Map<string, Machine[]>();
    for (const machine of this.#machines) {
      const digest = machine.history?.digest ?? "";
      if (!broken.has(machine)) known.set(digest, [...known.get(digest) ?? [], machine]);
    }
    if (known.size <= 1) return [];
    const groups = [...known.values()].map((machines) => machines.map(({ id }) => id).join(" "));
    return [{ law: "G4", what: `histories differ: ${groups.join(" | ")}` }];
  }

  /** Every core machine can put while W machines are well, whichever they are (law S15). */
  #serves(key: number, seats: readonly Machine[]): Breach[] {
    const { agenda, config, machines, plan } = this.#world;
    // Who stands in for a replica may have no room: then those who are there must be W themselves (laws Q15, S15).
    const isNarrow = plan.shape.config.maxHintBytes !== undefined;
    const others = [...machines.values()].filter((machine) =>
      machine.standsIn && !this.#broken.has(machine)
    );
    const able = isNarrow ? seats.length : others.length;
    if (able < config.w) return [];
    // An overloaded node refuses (laws Q15, S15): where hardly any outcome may be remembered, they are forgotten first.
    const forgets = plan.shape.config.maxOutcomes !== undefined;
    const keptMs = config.maxMessageAgeMs + config.maxRequestMs + config.requestTimeoutMs + ECHO_MS;
    const breaches: Breach[] = [];
    for (const machine of machines.values()) {
      if (this.#broken.has(machine) || !machine.isMember) continue;
      let last: Reply | null = null;
      for (let i = 0; i < TRIES && last?.kind !== "put"; i++) {
        if (forgets) agenda.run(agenda.nowMs + keptMs);
        last = this.#put(machine, key);
      }
      if (last?.kind === "put") continue;
      const why = last?.kind === "failure" ? last.detail : "it does not answer";
      breaches.push({ law: "S15", what: `${machine.id} cannot put k${key}: ${why}` });
    }
    return breaches;
  }

  /**
   * After a read that lets repairs happen, and a pause, all of these replicas hold the same (law S9), whoever reads is
   * shown the same, and nothing is repaired any more (law RR5): but for a replica that can't store what it is told.
   */
  #agrees(
    key: number,
    seats: readonly Machine[],
  ): { readonly live: readonly string[] | null; readonly breaches: readonly Breach[] } {
    const { config, counts } = this.#world;
    // One that can't store answers with what it had, and who stands in for one that is gone with what was kept for it: a
    // read needs another beside these.
    const full = this.#seats(key).filter(({ disk }) => disk.full).length;
    const behind = this.#seats(key).filter((machine) =>
      machine.disk.full || !seats.includes(machine)
    );
    // Where members have left, one that is broken may be as many as the others: then there is no such read.
    if (behind.length >= seats.length) return { live: null, breaches: [] };
    const r = Math.min(Math.max(config.r, behind.length + 1), seats.length);
    const name = this.#world.nameOf(key);
    // Who was out of reach is found again by those who ask. With R = 1 a read is answered also where a record has gone
    // bad, and gathers and repairs all the same.
    const readers = [...this.#world.machines.values()].filter((machine) =>
      machine.isMember && (!this.#broken.has(machine) || seats.includes(machine))
    );
    for (let i = 0; i < 2; i++) for (const machine of readers) this.#get(machine, key, 1);
    // What has gone bad at one and was never at another nobody can mend: it stays bad until it is written again.
    const isMendable = seats.some(({ disk }) => disk.recordOf(name) !== undefined);
    if (!isMendable && seats.some(({ disk }) => disk.isDamaged(name))) {
      this.#world.note("pending.damaged");
      return { live: null, breaches: [] };
    }
    // A read needs as many that recover nothing: they may have to wait for one that is broken.
    if (this.#broken.size > 0 && seats.filter(({ isWhole }) => isWhole).length < r) {
      this.#world.note("pending.recovering");
      return { live: null, breaches: [] };
    }
    const repairs = counts.get("get.repair") ?? 0;
    const shown = new Map<string, NodeId>();
    let live: readonly string[] | null = null;
    const breaches: Breach[] = [];
    for (const machine of readers) {
      const reply = this.#get(machine, key, r);
      if (reply?.kind !== "get") {
        const why = reply?.kind === "failure" ? reply.detail : "it does not answer";
        breaches.push({ law: "S15", what: `${machine.id} cannot read k${key}: ${why}` });
        continue;
      }
      live = writesIn(reply);
      shown.set([...live].sort().join(), machine.id);
    }
    const states = this.#states(key, seats);
    if (shown.size > 1) {
      const said = [...shown].map(([writes, node]) => `${node} shows [${writes}]`);
      breaches.push({ law: "S9", what: `of k${key} ${said.join(", ")}` });
    }
    if (states > 1) {
      breaches.push({ law: "S9", what: `the replicas of k${key} hold ${states} states` });
    }
    if (full === 0 && (counts.get("get.repair") ?? 0) !== repairs) {
      breaches.push({ law: "RR5", what: `reads of k${key} repair again and again` });
    }
    return { live, breaches };
  }

  #put(at: Machine, key: number): Reply | null {
    const { nowMs: startMs } = this.#world.agenda;
    const write = `z${++this.#puts}`.padStart(16, "0");
    const name = this.#world.nameOf(key);
    const operation = this.#history.began({
      client: -1,
      kind: "put",
      key: name.key,
      write,
      seen: [],
      session: false,
      startMs,
      quorum: this.#world.config.w,
    });
    const version = {
      tombstone: false,
      content: Uint8Array.of(0x7a),
      contentType: "",
      headers: [],
      expiresInMs: null,
      writeId: write as WriteId,
    };
    const reply = this.#ask(at, (ticket) => ({ kind: "put", ticket, ask: { name, version } }));
    operation.endMs = this.#world.agenda.nowMs;
    if (reply?.kind !== "put") return reply;
    operation.ending = "ok";
    operation.shown = writesIn(reply);
    return reply;
  }

  #get(at: Machine, key: number, r: number): Reply | null {
    // Strictly: what a fallback keeps for one that is down nobody repairs, so that it may be behind, and says so too.
    const ask = { name: this.#world.nameOf(key), r, sloppyQuorum: false };
    return this.#ask(at, (ticket) => ({ kind: "get", ticket, ask }));
  }

  /** Asks, and waits until all that follows is over. Null if nobody serves there. */
  #ask(at: Machine, event: (ticket: Ticket) => ClientEvent): Reply | null {
    const { agenda, config } = this.#world;
    let reply: Reply | null = null;
    this.#world.ask(at, event, { answered: (got) => reply = got, hungUp: () => {} });
    agenda.run(agenda.nowMs + config.repairWaitMs + ECHO_MS);
    if (reply === null) agenda.run(agenda.nowMs + config.requestTimeoutMs + ECHO_MS);
    return reply;
  }

  /** All of them, but for those that have left for good. */
  get #machines(): Machine[] {
    const machines = [...this.#world.machines.values()];
    const left = new Set(machines.flatMap(({ history }) => history ? outOf(history) : []));
    return machines.filter(({ id }) => !left.has(id));
  }

  #seats(key: number): Machine[] {
    return serversOf(this.#world, this.#world.nameOf(key));
  }
}
