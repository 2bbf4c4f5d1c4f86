/**
 * The register of this node: what it says of itself, and how that changes while it runs (protocol.md, Part 2 a5 and d).
 *
 * **Durable before it is said**: {@linkcode OwnRegister.said} is what was stored last, and nothing before the first is. One
 * store at a time; what is to be said next waits for it. But what it is about to give up it gives up at once:
 * {@linkcode OwnRegister.serving} counts for no more than it has said, and for no more than it is about to say. So a seat is
 * never served by a node whose disk may say already that it has passed it on.
 *
 * A start takes the generation above the last one that is on the disk. But a disk may be new, or an old copy, and peers
 * know better: a node that finds a newer register of its own at a peer takes a generation above that one, and the roles
 * that it says; what the disk had then may be gone, so wherever it serves it recovers (law G31). So it does
 * where a peer remembers that its store has lived on after what is on the disk, whatever the generation, and ends
 * where the disk is too old a copy (`recall.ts`). If whoever wrote it raises again, it is no past of this node but another process that lives now, under the same id: then this one ends, so
 * that at most one goes on (law G32).
 *
 * @module
 */
import type { Boot, Digest, NodeId, Position } from "../id.ts";
import type { Genesis, LastTick, Register, Role, RoleThere } from "../protocol/change.ts";
import type { Config } from "../protocol/config.ts";
import type { TreeName } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { endsWithin, isWithin, startOf } from "../ring/partition.ts";
import type { FoundDisk, Recalled } from "./recall.ts";
import {
  above,
  cutRoles,
  firstRegister,
  following,
  isSameRole,
  newerRegister,
  nextGeneration,
  type Process,
  roleAt,
  withRoles,
} from "./register.ts";

/** What it is made of. */
export interface OwnRegisterOptions {
  readonly node: NodeId;
  /** Where this node can be reached: `HOST:PORT`. */
  readonly addresses: readonly string[];
  /** How the ring is cut, as this node knows it: sorted, and only ever more of them. */
  readonly ends: () => readonly Position[];
  /** Numbers the node's stores. */
  readonly next: () => number;
  readonly config: Pick<Config, "reapAfterMs" | "tickMs">;
  /** Until when others have lived. */
  readonly ticks: () => readonly LastTick[];
}

/** What is to be said anew of one range. */
interface Turn {
  /** As the ring was cut when that was said: it may have been cut since. */
  readonly rangeStart: Position;
  readonly rangeEnd: Position;
  readonly n: number;
  /** Left out: whatever it is. Null: none. */
  readonly role?: RoleThere | null;
  /** Left out: as before. */
  readonly recovering?: boolean;
}

/** What this node says of itself. */
export class OwnRegister {
  readonly #options: OwnRegisterOptions;
  #said: Register | null = null;
  #storing: { readonly store: number; readonly register: Register } | null = null;
  /** What is to be said when that is durable. */
  #later: Register | null = null;
  /** What is to be said of ranges, and is not in the register that is there, or on its way. */
  readonly #toSay = new Map<string, Turn>();
  /** Processes whose registers this one has raised itself above. */
  readonly #above = new Set<Boot>();
  /** What the disk had at the start. */
  #found: FoundDisk | null = null;
  /** When it last wrote down that it lives, by the monotonic clock. */
  #tickedMs = 0;

  /** Nothing has been said. */
  constructor(options: OwnRegisterOptions) {
    this.#options = options;
  }

  /** What was said last: durable. Null until the first is. */
  get said(): Register | null {
    return this.#said;
  }

  /** Whether it says, and is about to say, that it has no role. */
  get isEmpty(): boolean {
    const coming = [this.#said, this.#storing?.register, this.#later];
    return this.#said !== null && this.#toSay.size === 0 &&
      coming.every((register) => (register?.roles.length ?? 0) === 0);
  }

  /** A process begins: it speaks above the last one, or for the first time. */
  begin(
    { boot, last, genesis, history, found, recalled }: {
      readonly boot: Boot;
      readonly last: Register | null;
      readonly genesis: Genesis;
      readonly history: Digest;
      readonly found: FoundDisk;
      /** What peers remember, if they had to be asked. */
      readonly recalled: Recalled;
    },
    out: Outbox,
  ): void {
    const { node, addresses } = this.#options;
    this.#found = found;
    this.#tickedMs = out.now.monoMs;
    const process: Process = { nonce: boot, addresses, history, wallMs: this.#wallMs(out) };
    const register = last === null
      ? firstRegister(node, { ...process, genesis })
      : nextGeneration(last, process);
    const isBehind = recalled.tick > register.resumed;
    this.#store(isBehind ? this.#over(register, recalled, out) : register, out);
  }

  /**
   * Says which history it knows, if it has not, with its roles as that one cuts the ring; and each `tickMs` that it lives.
   * Called at most once a second, so that peers hear no more often.
   */
  refresh(history: Digest, out: Outbox): void {
    if (this.#said === null || this.#storing !== null) return;
    if (this.#later !== null) return this.#sayLater(out);
    const { monoMs } = out.now;
    const isDue = monoMs - this.#tickedMs >= this.#options.config.tickMs;
    if (this.#said.history === history && !isDue) return;
    this.#tickedMs = monoMs;
    const roles = cutRoles(this.#said.roles, this.#options.ends());
    this.#store(following(this.#said, { history, roles }, this.#wallMs(out)), out);
  }

  /** What it serves at a position: no more than it has said, and than it is about to say. Null if it serves nothing. */
  serving(position: Position, n: number): Role | null {
    const said = this.#said && roleAt(this.#said, position, n);
    if (said?.role !== "serving") return null;
    return this.#coming(position, n).reduce<Role | null>(
      (least, role) =>
        least === null || role?.role !== "serving" ? null : {
          ...least,
          seats: Math.max(least.seats, role.seats),
          recovering: least.recovering || role.recovering,
        },
      said,
    );
  }

  /** Whether something else is about to be said of a position. */
  isTurning(position: Position, n: number): boolean {
    const said = this.#said && roleAt(this.#said, position, n);
    return this.#coming(position, n).some((role) =>
      role === null || said === null || !isSameRole(role, said)
    );
  }

  /** From now on its role for a range of the ring is this one; null is none. It is said when it is durable. */
  turn({ end, n }: TreeName, role: RoleThere | null, out: Outbox): void {
    this.#toSay.set(...this.#turnOf({ end, n }, { role }));
    this.#change(out);
  }

  /** From now on it says of these ranges whether they recover. True if that is durable already, and stays so. */
  say(ranges: readonly TreeName[], recovering: boolean, out: Outbox): boolean {
    for (const range of ranges) this.#toSay.set(...this.#turnOf(range, { recovering }));
    this.#change(out);
    const isOne = (role: Role) =>
      ranges.some(({ end, n }) => end === role.rangeEnd && n === role.n);
    const saysSo = (register: Register | null | undefined) =>
      register == null ||
      cutRoles(register.roles, this.#options.ends()).every((role) =>
        !isOne(role) || role.recovering === recovering
      );
    return this.#said !== null &&
      [this.#said, this.#storing?.register, this.#later].every(saysSo);
  }

  /** A peer holds this of this node. If it is newer, this one speaks above it; or ends, if that does not last. */
  onHeard(theirs: Register, out: Outbox): void {
    const own = this.#later ?? this.#storing?.register ?? this.#said;
    if (own === null || theirs.nonce === own.nonce) return;
    const isNewer = newerRegister(own, theirs) === theirs;
    const isKnown = this.#above.has(theirs.nonce);
    // Two processes have counted up from one disk: one of them has forgotten what the other said.
    const isTwin = theirs.generation === own.generation && !isKnown;
    const recalled = { tick: theirs.tick, register: theirs };
    if (!isNewer && !isTwin) return;
    if (isKnown) {
      return out.halt(`Cannot go on as ${own.node}: another process runs under this id`);
    }
    this.#raise(own, recalled, out);
  }

  /** A peer remembers that this node has lived after what was on its disk: it speaks above that. */
  onRecalled(recalled: Recalled, out: Outbox): void {
    const own = this.#later ?? this.#storing?.register ?? this.#said;
    if (own === null || recalled.tick <= own.resumed) return;
    if (recalled.register?.nonce === own.nonce) return; // it has said so itself
    this.#raise(own, recalled, out);
  }

  #raise(own: Register, recalled: Recalled, out: Outbox): void {
    if (this.#found?.isTooOld(recalled.tick)) {
      return out.halt(this.#found.sentence(own.node, recalled.tick));
    }
    this.#store(this.#over(own, recalled, out), out);
  }

  #over(own: Register, recalled: Recalled, out: Outbox): Register {
    out.mark("register.raised");
    if (recalled.register !== null) this.#above.add(recalled.register.nonce);
    // What was planned for other roles is void.
    this.#toSay.clear();
    return above(own, recalled, this.#wallMs(out));
  }

  /** A store is done. What it was: none of these, on its way, or now something new is said, or it failed. */
  onStored(
    store: number,
    outcome: "durable" | "buffered" | "failed",
    out: Outbox,
  ): "other" | "pending" | "said" | "failed" {
    if (this.#storing?.store !== store) return "other";
    if (outcome === "buffered") return "pending"; // durable or failed follows
    const { register } = this.#storing;
    this.#storing = null;
    if (outcome === "durable") this.#said = register;
    if (outcome === "failed") {
      // A generation must be raised some time, or its node is not believed; nothing else is worth a second try.
      if (this.#isBehind(register)) this.#later ??= register;
      if (this.#said !== null) out.mark("register.failed");
      this.#change(out);
      return "failed";
    }
    this.#sayLater(out);
    this.#change(out);
    return "said";
  }

  /** What it holds in memory. */
  snapshot(): object {
    const [said, storing, later] = [this.#said, this.#storing, this.#later];
    const [above, toSay, tickedMs] = [[...this.#above], [...this.#toSay], this.#tickedMs];
    return { said, storing, later, above, toSay, tickedMs };
  }

  /** The time for ticks: finer than they come it need not be, and registers that are stored together say the same. */
  #wallMs({ now: { wallMs } }: Outbox): number {
    return wallMs - wallMs % this.#options.config.tickMs;
  }

  /** Stores what is to be said of ranges, when nothing else is on its way. */
  #change(out: Outbox): void {
    const said = this.#said;
    if (said === null || this.#storing !== null || this.#later !== null) return;
    const ends = this.#options.ends();
    const cut = cutRoles(said.roles, ends);
    const turned = [...this.#toSay.values()].flatMap((turn) => {
      // It may have been cut since.
      const parts = endsWithin(ends, turn.rangeStart, turn.rangeEnd);
      return parts.map((rangeEnd, i) => {
        const rangeStart = parts[i - 1] ?? turn.rangeStart;
        const role = after(roleAt({ roles: cut }, rangeEnd, turn.n), turn);
        return { rangeEnd, n: turn.n, role: role && { ...role, rangeStart, rangeEnd } };
      });
    });
    this.#toSay.clear();
    const roles = withRoles(cut, turned);
    if (roles === cut) return;
    this.#store(following(said, { roles }, this.#wallMs(out)), out);
  }

  /** What is on its way to be said of a position, in the order in which it will be. */
  #coming(position: Position, n: number): (Role | null)[] {
    const registers = [this.#storing?.register, this.#later]
      .filter((one) => one != null && one.roles !== this.#said?.roles) as Register[];
    const roles = registers.map((register) => roleAt(register, position, n));
    const turn = this.#turnAt(position, n);
    if (turn === undefined) return roles;
    return [...roles, after(roles.at(-1) ?? (this.#said && roleAt(this.#said, position, n)), turn)];
  }

  /** What is to be said of a range of the ring, beside what was to be said of it before. */
  #turnOf({ end: rangeEnd, n }: TreeName, turn: Partial<Turn>): [string, Turn] {
    const known = this.#turnAt(rangeEnd, n);
    const rangeStart = startOf(this.#options.ends(), rangeEnd);
    return [`${n} ${rangeStart} ${rangeEnd}`, { ...known, ...turn, rangeStart, rangeEnd, n }];
  }

  /** What is to be said of the range of a position: what was said last. */
  #turnAt(position: Position, n: number): Turn | undefined {
    if (this.#toSay.size === 0) return undefined;
    return [...this.#toSay.values()].findLast((turn) =>
      turn.n === n && isWithin(position, turn.rangeStart, turn.rangeEnd)
    );
  }

  #sayLater(out: Outbox): void {
    const later = this.#later;
    this.#later = null;
    if (later !== null) this.#store(later, out);
  }

  /** A generation that could not be stored must be tried again: until then its node is not believed. */
  #isBehind(register: Register): boolean {
    return this.#said !== null && this.#said.generation < register.generation;
  }

  #store(register: Register, out: Outbox): void {
    if (this.#storing !== null) {
      this.#later = register;
      return;
    }
    this.#storing = { store: this.#options.next(), register };
    const ticks = this.#options.ticks().filter(({ node }) => node !== register.node);
    out.storeMeta(this.#storing.store, { kind: "register", register, ticks });
  }
}

/** What a turn makes of a role. */
function after(role: Role | null, { rangeStart, rangeEnd, n, ...turn }: Turn): Role | null {
  const there = turn.role === undefined ? role : turn.role;
  if (there === null) return null;
  const turned = { ...there, rangeStart, rangeEnd, n };
  return turn.recovering === undefined ? turned : { ...turned, recovering: turn.recovering };
}
