/**
 * Who serves what in a world on a seed, by what stands on the disks: the oracle of handovers (laws G20, G21, G25).
 *
 * @module
 */
import type { NodeId, ObjectName } from "../id.ts";
import { fold, History } from "../membership/history.ts";
import type { Role } from "../protocol/change.ts";
import { positionOf } from "../ring/hash.ts";
import type { Ring } from "../ring/ring.ts";
import type { Container } from "../version/siblings.ts";
import { descends, FRESH } from "../version/version_vector.ts";
import type { Breach } from "./checker.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** What the disk of a machine says that it is for a key; null if nothing. */
export function roleOf(world: World, machine: Machine, name: ObjectName): Role | null {
  const { roles = [] } = machine.disk.restored.register ?? {};
  // Ranges of equal size never change.
  const rangeEnd = ringOf(world.genesis).rangeEnd(positionOf(name));
  return roles.find((role) => role.rangeEnd === rangeEnd && role.n === world.config.n) ?? null;
}

/** Machines whose disks say that they serve a key. */
export function serversOf(world: World, name: ObjectName): Machine[] {
  return [...world.machines.values()].filter((machine) =>
    roleOf(world, machine, name)?.role === "serving"
  );
}

/** Who should serve a key, as this machine knows it. */
export function ownersOf(machine: Machine, name: ObjectName, n: number): readonly NodeId[] {
  const { history } = machine;
  if (history === null) return [];
  const { ring } = fold(history);
  return ring.owners(ring.rangeEnd(positionOf(name)), n);
}

/** Who is out for good, by what this history says. */
export function outOf(history: History): NodeId[] {
  return [...fold(history).status].flatMap(([node, is]) => is === "out" ? [node] : []);
}

/** Who was removed, by what this history says: what is on its disk is nobody's. */
function removedIn(history: History): Set<NodeId> {
  const steps = [...history.changes.values()].flatMap((change) =>
    "steps" in change ? change.steps : []
  );
  return new Set(steps.flatMap((step) => step.kind === "remove" ? [step.node] : []));
}

/** Time for what is on the move to arrive; where somebody is broken, some of it may not. */
export function awaitMoves({ agenda, machines }: World): void {
  const isMoving = () => [...machines.values()].some(({ transfers }) => transfers > 0);
  const untilMs = agenda.nowMs + MOVES_MS;
  while (isMoving() && agenda.nowMs < untilMs) agenda.run(agenda.nowMs + 1_000);
}

/** Whoever should serve a key serves it, nobody else has anything of it, and no seat is served twice (laws G20, G25, G36). */
export function misplaced(world: World): Breach[] {
  const { machines, plan, config } = world;
  const known = [...machines.values()].find(({ isMember }) => isMember);
  if (known === undefined) return [];
  const removed = removedIn(known.history!);
  const breaches: Breach[] = [];
  for (let key = 0; key < plan.shape.keys; key++) {
    const name = world.nameOf(key);
    const owners = ownersOf(known, name, config.n);
    const servers = serversOf(world, name).filter(({ id }) => !removed.has(id));
    const seats = new Set(servers.map((machine) => roleOf(world, machine, name)!.seat));
    const [want, got] = [[...owners].sort(), servers.map(({ id }) => id).sort()];
    if (want.join() !== got.join() || seats.size !== servers.length) {
      const what = `k${key} is served by [${got}], and should be by [${want}]`;
      breaches.push({ law: "G20", what });
    }
    for (const machine of machines.values()) {
      if (
        servers.includes(machine) || removed.has(machine.id) ||
        machine.disk.recordOf(name) === undefined
      ) continue;
      const what = `${machine.id} still keeps k${key}, which it does not serve`;
      breaches.push({ law: "G25", what });
    }
  }
  return breaches;
}

/** Whether a machine serves a key itself; if not, whether anybody who serves it holds this, or something later. */
export function seatOf(
  world: World,
  at: Machine,
  name: ObjectName,
  { clock }: Container,
): "its_own" | "passed" | "lost" {
  if (roleOf(world, at, name)?.role === "serving") return "its_own";
  const holds = serversOf(world, name).some(({ disk }) =>
    descends(disk.recordOf(name)?.container.clock ?? FRESH, clock)
  );
  // A disk that was wiped, or put back, since its node said what it holds says nothing of what it said.
  const forgets = world.plan.faults.some(({ kind }) => FORGETTING.has(kind)) ||
    (world.plan.changes ?? []).some(({ what }) => what === "remove");
  return holds || forgets ? "passed" : "lost";
}

/** In so long data moves to its new owners, if nobody hinders it. */
const MOVES_MS = 120_000;

const FORGETTING: ReadonlySet<string> = new Set(["wipe", "backup", "damage", "power_cut"]);

const RINGS = new WeakMap<object, Ring>();

function ringOf(genesis: World["genesis"]): Ring {
  let ring = RINGS.get(genesis);
  if (ring === undefined) RINGS.set(genesis, ring = fold(History.of(genesis)).ring);
  return ring;
}
