import { assert, assertEquals } from "@std/assert";
import { type Boot, type NodeId, nodeId } from "../id.ts";
import { type Envelope, judge, type Verdict } from "../protocol/envelope.ts";
import type { Message } from "../protocol/message.ts";
import { SystemClock } from "./clock.ts";
import { createPeerApi } from "./peer_api.ts";
import { Peers } from "./peers.ts";
import { BOOT_A, BOOT_B, BOOT_C, CLUSTER, large, numbered, until } from "./testing.ts";

const A = nodeId("a");
const B = nodeId("b");
const MAX_AGE_MS = 60_000;

/** One end of a conversation: it judges as a node does, and answers a numbered message if it is told to. */
class End implements AsyncDisposable {
  readonly clock = new SystemClock();
  readonly got: Message[] = [];
  readonly undelivered: Message[] = [];
  readonly refused: string[] = [];
  readonly peers: Peers;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #self: { node: NodeId; boot: Boot };
  answers = false;

  constructor(
    { node, boot, ports, secret = null, accepts = secret }: {
      node: NodeId;
      boot: Boot;
      /** Where each node listens. */
      ports: Record<string, number>;
      secret?: string | null;
      accepts?: string | null;
    },
  ) {
    this.#self = { node, boot };
    const bytes = (text: string | null) => text === null ? null : new TextEncoder().encode(text);
    const others = Object.entries(ports).filter(([id]) => id !== node);
    this.peers = new Peers({
      self: { cluster: CLUSTER, node, boot },
      addresses: new Map(others.map(([id, port]) => [nodeId(id), { host: "127.0.0.1", port }])),
      secret: bytes(secret),
      maxMessageAgeMs: MAX_AGE_MS,
      clock: this.clock,
      undelivered: (_to, messages) => void this.undelivered.push(...messages),
      onTwin: () => {},
      log: () => {},
    });
    const api = createPeerApi({
      secrets: accepts === null ? [] : [bytes(accepts)!],
      maxBatchBytes: 64 << 20,
      bodyTimeoutMs: 10_000,
      away: () => null,
      receive: (envelope) => this.#receive(envelope),
      isTwin: () => false,
      turnAway: (_, why) => {
        throw new Error(why);
      },
      log: (sentence, error) => {
        throw new Error(sentence, { cause: error });
      },
    });
    const listen = { hostname: "127.0.0.1", port: ports[node]!, onListen: () => {} };
    this.#server = Deno.serve(listen, api);
  }

  /** The numbers of what has come. */
  get numbers(): number[] {
    return this.got.map((message) => "request" in message ? message.request : -1);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.peers.close();
    await this.#server.shutdown();
  }

  #receive(envelope: Envelope): Verdict {
    this.peers.heard(envelope);
    const { node, boot } = this.#self;
    const { monoMs } = this.clock.now();
    const members = new Set([A, B]);
    const out = new Set<NodeId>();
    const by = { cluster: CLUSTER, node, boot, members, out, maxMessageAgeMs: MAX_AGE_MS };
    const refused = judge(envelope, by, monoMs);
    if (refused !== null) this.refused.push(refused);
    else {
      this.got.push(...envelope.messages);
      for (const message of this.answers ? envelope.messages : []) {
        this.peers.send(envelope.from, message);
      }
    }
    return { refused, boot, stampMs: monoMs };
  }
}

/** Two ports that were free a moment ago. */
function freePorts(): Record<string, number> {
  const listeners = [0, 1].map(() => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const [a, b] = listeners.map((listener) => (listener.addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return { a: a!, b: b! };
}

Deno.test("everything that is sent arrives, once, in fewer batches than messages", async () => {
  const ports = freePorts();
  await using a = new End({ node: A, boot: BOOT_A, ports });
  await using b = new End({ node: B, boot: BOOT_B, ports });
  b.answers = true;
  for (let i = 0; i < 3_000; i++) a.peers.send(B, i % 500 === 0 ? large(i, 100_000) : numbered(i));
  await until(() => a.got.length >= 3_000, "all answers");
  const all = Array.from({ length: 3_000 }, (_, i) => i);
  assertEquals(b.numbers.toSorted((x, y) => x - y), all);
  assertEquals(a.numbers.toSorted((x, y) => x - y), all);
  assertEquals([a.undelivered, b.undelivered], [[], []]);
  await until(() => a.peers.stats.b!.sent === 3_000, "the last verdict");
  const { batches, lost, queuedBytes } = a.peers.stats.b!;
  assert(batches < 100, `${batches} batches`);
  assertEquals([lost, queuedBytes], [0, 0]);
});

Deno.test("a message larger than any batch arrives whole", async () => {
  const ports = freePorts();
  await using a = new End({ node: A, boot: BOOT_A, ports });
  await using b = new End({ node: B, boot: BOOT_B, ports });
  const message = large(1, 16 << 20);
  a.peers.send(B, message);
  await until(() => b.got.length === 1, "the message");
  assertEquals(b.got[0], message);
});

Deno.test("a peer that is not there, then there, then there as another process", async () => {
  const ports = freePorts();
  await using a = new End({ node: A, boot: BOOT_A, ports });
  let sent = 0;
  const sendUntil = (done: () => boolean, what: string) =>
    until(() => {
      if (!done()) a.peers.send(B, numbered(++sent));
      return done();
    }, what);
  await sendUntil(() => a.undelivered.length > 0, "what is undelivered");
  {
    await using b = new End({ node: B, boot: BOOT_B, ports });
    await sendUntil(() => b.got.length > 0, "what has arrived");
  }
  const before = a.undelivered.length;
  await sendUntil(() => a.undelivered.length > before, "what is undelivered again");
  await using c = new End({ node: B, boot: BOOT_C, ports });
  await sendUntil(() => c.got.length > 0, "what has arrived at the new process");
  // Every message came to an end of its own: none arrived that had been said to be undelivered.
  const dead = new Set(a.undelivered.map((message) => "request" in message && message.request));
  assertEquals(c.numbers.filter((number) => dead.has(number)), []);
  assertEquals(c.refused, [], "nothing that was for the former process was even tried");
});

Deno.test("without the cluster's secret nothing arrives, and what was sent is known not to have", async () => {
  const ports = freePorts();
  await using a = new End({ node: A, boot: BOOT_A, ports, secret: "guess" });
  await using b = new End({ node: B, boot: BOOT_B, ports, secret: "the secret" });
  a.peers.send(B, numbered(1));
  await until(() => a.undelivered.length === 1, "the message to come back");
  assertEquals(b.got, []);
});

Deno.test("with the cluster's secret everything arrives, whatever bytes it has", async () => {
  const ports = freePorts();
  await using a = new End({ node: A, boot: BOOT_A, ports, secret: "g\u00ebh\u20acim" });
  await using b = new End({ node: B, boot: BOOT_B, ports, secret: "g\u00ebh\u20acim" });
  a.peers.send(B, numbered(1));
  await until(() => b.got.length === 1, "the message");
  assertEquals(a.undelivered, []);
});

Deno.test("a peer that was never configured is sent to where it says it is; before that, nothing arrives", async () => {
  const ports = freePorts();
  await using a = new End({ node: A, boot: BOOT_A, ports: { a: ports.a! } });
  await using b = new End({ node: B, boot: BOOT_B, ports });
  a.peers.send(B, numbered(1));
  await until(() => a.undelivered.length === 1, "the message to come back");
  a.peers.reach(B, ["nowhere"]);
  a.peers.send(B, numbered(2));
  await until(() => a.undelivered.length === 2, "the second message to come back");
  a.peers.reach(B, [`127.0.0.1:${ports.b}`, "another:1"]);
  a.peers.send(B, numbered(3));
  await until(() => b.got.length === 1, "the message");
  assertEquals(b.numbers, [3]);
});

Deno.test("a peer that has moved is sent to its new place", async () => {
  const ports = freePorts();
  const [elsewhere] = Object.values(freePorts());
  await using a = new End({ node: A, boot: BOOT_A, ports });
  await using b = new End({ node: B, boot: BOOT_B, ports: { ...ports, b: elsewhere! } });
  a.peers.reach(B, [`127.0.0.1:${elsewhere}`]);
  await until(() => {
    if (b.got.length === 0) a.peers.send(B, numbered(1));
    return b.got.length > 0;
  }, "a message at the new place");
});
