import { assertEquals, assertStringIncludes } from "@std/assert";
import { nodeId } from "../id.ts";
import { decodeVerdict, encodeEnvelope } from "../protocol/codec.ts";
import type { Envelope, Verdict } from "../protocol/envelope.ts";
import { createPeerApi, type PeerApiOptions } from "./peer_api.ts";
import { BOOT_A, BOOT_B, CLUSTER, numbered, until } from "./testing.ts";

const SECRETS = ["fresh", "old"].map((text) => new TextEncoder().encode(text));
const VERDICT: Verdict = { refused: null, boot: BOOT_A, stampMs: 3 };
const ENVELOPE: Envelope = {
  cluster: CLUSTER,
  from: nodeId("b"),
  fromBoot: BOOT_B,
  to: nodeId("a"),
  toBoot: BOOT_A,
  toStampMs: 1,
  messages: [numbered(1)],
};
const BODY = encodeEnvelope(ENVELOPE);

/** An API, what it has received, and what it has said of itself. */
function door(options: Partial<PeerApiOptions> = {}) {
  const received: Envelope[] = [];
  const logged: string[] = [];
  const unread: string[] = [];
  const api = createPeerApi({
    secrets: [],
    maxBatchBytes: 1_000,
    bodyTimeoutMs: 10_000,
    away: () => null,
    receive: (envelope) => {
      received.push(envelope);
      return VERDICT;
    },
    isTwin: () => false,
    turnAway: (refused, why) => {
      unread.push(why);
      return { ...VERDICT, refused };
    },
    log: (sentence) => logged.push(sentence),
    ...options,
  });
  return { api, received, logged, unread };
}

function post(body: BodyInit, headers: Record<string, string> = {}): Request {
  return new Request("http://h/peer/v1", { method: "POST", body, headers });
}

/** The status and the kind of problem. */
async function refusal(response: Response): Promise<[number, string]> {
  const { type, detail } = await response.json();
  assertStringIncludes(detail, "Cannot ");
  return [response.status, type.replace("/errors/", "")];
}

Deno.test("a batch is received as it was sent, and its verdict is the answer", async () => {
  const { api, received } = door();
  const response = await api(post(BODY));
  assertEquals(response.status, 200);
  assertEquals(decodeVerdict(await response.bytes()), VERDICT);
  assertEquals(received, [ENVELOPE]);
});

Deno.test("a refusal by the node is a verdict, not an error", async () => {
  const { api } = door({ receive: () => ({ ...VERDICT, refused: "wrong_boot" }) });
  const response = await api(post(BODY));
  assertEquals(response.status, 200);
  assertEquals(decodeVerdict(await response.bytes()).refused, "wrong_boot");
});

Deno.test("only POST", async () => {
  const { api } = door();
  const response = await api(new Request("http://h/peer/v1"));
  assertEquals(response.headers.get("allow"), "POST");
  assertEquals(await refusal(response), [405, "method_not_allowed"]);
});

Deno.test("without the cluster's secret nothing is even read", async () => {
  const { api, received } = door({ secrets: SECRETS });
  for (
    const header of [null, "", "Bearer", "Bearer ", "Bearer fres", "Basic fresh", "Bearer fresh1"]
  ) {
    const request = post(BODY, header === null ? {} : { Authorization: header });
    assertEquals(await refusal(await api(request)), [401, "unauthorized"], `${header}`);
    assertEquals(request.bodyUsed, false);
  }
  for (const header of ["Bearer fresh", "bearer old"]) {
    const response = await api(post(BODY, { Authorization: header }));
    assertEquals([response.status, decodeVerdict(await response.bytes())], [200, VERDICT]);
  }
  assertEquals(received.length, 2);
});

Deno.test("a batch that is too large is read no further than its length", async () => {
  const { api, received } = door({ maxBatchBytes: BODY.length });
  const request = post(BODY, { "Content-Length": `${BODY.length + 1}` });
  assertEquals(await refusal(await api(request)), [413, "too_large"]);
  assertEquals(request.bodyUsed, false);
  assertEquals(await refusal(await api(post(new Uint8Array(BODY.length + 1)))), [413, "too_large"]);
  assertEquals((await api(post(BODY))).status, 200);
  assertEquals(received.length, 1);
});

Deno.test("what is no batch is refused, whatever its bytes", async () => {
  const { api, received } = door();
  const rubbish = new Uint8Array(900).fill(0xdd);
  rubbish[0] = BODY[0]!;
  const bodies = [new Uint8Array(), new Uint8Array([0]), rubbish];
  for (let cut = 0; cut < BODY.length; cut++) bodies.push(BODY.slice(0, cut));
  for (const body of bodies) {
    assertEquals(await refusal(await api(post(body))), [400, "bad_request"]);
  }
  assertEquals(received, []);
});

Deno.test("a batch of a newer rotor is refused by a verdict, in words, and nothing of it is done", async () => {
  const { api, received, unread } = door();
  const newer = BODY.slice();
  newer[0]!++;
  const response = await api(post(newer));
  assertEquals(response.status, 200);
  assertEquals(decodeVerdict(await response.bytes()).refused, "unknown_version");
  assertEquals([received, unread], [
    [],
    [`Cannot decode an envelope: it is of a newer format, ${BODY[0]} wanted, got ${newer[0]}`],
  ]);
});

Deno.test("a batch of a second process of its node is refused when it is clear that the first one lives", async () => {
  for (const isTwin of [false, true]) {
    const { api, received } = door({ isTwin: () => Promise.resolve(isTwin) });
    const { refused } = decodeVerdict(await (await api(post(BODY))).bytes());
    assertEquals([refused, received.length], isTwin ? ["other_process", 0] : [null, 1]);
  }
});

Deno.test("a node that is away says so, and takes nothing", async () => {
  const { api, received } = door({ away: () => "the node has stopped" });
  assertEquals(await refusal(await api(post(BODY))), [503, "not_ready"]);
  assertEquals(received, []);
});

Deno.test("a batch that breaks a rule is a fault of rotor, and is said aloud", async () => {
  const { api, logged } = door({
    receive: () => {
      throw new Error("I2 is broken");
    },
  });
  assertEquals(await refusal(await api(post(BODY))), [500, "internal"]);
  assertEquals(logged, ["Cannot take a batch: a fault in rotor"]);
});

/** Sends the bytes over a connection of its own, and leaves that open. */
async function sendRaw(port: number, bytes: Uint8Array): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  for (let done = 0; done < bytes.length;) {
    done += await connection.write(bytes.subarray(done));
  }
  return connection;
}

Deno.test("half-sent batches change nothing and hold nobody up", async () => {
  const answers: number[] = [];
  const { api, received } = door({ bodyTimeoutMs: 50 });
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const response = await api(request);
      answers.push(response.status);
      return response;
    },
  );
  const { port } = server.addr;
  const head = `POST /peer/v1 HTTP/1.1\r\nHost: h\r\nContent-Length: ${BODY.length}\r\n\r\n`;
  const half = new Uint8Array([...new TextEncoder().encode(head), ...BODY.subarray(0, 20)]);
  const gone = await sendRaw(port, half);
  gone.close();
  using _stalled = await sendRaw(port, half);
  using _idle = await sendRaw(port, new Uint8Array());
  using _begun = await sendRaw(port, half.subarray(0, 10));
  const whole = await fetch(`http://127.0.0.1:${port}/peer/v1`, { method: "POST", body: BODY });
  assertEquals(decodeVerdict(await whole.bytes()), VERDICT);
  await until(() => answers.length === 3, "an end of both half-sent batches");
  assertEquals(answers.toSorted(), [200, 400, 408]);
  assertEquals(received, [ENVELOPE]);
});
