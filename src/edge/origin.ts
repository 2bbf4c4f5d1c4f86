/**
 * Where a node's cluster comes from: its store, a seed, or a founding.
 *
 * | the store has a history | seeds | then |
 * | --- | --- | --- |
 * | yes | - | that history holds; with members, these are where its founders are |
 * | yes | some | that history holds, and seeds are addresses; one of another cluster is refused |
 * | no | some | the history of the first seed that answers is stored before anything else; the node starts outside |
 * | no | none | a cluster is founded, by the members or by this node alone |
 *
 * What a cluster was founded with is fixed: where something else was said on purpose, the node does not start. What was not
 * said follows it: r and w of an n of 5 are 3.
 *
 * @module
 */
import { type NodeId, nodeId } from "../id.ts";
import { differences, found, type FoundingClaim } from "../membership/found.ts";
import { fold, History } from "../membership/history.ts";
import { ChangeError } from "../protocol/canonical.ts";
import type { Change, Genesis } from "../protocol/change.ts";
import type { MetaValue } from "../protocol/effect.ts";
import type { Restored } from "../protocol/event.ts";
import { showCluster } from "./introduction.ts";
import type { PeerAddress } from "./peers.ts";
import { type Found, Seeds } from "./seeds.ts";
import { asMember, type NodeSettings, rulesOf, SettingsError } from "./settings.ts";
import { type Address, readAddress, showAddress } from "./settings_fields.ts";
import { StartError } from "./start_error.ts";

/** What a node begins from. */
export interface Origin {
  /** The settings, with the rules of the cluster. */
  readonly settings: NodeSettings;
  readonly genesis: Genesis;
  /** What is on the disk. */
  readonly restored: Restored;
  /** Where this node can be reached: `HOST:PORT`. */
  readonly address: string;
  /** Where others are known to be. */
  readonly peers: ReadonlyMap<NodeId, PeerAddress>;
  /** Whom it asks though it knows nothing of them; undefined: it needs nobody. */
  readonly seedNodes: readonly NodeId[] | undefined;
  /** Those who have not answered yet. */
  readonly seeds: Seeds;
}

/** What decides it. */
export interface OriginOptions {
  readonly settings: NodeSettings;
  readonly id: NodeId;
  /** Where it listens. */
  readonly listening: Address;
  readonly store: {
    restore(): Promise<Restored>;
    storeMeta(value: MetaValue): Promise<"durable" | "failed" | "full">;
  };
  /** Takes lines for the operator. */
  readonly log: (line: string) => void;
}

/**
 * Decides. Waits for a seed where it needs one.
 *
 * @throws {StartError} Or {@linkcode SettingsError}, in one sentence.
 */
export async function originOf(options: OriginOptions): Promise<Origin> {
  const { settings, id, store } = options;
  const members = membersOf(options);
  const restored = await store.restore();
  const address = showAddress(members.get(id)!);
  const seeds = seedsOf(options, address);
  const peers = new Map([...members].filter(([member]) => member !== id));
  const known = { address, peers, seeds };
  const stored = genesisIn(restored.history);
  if (stored !== undefined) {
    refuseToStandAlone(settings, id, restored.history);
    const rules = ruledBy(settings, stored, { id, what: "store" });
    if (settings.seeds === undefined) {
      return { ...known, settings: rules, genesis: stored, restored, seedNodes: undefined };
    }
    const answers = await seeds.round();
    for (const answer of answers) refuseOther(answer, History.of(stored), id);
    addTo(peers, answers, id);
    const seedNodes = membersIn(restored.history).filter((node) => node !== id);
    return { ...known, settings: rules, genesis: stored, restored, seedNodes };
  }
  if (settings.seeds === undefined) {
    const genesis = foundedBy(settings, [...members.keys()]);
    return { ...known, settings, genesis, restored, seedNodes: undefined };
  }
  const answers = await seeds.first();
  const { history } = answers[0]!;
  for (const answer of answers) refuseOther(answer, history, id);
  addTo(peers, answers, id);
  const rules = ruledBy(settings, history.genesis, { id, what: "cluster" });
  const changes = [...history.changes.values()];
  if (await store.storeMeta({ kind: "history", changes }) !== "durable") {
    throw new StartError(`Cannot start ${id}: its store did not take the history`);
  }
  return {
    ...known,
    settings: rules,
    genesis: history.genesis,
    restored: await store.restore(),
    seedNodes: answers.map(({ node }) => node),
  };
}

/** The settings under this founding. @throws {SettingsError} If something else was said on purpose. */
function ruledBy(
  settings: NodeSettings,
  genesis: Genesis,
  { id, what }: { readonly id: NodeId; readonly what: "store" | "cluster" },
): NodeSettings {
  const { config, placement, members } = settings;
  const { strategy, tokens, ...said } = settings.said ?? { ...config, ...placement };
  const claim: FoundingClaim = {
    ...(said.n === undefined ? {} : { replicas: said.n }),
    ...(said.partitions === undefined ? {} : { partitions: said.partitions }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(members === undefined ? {} : { members: members.map((member) => founder(member.id)) }),
  };
  const differing = differences(claim, genesis, what);
  if (differing.length > 0) throw new StartError(`Cannot start ${id}: ${differing.join("; ")}`);
  const { replicas: n, partitions } = genesis;
  return { ...settings, config: rulesOf({ ...said, n, partitions }) };
}

function foundedBy(settings: NodeSettings, nodes: readonly NodeId[]): Genesis {
  const { config: { partitions, n: replicas }, placement } = settings;
  try {
    return found({ members: nodes.map(founder), partitions, replicas, ...placement });
  } catch (error) {
    if (!(error instanceof ChangeError || error instanceof RangeError)) throw error;
    throw new StartError(error.message, { cause: error });
  }
}

function founder(node: string) {
  return { node: nodeId(node), zone: "", weight: 1 };
}

/** All founding members by id, this node too, with where they can be reached. */
function membersOf(
  { settings, id, listening }: OriginOptions,
): ReadonlyMap<NodeId, PeerAddress> {
  const { members } = settings;
  if (members !== undefined && !members.some((member) => member.id === id)) {
    const names = members.map((member) => member.id).join(", ");
    throw new StartError(`Cannot start ${id}: it is not among the members ${names}`);
  }
  const { advertise } = asMember(settings, id);
  const all = members ?? [{ id, address: advertise ?? showAddress(listening) }];
  return new Map(all.map((member) => [nodeId(member.id), addressOf(member.id, member.address)]));
}

function addressOf(who: string, text: string): PeerAddress {
  const address = readAddress(text);
  if (address !== null) return address;
  throw new StartError(`Cannot reach ${who}: HOST:PORT wanted, got ${JSON.stringify(text)}`);
}

/** The seeds but this node, which may stand in a list that all nodes are given. */
function seedsOf({ settings, listening, log }: OriginOptions, own: string): Seeds {
  const { seeds = [], secrets } = settings;
  const others = seeds.filter((seed) => seed !== own && seed !== showAddress(listening));
  if (seeds.length > 0 && others.length === 0) {
    throw new SettingsError(
      `Cannot join by the seed ${seeds.join(", ")}: that is this node itself`,
    );
  }
  return new Seeds({ addresses: others, secret: secrets[0], log });
}

/** Where others can be reached is not kept: it must be said at each start. */
function refuseToStandAlone(
  { members, seeds }: NodeSettings,
  id: NodeId,
  history: readonly Change[],
): void {
  const names = membersIn(history);
  if (members !== undefined || seeds !== undefined || names.length <= 1) return;
  throw new SettingsError(
    `Cannot start ${id} alone: this store belongs to a cluster of ${names.join(", ")}: ` +
      "say --seed with the address of one, or --members with those of all founders",
  );
}

function refuseOther({ address, history }: Found, own: History, id: NodeId): void {
  if (history.genesis.id === own.genesis.id) return;
  throw new StartError(
    `Cannot start ${id}: the seed ${address} is of ${showCluster(history)}, ` +
      `and this node of ${showCluster(own)}; to join that one, an empty data directory wanted`,
  );
}

function addTo(peers: Map<NodeId, PeerAddress>, found: readonly Found[], id: NodeId): void {
  for (const { node, address } of found) {
    if (node !== id) peers.set(node, addressOf(node, address));
  }
}

function genesisIn(history: readonly Change[]): Genesis | undefined {
  return history.find((change) => change.kind === "genesis");
}

/** Everybody who is a member; nobody, if the history is damaged, which the node will say when it starts. */
function membersIn(history: readonly Change[]): NodeId[] {
  try {
    const { status } = fold(History.from(history));
    return [...status].flatMap(([node, is]) => is === "out" ? [] : [node]);
  } catch (error) {
    if (error instanceof ChangeError) return [];
    throw error;
  }
}
