/**
 * Every setting of a node, one row each: its name, its flag, what it means, its type.
 *
 * The row's name is the field in the file (`maxObjectBytes`); its name in the environment follows from that
 * (`ROTOR_MAX_OBJECT_BYTES`). The help of the program and `docs/cli.md` show the same rows. A setting without a flag is
 * one that is set once for a cluster and not from day to day: it stands in the file or the environment.
 *
 * @module
 */
import { z } from "zod";
import { type Config, DEFAULTS } from "../protocol/config.ts";
import { MAX_TOKENS } from "../ring/tokens.ts";
import { TOKENS } from "./placement_settings.ts";

/** Where a node listens, or where others reach it. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One setting. */
export interface Field {
  /** Its name in the configuration file. */
  readonly name: string;
  /** Its flag, as the help shows it; null if it has none. */
  readonly flag: string | null;
  /** What it is, for people. */
  readonly doc: string;
  /** What holds if nobody says it, for people. */
  readonly byDefault: string;
  /** Reads the text of a flag or of the environment as the JSON value that the file would have. */
  readonly fromText: (text: string) => unknown;
  /** True: the flag may be said several times, and each adds to what the others have said. @default false */
  readonly repeats?: boolean;
  /** Checks the JSON value, and makes of it what the node wants. Its messages say what was wanted. */
  readonly schema: z.ZodType;
}

const asText = (text: string): unknown => text;
const asWhole = (text: string): unknown => /^-?\d+$/.test(text) ? Number(text) : text;
const asTruth = (text: string): unknown =>
  text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : text;
const asMembers = (text: string): unknown => {
  const pairs = text.split(",").map((pair) => pair.split("="));
  const ids = new Set(pairs.map(([id]) => id));
  // An id that stands twice is left as text, which no schema takes: a later one must not win unseen.
  return ids.size === pairs.length && pairs.every((pair) => pair.length === 2)
    ? Object.fromEntries(pairs)
    : text;
};

const WHOLE = z.int({ error: "a whole number of at least 1" })
  .min(1, { error: "a whole number of at least 1" });
const STRATEGY = z.literal([1, 2, 3], { error: "1, 2 or 3" });
const SOME_TOKENS = `a whole number from 1 to ${MAX_TOKENS}`;
const COUNT_OF_TOKENS = z.int({ error: SOME_TOKENS })
  .min(1, { error: SOME_TOKENS }).max(MAX_TOKENS, { error: SOME_TOKENS });
const TRUTH = z.boolean({ error: "true or false" });
const TEXT = z.string({ error: "a text" }).min(1, { error: "a text that is not empty" });
const ENGINE = z.enum(["kv", "memory"], { error: "kv or memory" });

const NODE = "1 to 32 of a-z, 0-9 and -, not beginning with -";
const ID = z.string({ error: NODE }).regex(/^[a-z0-9][a-z0-9-]{0,31}$/, { error: NODE });

const PLACE = "HOST:PORT, as 127.0.0.1:8098";
const PLACE_TEXT = z.string({ error: PLACE })
  .refine((text) => readAddress(text) !== null, { error: PLACE });
const ADDRESS = PLACE_TEXT.transform((text) => readAddress(text) as Address);

const SEEDS = z.array(PLACE_TEXT, { error: "HOST:PORT,... (in a file: a list of them)" })
  .min(1, { error: "at least one HOST:PORT" });

const MEMBERS = z.record(ID, PLACE_TEXT, {
  error: "members as ID=HOST:PORT,... (in a file: an object of id to HOST:PORT)",
});

function row(
  name: string,
  flag: string | null,
  [doc, byDefault]: [string, string | number],
  as: Pick<Field, "fromText" | "schema">,
): Field {
  return { name, flag, doc, byDefault: String(byDefault), ...as };
}

const text = (schema: z.ZodType) => ({ fromText: asText, schema });
const whole = { fromText: asWhole, schema: WHOLE };
const rule = (name: keyof Config, doc: string) => row(name, null, [doc, DEFAULTS[name]], whole);

/** All settings, in the order in which the help shows them. */
export const FIELDS: readonly Field[] = [
  row(
    "data",
    "--data <dir>",
    ["where the node keeps its data", "none: it must be said"],
    text(TEXT),
  ),
  row("listen", "--listen <host:port>", ["where it listens", "127.0.0.1:8098"], text(ADDRESS)),
  row(
    "advertise",
    "--advertise <host:port>",
    ["where others reach it", "as listen"],
    text(PLACE_TEXT),
  ),
  row(
    "engine",
    "--engine <kv|memory>",
    ["what keeps the data; memory forgets", "kv"],
    text(ENGINE),
  ),
  row(
    "maxStoreBytes",
    "--max-store-bytes <bytes>",
    ["what its data may take; then it only reads until there is room", "what the disk takes"],
    whole,
  ),
  row("id", "--id <id>", ["its name for life, kept in the data directory", "made up"], text(ID)),
  row(
    "members",
    "--members <id=host:port,...>",
    ["the members that found a cluster, this one too; fixed at the first start", "this node alone"],
    { fromText: asMembers, schema: MEMBERS },
  ),
  {
    ...row(
      "seed",
      "--seed <host:port>",
      ["a node of the cluster that this one is to join, or was; may be said several times", "none"],
      { fromText: (text) => text.split(","), schema: SEEDS },
    ),
    repeats: true,
  },
  row(
    "n",
    "--n <n>",
    ["on how many nodes a key lives; fixed at the first start", DEFAULTS.n],
    whole,
  ),
  row("r", "--r <r>", ["replies that a read waits for", "the quorum of n: 2"], whole),
  row("w", "--w <w>", ["stored copies that a write waits for", "the quorum of n: 2"], whole),
  row(
    "partitions",
    "--partitions <q>",
    ["ranges of the ring; fixed at the first start", DEFAULTS.partitions],
    whole,
  ),
  row(
    "strategy",
    "--strategy <1|2|3>",
    [
      "how keys are placed: by random tokens (1, 2), or equal ranges that are dealt (3); fixed at the first start",
      3,
    ],
    { fromText: asWhole, schema: STRATEGY },
  ),
  row(
    "tokens",
    "--tokens <t>",
    [
      "random tokens a node, under strategies 1 and 2; fixed at the first start",
      `${TOKENS[1]} under strategy 1, ${TOKENS[2]} under 2`,
    ],
    { fromText: asWhole, schema: COUNT_OF_TOKENS },
  ),
  row(
    "secretFile",
    "--secret-file <file>",
    ["file of the cluster's secrets, one a line, the newest first", "none"],
    text(TEXT),
  ),
  row("insecure", "--insecure", ["serve whoever can reach it, beyond this machine too", "false"], {
    fromText: asTruth,
    schema: TRUTH,
  }),
  rule("requestTimeoutMs", "how long a request may take that does not say, in ms"),
  rule("maxRequestMs", "how long any request may take, in ms"),
  rule(
    "fallbackAfterMs",
    "after how long a silent replica is passed over where another may stand in, and a silent coordinator is asked for its status, in ms",
  ),
  rule("gossipMs", "how often a node tells another what it knows of the membership, in ms"),
  rule(
    "probeMs",
    "how often a peer that is suspect or down is probed, in ms; one that is well ten times as rarely: a crash is noticed within ten, a recovery within three",
  ),
  rule(
    "downAfterMs",
    "for how long a suspect must give trouble, without a sign, until it is down, in ms: longer than a pause, for whoever is down must be found well twice",
  ),
  rule("repairWaitMs", "how long an answered read gathers replies for repair, in ms"),
  rule("maxMessageAgeMs", "greatest age of a message between nodes, in ms"),
  rule(
    "reapAfterMs",
    "least age before a deleted key is forgotten, in ms: no backup that is older may be merged into a living cluster",
  ),
  rule(
    "tickMs",
    "how often a node writes down that it lives, in ms: by that an old copy of its data directory is known for one",
  ),
  rule("settleMs", "how often a node looks for deleted keys that may be forgotten, in ms"),
  rule(
    "expiryMarginMs",
    "how long after a value has expired, by its own clock, a node keeps it at least, in ms: clocks may differ by so much",
  ),
  rule("maxObjectBytes", "greatest body of a put, in bytes"),
  rule("maxContainerBytes", "greatest sum of a key's siblings after a put, in bytes"),
  rule(
    "maxHintBytes",
    "what a node keeps for others who cannot be reached, in bytes; then it refuses more, and drops nothing",
  ),
  rule(
    "handoffMs",
    "how often hints are taken to owners that are up, in ms: for so long a copy is outside its place after its owner is back",
  ),
  rule(
    "exchangeMs",
    "how often a node compares its trees with each of its peers, in ms: one message each where nothing differs",
  ),
  rule(
    "backgroundTargetMs",
    "above this 99th percentile of requests, or of the disk, handoff and exchange give way, in ms; at least maxRequestMs: never",
  ),
  rule(
    "hintSpreadAfterMs",
    "for how long an owner may be down before its hints go to the key's other replicas, in ms: most outages are shorter, and cost no second copying",
  ),
  rule("maxRequests", "requests that may run at once"),
  rule("maxOutcomes", "outcomes of forwarded puts that are remembered"),
];

/** The name of a setting in the environment: `maxObjectBytes` is `ROTOR_MAX_OBJECT_BYTES`. */
export function environmentName(field: string): string {
  return `ROTOR_${field.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
}

/**
 * Reads `HOST:PORT`; a host of IPv6 stands in brackets. Null if it is not that.
 *
 * @example A host may be a name, or an address of either kind
 * ```ts
 * import { readAddress } from "./settings_fields.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(readAddress("[::1]:8098"), { host: "::1", port: 8098 });
 * assertEquals(readAddress("localhost"), null);
 * ```
 */
export function readAddress(text: string): Address | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || !(port <= 65_535) ? null : { host, port };
}

/** The text that {@linkcode readAddress} reads. */
export function showAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
