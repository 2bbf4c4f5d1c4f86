/**
 * Draws a plan from a seed: the shape of the cluster, the weather, what clients do, which faults there are and how often.
 *
 * Everything is drawn, also whether there is any of a kind at all (a *swarm*): a world in which everything goes wrong a
 * little shows less than many worlds in each of which a few things go very wrong.
 *
 * @module
 */
import { Chance } from "./chance.ts";
import { LULL_MS, settling } from "./draw_settling.ts";
import {
  type ContextChoice,
  DESTROYING,
  type Fault,
  FAULTS,
  FORMAT,
  type Intent,
  type Plan,
  type Reshaping,
  type Ruin,
  type Shape,
  type Weather,
} from "./plan.ts";

/** What may be asked of a plan that is drawn. */
export interface DrawOptions {
  /** How many things clients do. @default 200 */
  readonly operations?: number | undefined;
}

/** N, R and W. Most worlds have the paper's. */
const QUORUMS = [[3, 2, 2], [3, 2, 2], [3, 2, 2], [3, 1, 1], [3, 1, 3], [2, 1, 2], [
  5,
  3,
  3,
]] as const;
/**
 * What a world is about. An *amnesiac* one is about little but disks that lose what they held, and sessions that remember
 * it; in a *restless* one processes end so often that clocks grow long, and much is under way when they do.
 */
type Mood = "any" | "amnesiac" | "restless";
const MOODS: readonly Mood[] = [
  ...Array<Mood>(13).fill("any"),
  ...Array<Mood>(4).fill("amnesiac"),
  ...Array<Mood>(3).fill("restless"),
];
/** How many faults there are where that is not drawn. */
const COUNTS: Partial<Record<Mood, number>> = { amnesiac: 50, restless: 60 };

/**
 * The plan of a seed.
 *
 * @example The same seed, the same plan
 * ```ts
 * import { draw } from "./draw.ts";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * assertEquals(draw(7), draw(7));
 * assertNotEquals(draw(7), draw(8));
 * ```
 */
export function draw(seed: number, { operations = 200 }: DrawOptions = {}): Plan {
  const chance = new Chance(seed).stream("plan");
  const [n, r, w] = chance.pick(QUORUMS);
  const mood = chance.pick(MOODS);
  const shape = drawShape(chance.stream("shape"), { n, r, w, mood });
  const intents = drawIntents(chance.stream("intents"), { operations, shape, r, w, mood });
  const endMs = intents.at(-1)?.atMs ?? 0;
  const copies = Math.min(
    ...intents.filter(({ kind }) => kind !== "get").map(({ quorum }) => quorum),
  );
  const moments = intents.map(({ atMs }) => atMs);
  const reshaped = drawChanges(chance.stream("changes"), { shape, endMs });
  const faults = [
    ...drawFaults(chance.stream("faults"), { moments, shape, copies, mood }),
    ...reshaped.splits,
  ].sort((a, b) => a.atMs - b.atMs);
  const plan: Plan = {
    version: FORMAT,
    seed,
    shape,
    weather: drawWeather(chance.stream("weather")),
    intents,
    faults,
    changes: reshaped.changes,
    calmAtMs: endMs + LULL_MS,
    broken: drawBroken(chance.stream("broken"), shape),
  };
  return settling(chance.stream("settling"), plan);
}

function drawShape(
  chance: Chance,
  { n, r, w, mood }: {
    readonly n: number;
    readonly r: number;
    readonly w: number;
    readonly mood: Mood;
  },
): Shape {
  const outside = chance.stream("outside").pick([0, 0, 0, 1, 2]);
  const nodes = n + chance.pick([0, 0, 1, 2]) + outside;
  const skewed = chance.hits(0.3);
  const drifting = chance.hits(0.3);
  const cramped = chance.hits(0.25);
  const hasty = chance.hits(0.2);
  const forgetful = chance.hits(0.15);
  const spreads = chance.hits(0.2);
  const narrow = chance.hits(0.1);
  const sessions = mood === "amnesiac" ? 1 : chance.pick([0, 0.3, 1]);
  return {
    ...outside === 0 ? {} : { outside },
    clocks: Array.from({ length: nodes }, () => ({
      driftPpm: drifting ? chance.between(-2_000, 2_000) : 0,
      aheadMs: skewed ? chance.between(-100_000, 100_000) : 0,
    })),
    clients: Array.from(
      { length: chance.between(2, 4) },
      () => ({ session: chance.hits(sessions) }),
    ),
    keys: mood === "restless" ? chance.pick([1, 4, 8]) : chance.pick([1, 1, 2, 3]),
    config: {
      n,
      r,
      w,
      partitions: chance.pick([8, 16]),
      gossipMs: chance.stream("gossip").pick([1_000, 5_000]),
      probeMs: chance.pick([2_000, 10_000]),
      downAfterMs: chance.pick([100, 2_000]),
      handoffMs: chance.pick([300, 3_000]),
      exchangeMs: chance.pick([2_000, 10_000]),
      // Others wait an hour: longer than a world.
      ...spreads ? { hintSpreadAfterMs: 5_000 } : {},
      ...narrow ? { maxHintBytes: chance.between(1, 10) } : {},
      ...cramped ? { maxRequests: chance.between(1, 3) } : {},
      ...hasty ? { maxMessageAgeMs: chance.between(2_000, 6_000) } : {},
      ...forgetful ? { maxOutcomes: chance.between(2, 6) } : {},
    },
  };
}

function drawWeather(chance: Chance): Weather {
  const sometimes = (share: number, most: number) => chance.hits(share) ? chance.unit() * most : 0;
  const delayMs = chance.pick([[0.1, 1], [0.5, 20], [5, 80]] as const);
  return {
    delayMs,
    stragglers: sometimes(0.5, 0.1),
    loss: sometimes(0.4, 0.15),
    duplicates: sometimes(0.5, 0.15),
    diskMs: chance.pick([[0.1, 1], [1, 10], [5, 50]] as const),
    // Each store that fails burns an actor: where most of them do, clocks become long.
    storeFailures: chance.hits(0.05) ? 0.6 : sometimes(0.3, 0.1),
    fetchFailures: sometimes(0.3, 0.1),
  };
}

function drawIntents(
  chance: Chance,
  { operations, shape, r, w, mood }: {
    readonly operations: number;
    readonly shape: Shape;
    readonly r: number;
    readonly w: number;
    readonly mood: Mood;
  },
): Intent[] {
  const nodes = shape.clocks.length;
  const restless = mood === "restless";
  const hurryMs = chance.pick(mood === "any" ? [2, 20, 200] : [20, 100]);
  const restShare = restless ? 0 : chance.pick([0, 0.02, 0.05]);
  const reads = restless ? 0.1 : chance.pick([0.3, 0.5, 0.7]);
  const deletes = chance.pick([0, 0.1, 0.3]);
  const stricts = chance.pick([0, 0, 0.5, 1]);
  const contexts = chance.pick<readonly ContextChoice[]>([
    ["latest"],
    ["latest", "latest", "stale", "none"],
    ["none"],
  ]);
  // One write that asks for fewer copies makes every destroyed disk a possible loss: whole worlds do, or none.
  const careless = mood === "amnesiac" || chance.hits(0.2);
  let atMs = 0;
  return Array.from({ length: operations }, (): Intent => {
    atMs += chance.hits(restShare) ? chance.between(1_000, 45_000) : chance.unit() * 2 * hurryMs;
    const kind = chance.hits(reads) ? "get" : chance.hits(deletes) ? "delete" : "put";
    const quorum = kind === "get"
      ? chance.pick([r, r, r, 1])
      : careless
      ? chance.pick([1, w])
      : chance.pick([w, w, w, Math.max(w, shape.config.n!)]);
    return {
      atMs: Math.round(atMs),
      kind,
      client: chance.below(shape.clients.length),
      key: chance.below(shape.keys),
      node: chance.below(nodes),
      context: chance.pick(contexts),
      quorum,
      strict: chance.hits(stricts),
      timeoutMs: chance.pick([30, 30, 300, 2_000, 10_000, 10_000]),
      retries: chance.pick([0, 1, 2]),
      again: chance.hits(0.3),
    };
  });
}

function drawFaults(
  chance: Chance,
  { moments, shape, copies, mood }: {
    readonly moments: readonly number[];
    readonly shape: Shape;
    readonly copies: number;
    readonly mood: Mood;
  },
): Fault[] {
  const kinds = drawKinds(chance, shape, mood);
  if (kinds.length === 0) return [];
  // Reckless worlds destroy more disks than there are copies: nothing may be wrong then, but something may be gone.
  const reckless = mood === "amnesiac" || chance.hits(0.3);
  let toDestroy = reckless ? Infinity : copies - 1;
  const count = COUNTS[mood] ?? chance.pick([2, 5, 10, 20]);
  const faults = Array.from({ length: count }, () =>
    drawFault(chance, {
      kind: chance.pick(kinds),
      // Near to what clients do: what goes wrong while nobody does anything teaches little.
      atMs: chance.pick(moments) + chance.below(chance.pick([3, 20, 60])),
      shape,
      brief: mood !== "any",
    })).sort((a, b) => a.atMs - b.atMs);
  const befalls: Fault[] = faults.filter(({ kind }) =>
    !DESTROYING.includes(kind) || toDestroy-- > 0
  );
  // Who restores a disk has copied it before.
  const backups = befalls.flatMap((fault): Fault[] =>
    fault.kind === "restore"
      ? [{ kind: "backup", atMs: chance.below(fault.atMs + 1), node: fault.node }]
      : []
  );
  return [...befalls, ...backups].sort((a, b) => a.atMs - b.atMs);
}

/** The kinds of faults that a world has; the more often one is in the list, the more of it there is. */
function drawKinds(chance: Chance, { config }: Shape, mood: Mood): readonly Fault["kind"][] {
  if (mood === "restless") return ["crash", "crash", "crash", "crash", "power_cut", "full_disk"];
  if (mood === "amnesiac") {
    return [...DESTROYING, "wipe", "wipe", "wipe", "crash", "partition", "partition"];
  }
  const kinds: Fault["kind"][] = FAULTS.filter(() => chance.hits(0.4));
  // A crash finds something under way only by luck, so it tries more often.
  if (chance.hits(0.5)) kinds.push("crash", "crash", "power_cut");
  // Where little may wait, it is a slow disk that it waits for.
  if (config.maxRequests !== undefined) kinds.push("slow_disk", "slow_disk");
  return kinds;
}

function drawFault(
  chance: Chance,
  { kind, atMs, shape, brief }: {
    readonly kind: Fault["kind"];
    readonly atMs: number;
    readonly shape: Shape;
    readonly brief: boolean;
  },
): Fault {
  const nodes = shape.clocks.map((_, i) => i);
  const node = chance.pick(nodes);
  const briefMs = chance.between(1, 50);
  const forMs = brief
    ? briefMs
    : chance.pick([briefMs, chance.between(100, 3_000), 12_000, 40_000]);
  switch (kind) {
    case "partition":
      return { kind, atMs, forMs, side: chance.sample(nodes, chance.between(1, nodes.length - 1)) };
    case "one_way":
      return { kind, atMs, forMs, from: node, to: chance.pick(nodes) };
    case "slow_link":
      return {
        kind,
        atMs,
        forMs,
        from: node,
        to: chance.pick(nodes),
        times: chance.between(5, 200),
      };
    case "lossy_link":
      return { kind, atMs, forMs, from: node, to: chance.pick(nodes), share: chance.unit() };
    case "slow_disk":
      return { kind, atMs, forMs, node, times: chance.between(5, 500) };
    case "damage":
      return { kind, atMs, node, key: chance.below(shape.keys) };
    case "power_cut":
      return { kind, atMs, forMs };
    case "backup":
      return { kind, atMs, node };
    case "clock":
      return { kind, atMs, node, byMs: chance.between(-3_600_000, 3_600_000) };
    default:
      return { kind, atMs, forMs, node };
  }
}

/**
 * What operators do, and the splits in which they do it: those who are outside join, and now and then somebody gets
 * another weight or zone, leaves, or stays after all. Mostly on both sides of a split at once.
 */
function drawChanges(
  chance: Chance,
  { shape: { clocks, outside = 0 }, endMs }: { readonly shape: Shape; readonly endMs: number },
): { readonly changes: Reshaping[]; readonly splits: Fault[] } {
  const nodes = clocks.map((_, i) => i);
  const founders = nodes.length - outside;
  if (outside === 0 && chance.hits(0.6)) return { changes: [], splits: [] };
  const startMs = chance.below(Math.max(1, endMs));
  const soon = () => startMs + chance.below(4_000);
  const joins = nodes.slice(founders).map((member): Reshaping => ({
    atMs: soon(),
    node: chance.below(founders),
    what: "join",
    member,
    value: chance.between(1, 2),
  }));
  const others = Array.from({ length: chance.between(0, 3) }, (): Reshaping => ({
    atMs: soon(),
    node: chance.pick(nodes),
    what: chance.pick(["weight", "zone", "leave", "stay"]),
    member: chance.pick(nodes),
    value: chance.between(1, 4),
  }));
  const removal = drawRemoval(chance.stream("removal"), { nodes, startMs });
  const changes = [...joins, ...others, ...removal.changes].sort((a, b) => a.atMs - b.atMs);
  if (changes.length < 2 || chance.hits(0.4)) return { changes, splits: removal.splits };
  const side = chance.sample(nodes, chance.between(1, nodes.length - 1));
  const split = { atMs: Math.max(0, startMs - 100), forMs: 8_000, side };
  return { changes, splits: [...removal.splits, { kind: "partition", ...split }] };
}

/** Now and then one is removed: it is dead, or it lives, and hears of it. */
function drawRemoval(
  chance: Chance,
  { nodes, startMs }: { readonly nodes: readonly number[]; readonly startMs: number },
): { readonly changes: Reshaping[]; readonly splits: Fault[] } {
  if (chance.hits(0.8)) return { changes: [], splits: [] };
  const [node, member] = chance.sample(nodes, 2);
  if (node === undefined || member === undefined) return { changes: [], splits: [] };
  const atMs = startMs + chance.below(6_000);
  const changes: Reshaping[] = [{ atMs, node, what: "remove", member, value: 1 }];
  const isDead = chance.hits(0.5);
  return { changes, splits: isDead ? [{ kind: "crash", atMs, forMs: 60_000, node: member }] : [] };
}

/** Who stays broken: mostly nobody, else one, as long as every key has a majority of its replicas in the core. */
function drawBroken(chance: Chance, { clocks, config }: Shape): Plan["broken"] {
  if (config.n! < 3 || chance.hits(0.5)) return [];
  const how = chance.pick<Ruin>(["down", "cut_off", "full_disk"]);
  return [{ node: chance.below(clocks.length), how }];
}
