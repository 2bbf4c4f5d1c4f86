/**
 * Settling while clients write: every order of puts, copies under way and restarts after all have agreed, in a small model
 * that keeps rotor's own containers, and explicit sets of events beside them.
 *
 * Two replicas hold C when the leader says that it may go, or that its clock may be shortened. The one hears of it before
 * the other. From then on puts come, blind or with the context of anything that is or was held; copies travel, late and
 * twice; a process may start again, and forgets its grave.
 *
 * @module
 */
import { assert } from "@std/assert";
import { type Actor, compareDots, type Dot, sameDot } from "../../src/id.ts";
import { shortened } from "../../src/version/settled.ts";
import { type Container, EMPTY, sync, write } from "../../src/version/siblings.ts";
import { descends } from "../../src/version/version_vector.ts";
import { actor, tombstone, version } from "../generators.ts";
import { exhaustive, type Law } from "../law.ts";

/** What has been seen, and what is live of it, by the names of events. */
interface Truth {
  readonly seen: readonly string[];
  readonly live: readonly string[];
}

/** What a replica holds, and beside it what it should. */
interface Held {
  readonly container: Container;
  readonly truth: Truth;
  readonly mine: Dot | null;
}

interface Replica {
  readonly held: Held | null;
  readonly buried: boolean;
  readonly restarts: number;
}

interface State {
  readonly replicas: readonly [Replica, Replica];
  readonly net: readonly { readonly to: number; readonly held: Held }[];
  readonly puts: number;
  readonly actors: number;
  readonly restarts: number;
}

const PUTS = 2;
const MESSAGES = 2;

/** An old value of a, and the delete of b that has seen it. */
const OLD = write(EMPTY, EMPTY.clock, { actor: actor("a"), counter: 1 }, version("old"));
const DEAD: Held = {
  container: write(OLD, OLD.clock, { actor: actor("b"), counter: 1 }, tombstone("T")),
  truth: { seen: ["T", "old"], live: ["T"] },
  mine: null,
};
const NOTHING: Truth = { seen: [], live: [] };

/** S16, V17. */
export const laws: readonly Law[] = [
  exhaustive(
    "S16 S17",
    "a key that is reaped while clients write shows what they wrote, and nothing else",
    () => {
      search("reap");
    },
  ),
  exhaustive(
    "V17 S16",
    "a clock that is shortened while clients write hides nothing, and shows nothing again",
    () => {
      search("shorten");
    },
  ),
];

function search(how: "reap" | "shorten"): void {
  const first: Replica = { held: DEAD, buried: false, restarts: 0 };
  const begin: State = { replicas: [first, first], net: [], puts: 0, actors: 0, restarts: 0 };
  const seen = new Set<string>([nameOf(begin)]);
  let front = [begin];
  let came = { buried: false, absorbed: false };
  while (front.length > 0) {
    const further: State[] = [];
    for (const state of front) {
      check(state);
      if (state.replicas.some(({ buried }) => buried)) came = { ...came, buried: true };
      for (const next of moves(state, how)) {
        const name = nameOf(next);
        if (seen.has(name)) continue;
        seen.add(name);
        further.push(next);
      }
    }
    front = further;
  }
  assert(came.buried && seen.size > 10_000, `${seen.size}`);
}

function* moves(state: State, how: "reap" | "shorten"): Generator<State> {
  for (const at of [0, 1] as const) {
    const replica = state.replicas[at];
    const { held } = replica;
    if (held !== null && isSame(held.container, DEAD.container)) {
      const left = how === "reap"
        ? null
        : { ...held, container: shortened(held.container), mine: null };
      yield withReplica(state, at, { ...replica, held: left, buried: true });
    }
    if (state.puts < PUTS) yield* puts(state, at);
    if (held !== null && state.net.length < MESSAGES) {
      yield { ...state, net: [...state.net, { to: 1 - at, held: { ...held, mine: null } }] };
    }
    if (state.restarts === 0) {
      // What was for the process before it is refused.
      const net = state.net.filter(({ to }) => to !== at);
      const again = { ...replica, buried: false, restarts: replica.restarts + 1 };
      yield { ...withReplica(state, at, again), net, restarts: 1 };
    }
  }
  for (const [i, { to, held }] of state.net.entries()) {
    for (const again of [false, true]) {
      const net = again ? state.net : state.net.filter((_, at) => at !== i);
      yield { ...withReplica(state, to, received(state.replicas[to]!, held)), net };
    }
  }
}

function* puts(state: State, at: 0 | 1): Generator<State> {
  const replica = state.replicas[at];
  const base = baseOf(replica);
  const contexts = [null, DEAD, state.replicas[0].held, state.replicas[1].held];
  for (const [i, context] of contexts.entries()) {
    if (i > 1 && context === null) continue;
    const mine = base?.mine ?? null;
    const isOwn = mine !== null && taken(at, replica).includes(mine.actor);
    const dot = isOwn
      ? { actor: mine.actor, counter: mine.counter + 1 }
      : { actor: taken(at, replica)[state.actors]!, counter: 1 };
    const event = `v${state.puts}`;
    const seen = context?.container.clock ?? EMPTY.clock;
    const held: Held = {
      container: write(base?.container ?? EMPTY, seen, dot, version(event)),
      truth: written(base?.truth ?? NOTHING, context?.truth ?? NOTHING, event),
      mine: dot,
    };
    yield {
      ...withReplica(state, at, { ...replica, held }),
      puts: state.puts + 1,
      actors: state.actors + (isOwn ? 0 : 1),
    };
  }
}

/** The actors that this process may take. */
function taken(at: 0 | 1, { restarts }: Replica): Actor[] {
  return Array.from({ length: PUTS }, (_, i) => actor(`${"pq"[at]}${restarts}x${i}`));
}

/** What work meets: of a key that was settled, what stood there, too. */
function baseOf({ held, buried }: Replica): Held | null {
  if (!buried) return held;
  return held === null ? DEAD : joined(held, DEAD);
}

function received(replica: Replica, news: Held): Replica {
  const base = baseOf(replica);
  if (base !== null && descends(base.container.clock, news.container.clock)) return replica;
  return { ...replica, held: base === null ? news : joined(base, news) };
}

function joined(a: Held, b: Held): Held {
  const stays = (live: readonly string[], other: Truth) =>
    live.filter((event) => other.live.includes(event) || !other.seen.includes(event));
  const live = new Set([...stays(a.truth.live, b.truth), ...stays(b.truth.live, a.truth)]);
  const seen = new Set([...a.truth.seen, ...b.truth.seen]);
  return {
    container: sync(a.container, b.container),
    truth: { seen: [...seen].sort(), live: [...live].sort() },
    mine: a.mine,
  };
}

function written(base: Truth, context: Truth, event: string): Truth {
  return {
    seen: [...new Set([...base.seen, ...context.seen, event])].sort(),
    live: [...base.live.filter((one) => !context.seen.includes(one)), event].sort(),
  };
}

function check({ replicas, net }: State): void {
  for (const held of [...replicas.map(({ held }) => held), ...net.map(({ held }) => held)]) {
    if (held === null) continue;
    const shows = textsOf(held.container).join();
    const should = held.truth.live.filter((event) => event !== "T").join();
    assert(shows === should, `shows [${shows}], and should show [${should}]`);
  }
  const [p, q] = replicas.map(({ held }) => held);
  if (!p || !q) return;
  const equal = descends(p.container.clock, q.container.clock) &&
    descends(q.container.clock, p.container.clock);
  assert(!equal || isSame(p.container, q.container), "equal clocks, unequal contents");
}

function isSame(a: Container, b: Container): boolean {
  return a.clock.size === b.clock.size && descends(a.clock, b.clock) &&
    a.siblings.length === b.siblings.length &&
    a.siblings.every(({ dot }, i) => sameDot(dot, b.siblings[i]!.dot));
}

function textsOf({ siblings }: Container): string[] {
  return siblings.filter(({ version }) => !version.tombstone)
    .map(({ version }) => String.fromCharCode(...version.content)).sort();
}

function withReplica(state: State, at: number, replica: Replica): State {
  const [p, q] = state.replicas;
  return { ...state, replicas: at === 0 ? [replica, q] : [p, replica] };
}

function nameOf({ replicas, net, puts, actors, restarts }: State): string {
  const under = net.map(({ to, held }) => `${to}${nameOfHeld(held)}`).sort();
  const all = replicas.map(({ held, buried, restarts }) =>
    `${held === null ? "-" : nameOfHeld(held)}${buried}${restarts}`
  );
  return [...all, ...under, puts, actors, restarts].join("|");
}

const names = new WeakMap<Held, string>();

function nameOfHeld(held: Held): string {
  let name = names.get(held);
  if (name !== undefined) return name;
  const { container: { clock, siblings }, truth: { seen, live }, mine } = held;
  const entries = [...clock].map(([actor, counter]) => `${actor}${counter}`).sort();
  const dots = siblings.map(({ dot }) => dot).sort(compareDots)
    .map(({ actor, counter }) => `${actor}${counter}`);
  name = [entries, dots, seen, live, mine?.actor, mine?.counter].join(";");
  names.set(held, name);
  return name;
}
