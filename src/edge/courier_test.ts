import { assert, assertEquals, assertThrows } from "@std/assert";
import { Courier, type CourierOptions } from "./courier.ts";
import { readAnswer } from "./http_line.ts";
import { until } from "./testing.ts";

const PATIENT = { timeoutMs: 10_000 };
const BODY = new Uint8Array([1, 2, 3]);
const latin1 = new TextDecoder("latin1");

/** A server of a test: what it does with each connection, and how many requests it has read whole. */
class Server implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serving: Promise<void>;
  readonly #open = new Set<Deno.Conn>();
  connections = 0;
  requests = 0;

  constructor(serve: (connection: Deno.Conn, server: Server) => Promise<void>) {
    this.#serving = this.#accept(serve);
  }
  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }
  /** Reads one request whole; false if the connection ends first. */
  async read(connection: Deno.Conn): Promise<boolean> {
    const buffer = new Uint8Array(64 * 1024);
    for (let text = "";;) {
      const count = await connection.read(buffer);
      if (count === null) return false;
      text += latin1.decode(buffer.subarray(0, count));
      const end = text.indexOf("\r\n\r\n") + 4;
      const length = /content-length: (\d+)/i.exec(text)?.[1];
      if (end >= 4 && text.length >= end + Number(length)) return ++this.requests > 0;
    }
  }
  /** Takes no more connections. */
  deafen(): void {
    this.#listener.close();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#listener.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // it is deaf already
    }
    for (const connection of this.#open) {
      try {
        connection.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error; // the test has closed it
      }
    }
    await this.#serving;
  }
  async #accept(serve: (connection: Deno.Conn, server: Server) => Promise<void>): Promise<void> {
    const served: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      this.connections++;
      this.#open.add(connection);
      served.push(
        serve(connection, this).catch((error) => {
          if (
            !(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)
          ) {
            if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
          }
        }),
      );
    }
    await Promise.all(served);
  }
}

function courierTo(port: number, options: Partial<CourierOptions> = {}) {
  const courier = new Courier({
    hostname: "127.0.0.1",
    port,
    path: "/peer/v1",
    headers: { "X-Secret": "s\xe9" },
    connectTimeoutMs: 5_000,
    ...options,
  });
  return {
    isConnected: () => courier.isConnected,
    post: (body: Uint8Array, limit = PATIENT) => courier.post(body, limit),
    [Symbol.asyncDispose]: () => courier.close(),
  };
}

const respond = (connection: Deno.Conn, text: string) =>
  connection.write(Uint8Array.from(text, (char) => char.charCodeAt(0)));
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

Deno.test("posts go over one kept connection, with path, headers and body as given", async () => {
  const seen: string[] = [];
  await using http = Object.assign(
    Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const { method, url, headers } = request;
      const body = [...await request.bytes()];
      seen.push(`${method} ${new URL(url).pathname} ${headers.get("x-secret")} ${body}`);
      return new Response("yes");
    }),
  );
  await using courier = courierTo(http.addr.port);
  for (let i = 0; i < 2; i++) {
    const posted = await courier.post(BODY);
    assertEquals(posted.kind === "answer" && latin1.decode(posted.body), "yes");
  }
  assertEquals(seen, Array(2).fill("POST /peer/v1 s\xe9 1,2,3"));
});

Deno.test("a port where nobody listens: unsent, for certain", async () => {
  const server = new Server(() => Promise.resolve());
  await server[Symbol.asyncDispose]();
  await using courier = courierTo(server.port);
  const posted = await courier.post(BODY);
  assertEquals([posted.kind, "timedOut" in posted && posted.timedOut], ["unsent", false]);
});

Deno.test("a name that nobody knows: unsent", async () => {
  await using courier = courierTo(1, { hostname: "no-such-host.invalid" });
  assertEquals((await courier.post(BODY)).kind, "unsent");
});

Deno.test("a connection that is never made: unsent, after a while", async () => {
  await using courier = courierTo(1, {
    connectTimeoutMs: 5,
    connect: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
      }),
  });
  const posted = await courier.post(BODY);
  assertEquals([posted.kind, "timedOut" in posted && posted.timedOut], ["unsent", true]);
});

Deno.test("a connection that is made too late carries nothing", async () => {
  let closed = 0;
  await using courier = courierTo(1, {
    connectTimeoutMs: 5,
    connect: ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () =>
          resolve({
            read: () => Promise.reject(new Error("read")),
            write: () => Promise.reject(new Error("written")),
            close: () => void closed++,
          }));
      }),
  });
  assertEquals((await courier.post(BODY)).kind, "unsent");
  assertEquals(closed, 1);
});

Deno.test("a server that accepts and closes: lost, never unsent", async () => {
  await using server = new Server((connection) => {
    connection.close();
    return Promise.resolve();
  });
  await using courier = courierTo(server.port);
  assertEquals((await courier.post(BODY)).kind, "lost");
});

Deno.test("a server that reads the request and closes: lost, and sent only once", async () => {
  await using server = new Server(async (connection, server) => {
    await server.read(connection);
    connection.close();
  });
  await using courier = courierTo(server.port);
  assertEquals((await courier.post(BODY)).kind, "lost");
  assertEquals([server.requests, server.connections], [1, 1]);
});

Deno.test("a kept connection that ends over a request: lost, also when nobody listens any more", async () => {
  // Here `fetch` says "connection refused" of a request that has been read whole.
  await using server = new Server(async (connection, server) => {
    await server.read(connection);
    await respond(connection, OK);
    await server.read(connection);
    server.deafen();
    connection.close();
  });
  await using courier = courierTo(server.port);
  assertEquals((await courier.post(BODY)).kind, "answer");
  assertEquals((await courier.post(BODY)).kind, "lost");
  assertEquals((await courier.post(BODY)).kind, "unsent");
  assertEquals([server.requests, server.connections], [2, 1]);
});

Deno.test("a kept connection that has ended while it was idle is not used", async () => {
  await using server = new Server(async (connection, server) => {
    await server.read(connection);
    await respond(connection, OK);
    if (server.connections > 1) return;
    connection.close();
  });
  await using courier = courierTo(server.port);
  assertEquals((await courier.post(BODY)).kind, "answer");
  await until(() => !courier.isConnected(), "the end of the connection");
  assertEquals((await courier.post(BODY)).kind, "answer");
});

Deno.test("a kept connection that has ended while this process was busy is not used either", async () => {
  const hangUp = Promise.withResolvers<void>();
  await using server = new Server(async (connection, server) => {
    await server.read(connection);
    await respond(connection, OK);
    await hangUp.promise;
    connection.close();
  });
  await using courier = courierTo(server.port, { idleMs: 10 });
  assertEquals((await courier.post(BODY)).kind, "answer");
  server.deafen();
  hangUp.resolve();
  // The other end closes now, and nobody has a turn to hear of it.
  for (let i = 0; i < 10; i++) await Promise.resolve();
  for (const untilMs = performance.now() + 50; performance.now() < untilMs;);
  assert(courier.isConnected());
  assertEquals((await courier.post(BODY)).kind, "unsent");
});

Deno.test("a first write that is refused is unsent; a later one is not", async () => {
  for (const [taken, kind] of [[0, "unsent"], [1, "lost"]] as const) {
    let left = taken;
    const closed = Promise.withResolvers<null>();
    const connect = () =>
      Promise.resolve({
        read: () => closed.promise,
        write: () =>
          left-- > 0 ? Promise.resolve(1) : Promise.reject(new Deno.errors.BrokenPipe("gone")),
        close: () => closed.resolve(null),
      });
    await using courier = courierTo(1, { connect });
    assertEquals((await courier.post(BODY)).kind, kind);
  }
});

Deno.test("a server that never answers: lost, after a while, and the next post makes a new connection", async () => {
  await using server = new Server(async (connection, server) => {
    await server.read(connection);
    if (server.connections > 1) await respond(connection, OK);
  });
  await using courier = courierTo(server.port);
  const posted = await courier.post(BODY, { timeoutMs: 30 });
  assertEquals([posted.kind, "timedOut" in posted && posted.timedOut], ["lost", true]);
  assertEquals((await courier.post(BODY)).kind, "answer");
});

Deno.test("an answer that closes the connection is an answer", async () => {
  await using server = new Server(async (connection, server) => {
    await server.read(connection);
    // What comes after this on the same connection nobody reads.
    await respond(connection, OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  });
  await using courier = courierTo(server.port);
  for (let i = 0; i < 3; i++) assertEquals((await courier.post(BODY)).kind, "answer");
  assertEquals(server.connections, 3);
});

Deno.test("what is no answer: lost", async () => {
  const answers = [
    "garbage\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    `${OK} and more`,
    "HTTP/1.1 100 Continue\r\n\r\n",
    `HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}`,
  ];
  for (const answer of answers) {
    await using server = new Server(async (connection, server) => {
      await server.read(connection);
      await respond(connection, answer);
      connection.close();
    });
    await using courier = courierTo(server.port);
    assertEquals((await courier.post(BODY)).kind, "lost", answer.slice(0, 60));
  }
});

Deno.test("a large body arrives whole", async () => {
  await using server = new Server(async (connection, server) => {
    await server.read(connection);
    await respond(connection, OK);
  });
  await using courier = courierTo(server.port);
  assertEquals((await courier.post(new Uint8Array(3 << 20))).kind, "answer");
  assertEquals(server.requests, 1);
});

Deno.test("closing ends what is under way", async () => {
  await using server = new Server(async (connection, server) => {
    await server.read(connection);
  });
  const courier = new Courier({
    hostname: "127.0.0.1",
    port: server.port,
    path: "/",
    headers: {},
    connectTimeoutMs: 5_000,
  });
  const posted = courier.post(BODY, PATIENT);
  await new Promise((resolve) => setTimeout(resolve, 0));
  await courier.close();
  assert((await posted).kind !== "answer");
  assertEquals((await courier.post(BODY, PATIENT)).kind, "unsent");
});

Deno.test("an answer is read when all of it is there, however it is cut", () => {
  const bytes = Uint8Array.from(OK, (char) => char.charCodeAt(0));
  for (let cut = 0; cut < bytes.length; cut++) {
    assertEquals(readAnswer(bytes.subarray(0, cut)), null);
  }
  assertEquals(readAnswer(bytes), {
    status: 200,
    body: new Uint8Array([111, 107]),
    keepAlive: true,
  });
  assertThrows(() => readAnswer(bytes.with(9, 0x39)), SyntaxError);
});
