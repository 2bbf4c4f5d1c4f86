/**
 * Three machines that keep bucket properties, and everything that may happen to them: a network and disks that are a
 * list of things that may be done, lost, refused or done twice. A schedule picks, so a failing one shrinks.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type NodeId, nodeId } from "../../src/id.ts";
import { compareEntries } from "../../src/membership/prop_cells.ts";
import { Props } from "../../src/membership/props.ts";
import type { PropEntry } from "../../src/protocol/bucket_props.ts";
import { DEFAULTS } from "../../src/protocol/config.ts";
import type { Effect } from "../../src/protocol/effect.ts";
import type { Timer } from "../../src/protocol/event.ts";
import type { Message } from "../../src/protocol/message.ts";
import { Outbox } from "../../src/protocol/outbox.ts";

/** Their names. */
export const NODES = ["a", "b", "c"].map(nodeId);
const MEMBERS = new Set(NODES);

/** One set that a client asked for. */
interface Asked {
  readonly at: NodeId;
  readonly boot: number;
  readonly entry: PropEntry | null;
  answers: string[];
}

interface Machine {
  readonly id: NodeId;
  boot: number;
  up: boolean;
  props: Props;
  disk: readonly PropEntry[];
  timers: Map<string, Timer>;
  /** Whom its last word did not reach. */
  outOfReach: Set<NodeId>;
}

type Pending =
  | { kind: "message"; from: Machine; to: Machine; boots: [number, number]; message: Message }
  | { kind: "store"; at: Machine; boot: number; store: number; entries: readonly PropEntry[] };

/** Three machines, and everything that may happen to them next. */
export class Net {
  readonly machines: Machine[];
  readonly pending: Pending[] = [];
  readonly asked: Asked[] = [];
  belowMajority = 0;
  acknowledged = 0;
  #numbers = 0;

  constructor() {
    this.machines = NODES.map((id) => ({
      id,
      boot: 0,
      up: true,
      props: this.#fresh(id),
      disk: [],
      timers: new Map(),
      outOfReach: new Set(),
    }));
    for (const machine of this.machines) this.#do(machine, (out) => this.#ready(machine, out));
  }

  set(machine: Machine, bucket: string, value: boolean | null): void {
    if (!machine.up) return;
    const ticket = this.asked.length;
    const patch = { allow_mult: value };
    this.asked.push({ at: machine.id, boot: machine.boot, entry: null, answers: [] });
    this.#do(machine, (out) => {
      const event = { kind: "props_set" as const, ticket, type: "default", bucket, patch };
      machine.props.onSet(event, MEMBERS, out);
      const entry = machine.props.entries.find((one) => one.bucket === bucket) ?? null;
      this.asked[ticket] = { ...this.asked[ticket]!, entry };
    });
  }

  happen(index: number, how: "done" | "lost" | "refused" | "twice"): void {
    const next = this.pending[index % Math.max(1, this.pending.length)];
    if (next === undefined) return;
    if (how !== "twice" || next.kind === "store") {
      this.pending.splice(this.pending.indexOf(next), 1);
    }
    if (next.kind === "store") {
      const { at, boot, store, entries } = next;
      if (!at.up || at.boot !== boot) return;
      const failed = how === "refused";
      if (!failed) at.disk = entries;
      this.#do(at, (out) => {
        assert(at.props.onStored(store, failed ? "failed" : "durable", MEMBERS, out));
      });
      return;
    }
    const { from, to, boots, message } = next;
    const arrives = to.up && to.boot === boots[1];
    if (how === "refused" || (!arrives && how === "done")) {
      if (!from.up || from.boot !== boots[0]) return;
      from.outOfReach.add(to.id);
      this.#do(from, (out) => from.props.onUndelivered(to.id, message, out));
    } else if (how !== "lost" && arrives) {
      if (message.kind !== "props" && message.kind !== "props_reply") throw new Error(message.kind);
      to.outOfReach.delete(from.id);
      this.#do(to, (out) => to.props.onMessage(from.id, message, MEMBERS, out));
    }
  }

  crash(machine: Machine): void {
    machine.up = false;
    machine.timers.clear();
    machine.outOfReach.clear();
  }

  restart(machine: Machine): void {
    if (machine.up) return;
    machine.up = true;
    machine.boot++;
    machine.props = this.#fresh(machine.id);
    machine.props.restore(machine.disk);
    this.#do(machine, (out) => this.#ready(machine, out));
  }

  /** All timers of one kind are due. */
  due(kind: Timer["kind"]): void {
    for (const machine of this.machines) {
      for (const [key, timer] of [...machine.timers]) {
        if (timer.kind !== kind) continue;
        machine.timers.delete(key);
        assert(machine.props.owns(timer), `nobody owns ${key}`);
        this.#do(machine, (out) => machine.props.onTimer(timer, out));
      }
    }
  }

  /** Everybody is up and everything arrives, until nothing is left to say. */
  heal(): void {
    for (const machine of this.machines) this.restart(machine);
    for (let round = 0; round < 6; round++) {
      for (let steps = 0; this.pending.length > 0; steps++) {
        assert(steps < 10_000, "they never stop talking");
        this.happen(0, "done");
      }
      this.due("props_retry");
    }
    assertEquals(this.pending, []);
    for (const { timers } of this.machines) assertEquals([...timers.values()], [], "still waiting");
  }

  #fresh(id: NodeId): Props {
    return new Props({ node: id, config: DEFAULTS, next: () => ++this.#numbers });
  }

  #ready(machine: Machine, out: Outbox): void {
    machine.props.onReady(MEMBERS, out);
  }

  #do(machine: Machine, step: (out: Outbox) => void): void {
    const out = new Outbox(machine.id, { monoMs: 0, wallMs: 0 });
    step(out);
    assertEquals(out.inner, [], "a machine spoke to itself");
    const below = out.effects.some(({ kind, ...effect }) =>
      kind === "mark" && "name" in effect && effect.name === "props.below_majority"
    );
    for (const effect of out.effects) this.#take(machine, effect, below);
  }

  #take(machine: Machine, effect: Effect, below: boolean): void {
    if (effect.kind === "send") {
      const to = this.machines.find(({ id }) => id === effect.to)!;
      this.#tellsOnlyDurable(machine, effect.message);
      const boots: [number, number] = [machine.boot, to.boot];
      this.pending.push({ kind: "message", from: machine, to, boots, message: effect.message });
    } else if (effect.kind === "store_meta" && effect.value.kind === "props") {
      const { store, value: { entries } } = effect;
      this.pending.push({ kind: "store", at: machine, boot: machine.boot, store, entries });
    } else if (effect.kind === "set_timer") {
      machine.timers.set(JSON.stringify(effect.timer), effect.timer);
    } else if (effect.kind === "cancel_timer") {
      machine.timers.delete(JSON.stringify(effect.timer));
    } else if (effect.kind === "reply") {
      this.#answered(effect.ticket, effect.reply.kind, below);
    }
  }

  /** What a node says of its own must survive its next crash, or it might give the counter away again. */
  #tellsOnlyDurable(machine: Machine, message: Message): void {
    if (message.kind !== "props") return;
    for (const entry of message.entries.filter(({ node }) => node === machine.id)) {
      const durable = machine.disk.find(({ bucket }) => bucket === entry.bucket);
      assert(durable && compareEntries(durable, entry) >= 0, "told before it was durable");
    }
  }

  #answered(ticket: number, kind: string, below: boolean): void {
    const asked = this.asked[ticket]!;
    asked.answers.push(kind);
    const { entry } = asked;
    if (kind !== "props" || entry === null) return;
    const { outOfReach } = this.machines.find(({ id }) => id === asked.at)!;
    const holders = this.machines.filter(({ disk }) =>
      disk.some((one) => one.bucket === entry.bucket && compareEntries(one, entry) >= 0)
    );
    this.acknowledged++;
    if (below) this.belowMajority++;
    const enough = below
      ? this.machines.every((one) => holders.includes(one) || outOfReach.has(one.id))
      : holders.length >= 2;
    assert(enough, `acknowledged on ${holders.length} of 3`);
  }
}

const someAct = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("set" as const),
      which: fc.nat(2),
      bucket: fc.constantFrom("k", "l"),
      value: fc.constantFrom(true, false, null),
    }),
  },
  {
    weight: 24,
    arbitrary: fc.record({ kind: fc.constant("done" as const), which: fc.nat(9) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom("lost" as const, "refused" as const, "twice" as const),
      which: fc.nat(9),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("crash" as const, "restart" as const),
      which: fc.nat(2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("due" as const),
      timer: fc.constantFrom("props_retry" as const, "deadline" as const),
    }),
  },
);

/** One thing that a schedule makes happen. */
export type Act = (typeof someAct) extends fc.Arbitrary<infer T> ? T : never;

/** What comes of a schedule, if three machines that know nothing play it. */
export function play(acts: readonly Act[]): Net {
  const net = new Net();
  for (const act of acts) {
    if (act.kind === "set") net.set(net.machines[act.which]!, act.bucket, act.value);
    else if (act.kind === "crash") net.crash(net.machines[act.which]!);
    else if (act.kind === "restart") net.restart(net.machines[act.which]!);
    else if (act.kind === "due") net.due(act.timer);
    else net.happen(act.which, act.kind);
  }
  return net;
}

/** A schedule: mostly, what was begun goes on. */
export const someActs: fc.Arbitrary<Act[]> = fc.array(someAct, { maxLength: 60, size: "max" });
