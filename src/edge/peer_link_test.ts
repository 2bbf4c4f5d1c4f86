import { assert, assertEquals } from "@std/assert";
import { type Boot, type NodeId, nodeId } from "../id.ts";
import { decodeEnvelope, encodeVerdict } from "../protocol/codec.ts";
import type { Envelope, Verdict } from "../protocol/envelope.ts";
import type { Message } from "../protocol/message.ts";
import type { Posted } from "./http_line.ts";
import { type Carrier, LINK_TIMES, PeerLink } from "./peer_link.ts";
import { type LaneName, QUEUE_LIMITS } from "./peer_queue.ts";
import { BOOT_A, BOOT_B, BOOT_C, CLUSTER, HandClock, large, numbered, settle } from "./testing.ts";

const LIMITS = { ...QUEUE_LIMITS, maxBatchMessages: 4 };
const BULK_BYTES = LIMITS.bulkBytes;
const UNSENT: Posted = { kind: "unsent", reason: "refused", timedOut: false };
const NO_ROUTE: Posted = { kind: "unsent", reason: "no connection", timedOut: true };
const RESET: Posted = { kind: "lost", reason: "reset", timedOut: false };
const SILENCE: Posted = { kind: "lost", reason: "no answer", timedOut: true };

/** A carrier whose answers a test gives, one at a time. */
class Desk implements Carrier {
  #answer: ((posted: Posted) => void) | null = null;
  #posted: Envelope | null = null;
  closed = false;

  get isBusy(): boolean {
    return this.#answer !== null;
  }
  post(body: Uint8Array): Promise<Posted> {
    assert(!this.isBusy, "one at a time");
    this.#posted = decodeEnvelope(body);
    return new Promise((resolve) => this.#answer = resolve);
  }
  close(): Promise<void> {
    this.closed = true;
    if (this.isBusy) this.answer({ kind: "lost", reason: "it was closed", timedOut: false });
    return Promise.resolve();
  }
  /** What is under way, or null. */
  get posted(): Envelope | null {
    return this.#posted;
  }
  answer(posted: Posted): void {
    const answer = this.#answer;
    if (answer === null) throw new Error("nothing is under way");
    this.#answer = null;
    this.#posted = null;
    answer(posted);
  }
}

/** A link to `b`, whose other end is the test. */
class Bench {
  readonly clock = new HandClock();
  readonly desks: Record<LaneName, Desk> = { brisk: new Desk(), bulk: new Desk() };
  readonly undelivered: number[] = [];
  readonly logged: string[] = [];
  twins = 0;
  readonly link = new PeerLink({
    self: { cluster: CLUSTER, node: nodeId("a"), boot: BOOT_A },
    to: nodeId("b"),
    carriers: this.desks,
    clock: this.clock,
    limits: LIMITS,
    times: LINK_TIMES,
    undelivered: (messages) => void this.undelivered.push(...messages.map(idOf)),
    onTwin: () => this.twins++,
    log: (line) => this.logged.push(line),
  });

  /** Sends messages of these numbers. */
  async send(...requests: number[]): Promise<void> {
    for (const request of requests) this.link.send(numbered(request));
    await settle();
  }
  /** What is under way in a lane: the numbers of its messages, or `hello`, or nothing. */
  under(lane: LaneName = "brisk"): number[] | "hello" | null {
    const posted = this.desks[lane].posted;
    return posted === null
      ? null
      : posted.messages.length === 0
      ? "hello"
      : posted.messages.map(idOf);
  }
  async answer(posted: Posted, lane: LaneName = "brisk"): Promise<void> {
    this.desks[lane].answer(posted);
    await settle();
  }
  /** The peer's process `boot` answers what is under way. */
  async verdict(
    { refused = null, boot = BOOT_B, stampMs = 7, lane = "brisk" }: {
      refused?: Verdict["refused"];
      boot?: Boot;
      stampMs?: number;
      lane?: LaneName;
    } = {},
  ): Promise<void> {
    const body = encodeVerdict({ refused, boot, stampMs });
    await this.answer({ kind: "answer", status: 200, body }, lane);
  }
  /** A link that knows its peer, and has sent nothing yet but message 0. */
  static async known(): Promise<Bench> {
    const bench = new Bench();
    await bench.send(0);
    await bench.verdict();
    await bench.verdict({ stampMs: 8 });
    assertEquals([bench.under(), bench.undelivered, bench.link.stats.sent], [null, [], 1]);
    return bench;
  }
}

function idOf(message: Message): number {
  return "request" in message ? message.request : -1;
}

Deno.test("a hello goes first, and its answer is what the batch carries", async () => {
  const bench = new Bench();
  await bench.send(1, 2);
  assertEquals(bench.desks.brisk.posted, {
    cluster: CLUSTER,
    from: nodeId("a"),
    fromBoot: BOOT_A,
    to: nodeId("b") as NodeId,
    toBoot: null,
    toStampMs: 0,
    messages: [],
  });
  await bench.verdict({ boot: BOOT_C, stampMs: 12.5 });
  assertEquals(bench.under(), [1, 2]);
  const { toBoot, toStampMs } = bench.desks.brisk.posted!;
  assertEquals([toBoot, toStampMs], [BOOT_C, 12.5]);
});

Deno.test("what queues while a batch is under way is the next batch; one step is one batch", async () => {
  const bench = await Bench.known();
  await bench.send(1, 2);
  assertEquals(bench.under(), [1, 2]);
  await bench.send(3);
  await bench.send(4);
  assertEquals(bench.under(), [1, 2]);
  await bench.verdict({ stampMs: 20 });
  assertEquals(bench.under(), [3, 4]);
  assertEquals(bench.desks.brisk.posted!.toStampMs, 20);
  await bench.send(5, 6, 7, 8, 9);
  await bench.verdict();
  assertEquals(bench.under(), [5, 6, 7, 8], "at most so many a batch");
  assertEquals(bench.desks.brisk.posted!.toStampMs, 20, "a stamp never goes back");
});

Deno.test("a large message goes beside the small ones", async () => {
  const bench = await Bench.known();
  bench.link.send(large(1, BULK_BYTES));
  await bench.send(2);
  assertEquals([bench.under("bulk"), bench.under()], [[1], [2]]);
  bench.link.send(large(3, BULK_BYTES));
  await bench.verdict();
  await bench.send(4);
  assertEquals([bench.under("bulk"), bench.under()], [[1], [4]]);
  await bench.verdict({ lane: "bulk" });
  assertEquals(bench.under("bulk"), [3]);
});

Deno.test("no connection: everything that waits is undelivered, and so is what comes at once after", async () => {
  const bench = new Bench();
  await bench.send(1, 2);
  bench.link.send(large(3, BULK_BYTES));
  await bench.answer(UNSENT);
  assertEquals(bench.undelivered, [1, 2, 3]);
  await bench.send(4);
  assertEquals([bench.under(), bench.undelivered], [null, [1, 2, 3, 4]]);
  bench.clock.monoMs += LINK_TIMES.backoffMs;
  await bench.send(5);
  assertEquals(bench.under(), "hello", "after the pause it is tried again");
  await bench.verdict();
  assertEquals(bench.under(), [5]);
});

Deno.test("a batch that was never sent is undelivered", async () => {
  const bench = await Bench.known();
  await bench.send(1);
  await bench.send(2);
  await bench.answer(UNSENT);
  assertEquals(bench.undelivered, [1, 2]);
});

Deno.test("a batch that was sent and not answered is neither sent again nor undelivered", async () => {
  for (const lost of [RESET, { kind: "answer", status: 503, body: new Uint8Array() } as const]) {
    const bench = await Bench.known();
    await bench.send(1);
    await bench.send(2);
    await bench.answer(lost);
    assertEquals(bench.under(), "hello", "what waits is not entrusted to this way before");
    await bench.verdict();
    assertEquals([bench.under(), bench.undelivered, bench.link.stats.lost], [[2], [], 1]);
  }
});

Deno.test("after a failed batch, a hello that fails tells what waits apart from what is lost", async () => {
  const bench = await Bench.known();
  await bench.send(1);
  await bench.send(2);
  await bench.answer(RESET);
  await bench.answer(UNSENT);
  assertEquals([bench.undelivered, bench.link.stats.lost], [[2], 1]);
});

Deno.test("a verdict that is none is no answer", async () => {
  const bench = await Bench.known();
  await bench.send(1);
  await bench.answer({ kind: "answer", status: 200, body: new Uint8Array([9, 9]) });
  assertEquals([bench.undelivered, bench.link.stats.lost], [[], 1]);
});

Deno.test("wrong boot: the batch and all that was meant for the former process die", async () => {
  const bench = await Bench.known();
  await bench.send(1);
  await bench.send(2);
  await bench.verdict({ refused: "wrong_boot", boot: BOOT_C });
  assertEquals([bench.undelivered, bench.under()], [[1, 2], null]);
  await bench.send(3);
  assertEquals([bench.under(), bench.desks.brisk.posted!.toBoot], [[3], BOOT_C]);
});

Deno.test("what has gone to one process is not for the next, also if any would have done at first", async () => {
  const bench = new Bench();
  await bench.send(1);
  await bench.verdict({ boot: BOOT_B });
  assertEquals(bench.under(), [1]);
  await bench.verdict({ refused: "wrong_boot", boot: BOOT_C });
  assertEquals([bench.under(), bench.undelivered], [null, [1]]);
});

Deno.test("a peer that makes itself heard as another process: what was for the former one dies", async () => {
  const bench = await Bench.known();
  bench.link.send(numbered(1));
  bench.link.heard(BOOT_C);
  await bench.send(2);
  assertEquals(bench.under(), "hello", "its boot is known, its stamp is not");
  await bench.verdict({ boot: BOOT_C });
  assertEquals([bench.under(), bench.undelivered], [[2], [1]]);
});

Deno.test("a verdict of the former process that comes late does not bring it back", async () => {
  const bench = await Bench.known();
  await bench.send(1);
  bench.link.heard(BOOT_C);
  await bench.send(2);
  await bench.verdict({ boot: BOOT_B, stampMs: 99 });
  assertEquals(bench.under(), "hello");
  await bench.verdict({ boot: BOOT_C });
  assertEquals([bench.under(), bench.undelivered], [[2], []]);
});

Deno.test("too old: the batch goes again with the fresh stamp, until it has waited too long itself", async () => {
  const bench = await Bench.known();
  await bench.send(1, 2);
  await bench.verdict({ refused: "too_old", stampMs: 50_000 });
  assertEquals([bench.under(), bench.desks.brisk.posted!.toStampMs], [[1, 2], 50_000]);
  bench.clock.monoMs += LIMITS.maxWaitMs + 1;
  await bench.verdict({ refused: "too_old", stampMs: 90_000 });
  assertEquals([bench.under(), bench.undelivered], [null, [1, 2]]);
});

Deno.test("what has waited too long is undelivered when its turn comes", async () => {
  const bench = await Bench.known();
  await bench.send(1);
  await bench.send(2);
  bench.clock.monoMs += LIMITS.maxWaitMs + 1;
  await bench.send(3);
  await bench.verdict({ stampMs: 9 });
  assertEquals([bench.under(), bench.undelivered], [[3], [2]]);
});

Deno.test("a stamp that has been here for long is asked for anew", async () => {
  const bench = await Bench.known();
  bench.clock.monoMs += LINK_TIMES.stampForMs + 1;
  await bench.send(1);
  assertEquals(bench.under(), "hello");
});

Deno.test("refused for what it is: undelivered, and no storm of hellos", async () => {
  const refusals = ["wrong_node", "wrong_cluster", "unknown_member", "unknown_version"] as const;
  for (const refused of refusals) {
    const bench = new Bench();
    await bench.send(1);
    await bench.verdict({ refused, boot: BOOT_C });
    assertEquals([bench.under(), bench.undelivered], [null, [1]]);
    await bench.send(2);
    assertEquals([bench.under(), bench.undelivered], [null, [1, 2]]);
    bench.clock.monoMs += LINK_TIMES.backoffMs;
    await bench.send(3);
    await bench.verdict({ boot: BOOT_B });
    assertEquals(
      [bench.under(), bench.undelivered],
      [[3], [1, 2]],
      "a stranger's boot is not kept",
    );
  }
});

Deno.test("a peer that hears another process of this node says so, and nothing more goes to it", async () => {
  const bench = await Bench.known();
  await bench.send(1);
  await bench.verdict({ refused: "other_process" });
  assertEquals([bench.twins, bench.under(), bench.undelivered], [1, null, [1]]);
});

Deno.test("a silent peer costs one wait: until it answers a hello, messages fail at once", async () => {
  for (const silence of [SILENCE, NO_ROUTE]) {
    const bench = new Bench();
    await bench.send(1);
    await bench.answer(silence);
    bench.clock.monoMs += LINK_TIMES.backoffMs;
    await bench.send(2);
    assertEquals([bench.under(), bench.undelivered], ["hello", [1, 2]]);
    await bench.send(3);
    assertEquals(bench.undelivered, [1, 2, 3]);
    await bench.verdict();
    await bench.send(4);
    assertEquals([bench.under(), bench.undelivered], [[4], [1, 2, 3]]);
  }
});

Deno.test("a peer that makes itself heard is tried at once", async () => {
  const bench = await Bench.known();
  await bench.send(1);
  await bench.answer(NO_ROUTE);
  bench.link.heard(BOOT_B);
  await bench.send(2);
  assertEquals([bench.under(), bench.undelivered], ["hello", [1]]);
});

Deno.test("a full queue: what does not fit is undelivered", async () => {
  const bench = await Bench.known();
  await bench.send(1);
  bench.link.send(large(2, LIMITS.maxQueueBytes));
  bench.link.send(large(3, LIMITS.maxQueueBytes));
  await settle();
  bench.link.send(large(4, LIMITS.maxQueueBytes));
  bench.link.send(large(5, 100));
  await settle();
  assertEquals([bench.under("bulk"), bench.undelivered], [[2], [3, 5]]);
});

Deno.test("undelivered is never said from within a send", async () => {
  const bench = new Bench();
  await bench.send(1);
  await bench.answer(UNSENT);
  bench.link.send(numbered(2));
  assertEquals(bench.undelivered, [1]);
  await settle();
  assertEquals(bench.undelivered, [1, 2]);
});

Deno.test("the operator reads of a trouble that lasts, once, and of its end", async () => {
  const bench = new Bench();
  const fail = async () => {
    await bench.send(1);
    await bench.answer(UNSENT);
    bench.clock.monoMs += LINK_TIMES.complainAfterMs;
  };
  await fail();
  assertEquals(bench.logged, [], "it may pass");
  await fail();
  await fail();
  assertEquals(bench.logged, ["Cannot reach b: refused"]);
  await bench.send(2);
  await bench.verdict();
  assertEquals(bench.logged.slice(1), ["b can be reached again"]);
});

Deno.test("a closed link drops what waits, says nothing, and takes nothing", async () => {
  const bench = await Bench.known();
  await bench.send(1);
  await bench.send(2);
  await bench.link.close();
  await bench.send(3);
  assertEquals([bench.under(), bench.undelivered, bench.logged], [null, [], []]);
  assert(bench.desks.brisk.closed && bench.desks.bulk.closed);
});
