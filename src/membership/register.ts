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

/** Newest wire format and planner that this program speaks. */
export const SPEAKS = { wire: 1, planner: 1 } as const;

/** What a process knows of itself at its start. */
export interface Process {
  readonly nonce: Boot;
  /** Where it can be reached: `HOST:PORT`. */
  readonly addresses: readonly string[];
  /** Digest of the history that it knows. */
  readonly history: Digest;
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
  { genesis, nonce, addresses, history }: Process & { readonly genesis: Genesis },
): Register {
  return {
    node,
    generation: 1,
    seq: 1,
    nonce,
    addresses,
    speaks: SPEAKS,
    history,
    tick: 0,
    roles: foundingRoles(genesis).get(node) ?? [],
  };
}

/** The register of the same node after another start: the roles are what they were. */
export function nextGeneration(register: Register, process: Process): Register {
  const { nonce, addresses, history } = process;
  return {
    ...register,
    generation: register.generation + 1,
    seq: 1,
    nonce,
    addresses,
    speaks: SPEAKS,
    history,
  };
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
 * const register = firstRegister(a, { genesis, nonce, addresses: [], history: genesis.id });
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
