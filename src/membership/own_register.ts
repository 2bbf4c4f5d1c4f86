/**
 * The register of this node: what it says of itself, and how that changes while it runs (protocol.md, Part 2 a5 and d).
 *
 * **Durable before it is said**: {@linkcode OwnRegister.said} is what was stored last, and nothing before the first is. One
 * store at a time; what is to be said next waits for it.
 *
 * A start takes the generation above the last one that is on the disk. But a disk may be new, or an old copy, and peers
 * know better: a node that finds a newer register of its own at a peer takes a generation above that one, and the roles
 * that it says; what the disk had then may be gone, so wherever it serves it recovers (law G31). If whoever wrote
 * it raises again, it is no past of this node but another process that lives now, under the same id: then this one ends, so
 * that at most one goes on (law G32).
 *
 * @module
 */
import type { Boot, Digest, NodeId, Position } from "../id.ts";
import type { Genesis, Register, Role } from "../protocol/change.ts";
import type { TreeName } from "../protocol/message.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { isWithin, startOf } from "../ring/partition.ts";
import {
  cutRoles,
  firstRegister,
  newerRegister,
  nextGeneration,
  type Process,
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
}

/** A range that is to say something else of whether it recovers. */
interface ToSay extends TreeName {
  /** Where it began when that was said: it may have been cut since. */
  readonly start: Position;
  readonly recovering: boolean;
}

/** What this node says of itself. */
export class OwnRegister {
  readonly #options: OwnRegisterOptions;
  #said: Register | null = null;
  #storing: { readonly store: number; readonly register: Register } | null = null;
  /** What is to be said when that is durable. */
  #later: Register | null = null;
  /** Ranges that are to say something else of whether they recover than the register that is there, or on its way. */
  readonly #toSay = new Map<string, ToSay>();
  /** Processes whose registers this one has raised itself above. */
  readonly #above = new Set<Boot>();

  /** Nothing has been said. */
  constructor(options: OwnRegisterOptions) {
    this.#options = options;
  }

  /** What was said last: durable. Null until the first is. */
  get said(): Register | null {
    return this.#said;
  }

  /** A process begins: it speaks above the last one, or for the first time. */
  begin(
    { boot, last, genesis, history }: {
      readonly boot: Boot;
      readonly last: Register | null;
      readonly genesis: Genesis;
      readonly history: Digest;
    },
    out: Outbox,
  ): void {
    const { node, addresses } = this.#options;
    const process: Process = { nonce: boot, addresses, history };
    const register = last === null
      ? firstRegister(node, { ...process, genesis })
      : nextGeneration(last, process);
    this.#store(register, out);
  }

  /** Says which history it knows, if it has not, and its roles as that one cuts the ring. Called at most once a second, so that peers hear no more often. */
  refresh(history: Digest, out: Outbox): void {
    if (this.#said === null || this.#storing !== null) return;
    if (this.#later !== null) return this.#sayLater(out);
    if (this.#said.history === history) return;
    const roles = this.#cut(this.#said);
    this.#store({ ...this.#said, seq: this.#said.seq + 1, history, roles }, out);
  }

  /** From now on it says of these ranges whether they recover. True if that is durable already, and stays so. */
  say(ranges: readonly TreeName[], recovering: boolean, out: Outbox): boolean {
    const ends = this.#options.ends();
    for (const { end, n } of ranges) {
      const start = startOf(ends, end);
      this.#toSay.set(nameOf(n, start, end), { start, end, n, recovering });
    }
    this.#change(out);
    const isOne = (role: Role) =>
      ranges.some(({ end, n }) => end === role.rangeEnd && n === role.n);
    const saysSo = (register: Register | null | undefined) =>
      register == null ||
      this.#cut(register).every((role) => !isOne(role) || role.recovering === recovering);
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
    if (!isNewer && !isTwin) return;
    if (isKnown) {
      return out.halt(`Cannot go on as ${own.node}: another process runs under this id`);
    }
    out.mark("register.raised");
    this.#above.add(theirs.nonce);
    const roles = theirs.roles.map(recovered);
    this.#store({ ...own, generation: theirs.generation + 1, seq: 1, roles }, out);
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
    return { said, storing, later, above: [...this.#above], toSay: [...this.#toSay] };
  }

  /** Stores what is to be said of ranges, when nothing else is on its way. */
  #change(out: Outbox): void {
    const said = this.#said;
    if (said === null || this.#storing !== null || this.#later !== null) return;
    const cut = this.#cut(said);
    const roles = cut.map((role) => {
      const { recovering } = this.#saidOf(role) ?? role;
      return recovering === role.recovering ? role : { ...role, recovering };
    });
    this.#toSay.clear();
    if (roles.every((role, i) => role === cut[i])) return;
    this.#store({ ...said, seq: said.seq + 1, roles }, out);
  }

  /** What is to be said of the range of a role: it may be a part of the one of which it was said. */
  #saidOf({ rangeStart, rangeEnd, n }: Role): ToSay | undefined {
    return this.#toSay.get(nameOf(n, rangeStart, rangeEnd)) ??
      [...this.#toSay.values()].findLast((said) =>
        said.n === n && isWithin(rangeEnd, said.start, said.end)
      );
  }

  /** The roles of a register, cut as the ring is. */
  #cut({ roles }: Register): readonly Role[] {
    return cutRoles(roles, this.#options.ends());
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
    out.storeMeta(this.#storing.store, { kind: "register", register });
  }
}

/** The role of a node that may have lost what it held. What it shares with nobody it could have from nobody. */
function recovered(role: Role): Role {
  return role.role === "serving" ? { ...role, recovering: role.seats > 1 } : role;
}

function nameOf(n: number, start: Position, end: Position): string {
  return `${n} ${start} ${end}`;
}
