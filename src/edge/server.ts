/**
 * A whole node: store, core, driver, ways to peers and the HTTP API, put together on one socket.
 *
 * In this order, so that each refusal comes before anything that it would be wrong to do: the socket (a port that is in
 * use changes nothing), the store (its directory and lock), the node's name, its cluster. The node serves when all that
 * it says of itself is durable; until then the socket answers 503.
 *
 * @module
 */
import { type Boot, byteString, type NodeId, nodeId } from "../id.ts";
import { found } from "../membership/found.ts";
import { Node } from "../node.ts";
import { ChangeError } from "../protocol/canonical.ts";
import type { Genesis } from "../protocol/change.ts";
import type { Restored } from "../protocol/event.ts";
import type { DiskStatus } from "./admin.ts";
import { Boots } from "./boots.ts";
import { AskCounts } from "./ask_counts.ts";
import { type Clock, SystemClock } from "./clock.ts";
import { CountedStore } from "./counted_store.ts";
import { Driver } from "./driver.ts";
import { ExchangeBytes } from "./exchange_bytes.ts";
import { createApi } from "./http/api.ts";
import { identify } from "./identity.ts";
import { type Handler, Listener, ListenError } from "./listener.ts";
import { createPeerApi } from "./peer_api.ts";
import { NewerVersions } from "./newer_versions.ts";
import { PEER_PATH, type PeerAddress, Peers } from "./peers.ts";
import { RunningNode } from "./running_node.ts";
import { asMember, type NodeSettings, SettingsError } from "./settings.ts";
import { type Address, readAddress, showAddress } from "./settings_fields.ts";
import { StartError } from "./start_error.ts";
import { openStore } from "./storage/open.ts";
import type { RecordStore } from "./storage/record_store.ts";

export { ListenError, RunningNode, StartError };

/** What a node is started with. */
export interface Settings extends NodeSettings {
  /** Takes lines for the operator; each begins with the name of this node, or with `rotor` while it has none. */
  readonly log: (line: string) => void;
}

/** Greatest batch from a peer: room for the greatest container several times over. In bytes. */
const MIN_BATCH_LIMIT_BYTES = 64 << 20;
const CONTAINERS_A_BATCH = 4;

/**
 * Starts a node. Resolves when it serves.
 *
 * @throws {StartError} Or an error of the store, or {@linkcode SettingsError} where the settings do not say enough for
 * this store, if it cannot be started: the message is one sentence for the operator.
 *
 * @example A node that keeps nothing
 * ```ts
 * import { serve } from "./server.ts";
 * import { resolve } from "./settings.ts";
 *
 * const flags = { engine: "memory", listen: "127.0.0.1:0" };
 * const settings = resolve({ flags, environment: {}, file: null });
 * const node = await serve({ ...settings, log: console.error });
 * await fetch(`${node.url}/ping`);
 * await node.stop();
 * ```
 */
export async function serve(settings: Settings): Promise<RunningNode> {
  refuseOpenDoor(settings);
  const listener = new Listener(settings.listen);
  try {
    const boot = byteString(crypto.getRandomValues(new Uint8Array(8))) as Boot;
    const { dataDir, engine, maxStoreBytes: maxBytes } = settings;
    let name = settings.id ?? "rotor";
    const log = (line: string) => settings.log(`${name}: ${line}`);
    const store = await openStore({ dir: dataDir ?? "", engine, maxBytes, boot, log });
    try {
      const id = await identify(store, settings);
      name = id;
      return await bringUp({ ...settings, log }, { listener, store, boot, id });
    } catch (error) {
      await store.close();
      throw error;
    }
  } catch (error) {
    await listener.close({ withinMs: 1_000 });
    throw error;
  }
}

async function bringUp(
  settings: Settings,
  { listener, store, boot, id }: {
    readonly listener: Listener;
    readonly store: RecordStore;
    readonly boot: Boot;
    readonly id: NodeId;
  },
): Promise<RunningNode> {
  const { config, secrets, engine, log } = settings;
  const logFault = (sentence: string, error: unknown) =>
    log(`${sentence}: ${error instanceof Error ? error.stack ?? error.message : error}`);

  const restored = await store.restore();
  refuseToStandAlone(settings, id, restored);
  const members = membersOf(settings, id, listener.address);
  const genesis = genesisOf(settings, [...members.keys()]);
  const node = new Node({
    node: id,
    addresses: [showAddress(members.get(id)!)],
    genesis,
    config,
  });

  const clock = new SystemClock();
  const counted = new CountedStore(store);
  const exchanged = new ExchangeBytes();
  const driver: Driver = new Driver({
    node,
    store: counted,
    send: (to, message) => {
      exchanged.onSent(message);
      peers.send(to, message);
    },
    reach: (to, addresses) => peers.reach(to, addresses),
    clock,
    log: logFault,
  });
  const peers = new Peers({
    self: { cluster: genesis.id, node: id, boot },
    addresses: new Map([...members].filter(([member]) => member !== id)),
    secret: secrets[0] ?? null,
    maxMessageAgeMs: config.maxMessageAgeMs,
    clock,
    undelivered: (to, messages) => driver.undelivered(to, messages),
    onTwin: (to) =>
      driver.halt(`Cannot go on as ${id}: ${to} hears another process of this id, which lives`),
    log,
  });
  const asks = new AskCounts();
  const newer = new NewerVersions(log);
  const running = new RunningNode({
    id,
    boot,
    node,
    driver,
    peers,
    listener,
    store: counted,
    asks,
    exchanged,
    newer: () => newer.seen,
    engine,
    clock,
    maxHintBytes: config.maxHintBytes,
    room: () => roomOf(node, store, settings.maxStoreBytes),
    tallyHints: () => store.tallyHints(),
    drainWithinMs: config.requestTimeoutMs,
    closeStore: () => store.close(),
  });

  store.fatal.then((reason) => driver.halt(reason));
  try {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    await driver.start({ boot, seed, restored });
  } catch (error) {
    await peers.close();
    throw error instanceof StartError ? error : new StartError((error as Error).message);
  }
  const doors = { running, driver, peers, asks, exchanged, newer, boot, clock, logFault };
  listener.handler = handlerOf(settings, doors);
  return running;
}

/** What the store takes is counted only where there is a quota: nobody else needs to know it. */
function roomOf(node: Node, store: RecordStore, maxBytes: number | undefined): DiskStatus {
  const { isFull: full } = node.load;
  const quota = maxBytes === undefined ? null : maxBytes;
  return { full, usedBytes: quota === null ? null : store.usedBytes(), maxBytes: quota };
}

/** Peers' batches go one way, everything else is for the API. */
function handlerOf(
  { config, secrets }: Settings,
  { running, driver, peers, asks, exchanged, newer, boot, clock, logFault }: {
    readonly running: RunningNode;
    readonly driver: Driver;
    readonly peers: Peers;
    readonly asks: AskCounts;
    readonly exchanged: ExchangeBytes;
    readonly newer: NewerVersions;
    readonly boot: Boot;
    readonly clock: Clock;
    readonly logFault: (sentence: string, error: unknown) => void;
  },
): Handler {
  const boots = new Boots({ known: (of) => peers.boot(of), ask: (of) => peers.ask(of) });
  const api = createApi({
    ask: asks.counted((event) => driver.ask(event)),
    config,
    secrets,
    nodeStats: () => running.allStats(),
    admin: running.admin,
    own: running.own,
    log: logFault,
  });
  const peerApi = createPeerApi({
    secrets,
    maxBatchBytes: Math.max(
      MIN_BATCH_LIMIT_BYTES,
      CONTAINERS_A_BATCH * config.maxContainerBytes,
    ),
    bodyTimeoutMs: config.maxMessageAgeMs / 2,
    away: () => driver.takesBatches ? null : "the node has stopped",
    receive: (envelope) => {
      // Whoever says hello may be a second process: it is judged when it says more.
      if (envelope.messages.length > 0 || peers.boot(envelope.from) === null) peers.heard(envelope);
      const verdict = driver.receive(envelope);
      if (verdict.refused === null) exchanged.onReceived(envelope.messages);
      if (verdict.refused === null) newer.onTaken(envelope);
      return verdict;
    },
    isTwin: (envelope) => peers.isForThis(envelope) && boots.isTwin(envelope),
    turnAway: (refused, why) => {
      if (refused === "unknown_version") newer.onUnread(why);
      return { refused, boot, stampMs: clock.now().monoMs };
    },
    log: logFault,
  });
  return (request) => IS_PEER.test(request.url) ? peerApi(request) : api(request);
}

/** The path and nothing beside it: what stands in a client's key does not count. */
const IS_PEER = new RegExp(`^https?://[^/?#]*${PEER_PATH}$`);

/** Where its fellow members can be reached is not kept: it must be said at each start. */
function refuseToStandAlone({ members }: Settings, id: NodeId, { history }: Restored): void {
  const genesis = history.find((change) => change.kind === "genesis");
  if (members !== undefined || genesis === undefined || genesis.members.length === 1) return;
  const names = genesis.members.map(({ node }) => node).join(", ");
  throw new SettingsError(
    `Cannot start ${id} alone: this store belongs to a cluster of ${names}: say --members with their addresses`,
  );
}

/** All members by id, this node too, with where they can be reached. */
function membersOf(
  settings: Settings,
  id: NodeId,
  listening: Address,
): ReadonlyMap<NodeId, PeerAddress> {
  const { members } = settings;
  if (members !== undefined && !members.some((member) => member.id === id)) {
    const names = members.map((member) => member.id).join(", ");
    throw new StartError(`Cannot start ${id}: it is not among the members ${names}`);
  }
  const { advertise } = asMember(settings, id);
  const all = members ?? [{ id, address: advertise ?? showAddress(listening) }];
  return new Map(all.map((member) => {
    const address = readAddress(member.address);
    if (address !== null) return [nodeId(member.id), address];
    throw new StartError(
      `Cannot reach ${member.id}: HOST:PORT wanted, got ${JSON.stringify(member.address)}`,
    );
  }));
}

function genesisOf(
  { config: { partitions, n }, placement }: Settings,
  nodes: readonly NodeId[],
): Genesis {
  try {
    const members = nodes.map((node) => ({ node, zone: "", weight: 1 }));
    return found({ members, partitions, replicas: n, ...placement });
  } catch (error) {
    if (!(error instanceof ChangeError || error instanceof RangeError)) throw error;
    throw new StartError(error.message, { cause: error });
  }
}

/** Beyond this machine anybody could read and write, whatever secret the peers have: that must be said aloud. */
function refuseOpenDoor({ listen, insecure }: Settings): void {
  const { host } = listen;
  const isLoopback = host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
  if (isLoopback || insecure) return;
  throw new ListenError(
    `Cannot listen on ${
      showAddress(listen)
    }: beyond this machine whoever can reach it is served, ` +
      "which insecure has to say",
  );
}
