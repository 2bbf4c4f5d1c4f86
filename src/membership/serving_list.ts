/**
 * Whom a request about a key asks (paper, section 4.3): those who **serve** its range, then those who may stand in.
 *
 * The ring says who should hold a range, registers say who does (`docs/decisions/0024-requests-ask-who-serves.md`). Where
 * every owner serves, this is the ring's own preference list. While data is on the move it is not: whoever has the data is
 * asked, though the ring has passed over it, and whoever has none yet is a fallback like any other.
 *
 * 1. One entry a seat that anybody serves, owners first, in the ring's order; then the others, by seat.
 * 2. A seat that was passed on, and that nobody is known to serve yet: whom it was passed to. The giver's register is
 *    there before the taker's, and W = N would be out of reach in between.
 * 3. Then every other active node, in the order of the walk.
 * 4. A seat that nobody is known to serve, nor to have been given, has no entry.
 *
 * @module
 */
import type { NodeId, Position } from "../id.ts";
import type { Entry } from "../ring/preference_list.ts";
import type { Ring } from "../ring/ring.ts";
import type { Registers } from "./registers.ts";
import type { Server } from "./serving_steps.ts";

/**
 * The list of a key at this position, as whoever holds these registers sees it.
 *
 * @example A newcomer owns a range, and serves nothing of it yet
 * ```ts
 * import { found } from "./found.ts";
 * import { fold, History } from "./history.ts";
 * import { planChange } from "./plan.ts";
 * import { Registers } from "./registers.ts";
 * import { servingList } from "./serving_list.ts";
 * import { drawFrom } from "../ring/tokens.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = ["a", "b"].map((id) => ({ node: nodeId(id), zone: "", weight: 1 }));
 * const genesis = found({ members: [a!], partitions: 4, replicas: 1 });
 * const book = History.of(genesis);
 * const steps = [{ kind: "join" as const, ...b! }];
 * const change = planChange(book, { author: a!.node, wallMs: 0, steps, draw: drawFrom("") });
 * const taking = book.take([change]);
 * const { ring } = fold(taking.kind === "taken" ? taking.history : book);
 *
 * const passed = ring.ends.find((end) => ring.owners(end, 1)[0] === "b")!;
 * const list = servingList({ ring, registers: new Registers(genesis) }, passed, 1);
 * assertEquals(list.map(({ node, role }) => `${node} ${role}`), ["a primary", "b fallback"]);
 * ```
 */
export function servingList(
  { ring, registers }: { readonly ring: Ring; readonly registers: Registers },
  position: Position,
  n: number,
): Entry[] {
  const walk = ring.walk(position);
  const servers = registers.serversAt(position, n);
  const owners = walk.slice(0, ring.seats(n));
  const chosen = oneASeat(servers, owners).map(({ node, role: { seat } }) => ({ node, seat }));
  const heirs = heirsOf(registers.holdersAt(position, n), chosen)
    .filter(({ node }) => walk.includes(node));
  const primaries = [...chosen, ...heirs].map((one): Entry => ({ ...one, role: "primary" }));
  const asked = new Set(primaries.map(({ node }) => node));
  const fallbacks = walk.filter((node) => !asked.has(node))
    .map((node): Entry => ({ node, role: "fallback", seat: null }));
  return [...primaries, ...fallbacks];
}

/** A node and its seat. */
type Seated = Pick<Entry & { readonly role: "primary" }, "node" | "seat">;

/** To whom seats were passed that nobody serves, one a seat. */
function heirsOf(holders: readonly Server[], serving: readonly Seated[]): Seated[] {
  const heirs: Seated[] = [];
  const released = holders.filter(({ role }) => role.role === "released");
  for (const { role: { seat, peers: [heir] } } of released) {
    if (heir === undefined) continue;
    // Whoever has passed it on in its turn has it no more.
    const isPast = released.some(({ node, role }) => node === heir && role.seat === seat);
    const isTaken = [...serving, ...heirs].some((one) => one.seat === seat || one.node === heir);
    if (!isPast && !isTaken) heirs.push({ node: heir, seat });
  }
  return heirs;
}

/** Owners first, in their order, then the others as they come; of two who claim one seat, the first of these. */
function oneASeat(servers: readonly Server[], owners: readonly NodeId[]): Server[] {
  const owning = owners.flatMap((owner) => servers.find(({ node }) => node === owner) ?? []);
  const seats = new Set<number>();
  return [...owning, ...servers.filter((server) => !owning.includes(server))].filter(
    ({ role: { seat } }) => {
      if (seats.has(seat)) return false;
      seats.add(seat);
      return true;
    },
  );
}
