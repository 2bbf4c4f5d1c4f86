/**
 * Registers: what each node says of itself, above all which ranges it serves (protocol.md, Part 2 a5).
 *
 * Owning and serving are two things. The ring says who should hold a range; a node's register says what it is for that
 * range now: `receiving`, `serving` a seat, `released`, or nothing. Only a node that serves answers for a range, and
 * quorums count seats, not nodes.
 *
 * A node's register is written by that node alone, and is durable before it is said. The greatest (generation, seq)
 * holds: the generation goes up at each start, the seq at each change in between. At genesis every owner serves its
 * seat from the start, as one that recovers: it has to hear first that the others have nothing that it should have.
 *
 * **Roles are a step function over the ring.** Each says of all positions of its range what its node is for them, whatever
 * ranges others know; {@linkcode roleAt} reads it at a position. Under strategy 1 a newcomer's tokens cut ranges in two:
 * what a node has said of the whole it has said of both parts, so it counts on as before; and before it changes what it is
 * for one part it says the same of each part by itself ({@linkcode cutRoles}). So a node that knows fewer ends than another
 * reads that one's roles right, and so does one that knows more (docs/decisions/0050).
 *
 * @module
 */
import { type Boot, compare, type Digest, type NodeId, type Position } from "../id.ts";
import type { Genesis, Register, Role } from "../protocol/change.ts";
import { endsWithin, isWithin } from "../ring/partition.ts";
import { fold, History } from "./history.ts";
import type { Recalled } from "./recall.ts";

/** Newest wire format and planner that this program speaks. */
export const SPEAKS = { wire: 1, planner: 1 } as const;

/** What a process knows of itself at its start. */
export interface Process {
  readonly nonce: Boot;
  /** Where it can be reached: `HOST:PORT`. */
  readonly addresses: readonly string[];
  /** Digest of the history that it knows. */
  readonly history: Digest;
  /** When it begins, by the wall clock. In ms. */
  readonly wallMs: number;
}

/** What the founding gave each of its members: a serving seat in every range that it owned then. */
export function foundingRoles(genesis: Genesis): ReadonlyMap<NodeId, readonly Role[]> {
  const known = FOUNDINGS.get(genesis);
  if (known !== undefined) return known;
  const { ring } = fold(History.of(genesis));
  const n = genesis.replicas;
  const roles = new Map<NodeId, Role[]>(genesis.members.map(({ node }) => [node, []]));
  for (const rangeEnd of ring.ends) {
    const owners = ring.owners(rangeEnd, n);
    for (const [seat, node] of owners.entries()) {
      roles.get(node)!.push({
        rangeStart: ring.rangeStart(rangeEnd),
        rangeEnd,
        n,
        role: "serving",
        seat,
        seats: ring.seats(n),
        tenure: 1,
        recovering: owners.length > 1,
        peers: [],
      });
    }
  }
  FOUNDINGS.set(genesis, roles);
  return roles;
}

/** A genesis is a value, so what follows from it is worked out once. */
const FOUNDINGS = new WeakMap<Genesis, ReadonlyMap<NodeId, readonly Role[]>>();

/**
 * The first register of a node: of a founding member, that it serves its seat in every range that it owned at the
 * founding; of anybody else, that it serves nothing. What a founding member shares with others it may have held before,
 * and lost: its disk cannot tell a first start from a wipe.
 */
export function firstRegister(
  node: NodeId,
  { genesis, nonce, addresses, history, wallMs }: Process & { readonly genesis: Genesis },
): Register {
  return {
    node,
    generation: 1,
    seq: 1,
    nonce,
    addresses,
    speaks: SPEAKS,
    history,
    tick: Math.max(1, wallMs),
    resumed: 0,
    roles: foundingRoles(genesis).get(node) ?? [],
  };
}

/**
 * The register of the same node after another start: the roles are what they were. Its tick is above that of the disk at
 * once, so that a copy of the disk from before this start is known for one.
 */
export function nextGeneration(
  register: Register,
  { nonce, addresses, history, wallMs }: Process,
): Register {
  return {
    ...register,
    generation: register.generation + 1,
    seq: 1,
    nonce,
    addresses,
    speaks: SPEAKS,
    history,
    tick: Math.max(register.tick + 1, wallMs),
    resumed: register.tick,
  };
}

/** The next register of the same process. */
export function following(
  register: Register,
  change: Partial<Pick<Register, "history" | "roles">>,
  wallMs: number,
): Register {
  const tick = Math.max(register.tick, wallMs);
  return { ...register, ...change, seq: register.seq + 1, tick };
}

/** The register of a process whose disk has missed something of its own life: it speaks above that, and recovers. */
export function above(own: Register, { tick, register }: Recalled, wallMs: number): Register {
  return {
    ...own,
    generation: Math.max(own.generation, register?.generation ?? 0) + 1,
    seq: 1,
    tick: Math.max(own.tick, tick, wallMs),
    resumed: Math.max(own.resumed, tick),
    roles: withRemnants((register ?? own).roles.map(recovered), own.roles),
  };
}

/**
 * The role of a node that may have lost what it held. What it shares with nobody it could have from nobody; and of what it
 * has passed on it can give nothing more.
 */
function recovered(role: Role): Role {
  switch (role.role) {
    case "serving":
      return { ...role, recovering: role.seats > 1 };
    case "released":
      return { ...role, recovering: true };
    case "receiving":
      return role;
  }
}

/** These roles, and for each range that was another's in the meantime: what the disk has of it is to be handed over. */
function withRemnants(roles: readonly Role[], before: readonly Role[]): readonly Role[] {
  const key = ({ n, rangeEnd }: Role) => `${n} ${rangeEnd}`;
  const known = new Set(roles.map(key));
  const remnants = before.filter((role) => !known.has(key(role))).map((role) => ({
    ...{ rangeEnd: role.rangeEnd, n: role.n },
    role: { ...role, role: "released" as const, recovering: true, peers: [] },
  }));
  return withRoles(roles, remnants);
}

/**
 * Which of two registers of one node holds: the greater (generation, seq). Equal ones of two processes are a clone's
 * doing (law G37); the greater nonce holds then, so that everybody holds the same one.
 */
export function newerRegister(a: Register, b: Register): Register {
  const order = a.generation - b.generation || a.seq - b.seq || compare(a.nonce, b.nonce);
  return order >= 0 ? a : b;
}

/**
 * What the register says its node is for a position, for this n; null is no role.
 *
 * @example A founding member serves what it owns
 * ```ts
 * import { firstRegister, roleAt } from "./register.ts";
 * import { found } from "./found.ts";
 * import { fold, History } from "./history.ts";
 * import { type Boot, nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = [nodeId("a"), nodeId("b")];
 * const members = [a, b].map((node) => ({ node, zone: "", weight: 1 }));
 * const genesis = found({ partitions: 2, replicas: 1, members });
 * const { ring } = fold(History.of(genesis));
 * const nonce = "8 bytes!" as Boot;
 * const process = { nonce, addresses: [], history: genesis.id, wallMs: 1_700_000_000_000 };
 * const register = firstRegister(a, { genesis, ...process });
 *
 * const seats = ring.ends.map((end) => roleAt(register, end, 1)?.seat);
 * assertEquals(seats, [0, undefined]);
 * ```
 */
export function roleAt(
  { roles }: Pick<Register, "roles">,
  position: Position,
  n: number,
): Role | null {
  let low = 0;
  let high = roles.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (roles[middle]!.rangeEnd < position) low = middle + 1;
    else high = middle;
  }
  // Ranges have nothing in common: the first that ends at the position or behind it has it, or none has.
  for (let i = 0; i < roles.length; i++) {
    const role = roles[(low + i) % roles.length]!;
    if (role.n !== n) continue;
    return isWithin(position, role.rangeStart, role.rangeEnd) ? role : null;
  }
  return null;
}

/** The same roles, cut at these ends (sorted): none has an end inside its range any more. The very same if none has one. */
export function cutRoles(roles: readonly Role[], ends: readonly Position[]): readonly Role[] {
  const known = CUTS.get(roles);
  if (known?.ends === ends) return known.cut;
  const cut = cutAnew(roles, ends);
  CUTS.set(roles, { ends, cut });
  return cut;
}

/** Roles and ends are values, and are asked for again and again. */
const CUTS = new WeakMap<
  readonly Role[],
  { readonly ends: readonly Position[]; readonly cut: readonly Role[] }
>();

function cutAnew(roles: readonly Role[], ends: readonly Position[]): readonly Role[] {
  const cut = roles.flatMap((role) => {
    const inside = endsWithin(ends, role.rangeStart, role.rangeEnd)
      .filter((end) => end !== role.rangeEnd);
    let rangeStart = role.rangeStart;
    return [...inside, role.rangeEnd].map((rangeEnd) => {
      const part = inside.length === 0 ? role : { ...role, rangeStart, rangeEnd };
      rangeStart = rangeEnd;
      return part;
    });
  });
  if (cut.length === roles.length) return roles;
  return cut.sort((a, b) => compare(a.rangeEnd, b.rangeEnd) || a.n - b.n);
}

/** These roles, with others for some ranges; null is none any more. The same list, if nothing changes. */
export function withRoles(
  roles: readonly Role[],
  turned: readonly {
    readonly rangeEnd: Position;
    readonly n: number;
    readonly role: Role | null;
  }[],
): readonly Role[] {
  const byRange = new Map(roles.map((role) => [`${role.n} ${role.rangeEnd}`, role]));
  let isOther = false;
  for (const { rangeEnd, n, role } of turned) {
    const key = `${n} ${rangeEnd}`;
    const was = byRange.get(key) ?? null;
    if (was === null ? role === null : role !== null && isSameRole(was, role)) continue;
    isOther = true;
    if (role === null) byRange.delete(key);
    else byRange.set(key, role);
  }
  if (!isOther) return roles;
  return [...byRange.values()].sort((a, b) => compare(a.rangeEnd, b.rangeEnd) || a.n - b.n);
}

/** Whether two roles of one node for the same range say the same. */
export function isSameRole(a: Role, b: Role): boolean {
  return a.role === b.role && a.seat === b.seat && a.seats === b.seats && a.tenure === b.tenure &&
    a.recovering === b.recovering && a.peers.join() === b.peers.join();
}
