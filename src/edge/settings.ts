/**
 * What one node is started with: where its data lies, where it listens, who its fellow members are, and the rules of
 * `Config`. Flags beat the environment, the environment beats the file, the file beats the defaults.
 *
 * Every setting is one row of `FIELDS`, and the three sources are read by the same rows, so that a setting means the
 * same wherever it stands; they differ only in that the file has JSON values where the other two have text.
 *
 * Nothing is guessed and nothing is passed over: an unknown name is refused with the nearest known one, a value of the
 * wrong type with what was wanted and what was got, and what contradicts itself by `validate` of the rules. A secret
 * comes from a file or from the environment and never from a flag, because every user of a machine may list the flags
 * of its processes.
 *
 * What this room does not do: it creates nothing and listens nowhere. {@linkcode resolve} is a function of its sources;
 * {@linkcode load} reads the two files that the sources name, and nothing else.
 *
 * @module
 */
import { parse as parseJsonc } from "@std/jsonc";
import { closestString } from "@std/text/closest-string";
import { type Config, DEFAULTS, validate } from "../protocol/config.ts";
import type { Strategy } from "../ring/partition.ts";
import { placementOf, type PlacementSettings } from "./placement_settings.ts";
import {
  type Address,
  environmentName,
  type Field,
  FIELDS,
  showAddress,
} from "./settings_fields.ts";

/** A member that founds a cluster. */
export interface MemberAddress {
  readonly id: string;
  /** `HOST:PORT`. */
  readonly address: string;
}

/** One node, ready to be started. */
export interface NodeSettings {
  /** Null only with the memory engine. */
  readonly dataDir: string | null;
  readonly engine: "kv" | "memory";
  /** From so many bytes on the store is full; undefined is when its disk is. */
  readonly maxStoreBytes: number | undefined;
  readonly listen: Address;
  /** `HOST:PORT`; undefined is the address that it listens on. */
  readonly advertise: string | undefined;
  /** Undefined is the one in the data directory, or a new one. */
  readonly id: string | undefined;
  /** Undefined is a cluster of this node alone, or of a seed, or the one in the data directory. */
  readonly members: readonly MemberAddress[] | undefined;
  /** `HOST:PORT` of nodes of the cluster that this one joins, or is of. @default none */
  readonly seeds?: readonly string[] | undefined;
  /** All rules, those that nobody has said too. What a cluster was founded with (n, partitions) beats what was not said. */
  readonly config: Config;
  /** How keys are placed; the number of partitions is in `config`. */
  readonly placement: PlacementSettings;
  /** What of these two was said. @default all of it */
  readonly said?: Partial<Config & PlacementSettings> | undefined;
  /** The first makes tokens, all are accepted; empty if the cluster has none. */
  readonly secrets: readonly Uint8Array<ArrayBuffer>[];
  readonly insecure: boolean;
}

/** Where settings come from. */
export interface Sources {
  /** By field: text, or true for a flag without a value. */
  readonly flags: Readonly<Record<string, string | true | undefined>>;
  /** The whole environment; what does not begin with `ROTOR_` is nobody's business here. */
  readonly environment: Readonly<Record<string, string>>;
  /** The configuration file, if there is one. */
  readonly file: { readonly path: string; readonly text: string } | null;
}

/** Settings that cannot be used. The message is one sentence for people. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/** Names in the environment that are the program's and no setting of a node. */
const OTHERS_IN_ENVIRONMENT = ["ROTOR_SECRET", "ROTOR_CONFIG", "ROTOR_URL"];
const LISTEN: Address = { host: "127.0.0.1", port: 8098 };

type Values = Map<string, { readonly value: unknown; readonly label: string }>;

/**
 * Reads the files that flags and environment name, then {@linkcode resolve}s.
 *
 * @param flags By field, as {@linkcode Sources.flags}, and `config`, the path of the configuration file.
 * @throws {SettingsError} If a file cannot be read, or as {@linkcode resolve}.
 */
export function load(
  flags: Sources["flags"],
  environment: Sources["environment"],
): NodeSettings {
  const { config: flag, ...rest } = flags;
  const path = flag ?? environment["ROTOR_CONFIG"];
  const file = typeof path === "string" ? { path, text: read(path, "configuration") } : null;
  return resolve({ flags: rest, environment, file }, (path) => read(path, "secret"));
}

/**
 * The settings that the sources give together.
 *
 * @param readSecrets Gives the text of the file of secrets. Called only if one is named.
 * @throws {SettingsError} On an unknown name, a wrong type, or a contradiction.
 *
 * @example Flags beat the environment, the environment beats the file
 * ```ts
 * import { resolve } from "./settings.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const settings = resolve({
 *   flags: { data: "/tmp/rotor", r: "1" },
 *   environment: { ROTOR_R: "2", ROTOR_W: "3" },
 *   file: { path: "rotor.json", text: '{ "w": 2, "maxRequests": 100 } // and a remark' },
 * });
 * assertEquals([settings.config.r, settings.config.w, settings.config.maxRequests], [1, 3, 100]);
 * ```
 */
export function resolve(
  { flags, environment, file }: Sources,
  readSecrets: (path: string) => string = () => "",
): NodeSettings {
  const values: Values = new Map([
    ...(file === null ? [] : fromFile(file)),
    ...fromEnvironment(environment),
    ...fromFlags(flags),
  ]);
  const get = (field: string) => values.get(field)?.value;
  const secretFile = get("secretFile") as string | undefined;
  const said = saidOf(get, Object.keys(DEFAULTS));
  const settings: NodeSettings = {
    dataDir: (get("data") as string | undefined) ?? null,
    engine: (get("engine") as "kv" | "memory" | undefined) ?? "kv",
    maxStoreBytes: get("maxStoreBytes") as number | undefined,
    listen: (get("listen") as Address | undefined) ?? LISTEN,
    advertise: get("advertise") as string | undefined,
    id: get("id") as string | undefined,
    members: membersOf(get("members") as Record<string, string> | undefined),
    seeds: get("seed") as string[] | undefined,
    config: rulesOf(said),
    placement: uncontradicted(() =>
      placementOf({
        strategy: get("strategy") as Strategy | undefined,
        tokens: get("tokens") as number | undefined,
        partitions: get("partitions") as number | undefined,
      })
    ),
    said: { ...said, ...saidOf(get, ["strategy", "tokens"]) },
    secrets: secretsOf(environment["ROTOR_SECRET"], secretFile, readSecrets),
    insecure: get("insecure") === true,
  };
  refuseContradictions(settings);
  // An id that lies in the data directory is known when that is open.
  const { id, engine } = settings;
  return id === undefined && engine === "kv" ? settings : asMember(settings, id);
}

/**
 * The settings of the member `id`: reached where the members say it is.
 *
 * @throws {SettingsError} If it is not among the members, or is said to be reached elsewhere.
 *
 * @example
 * ```ts
 * import { asMember, resolve } from "./settings.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const flags = { data: "/tmp/rotor", members: "a=10.0.0.1:8098,b=10.0.0.2:8098" };
 * const settings = resolve({ flags, environment: {}, file: null });
 * assertEquals(asMember(settings, "b").advertise, "10.0.0.2:8098");
 * ```
 */
export function asMember(settings: NodeSettings, id: string | undefined): NodeSettings {
  const { members, advertise } = settings;
  if (members === undefined) return { ...settings, id };
  const own = members.find((member) => member.id === id);
  if (!own) {
    const names = members.map((member) => member.id).join(", ");
    throw new SettingsError(
      `Cannot tell which member this node is: --id as one of ${names} wanted, got ${
        id ?? "no --id"
      }`,
    );
  }
  if (advertise !== undefined && advertise !== own.address) {
    throw new SettingsError(
      `Cannot advertise ${advertise}: members say that ${id} is reached at ${own.address}`,
    );
  }
  return { ...settings, id, advertise: own.address };
}

function fromFile({ path, text }: { path: string; text: string }): Values {
  let parsed: unknown;
  try {
    parsed = parseJsonc(text);
  } catch (error) {
    throw new SettingsError(`Cannot read ${path}: ${(error as Error).message}`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new SettingsError(`Cannot use ${path}: an object wanted, got ${show(parsed)}`);
  }
  const known = FIELDS.map(({ name }) => name);
  return checked(
    Object.entries(parsed).map(([name, value]) => {
      const field = FIELDS.find((field) => field.name === name);
      if (!field) throw unknown(`${name} in ${path}`, name, known);
      return { field, value, label: `${name} in ${path}` };
    }),
  );
}

function fromEnvironment(environment: Sources["environment"]): Values {
  const names = new Map(FIELDS.map((field) => [environmentName(field.name), field]));
  const ours = Object.entries(environment)
    .filter(([name]) => name.startsWith("ROTOR_") && !OTHERS_IN_ENVIRONMENT.includes(name));
  return checked(ours.map(([name, text]) => {
    const field = names.get(name);
    if (!field) throw unknown(name, name, [...names.keys(), ...OTHERS_IN_ENVIRONMENT]);
    return { field, value: field.fromText(text), label: name };
  }));
}

function fromFlags(flags: Sources["flags"]): Values {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  return checked(given.map(([name, value]) => {
    const field = FIELDS.find((field) => field.name === name);
    if (!field) throw new TypeError(`Cannot take flag ${name}: it is no row of FIELDS`);
    const label = field.flag?.split(" ")[0] ?? name;
    return { field, value: value === true ? true : field.fromText(value as string), label };
  }));
}

function checked(entries: { field: Field; value: unknown; label: string }[]): Values {
  return new Map(entries.map(({ field, value, label }) => {
    const result = field.schema.safeParse(value);
    if (result.success) return [field.name, { value: result.data, label }];
    const issue = result.error.issues[0];
    const at = issue?.path.length ? ` (at ${issue.path.join(".")})` : "";
    throw new SettingsError(
      `Cannot use ${label}: ${issue?.message} wanted, got ${show(value)}${at}`,
    );
  }));
}

function unknown(what: string, name: string, known: string[]): SettingsError {
  return new SettingsError(
    `Cannot use ${what}: there is no such setting; the nearest is ${closestString(name, known)}`,
  );
}

function membersOf(members: Record<string, string> | undefined): MemberAddress[] | undefined {
  return members && Object.entries(members).map(([id, address]) => ({ id, address }));
}

/** Those of these settings that somebody has said. */
function saidOf(
  get: (field: string) => unknown,
  fields: readonly string[],
): Partial<Config & PlacementSettings> {
  return Object.fromEntries(
    fields.map((field) => [field, get(field)] as const).filter(([, value]) => value !== undefined),
  );
}

/**
 * All rules, where these were said.
 *
 * @throws {SettingsError} If they contradict one another.
 *
 * @example r and w follow n
 * ```ts
 * import { rulesOf } from "./settings.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const { r, w } = rulesOf({ n: 5, w: 4 });
 * assertEquals([r, w], [3, 4]);
 * ```
 */
export function rulesOf(said: Partial<Config>): Config {
  const quorum = Math.floor((said.n ?? DEFAULTS.n) / 2) + 1;
  // r and w follow n unless they are given: with n=1, the defaults of n=3 would contradict it.
  const config: Config = { ...DEFAULTS, r: quorum, w: quorum, ...said };
  uncontradicted(() => validate(config));
  return config;
}

/** What contradicts itself is a setting that cannot be used. */
function uncontradicted<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new SettingsError((error as Error).message);
  }
}

function secretsOf(
  inEnvironment: string | undefined,
  file: string | undefined,
  readSecrets: (path: string) => string,
): Uint8Array<ArrayBuffer>[] {
  if (inEnvironment !== undefined && file !== undefined) {
    throw new SettingsError(
      "Cannot use two sources of secrets: either ROTOR_SECRET or a secret file wanted, got both",
    );
  }
  const text = file === undefined ? inEnvironment : readSecrets(file);
  if (text === undefined) return [];
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  if (lines.length === 0) {
    // Going on without a secret would open a cluster that its operator believes to be closed.
    throw new SettingsError(`Cannot use ${file ?? "ROTOR_SECRET"}: a secret wanted, got nothing`);
  }
  return lines.map((line) => new TextEncoder().encode(line));
}

function refuseContradictions(settings: NodeSettings): void {
  const { dataDir, engine, listen, members, seeds, insecure } = settings;
  if (dataDir === null && engine !== "memory") {
    throw new SettingsError(
      "Cannot start without a data directory: --data DIR wanted, or --engine memory, which keeps nothing",
    );
  }
  // A secret keeps strangers out of the talk between nodes; it keeps no client from reading and writing.
  if (!isLoopback(listen.host) && !insecure) {
    throw new SettingsError(
      `Cannot listen on ${showAddress(listen)}: beyond this machine clients would need tokens, ` +
        "which rotor does not have yet; --insecure serves whoever can reach it",
    );
  }
  if (members === undefined) return;
  if (seeds !== undefined) {
    throw new SettingsError(
      "Cannot use --members beside --seed: the one founds a cluster, the other joins one",
    );
  }
  const twice = members.find((one) =>
    members.some((other) => other.id !== one.id && other.address === one.address)
  );
  if (twice) {
    throw new SettingsError(
      `Cannot use these members: an address each wanted, got ${twice.address} twice`,
    );
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function read(path: string, what: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new SettingsError(`Cannot read the ${what} file ${path}: ${(error as Error).message}`);
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
