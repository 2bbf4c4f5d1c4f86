/**
 * The body of a request, whole or not at all.
 *
 * Nothing is written of a body that did not come whole. A body that announces more than the limit is refused before a
 * byte of it is read; one that does not announce its length is read no further than the limit. The time is bounded for
 * the body as a whole, not from chunk to chunk: a byte a minute is a stalled body too.
 *
 * @module
 */
import { type Failure, failure } from "../../protocol/error.ts";
import { badRequest } from "./problem.ts";

/** How much may come, and how long it may take. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** What is read of a request. */
export interface Incoming {
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
}

/**
 * Reads the body, or says why it cannot be had.
 *
 * @example A body that is too large
 * ```ts
 * import { readBody } from "./body.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const request = new Request("http://h/", { method: "PUT", body: "milk and bread" });
 * const refused = await readBody(request, { maxBytes: 4, timeoutMs: 1000 });
 * assertEquals("error" in refused && refused.error, "too_large");
 * ```
 */
export async function readBody(
  request: Incoming,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<Uint8Array | Failure> {
  const announced = announcedBytes(request.headers);
  if (typeof announced === "object" && announced !== null) return announced;
  if (announced !== null && announced > maxBytes) return tooLarge(maxBytes, `${announced}`);
  if (request.body === null) return complete([], 0, announced);

  const reader = request.body.getReader();
  let late = false;
  // Cancelling ends a pending read with `done`.
  const timer = setTimeout(() => {
    late = true;
    void abandon(reader);
  }, timeoutMs);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.length;
      if (bytes > maxBytes) {
        void abandon(reader);
        return tooLarge(maxBytes, "more");
      }
      chunks.push(value);
    }
  } catch {
    // A stream that breaks is a client that has gone. The runtime has words of its own for it, which help nobody.
    return broken(bytes, announced);
  } finally {
    clearTimeout(timer);
  }
  if (late) {
    return failure(
      "slow_body",
      `Cannot take the body: all of it within ${timeoutMs} ms wanted, got ${bytes} bytes`,
    );
  }
  return complete(chunks, bytes, announced);
}

function announcedBytes(headers: Headers): number | null | Failure {
  const text = headers.get("content-length");
  if (text === null) return null;
  if (!/^[0-9]{1,15}$/.test(text)) return badRequest("read Content-Length", "digits wanted", text);
  return Number(text);
}

function complete(
  chunks: readonly Uint8Array[],
  bytes: number,
  announced: number | null,
): Uint8Array | Failure {
  if (announced !== null && bytes !== announced) return broken(bytes, announced);
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const body = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

function tooLarge(maxBytes: number, got: string): Failure {
  return failure(
    "too_large",
    `Cannot take the body: at most ${maxBytes} bytes wanted, got ${got}`,
  );
}

function broken(bytes: number, announced: number | null): Failure {
  const wanted = announced === null ? "a whole body" : `${announced} bytes`;
  return badRequest("take the body", `${wanted} wanted, got ${bytes} bytes and then its end`);
}

/** Gives a body up. A stream that is broken already rejects, which is nothing new. */
async function abandon(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  await reader.cancel().then(undefined, () => undefined);
}
