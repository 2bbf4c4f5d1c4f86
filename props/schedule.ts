/**
 * Runs of a few real nodes under a schedule: clients put and get, messages arrive, are lost, come twice and out of order,
 * stores fail, processes crash and start again. Then everything is healed and read, and held to a {@linkcode History}.
 *
 * A schedule is plain data, so a failing one shrinks to the shortest that still fails: some ten actions, where a world of
 * `src/sim/` that breaks a law is hundreds of events, each at a time of its own. And it knows no time but what it lets go
 * by, so it meets orders of events that delays drawn from a seed hardly ever make.
 *
 * @module
 */
import fc from "fast-check";
import type { Digest, NodeId, WriteId } from "../src/id.ts";
import type { Reply } from "../src/protocol/effect.ts";
import type { Ticket } from "../src/protocol/event.ts";
import { containerDigest } from "../src/version/digest.ts";
import type { Container, Seen } from "../src/version/siblings.ts";
import { sortedEntries } from "../src/version/version_vector.ts";
import { ask, contextOf, nameOf } from "./asks.ts";
import { type Disaster, DISASTERS, Disasters } from "./disasters.ts";
import { History } from "./history.ts";
import { fold, History as Membership } from "../src/membership/history.ts";
import { positionOf } from "../src/ring/hash.ts";
import type { World } from "./world.ts";

/** One thing that the schedule makes happen. Numbers are taken modulo what there is. */
export type Action =
  | {
    readonly kind: "put" | "delete" | "get";
    readonly client: number;
    readonly node: number;
    readonly w: 1 | 2 | 3;
    /** True: nobody stands in. */
    readonly strict: boolean;
  }
  | {
    readonly kind: "happen" | "lose" | "refuse" | "twice" | "land" | "sink" | "crash" | "restart";
    readonly which: number;
  }
  | { readonly kind: "damage"; readonly node: number }
  | { readonly kind: Disaster; readonly node: number }
  | { readonly kind: "wait"; readonly ms: number }
  /** All that is pending happens. */
  | { readonly kind: "rest" };

/** What a family of schedules may hold. */
export interface ScheduleOptions {
  readonly maxLength: number;
  /** True: records go bad, and writes ask for more than one copy. False: writes may ask for one. */
  readonly damage?: boolean;
  /** True: whole disks are lost, restored and copied. Then only {@linkcode perform} may play it. */
  readonly disasters?: boolean;
}

/** Schedules. Most of what happens is ordinary, or nothing would ever be acknowledged. */
export function schedules(
  { maxLength, damage = false, disasters = false }: ScheduleOptions,
): fc.Arbitrary<Action[]> {
  const which = fc.nat(19);
  const one = (kind: Extract<Action, { which: number }>["kind"]) =>
    which.map((which) => ({ kind, which }));
  const w = damage ? fc.constantFrom(2, 3) : fc.constantFrom(1, 2, 2, 2, 3);
  const ask = (kind: "put" | "delete" | "get") =>
    fc.record({
      ...{ kind: fc.constant(kind), client: fc.nat(1), node: fc.nat(9), w },
      strict: fc.constantFrom(false, false, false, true),
    });
  const wait = fc.record({
    kind: fc.constant("wait" as const),
    ms: fc.constantFrom(600, 11_000, 31_000),
  });
  const bad = fc.record({ kind: fc.constant("damage" as const), node: fc.nat(9) });
  const choices: fc.WeightedArbitrary<Action>[] = [
    { weight: 8, arbitrary: ask("put") as fc.Arbitrary<Action> },
    { weight: 2, arbitrary: ask("delete") as fc.Arbitrary<Action> },
    { weight: 5, arbitrary: ask("get") as fc.Arbitrary<Action> },
    { weight: 60, arbitrary: one("happen") },
    { weight: 4, arbitrary: one("lose") },
    { weight: 2, arbitrary: one("refuse") },
    { weight: 4, arbitrary: one("twice") },
    { weight: 1, arbitrary: one("land") },
    { weight: 1, arbitrary: one("sink") },
    { weight: 2, arbitrary: one("crash") },
    { weight: 4, arbitrary: one("restart") },
    { weight: 2, arbitrary: wait },
    { weight: 3, arbitrary: fc.constant({ kind: "rest" }) },
  ];
  if (damage) choices.push({ weight: 2, arbitrary: bad });
  if (disasters) {
    const disaster = fc.record({ kind: fc.constantFrom(...DISASTERS), node: fc.nat(9) });
    choices.push({ weight: 8, arbitrary: disaster });
  }
  return fc.array(fc.oneof(...choices), { maxLength, size: "max" });
}

interface Client {
  context: Seen | undefined;
  shown: string[];
}

/** What a run has come to. */
export interface Outcome {
  readonly world: World;
  readonly history: History;
  /** How many puts were acknowledged. */
  readonly acknowledged: number;
  /** The writes that are live in the end, by their ids. */
  readonly final: string[];
}

const PATH = "b/k";
/** How often nodes probe in worlds that play schedules: as seldom as a long wait is long. In ms. */
export const PROBE_MS = 30_000;
/** So often that every request has ended, and each peer has been probed to the end. */
const HEALING_ROUNDS = 8;

/** One put that a schedule began. */
interface Attempt {
  readonly id: string;
  readonly seen: readonly string[];
}

/** What a schedule has begun. */
export interface Performed {
  readonly history: History;
  readonly puts: ReadonlyMap<Ticket, Attempt>;
  /** Whether a record went bad. */
  readonly damaged: boolean;
}

/** Plays a schedule in a world, and no more: what was begun may still be on its way. */
export function perform(world: World, actions: readonly Action[]): Performed {
  const history = new History();
  const clients: Client[] = [0, 1].map(() => ({ context: undefined, shown: [] }));
  const puts = new Map<Ticket, Attempt>();
  const disasters = new Disasters(world);
  let damaged = false;
  const gets = new Map<Ticket, Client>();
  const learn = () => {
    for (const [ticket, client] of gets) {
      const reply = world.replies.get(ticket);
      if (reply === undefined) continue;
      gets.delete(ticket);
      if (reply.kind !== "get") continue;
      client.context = contextOf(reply);
      client.shown = writesOf(reply);
      history.observed(client.shown);
    }
  };
  for (const action of actions) {
    if (action.kind === "damage") {
      // One bad record a run: two could be all that an acknowledged write was on.
      if (!damaged) world.damage(world.ids[action.node % world.ids.length]!, nameOf(PATH));
      damaged = true;
      continue;
    }
    if (isDisaster(action)) {
      const befell = disasters.befall(
        world.ids[action.node % world.ids.length]!,
        action.kind,
        nameOf(PATH),
      );
      if (befell) world.marks.set(action.kind, (world.marks.get(action.kind) ?? 0) + 1);
      continue;
    }
    act(world, action, {
      put(client, node, { kind, w, strict }) {
        const id = `v${puts.size + 1}`.padStart(16, "0");
        const { context, shown } = clients[client]!;
        history.attempted(id, shown);
        const put = ask(PATH, kind === "delete" ? null : id, id as WriteId);
        const order = { ...put, seen: context, w, dw: w, sloppyQuorum: !strict };
        puts.set(world.put(node, order), { id, seen: shown });
      },
      get(client, node, { strict }) {
        const ask = { name: nameOf(PATH), sloppyQuorum: !strict };
        gets.set(world.get(node, ask), clients[client]!);
      },
    });
    learn();
  }
  return { history, puts, damaged };
}

/**
 * Plays a schedule in a world, heals it, and checks S1 to S4, Q14 (every request was answered, once), Q18 (one dot a
 * put), Q19 (one hop a put), H3 (nothing is kept for anybody any more), H13 (foreign copies go to primaries only), M18 (equal clocks, equal contents, over every container that was ever sent or stored), S9
 * and RR5.
 */
export function play(
  world: World,
  actions: readonly Action[],
  { loses = false }: { readonly loses?: boolean } = {},
): Outcome {
  const { history, puts, damaged } = perform(world, actions);
  heal(world);
  let acknowledged = 0;
  for (const [ticket, { id, seen }] of puts) {
    const reply = world.replies.get(ticket);
    // The client of a node that crashed hears nothing; all others must have heard something.
    if (reply?.kind !== "put") continue;
    acknowledged++;
    if (reply.container.siblings.some(({ version }) => version.writeId === id)) {
      history.acknowledged(id);
    } else history.gone(seen);
  }
  const final = agree(world);
  history.check(final, { loses, damaged });
  checkDots(world);
  checkHops(world);
  checkForeign(world);
  return { world, history, acknowledged, final };
}

function isDisaster(action: Action): action is Extract<Action, { kind: Disaster }> {
  return (DISASTERS as readonly string[]).includes(action.kind);
}

function act(
  world: World,
  action: Exclude<Action, { kind: "damage" } | { kind: Disaster }>,
  clients: {
    put(client: number, node: NodeId, action: Extract<Action, { w: number }>): void;
    get(client: number, node: NodeId, action: Extract<Action, { w: number }>): void;
  },
): void {
  const { ids, pending, machines } = world;
  switch (action.kind) {
    case "put":
    case "delete":
    case "get": {
      const node = ids[action.node % ids.length]!;
      if (!machines.get(node)!.up || !machines.get(node)!.node.ready) return;
      if (action.kind === "get") clients.get(action.client, node, action);
      else clients.put(action.client, node, action);
      return;
    }
    case "wait":
      return world.wait(action.ms);
    case "rest":
      return world.run();
    case "crash":
      return world.crash(ids[action.which % ids.length]!);
    case "restart": {
      const node = ids[action.which % ids.length]!;
      if (!machines.get(node)!.up) world.restart(node);
      return;
    }
  }
  if (pending.length === 0) return;
  const index = action.which % pending.length;
  switch (action.kind) {
    case "happen":
      return world.happen(index);
    case "twice":
      return world.duplicate(index);
    case "refuse":
      return world.undelivered(index);
    case "lose":
    case "land":
    case "sink": {
      const next = pending[index]!;
      // A store of metadata that fails at a start ends the process; that is not what is studied here.
      if (next.kind === "io" && next.effect.kind === "store_meta") return world.happen(index);
      const isStore = next.kind === "io" && next.effect.kind === "store";
      if (action.kind === "lose" || !isStore) return world.fail(index);
      return world.land(index, action.kind === "land" ? "failed" : "crash");
    }
  }
}

/** Everybody is up, nothing is lost any more, and whatever was begun ends. */
function heal(world: World): void {
  for (const id of world.ids) if (!world.machines.get(id)!.up) world.restart(id);
  world.run();
  // Requests end; who was down is seen to be up; then what was kept for it goes there.
  for (let i = 0; i < HEALING_ROUNDS; i++) {
    world.wait(PROBE_MS);
    world.run();
  }
  for (const id of world.ids) {
    const { node, disk } = world.machines.get(id)!;
    const [left] = disk.hints.all;
    if (left) throw new Error(`H3: ${id} still keeps ${left.name.key} for ${left.owner}`);
    if (node.load.requests > 0) {
      throw new Error(`Q14: ${id} still has ${node.load.requests} requests`);
    }
    if (node.load.lanes > 0) throw new Error(`Q14: ${id} still has ${node.load.lanes} lanes`);
  }
}

/** One read makes the replicas equal by repair, whatever it answers: after it, two reads agree and repair nothing (S9). */
function agree(world: World): string[] {
  const read = () => {
    const ticket = world.get(world.ids[0]!, { name: nameOf(PATH), r: 2 });
    world.run();
    const reply = world.replies.get(ticket);
    if (reply?.kind !== "get") throw new Error(`Cannot read: ${JSON.stringify(reply)}`);
    return writesOf(reply);
  };
  world.get(world.ids[0]!, { name: nameOf(PATH) });
  world.run();
  const first = read();
  const repairs = world.marks.get("get.repair") ?? 0;
  const second = read();
  if ((world.marks.get("get.repair") ?? 0) !== repairs) {
    throw new Error("RR5: the second of two equal reads repaired something");
  }
  if (first.join() !== second.join()) throw new Error(`S9: ${first} and then ${second}`);
  return second;
}

/** The write ids of what an answer holds, hidden siblings too. */
function writesOf(reply: Extract<Reply, { kind: "get" }>): string[] {
  return reply.container.siblings.map(({ version }) => version.writeId as string).sort();
}

/** Every container that was sent or stored: one dot a write id, and equal clocks have equal contents. */
function checkDots(world: World): void {
  const name = nameOf(PATH);
  const dots = new Map<WriteId, string>();
  const states = new Map<string, Digest>();
  const look = (container: Container) => {
    for (const { dot, version } of container.siblings) {
      const issued = `${dot.actor}#${dot.counter}`;
      const known = dots.get(version.writeId) ?? issued;
      if (known !== issued) throw new Error(`Q18: ${version.writeId} was issued twice`);
      dots.set(version.writeId, known);
    }
    const clock = JSON.stringify(sortedEntries(container.clock));
    const digest = containerDigest(name, container);
    const same = states.get(clock) ?? digest;
    if (same !== digest) throw new Error(`M18: one clock, two contents`);
    states.set(clock, same);
  };
  for (const { message } of world.sent) {
    if ("container" in message && message.container) look(message.container);
  }
  for (const id of world.ids) {
    const record = world.onDisk(id, name);
    if (record) look(record.container);
    for (const hint of world.machines.get(id)!.disk.hints.all) look(hint.record.container);
  }
}

/** A copy that is not sent to be kept goes to those who hold the key; one that is, to somebody who does not (law H13). */
function checkForeign(world: World): void {
  const { ring } = fold(Membership.of(world.genesis));
  const owners = ring.owners(positionOf(nameOf(PATH)), world.config.n);
  for (const { to, message } of world.sent) {
    if (message.kind !== "write" && message.kind !== "repair") continue;
    const hint = message.kind === "write" ? message.hint : null;
    if (owners.includes(to) !== (hint === null)) {
      throw new Error(`H13: ${to} was sent a ${message.kind}, and ${owners} hold the key`);
    }
    if (hint && owners[hint.seat] !== hint.owner) throw new Error(`H13: ${hint.owner} is no owner`);
  }
  for (const id of world.ids) {
    if (world.onDisk(id, nameOf(PATH)) && !owners.includes(id)) {
      throw new Error(`H13: ${id} holds what it does not serve`);
    }
  }
}

/** Whoever forwards a put is the node that its client asked: nobody who got it hands it on (law Q19). */
function checkHops(world: World): void {
  const entries = new Map<WriteId, NodeId>();
  for (const { from, message } of world.sent) {
    if (message.kind !== "forward") continue;
    const { writeId } = message.order.version;
    const entry = entries.get(writeId) ?? from;
    if (entry !== from) throw new Error(`Q19: ${writeId} was forwarded by ${entry} and by ${from}`);
    entries.set(writeId, entry);
  }
}
