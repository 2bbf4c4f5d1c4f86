/**
 * What one exploration contains: how many nodes, how many client steps, and how often each fault may strike.
 *
 * A scope is small, because everything in it happens in every order. Bounds are part of the claim: "no violation" is said
 * of the scope, and of nothing larger.
 *
 * **Loss needs no budget.** Every state is judged, also those in which a message has not arrived yet; a message that never
 * arrives is a lost one, and no step waits for it. `losses` makes a loss a step of its own, which can be read in a
 * transcript and counted; it adds no behaviour of the nodes. The same holds of a crash from which a node never comes back.
 *
 * @module
 */

/** A bounded world. */
export interface Scope {
  /** What it is called. */
  readonly name: string;
  /** What it is for, in one sentence. */
  readonly what: string;
  /** How many nodes. */
  readonly nodes: number;
  /** N: how many of them hold the key. Those that do not, forward. */
  readonly n: number;
  /** Stored copies that a put waits for, durable ones. */
  readonly w: number;
  /** Replies that a get waits for. */
  readonly r: number;
  /** Clients; each does one thing at a time. */
  readonly clients: number;
  /** Puts of all clients together, deletes among them. */
  readonly puts: number;
  /** How many of the puts may be deletes. */
  readonly deletes: number;
  /** Gets of all clients together. */
  readonly gets: number;
  /** True: an answered put teaches its client a context, as a get does (the body comes back with the answer). */
  readonly answersTeach: boolean;
  /** True: a get may carry its client's context, which the answer must descend (law S20). */
  readonly sessions: boolean;
  /** Only nodes up to this one are asked by clients; 0 is all of them. */
  readonly entries: number;
  /** How many processes may crash. Each may start again. */
  readonly crashes: number;
  /** How many disks may be lost, each while its node is down. Its id stays. */
  readonly wipes: number;
  /** How many records may be damaged, each while its node is down. */
  readonly damages: number;
  /** How many messages may be lost, as a step. */
  readonly losses: number;
  /** How many messages may arrive twice. */
  readonly doubles: number;
  /** How many messages may be known not to have arrived: their senders are told so. */
  readonly refusals: number;
  /** How many stores may fail; what failed may have landed, or not. */
  readonly failures: number;
  /** How many timers may fire. */
  readonly timers: number;
  /** True: reading a record takes time, and may fail as a store may. False: it is answered at once. */
  readonly slowReads: boolean;
  /** True: fallbacks stand in, and take home what they keep. Who is down is never found out, only who is suspect. */
  readonly sloppy: boolean;
  /** True: who keeps one hint has no room for another. */
  readonly cramped: boolean;
  /** True: a put may be issued twice, and law Q18 is not asked: what would come of twins. */
  readonly twins: boolean;
  /** True: of nodes to which nothing has happened yet only the first acts. See `symmetry.ts`. */
  readonly symmetry: boolean;
}

/** A field of a scope that is a number. */
export type Count = {
  [Field in keyof Scope]: Scope[Field] extends number ? Field : never;
}[keyof Scope];

/** What a field counts, its bounds, and its value where a scope does not say. */
export interface Bound {
  /** What it counts, for people. */
  readonly what: string;
  readonly least: number;
  readonly most: number;
  readonly byDefault: number;
}

/** The bounds of all counts. Beyond them nothing would end, or names would not fit. */
export const BOUNDS: Readonly<Record<Count, Bound>> = {
  nodes: { what: "nodes", least: 1, most: 4, byDefault: 2 },
  n: { what: "replicas of a key", least: 1, most: 3, byDefault: 2 },
  w: { what: "copies that a put waits for", least: 1, most: 3, byDefault: 2 },
  r: { what: "replies that a get waits for", least: 1, most: 3, byDefault: 2 },
  clients: { what: "clients", least: 1, most: 3, byDefault: 2 },
  puts: { what: "puts", least: 1, most: 5, byDefault: 2 },
  deletes: { what: "deletes", least: 0, most: 5, byDefault: 0 },
  gets: { what: "gets", least: 0, most: 3, byDefault: 0 },
  entries: { what: "nodes that clients ask (0: all)", least: 0, most: 4, byDefault: 0 },
  crashes: { what: "crashes", least: 0, most: 4, byDefault: 0 },
  wipes: { what: "wiped disks", least: 0, most: 2, byDefault: 0 },
  damages: { what: "damaged records", least: 0, most: 2, byDefault: 0 },
  losses: { what: "lost messages", least: 0, most: 6, byDefault: 0 },
  doubles: { what: "doubled messages", least: 0, most: 3, byDefault: 0 },
  refusals: { what: "messages known to be lost", least: 0, most: 3, byDefault: 0 },
  failures: { what: "failed stores", least: 0, most: 3, byDefault: 0 },
  timers: { what: "timers that fire", least: 0, most: 3, byDefault: 0 },
};

/** A scope that cannot be explored. */
export class ScopeError extends RangeError {
  /** Tells it from other errors. */
  override readonly name = "ScopeError";
}

/** A scope: what is given, and the default of everything else. */
export function scopeOf(
  given: Partial<Scope> & Pick<Scope, "name" | "what">,
): Scope {
  const counts = Object.fromEntries(
    Object.entries(BOUNDS).map(([field, { byDefault }]) => [field, byDefault]),
  ) as Record<Count, number>;
  const flags = {
    answersTeach: true,
    sessions: false,
    slowReads: false,
    sloppy: false,
    cramped: false,
    twins: false,
    symmetry: true,
  };
  const scope = { ...counts, ...flags, ...given };
  validateScope(scope);
  return scope;
}

/**
 * Checks a scope as a whole.
 *
 * @throws {ScopeError} That names what is out of bounds, and the bound.
 *
 * @example Nine puts are too many
 * ```ts
 * import { ScopeError, scopeOf } from "./scope.ts";
 * import { assertThrows } from "@std/assert";
 *
 * scopeOf({ name: "mine", what: "two puts" });
 * assertThrows(() => scopeOf({ name: "mine", what: "", puts: 9 }), ScopeError, "at most 5");
 * ```
 */
export function validateScope(scope: Scope): void {
  for (const [field, { what, least, most }] of Object.entries(BOUNDS)) {
    const value = scope[field as Count];
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      const bound = value > most ? `at most ${most}` : `a whole number from ${least} to ${most}`;
      throw new ScopeError(`Cannot explore ${value} ${what}: ${bound} wanted`);
    }
  }
  const { n, w, r, nodes, puts, deletes, crashes, wipes, damages, entries } = scope;
  const { doubles, refusals } = scope;
  if (doubles > 0 && refusals > 0) {
    throw new ScopeError(
      `Cannot explore ${doubles} doubled messages with ${refusals} known to be lost: ` +
        "of a message with a second copy nobody can know that",
    );
  }
  if (scope.sloppy && scope.slowReads) {
    throw new ScopeError("Cannot explore slow reads with fallbacks: the one or the other wanted");
  }
  atMost("replicas of a key", n, "nodes, of which there are", nodes);
  atMost("copies that a put waits for", w, "replicas, of which there are", n);
  atMost("replies that a get waits for", r, "replicas, of which there are", n);
  atMost("deletes", deletes, "puts, of which there are", puts);
  atMost("nodes that clients ask", entries, "nodes, of which there are", nodes);
  atMost("wiped disks", wipes, "crashes, of which there are", crashes);
  atMost("damaged records", damages, "crashes, of which there are", crashes);
}

function atMost(what: string, value: number, of: string, most: number): void {
  if (value > most) {
    throw new ScopeError(`Cannot explore ${value} ${what}: at most the ${of} ${most}`);
  }
}
