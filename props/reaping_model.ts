/**
 * A small model of reaping: one key, two replicas P and Q, one or two nodes beside them that keep copies for them, and all
 * that can happen, in every order. It is not rotor's code: it is the rule, and weaker rules, by themselves.
 *
 * A copy is nothing, the value `v`, or the tombstone `C` that has seen v. Everybody may send what he holds to a replica, a
 * request may hold v, a message may come twice; messages live M ticks and requests D. When a replica has forgotten C and
 * any replica holds v after that, the rule is wrong.
 *
 * @module
 */

/** What a node holds of the key. */
type Copy = "-" | "v" | "C";

/** A rule by which replicas forget a tombstone, with its times in ticks. */
export interface Reaping {
  /**
   * Who must agree: the replica alone; all replicas once; all of them, and those beside who keep nothing, once; everybody
   * twice, and the replicas twice where the others are not asked.
   */
  readonly asks: "nobody" | "replicas once" | "all once" | "replicas twice" | "all twice";
  /** Greatest age of a message; null: there is none. */
  readonly m: number | null;
  /** Longest life of a request. */
  readonly d: number;
  /** Between the two rounds. */
  readonly gap: number;
  /** For how long what comes late is absorbed. */
  readonly grave: number;
  /**
   * Whether copies that are kept for others come to others who keep them: they wander there; or they are written upon, by a
   * request at who keeps them, which sends what comes of it on.
   */
  readonly hops: "never" | "wander" | "written upon";
  /** Whether who keeps nothing says no the second time if he has kept something in between. */
  readonly vows: boolean;
  /** Whether a process takes what was sent to the one before it. */
  readonly takesOldBoot: boolean;
  /** How many messages may be under way at once. */
  readonly messages: number;
}

/** A message under way. */
interface Flight {
  readonly to: string;
  readonly what: Copy | "reap";
  readonly age: number;
}

interface State {
  readonly held: Readonly<Record<string, Copy>>;
  /** Ticks that are left of a replica's grave. */
  readonly graves: Readonly<Record<string, number>>;
  readonly net: readonly Flight[];
  /** How old the request is that holds v; -1: there is none. */
  readonly request: number;
  readonly phase: "first" | "quiet" | "second" | "agreed";
  readonly agreed: readonly string[];
  /** Who has said yes in the first round, and has kept nothing since. */
  readonly vows: readonly string[];
  readonly waited: number;
  readonly reaped: boolean;
  readonly restarts: number;
}

type Next = readonly [move: string, state: State];

const REPLICAS = ["P", "Q"];

/** What was found: how many states there are, and the shortest way to one in which v is back. */
export interface Found {
  readonly states: number;
  /** Empty: there is none. */
  readonly way: readonly string[];
}

/** Searches all that can happen under a rule. */
export function search(rule: Reaping): Found {
  const seen = new Map<string, { readonly from: string | null; readonly move: string }>();
  let front: State[] = [];
  const meet = (state: State, from: string | null, move: string, into: State[]) => {
    const key = JSON.stringify(state);
    if (seen.has(key)) return;
    seen.set(key, { from, move });
    into.push(state);
  };
  for (const state of beginnings(rule)) meet(state, null, beginning(state), front);
  while (front.length > 0) {
    const further: State[] = [];
    for (const state of front) {
      const key = JSON.stringify(state);
      if (state.reaped && REPLICAS.some((id) => state.held[id] === "v")) {
        return { states: seen.size, way: wayTo(key, seen) };
      }
      for (const [move, next] of moves(state, rule)) meet(next, key, move, further);
    }
    front = further;
  }
  return { states: seen.size, way: [] };
}

function wayTo(
  last: string,
  seen: ReadonlyMap<string, { readonly from: string | null; readonly move: string }>,
): string[] {
  const way: string[] = [];
  for (let key: string | null = last; key !== null;) {
    const { from, move }: { from: string | null; move: string } = seen.get(key)!;
    way.unshift(move);
    key = from;
  }
  return way;
}

/** P has the tombstone. Q may be behind, a copy may be kept for Q, be on its way, or be held by a request. */
function* beginnings({ hops }: Reaping): Generator<State> {
  for (const q of ["v", "-"] as const) {
    for (const f of ["v", "-"] as const) {
      for (const to of [null, "Q", "F"]) {
        for (const request of [-1, 0]) {
          yield {
            held: { F: f, ...(hops === "never" ? {} : { G: "-" as const }), P: "C", Q: q },
            graves: {},
            net: to === null ? [] : [{ to, what: "v", age: 0 }],
            request,
            ...{ phase: "first", agreed: [], vows: [], waited: 0, reaped: false, restarts: 0 },
          };
        }
      }
    }
  }
}

function beginning({ held, net, request }: State): string {
  const under = net.map(({ to }) => `, v on its way to ${to}`).join("");
  return `P holds C, Q ${held.Q}, F ${held.F}${under}${request < 0 ? "" : ", a request holds v"}`;
}

function* moves(state: State, rule: Reaping): Generator<Next> {
  yield* deliveries(state, rule);
  yield* sends(state, rule);
  yield ["time goes by", tick(state, rule)];
  if (state.restarts === 0) {
    for (const id of REPLICAS) {
      const { [id]: _, ...graves } = state.graves;
      const net = rule.takesOldBoot ? state.net : state.net.filter(({ to }) => to !== id);
      yield [`${id} starts again`, { ...state, restarts: 1, graves, net }];
    }
  }
  for (const [id, other] of [["P", "Q"], ["Q", "P"]] as const) {
    if (isBuried(state, id) && state.held[other] === "C") {
      yield [`${id} tells ${other} that it may go`, reap(state, other, rule)];
    }
  }
  yield* agreements(state, rule);
}

function* deliveries(state: State, rule: Reaping): Generator<Next> {
  for (const [i, { to, what }] of state.net.entries()) {
    for (const again of [false, true]) {
      const net = again ? state.net : state.net.filter((_, at) => at !== i);
      const after = { ...state, net };
      const move = `${what} arrives at ${to}${again ? ", and will once more" : ""}`;
      yield [move, what === "reap" ? reap(after, to, rule) : absorb(after, to, what)];
    }
  }
}

function* sends(state: State, rule: Reaping): Generator<Next> {
  const { held, request } = state;
  for (const [id, other] of [["P", "Q"], ["Q", "P"]] as const) {
    if (held[id] !== "-") yield* sent(state, other, held[id]!, rule, `${id} sends ${held[id]}`);
  }
  for (const id of Object.keys(held).filter((id) => !REPLICAS.includes(id))) {
    const kept = held[id]!;
    if (kept === "-") continue;
    yield* sent(state, "Q", kept, rule, `${id} takes ${kept} home`);
    if (join(held.Q!, kept) === held.Q || isBuried(state, "Q")) {
      yield [`${id} drops what Q has`, { ...state, held: { ...held, [id]: "-" } }];
    }
    const to = id === "F" ? "G" : "F";
    if (rule.hops === "wander") {
      const moved = { ...absorb(state, to, kept).held, [id]: "-" as const };
      yield [`what ${id} keeps wanders to ${to}`, { ...absorb(state, to, kept), held: moved }];
    } else if (rule.hops === "written upon") {
      yield* sent(state, to, kept, rule, `somebody writes at ${id}, which sends ${kept}`);
    }
  }
  if (request < 0) return;
  for (const id of Object.keys(held)) yield* sent(state, id, "v", rule, "the request sends v");
}

function* sent(
  state: State,
  to: string,
  what: Flight["what"],
  { messages }: Reaping,
  move: string,
): Generator<Next> {
  if (state.net.length >= messages) return;
  if (state.net.some((one) => one.to === to && one.what === what && one.age === 0)) return;
  yield [`${move} to ${to}`, { ...state, net: sorted([...state.net, { to, what, age: 0 }]) }];
}

/** Whoever must agree does, or does not. */
function* agreements(state: State, rule: Reaping): Generator<Next> {
  const { asks, gap } = rule;
  const { held, phase, agreed, waited } = state;
  if (asks === "nobody") {
    for (const id of REPLICAS) {
      if (held[id] === "C") yield [`${id} reaps by itself`, reap(state, id, rule)];
    }
    return;
  }
  if (phase === "agreed") {
    for (const id of REPLICAS) yield* sent(state, id, "reap", rule, "the leader sends reap");
    return;
  }
  if (phase === "quiet" && waited < gap) return;
  const members = asks.startsWith("replicas") ? REPLICAS : Object.keys(held);
  const round = phase === "first" ? "first" : "second";
  const known = phase === "quiet" ? [] : agreed;
  for (const id of members) {
    if (known.includes(id)) continue;
    const isReplica = REPLICAS.includes(id);
    const isTouched = rule.vows && round === "second" && !isReplica && !state.vows.includes(id);
    const isYes = held[id] === (isReplica ? "C" : "-") && !isTouched;
    if (!isYes) {
      if (round === "second" || known.length > 0) {
        yield [`${id} says no`, { ...state, phase: "first", agreed: [], vows: [], waited: 0 }];
      }
      continue;
    }
    const now = [...known, id].sort();
    const isAll = now.length === members.length;
    const once = asks.endsWith("once");
    const after = !isAll
      ? { phase: round, agreed: now } as const
      : round === "first" && !once
      ? { phase: "quiet", agreed: [] } as const
      : { phase: "agreed", agreed: [] } as const;
    const vows = rule.vows && round === "first" && !isReplica
      ? [...state.vows, id].sort()
      : state.vows;
    yield [`${id} says yes in the ${round} round`, { ...state, ...after, vows, waited: 0 }];
  }
}

function tick(state: State, { m, d, gap }: Reaping): State {
  const aged = m === null
    ? state.net
    : state.net.map((one) => ({ ...one, age: one.age + 1 })).filter(({ age }) => age <= m);
  const graves = Object.fromEntries(
    Object.entries(state.graves).map(([id, left]) => [id, left - 1] as const)
      .filter(([, left]) => left > 0),
  );
  const request = state.request < 0 || state.request >= d ? -1 : state.request + 1;
  const waited = state.phase === "quiet" ? Math.min(state.waited + 1, gap) : state.waited;
  return { ...state, net: sorted(aged), graves, request, waited };
}

function absorb(state: State, at: string, what: Copy): State {
  if (isBuried(state, at)) return state;
  const vows = state.vows.filter((id) => id !== at);
  return { ...state, vows, held: { ...state.held, [at]: join(state.held[at]!, what) } };
}

function reap(state: State, at: string, { grave }: Reaping): State {
  if (state.held[at] !== "C") return state;
  const graves = grave === 0 ? state.graves : ordered({ ...state.graves, [at]: grave });
  return { ...state, held: { ...state.held, [at]: "-" }, graves, reaped: true };
}

function isBuried({ held, graves }: State, id: string): boolean {
  return held[id] === "-" && (graves[id] ?? 0) > 0;
}

function join(a: Copy, b: Copy): Copy {
  return a === "C" || b === "C" ? "C" : a === "v" || b === "v" ? "v" : "-";
}

/** In one order, and each once: so equal states look alike. */
function sorted(net: readonly Flight[]): Flight[] {
  const named = new Map(net.map((one) => [`${one.to} ${one.what} ${one.age}`, one]));
  return [...named].sort(([a], [b]) => a < b ? -1 : 1).map(([, one]) => one);
}

function ordered(graves: State["graves"]): State["graves"] {
  return Object.fromEntries(Object.entries(graves).sort(([a], [b]) => a < b ? -1 : 1));
}
