/**
 * A whole node: store, core, driver, ways to peers and the HTTP API, put together on one socket.
 *
 * In this order, so that each refusal comes before anything that it would be wrong to do: the socket (a port that is in
 * use changes nothing), the store (its directory and lock), the node's name, its cluster. The node serves when all that
 * it says of itself is durable; until then the socket answers 503.
 *
 * @module
 */
import { type Boot, byteString, type NodeId } from "../id.ts";
import { Node } from "../node.ts";
import type { DiskStatus } from "./admin.ts";
import { Boots } from "./boots.ts";
import { AskCounts } from "./ask_counts.ts";
import { type Clock, SystemClock } from "./clock.ts";
import { CountedStore } from "./counted_store.ts";
import { Driver } from "./driver.ts";
import { ExchangeBytes } from "./exchange_bytes.ts";
import { createApi } from "./http/api.ts";
import { identify } from "./identity.ts";
import { createIntroductionApi, HISTORY_PATH } from "./introduction.ts";
import { type Handler, Listener, ListenError, starting } from "./listener.ts";
import { createPeerApi } from "./peer_api.ts";
import { NewerVersions } from "./newer_versions.ts";
import { originOf } from "./origin.ts";
import { PEER_PATH, Peers } from "./peers.ts";
import { RunningNode } from "./running_node.ts";
import type { NodeSettings } from "./settings.ts";
import { showAddress } from "./settings_fields.ts";
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
  given: Settings,
  { listener, store, boot, id }: {
    readonly listener: Listener;
    readonly store: RecordStore;
    readonly boot: Boot;
    readonly id: NodeId;
  },
): Promise<RunningNode> {
  const { log } = given;
  const logFault = (sentence: string, error: unknown) =>
    log(`${sentence}: ${error instanceof Error ? error.stack ?? error.message : error}`);

  const listening = listener.address;
  const origin = await originOf({ settings: given, id, listening, store, log });
  const { genesis, restored, address, seeds, seedNodes } = origin;
  const settings: Settings = { ...origin.settings, log };
  const { config, secrets, engine } = settings;
  const node = new Node({ node: id, addresses: [address], genesis, seeds: seedNodes, config });

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
    addresses: origin.peers,
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
    w: config.w,
    room: () => roomOf(node, store, settings.maxStoreBytes),
    tallyHints: () => store.tallyHints(),
    drainWithinMs: config.requestTimeoutMs,
    closeStore: () => store.close(),
    seeds,
  });

  store.fatal.then((reason) => driver.halt(reason));
  const doors = { running, driver, peers, asks, exchanged, newer, boot, clock, logFault };
  const handler = handlerOf(settings, doors);
  // It may have to ask its peers something before it serves: they must be able to answer.
  listener.handler = (request) =>
    isAt(PEER_PATH, request) && driver.takesBatches ? handler(request) : starting(request);
  try {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    await driver.start({ boot, seed, restored });
    seeds.follow({ cluster: node.roster.history, found: (peer, at) => peers.reach(peer, [at]) });
  } catch (error) {
    await peers.close();
    throw error instanceof StartError ? error : new StartError((error as Error).message);
  }
  listener.handler = handler;
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
    operations: running.operations,
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
  const introductionApi = createIntroductionApi({
    secrets,
    introduce: () => ({ node: running.id, changes: running.changes }),
  });
  return (request) => {
    if (isAt(PEER_PATH, request)) return peerApi(request);
    return isAt(HISTORY_PATH, request) ? introductionApi(request) : api(request);
  };
}

/** The path and nothing beside it: what stands in a client's key does not count. */
function isAt(path: string, { url }: Request): boolean {
  return url.endsWith(path) && /^https?:\/\/[^/?#]*$/.test(url.slice(0, -path.length));
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
