/**
 * A world in which every step of every node is audited (`src/sim/audit.ts`), and every read held to what was acknowledged
 * before it began (laws Q1, Q16).
 *
 * @module
 */
import type { NodeId, WriteId } from "../src/id.ts";
import type { Effect, Reply } from "../src/protocol/effect.ts";
import type { Event, Ticket } from "../src/protocol/event.ts";
import { Audit } from "../src/sim/audit.ts";
import { History } from "../src/sim/history.ts";
import type { VersionVector } from "../src/version/version_vector.ts";
import { World, type WorldOptions } from "./world.ts";

/** What is audited beside versions. */
export interface AuditOptions {
  /** True: a read must show what was acknowledged before it, where R + W > N. Not where disks lose what they held. */
  readonly overlap?: boolean;
}

/** A world whose every step is audited. Each range must have at least two seats, so that every dot is sent somewhere. */
export class AuditedWorld extends World {
  /** The account. Not there yet while the world founds its cluster, which touches no key. */
  readonly audit: Audit;
  readonly #history = new History();
  readonly #overlap: boolean;
  /** What a client had been shown, by the very clock that is its context. */
  readonly #shown = new WeakMap<VersionVector, readonly WriteId[]>();
  readonly #puts = new Map<Ticket, WriteId>();
  readonly #acknowledged = new Map<WriteId, number>();
  /** What had been acknowledged when a read began, each with its W. */
  readonly #gets = new Map<Ticket, ReadonlyMap<WriteId, number>>();
  /** How many reads were held to an acknowledged write. */
  overlaps = 0;

  /** A cluster, ready, with an empty account. */
  constructor(options: WorldOptions & AuditOptions = {}) {
    super(options);
    this.#overlap = options.overlap ?? false;
    this.audit = new Audit(this.#history);
  }

  /** Takes one step of a node, and audits it. */
  override step(id: NodeId, event: Event): Effect[] {
    if (this.audit === undefined) return super.step(id, event);
    if (event.kind === "put") this.#attempted(event);
    if (event.kind === "get") this.#gets.set(event.ticket, new Map(this.#acknowledged));
    const { boot, disk } = this.machines.get(id)!;
    const effects = super.step(id, event);
    const held = (name: Parameters<World["onDisk"]>[1]) =>
      disk.damaged.size > 0 ? undefined : this.onDisk(id, name);
    this.audit.stepped({ id, boot, held, seat: () => "its_own" }, event, effects);
    for (const effect of effects) {
      if (effect.kind === "reply") this.#answered(effect.ticket, effect.reply);
    }
    return effects;
  }

  #attempted({ ticket, ask }: Extract<Event, { kind: "put" }>): void {
    const { writeId } = ask.version;
    this.#puts.set(ticket, writeId);
    const seen = ask.seen ? this.#shown.get(ask.seen.clock) : [];
    if (seen === undefined) {
      throw new Error(`A context that nobody was given comes with ${writeId}`);
    }
    this.#history.began({
      client: 0,
      kind: "put",
      key: ask.name.key,
      write: writeId,
      seen,
      session: false,
      quorum: 1,
      startMs: this.monoMs,
    });
  }

  #answered(ticket: Ticket, reply: Reply): void {
    if (reply.kind !== "get" && reply.kind !== "put") return;
    const { container } = reply;
    const live = container.siblings.map(({ version }) => version.writeId);
    this.#shown.set(container.clock, live);
    if (reply.kind === "put") {
      const writeId = this.#puts.get(ticket)!;
      if (live.includes(writeId)) this.#acknowledged.set(writeId, reply.w);
      return;
    }
    if (!this.#overlap) return;
    const covered = this.#history.covered(live);
    for (const [writeId, w] of this.#gets.get(ticket)!) {
      if (w + reply.r <= this.config.n) continue;
      this.overlaps++;
      if (!covered.has(writeId)) {
        throw new Error(`Q16: R ${reply.r} misses ${writeId}, acknowledged with W ${w} before`);
      }
    }
  }
}
