/**
 * The gateway through which plans come in: every field of a plan that somebody has written or edited by hand is there, of
 * its type, within its bounds, and speaks of nodes, clients and keys that exist. What has come through needs no more care.
 *
 * Some bounds keep a run from taking for ever (how many of a thing there may be, how long it may last). Others keep the
 * judges fair: where every message took a minute, no store could keep what the calm asks for.
 *
 * @module
 */
import { z } from "zod";
import { type Config, DEFAULTS, validate } from "../protocol/config.ts";
import { FAULTS, FORMAT, FormatError, type Plan, RESHAPINGS, RUINS } from "./plan.ts";

/** The most that a plan may have of each thing. */
export const MOST = {
  nodes: 16,
  clients: 64,
  keys: 64,
  retries: 16,
  /** Blind writes of one key become siblings, and the work of a node grows with their square. */
  operations: 5_000,
  faults: 10_000,
  changes: 100,
  /** Any time: eleven days. */
  ms: 1e9,
  /** A message or a disk operation, in good order. */
  delayMs: 100,
  times: 1_000_000,
  driftPpm: 100_000,
  aheadMs: 1e15,
} as const;
/** Shorter ones could not be kept by a cluster in good order whose delays are the longest. */
const LEAST: Partial<Config> = { requestTimeoutMs: 5_000, maxMessageAgeMs: 2_000 };

const SHARE = number(0, 1, "a share from 0 to 1");
const TIME = number(0, MOST.ms, `a time in ms from 0 to ${MOST.ms}`);
const TRUTH = z.boolean({ error: "true or false" });
const DELAYS = z.tuple([time(MOST.delayMs), time(MOST.delayMs)], {
  error: "the least and the most of a delay in ms",
}).refine(([least, most]) => least <= most, { error: "a least that is not above the most" });

const SHAPE = object({
  clocks: list(
    object({
      driftPpm: number(-MOST.driftPpm, MOST.driftPpm),
      aheadMs: number(-MOST.aheadMs, MOST.aheadMs),
    }),
    { what: "nodes' clocks", least: 1, most: MOST.nodes },
  ),
  clients: list(object({ session: TRUTH }), { what: "clients", least: 1, most: MOST.clients }),
  keys: whole(1, MOST.keys),
  outside: whole(0, MOST.nodes).optional(),
  config: object(
    Object.fromEntries(
      Object.keys(DEFAULTS).map((field) => [
        field,
        whole(LEAST[field as keyof Config] ?? 1, Number.MAX_SAFE_INTEGER).optional(),
      ]),
    ),
  ),
});

const WEATHER = object({
  delayMs: DELAYS,
  stragglers: SHARE,
  loss: SHARE,
  duplicates: SHARE,
  diskMs: DELAYS,
  storeFailures: SHARE,
  fetchFailures: SHARE,
});

/**
 * A plan that came from outside.
 *
 * @throws {FormatError} In one sentence: where it is wrong, what was wanted and what was got.
 *
 * @example One field is wrong
 * ```ts
 * import { draw } from "./draw.ts";
 * import { readPlan } from "./plan_schema.ts";
 * import { assertThrows } from "@std/assert";
 *
 * const plan = draw(1);
 * const wet = { ...plan, weather: { ...plan.weather, loss: 7 } };
 * assertThrows(() => readPlan(wet), Error, "weather.loss: a share from 0 to 1 wanted, got 7");
 * ```
 */
export function readPlan(value: unknown): Plan {
  const version = typeof value === "object" && value !== null && "version" in value
    ? value.version
    : undefined;
  if (version === undefined) {
    throw new FormatError("Cannot read the plan: an object with a version wanted");
  }
  if (version !== FORMAT) {
    throw new FormatError(
      `Cannot read the plan: version ${FORMAT} wanted, got ${JSON.stringify(version)}`,
    );
  }
  // Whom a plan may speak of its shape says: that is read first.
  const { shape } = checked(z.looseObject({ shape: SHAPE }), value);
  const config: Config = { ...DEFAULTS, ...shape.config };
  try {
    validate(config);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FormatError(`Cannot read the plan: shape.config: ${error.message}`);
  }
  const nodes = shape.clocks.length;
  const founders = nodes - (shape.outside ?? 0);
  if (config.n > founders) {
    throw new FormatError(
      `Cannot read the plan: shape.config.n: at most the ${founders} nodes wanted, got ${config.n}`,
    );
  }
  checked(planOf({ nodes, clients: shape.clients.length, keys: shape.keys, config }), value);
  // The value itself and not a copy: whoever writes it down again gets it as it was, to the last byte.
  return value as Plan;
}

function planOf({ nodes, clients, keys, config }: {
  readonly nodes: number;
  readonly clients: number;
  readonly keys: number;
  readonly config: Config;
}) {
  const node = whole(0, nodes - 1, "the number of a node");
  const key = whole(0, keys - 1, "the number of a key");
  return object({
    version: z.literal(FORMAT),
    seed: whole(0, 2 ** 32 - 1),
    shape: z.unknown(),
    weather: WEATHER,
    intents: list(
      object({
        atMs: TIME,
        kind: oneOf(["get", "put", "delete"]),
        client: whole(0, clients - 1, "the number of a client"),
        key,
        node,
        context: oneOf(["latest", "stale", "none"]),
        quorum: whole(1, config.n, "a quorum"),
        strict: TRUTH,
        timeoutMs: number(1, config.maxRequestMs, `a time in ms from 1 to ${config.maxRequestMs}`),
        retries: whole(0, MOST.retries),
        again: TRUTH,
      }),
      { what: "operations", least: 0, most: MOST.operations },
    ),
    faults: list(faultOf({ node, key }), { what: "faults", least: 0, most: MOST.faults }),
    changes: list(
      object({ atMs: TIME, node, what: oneOf(RESHAPINGS), member: node, value: whole(1, 64) }),
      { what: "changes of members", least: 0, most: MOST.changes },
    ).optional(),
    calmAtMs: TIME,
    broken: list(object({ node, how: oneOf(RUINS) }), { what: "nodes", least: 0, most: nodes }),
  });
}

function faultOf({ node, key }: { readonly node: Whole; readonly key: Whole }) {
  const [atMs, forMs] = [TIME, TIME];
  const link = { atMs, forMs, from: node, to: node };
  const times = number(0, MOST.times);
  const fields: Readonly<Record<(typeof FAULTS)[number], Record<string, z.ZodType>>> = {
    crash: { atMs, forMs, node },
    power_cut: { atMs, forMs },
    pause: { atMs, forMs, node },
    partition: {
      atMs,
      forMs,
      side: z.array(node, { error: "a list of nodes" }).refine(
        (side) => new Set(side).size === side.length,
        { error: "each node once" },
      ),
    },
    one_way: link,
    slow_link: { ...link, times },
    lossy_link: { ...link, share: SHARE },
    full_disk: { atMs, forMs, node },
    slow_disk: { atMs, forMs, node, times },
    read_errors: { atMs, forMs, node },
    damage: { atMs, node, key },
    wipe: { atMs, forMs, node },
    backup: { atMs, node },
    restore: { atMs, forMs, node },
    clock: { atMs, node, byMs: number(-MOST.aheadMs, MOST.aheadMs) },
  };
  const [first, ...more] = FAULTS.map((kind) => object({ kind: z.literal(kind), ...fields[kind] }));
  return z.discriminatedUnion("kind", [first!, ...more], { error: ofNoKind(FAULTS) });
}

type Whole = ReturnType<typeof whole>;

function number(least: number, most: number, what = `a number from ${least} to ${most}`) {
  return z.number({ error: what }).min(least, { error: what }).max(most, { error: what });
}

function time(most: number) {
  return number(0, most, `a time in ms from 0 to ${most}`);
}

function whole(least: number, most: number, called = "a whole number") {
  const error = `${called} from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

function oneOf<const Name extends string>(names: readonly Name[]) {
  return z.enum(names, { error: `one of ${names.join(", ")}` });
}

function list<Item extends z.ZodType>(
  item: Item,
  { what, least, most }: { readonly what: string; readonly least: number; readonly most: number },
) {
  const error = `a list of ${least} to ${most} ${what}`;
  return z.array(item, { error }).min(least, { error }).max(most, { error });
}

function object<Fields extends Record<string, z.ZodType>>(fields: Fields) {
  return z.strictObject(fields, {
    error: ({ code }) => code === "unrecognized_keys" ? "no such field" : "an object",
  });
}

/** A discriminated union says so of what is no object, and of an object of no kind that it knows. */
function ofNoKind(kinds: readonly string[]) {
  return ({ code }: { readonly code: string }) =>
    code === "invalid_union" ? `one of ${kinds.join(", ")}` : "an object";
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = [...issue.path];
  if (issue.code === "unrecognized_keys") path.push(issue.keys[0]!);
  const where = path.join(".");
  const got = path.reduce<unknown>(
    (within, step) => (within as Record<PropertyKey, unknown> | undefined)?.[step],
    value,
  );
  throw new FormatError(
    `Cannot read the plan: ${where}: ${issue.message} wanted, got ${shown(got)}`,
  );
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
