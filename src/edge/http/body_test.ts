import { isFailure } from "../../protocol/error.ts";
import { assertEquals } from "@std/assert";
import { type Incoming, readBody } from "./body.ts";

const limits = { maxBytes: 10, timeoutMs: 60_000 };
const bytes = (count: number) => new Uint8Array(count).fill(7);

/** A body that gives these chunks, and then what `end` does. */
function incoming(
  chunks: Uint8Array[],
  end: (controller: ReadableStreamDefaultController<Uint8Array>) => void,
  announced?: number,
): Incoming & { pulled: () => number; cancelled: () => boolean } {
  let pulled = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[pulled++];
      if (chunk !== undefined) controller.enqueue(chunk);
      else end(controller);
    },
    cancel() {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  const headers = new Headers(announced === undefined ? {} : { "Content-Length": `${announced}` });
  return { headers, body, pulled: () => pulled, cancelled: () => cancelled };
}

async function errorOf(request: Incoming, given = limits) {
  const result = await readBody(request, given);
  return isFailure(result) ? result.error : result;
}

Deno.test("a whole body, announced or not, in any number of chunks", async () => {
  const close = (controller: ReadableStreamDefaultController) => controller.close();
  assertEquals(await errorOf(incoming([bytes(4), bytes(6)], close, 10)), bytes(10));
  assertEquals(await errorOf(incoming([bytes(4), bytes(6)], close)), bytes(10));
  assertEquals(await errorOf(incoming([bytes(10)], close)), bytes(10));
  assertEquals(await errorOf(incoming([], close, 0)), bytes(0));
  assertEquals(await errorOf({ headers: new Headers(), body: null }), bytes(0));
});

Deno.test("a body that announces too much is refused unread", async () => {
  const request = incoming([bytes(11)], (controller) => controller.close(), 11);
  const result = await readBody(request, limits);
  assertEquals(
    isFailure(result) && [result.error, result.detail, result.definite],
    ["too_large", "Cannot take the body: at most 10 bytes wanted, got 11", true],
  );
  assertEquals(request.pulled(), 0);
});

Deno.test("a body that does not announce its length is read no further than the limit", async () => {
  const endless = Array.from({ length: 1000 }, () => bytes(3));
  const request = incoming(endless, (controller) => controller.close());
  assertEquals(await errorOf(request), "too_large");
  assertEquals(request.pulled(), 4);
  assertEquals(request.cancelled(), true);
});

Deno.test("a half-sent body is refused", async () => {
  const broken = incoming([bytes(3)], (c) => c.error(new Error("connection reset")), 10);
  const result = await readBody(broken, limits);
  assertEquals(
    isFailure(result) && [result.error, result.detail],
    [
      "bad_request",
      "Cannot take the body: 10 bytes wanted, got 3 bytes and then its end",
    ],
  );
  assertEquals(await errorOf(incoming([bytes(3)], (c) => c.close(), 10)), "bad_request");
  assertEquals(await errorOf(incoming([bytes(9)], (c) => c.close(), 3)), "bad_request");
});

Deno.test("a body that stalls is given up", async () => {
  const request = incoming([bytes(3)], () => undefined, 10);
  const result = await readBody(request, { ...limits, timeoutMs: 5 });
  assertEquals(
    isFailure(result) && [result.error, result.detail],
    ["slow_body", "Cannot take the body: all of it within 5 ms wanted, got 3 bytes"],
  );
  assertEquals(request.cancelled(), true);
});

Deno.test("a body that trickles is given up as well: the time is for the whole", async () => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const trickle: Incoming = {
    headers: new Headers(),
    body: new ReadableStream({
      pull: (controller) =>
        new Promise((resolve) => {
          timer = setTimeout(() => resolve(controller.enqueue(bytes(1))), 2);
        }),
      cancel: () => clearTimeout(timer),
    }),
  };
  assertEquals(await errorOf(trickle, { maxBytes: 1 << 20, timeoutMs: 20 }), "slow_body");
});

Deno.test("a Content-Length that is not a number is refused", async () => {
  const headers = { get: () => "1, 2" } as unknown as Headers;
  assertEquals(await errorOf({ headers, body: null }), "bad_request");
});
