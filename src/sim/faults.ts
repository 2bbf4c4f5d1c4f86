/**
 * What goes wrong in a world on a seed, and how it is mended.
 *
 * Until the plan's calm everything in its list happens. Then comes the calm: among the *core* nothing fails any more, and
 * who is not of the core stays broken as the plan says, for ever. Only of such a world can one say that it must come to
 * rest (law T4): a fault that goes on is not the store's failing, and one that is mended by chance proves nothing.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import { OLD_COPY } from "../membership/recall.ts";
import type { Image } from "./disk.ts";
import type { Machine } from "./machine.ts";
import type { Loss } from "./checker.ts";
import type { Fault } from "./plan.ts";
import type { World } from "./world.ts";

/** Whoever starts processes tries again after so long, if one ends by itself. */
const RESTART_MS = 1_000;

/** The faults of one world. */
export class Faults {
  readonly #world: World;
  readonly #backups = new Map<Machine, Image>();
  #calm = false;
  /** Machines that a fault holds down. */
  readonly #down = new Set<Machine>();
  /** What disks have lost that they had said is durable. */
  readonly losses: Loss[] = [];

  /** Nothing has gone wrong yet. */
  constructor(world: World) {
    this.#world = world;
  }

  /** These will happen, each at its time, if the calm has not come. */
  threaten(faults: readonly Fault[]): void {
    const { agenda } = this.#world;
    for (const fault of faults) {
      agenda.at(fault.atMs, () => {
        if (this.#calm || !this.#befall(fault)) return;
        this.#world.note(`fault.${fault.kind}`);
        this.#lost(fault);
      });
    }
  }

  /** Starts a machine, again and again until it serves: on a bad disk it may end by itself before. */
  start(machine: Machine): void {
    if (machine.boot === null) {
      this.#obey(machine);
      machine.start();
    }
    this.#world.agenda.after(RESTART_MS, () => {
      if (!machine.ready && !this.#down.has(machine)) this.start(machine);
    });
  }

  /** An operator does what a process has said that ended: too old a copy is thrown away. */
  #obey({ id, halted, disk }: Machine): void {
    if (halted?.includes(OLD_COPY) !== true) return;
    disk.become(null);
    this.#world.note("operator.wiped");
    this.losses.push({ machine: id, key: null, atMs: this.#world.agenda.nowMs });
  }

  /** From now on the core is well, and all others stay broken. */
  calm(): void {
    this.#calm = true;
    const { network, plan, ids } = this.#world;
    network.calm = true;
    const broken = new Map(plan.broken.map(({ node, how }) => [this.#world.machine(node), how]));
    for (const from of ids) for (const to of ids) network.path(from, to).mend();
    for (const machine of this.#world.machines.values()) {
      const { disk } = machine;
      const how = broken.get(machine);
      machine.pause(0);
      disk.calm = true;
      disk.mend();
      if (how === "full_disk") disk.fulls++;
      if (how === "down") {
        this.#down.add(machine);
        machine.crash();
      } else {
        this.#down.delete(machine);
        this.start(machine);
      }
      if (how === "cut_off") this.#cut(ids.filter((id) => id === machine.id), 1);
      if (how !== undefined) this.#world.note(`ruin.${how}`);
    }
  }

  /** Everybody is well, who was broken too. */
  reunion(): void {
    for (const machine of this.#world.machines.values()) {
      machine.disk.mend();
      this.#down.delete(machine);
      this.start(machine);
    }
    const { network, ids } = this.#world;
    for (const from of ids) for (const to of ids) network.path(from, to).mend();
  }

  /** It happens. False if it cannot: nothing to damage, nobody to crash. */
  #befall(fault: Fault): boolean {
    const { network, agenda, ids } = this.#world;
    const mend = (how: () => void) => {
      if ("forMs" in fault) agenda.after(fault.forMs, () => void (this.#calm || how()));
    };
    switch (fault.kind) {
      case "partition": {
        const side = fault.side.map((node) => this.#world.machine(node).id);
        this.#cut(side, 1);
        mend(() => this.#cut(side, -1));
        return side.length < ids.length;
      }
      case "power_cut":
        // Each of them, also where the first was down already.
        return [...this.#world.machines.values()]
          .map((machine) => this.#fell(machine, mend)).some((fell) => fell);
      case "one_way":
      case "slow_link":
      case "lossy_link": {
        const [from, to] = [this.#world.machine(fault.from).id, this.#world.machine(fault.to).id];
        if (from === to) return false;
        const path = network.path(from, to);
        if (fault.kind === "one_way") {
          path.cuts++;
          mend(() => path.cuts--);
        } else if (fault.kind === "slow_link") {
          path.slow.push(fault.times);
          mend(() => remove(path.slow, fault.times));
        } else {
          path.lossy.push(fault.share);
          mend(() => remove(path.lossy, fault.share));
        }
        return true;
      }
      default:
        return this.#befallMachine(fault, this.#world.machine(fault.node), mend);
    }
  }

  #befallMachine(
    fault: Extract<Fault, { node: number }>,
    machine: Machine,
    mend: (how: () => void) => void,
  ): boolean {
    const { disk } = machine;
    switch (fault.kind) {
      case "crash":
        return this.#fell(machine, mend);
      case "wipe":
        return this.#fell(machine, mend, () => disk.become(null));
      case "restore": {
        const backup = this.#backups.get(machine);
        return backup !== undefined && this.#fell(machine, mend, () => disk.become(backup));
      }
      case "backup":
        this.#backups.set(machine, disk.image());
        return true;
      case "pause":
        machine.pause(this.#world.agenda.nowMs + fault.forMs);
        return machine.boot !== null;
      case "full_disk":
        disk.fulls++;
        mend(() => disk.fulls--);
        return true;
      case "read_errors":
        disk.readErrors++;
        mend(() => disk.readErrors--);
        return true;
      case "slow_disk":
        disk.slow.push(fault.times);
        mend(() => remove(disk.slow, fault.times));
        return true;
      case "damage":
        return disk.damage(this.#world.nameOf(fault.key));
      case "clock":
        machine.setWall(fault.byMs);
        return true;
    }
  }

  /** The process ends, something may be done to its disk, and another begins when it is mended. */
  #fell(machine: Machine, mend: (how: () => void) => void, meanwhile = () => {}): boolean {
    if (machine.boot === null) return false;
    this.#down.add(machine);
    machine.crash();
    meanwhile();
    mend(() => {
      this.#down.delete(machine);
      this.start(machine);
    });
    return true;
  }

  #lost(fault: Fault): void {
    if (fault.kind !== "damage" && fault.kind !== "wipe" && fault.kind !== "restore") return;
    const key = fault.kind === "damage" ? this.#world.nameOf(fault.key).key : null;
    const machine = this.#world.machine(fault.node).id;
    const unknown = fault.kind === "restore";
    this.losses.push({ machine, key, atMs: this.#world.agenda.nowMs, unknown });
  }

  #cut(side: readonly NodeId[], by: 1 | -1): void {
    const { network, ids } = this.#world;
    for (const inner of side) {
      for (const outer of ids) {
        if (side.includes(outer)) continue;
        network.path(inner, outer).cuts += by;
        network.path(outer, inner).cuts += by;
      }
    }
  }
}

/** Ends one of several faults of a kind that are there at once. */
function remove(list: number[], one: number): void {
  list.splice(list.indexOf(one), 1);
}
