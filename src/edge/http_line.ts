/**
 * One connection to one HTTP/1.1 server, written by hand because of what must be known about it: **whether a request may
 * have arrived**.
 *
 * `fetch` cannot say. It keeps connections, and when one of them ends before the answer is there, it sends a request
 * whose body it still has a second time, over a new one, without a word (RFC 9110, section 9.2.2, advises against that
 * for POST). So a batch can arrive twice, "connection refused" can be said of a batch that has been processed, and a
 * verdict "wrong boot" can be the second reader's. Forwarded puts need the opposite: "not sent" that is certain.
 *
 * States of a line: *idle* (nothing asked; anything that arrives is a fault), *asking* (one request is out), *over* (for
 * good). A line is always being read, so that it knows at once when the other end is gone: a kept line that is idle is
 * alive as far as this machine can tell.
 *
 * It speaks no more HTTP than it needs: one POST at a time, a length before each body, no redirects.
 *
 * @module
 */

/** What became of a request. */
export type Posted =
  /** It was answered. */
  | { readonly kind: "answer"; readonly status: number; readonly body: Uint8Array }
  /** Not a byte of it was sent: it has not arrived, and never will. */
  | { readonly kind: "unsent"; readonly reason: string; readonly timedOut: boolean }
  /** It may have arrived. */
  | { readonly kind: "lost"; readonly reason: string; readonly timedOut: boolean };

/** The part of `Deno.Conn` that a line needs. */
export type Stream = Pick<Deno.Conn, "read" | "write" | "close">;

/** Greatest head of an answer. In bytes. */
const MAX_HEAD_BYTES = 16 * 1024;
/** Greatest body of an answer: verdicts are tiny, problems are short. In bytes. */
const MAX_BODY_BYTES = 64 * 1024;
/** Head and body go out in one write up to here: one packet less beats one copy less. In bytes. */
const MAX_JOINED_BYTES = 64 * 1024;

/** A connection that is open, and carries one request at a time. */
export class HttpLine {
  readonly #stream: Stream;
  readonly #done = Promise.withResolvers<void>();
  #received = new Uint8Array(0);
  #finish: ((posted: Posted) => void) | null = null;
  #isOpen = true;
  /** Whether the system has taken anything of the request that is out. A write to a plain socket takes something, or fails. */
  #wroteAny = false;

  /** A line over a connection, which from now on is its own. */
  constructor(stream: Stream) {
    this.#stream = stream;
    this.#listen().then(() => this.#done.resolve());
  }

  /** False if it cannot be used again. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Sends a request and waits for its answer, not longer than `timeoutMs`. Never rejects. It says `unsent` only where the
   * very first write was refused.
   */
  async post(
    head: Uint8Array,
    body: Uint8Array,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<Posted> {
    if (!this.#isOpen || this.#finish !== null) {
      throw new Error("Cannot post: the line is not idle");
    }
    const { promise, resolve } = Promise.withResolvers<Posted>();
    this.#finish = resolve;
    const timer = setTimeout(() => {
      this.#end({ kind: "lost", reason: `no answer in ${timeoutMs} ms`, timedOut: true });
    }, timeoutMs);
    this.#wroteAny = false;
    this.#send(head, body).catch((error) => this.#fail(error, this.#wroteAny ? "lost" : "unsent"));
    const posted = await promise;
    clearTimeout(timer);
    return posted;
  }

  /** Ends it. What is out is lost. Resolves when nothing of it is left. */
  close(): Promise<void> {
    this.#fail(new Error("the line was closed"));
    return this.#done.promise;
  }

  async #send(head: Uint8Array, body: Uint8Array): Promise<void> {
    if (head.length + body.length > MAX_JOINED_BYTES) {
      await this.#write(head);
      return await this.#write(body);
    }
    const joined = new Uint8Array(head.length + body.length);
    joined.set(head);
    joined.set(body, head.length);
    await this.#write(joined);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += await this.#stream.write(bytes.subarray(done));
      this.#wroteAny = true;
    }
  }

  async #listen(): Promise<void> {
    const buffer = new Uint8Array(4096);
    try {
      for (;;) {
        const count = await this.#stream.read(buffer);
        if (count === null) throw new Error("the other end closed the connection");
        this.#take(buffer.subarray(0, count));
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(bytes: Uint8Array): void {
    if (this.#finish === null) throw new Error("an answer came that nobody had asked for");
    const received = new Uint8Array(this.#received.length + bytes.length);
    received.set(this.#received);
    received.set(bytes, this.#received.length);
    this.#received = received;
    const answer = readAnswer(received);
    if (answer === null) return;
    this.#received = new Uint8Array(0);
    const { status, body, keepAlive } = answer;
    if (!keepAlive) return this.#end({ kind: "answer", status, body });
    const finish = this.#finish;
    this.#finish = null;
    finish({ kind: "answer", status, body });
  }

  #fail(error: unknown, kind: "lost" | "unsent" = "lost"): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#end({ kind, reason, timedOut: false });
  }

  #end(posted: Posted): void {
    if (this.#isOpen) this.#stream.close();
    this.#isOpen = false;
    const finish = this.#finish;
    this.#finish = null;
    finish?.(posted);
  }
}

interface ReadAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  readonly keepAlive: boolean;
}

/**
 * The answer that these bytes are, or null if more have to come.
 *
 * @throws {SyntaxError} If they are not the beginning of an answer that a line understands.
 *
 * @example An answer in two halves
 * ```ts
 * import { readAnswer } from "./http_line.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
 * assertEquals(readAnswer(bytes.subarray(0, 20)), null);
 * assertEquals(readAnswer(bytes)?.status, 200);
 * ```
 */
export function readAnswer(bytes: Uint8Array): ReadAnswer | null {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, MAX_HEAD_BYTES));
  const end = start.indexOf("\r\n\r\n");
  if (end < 0) {
    if (bytes.length >= MAX_HEAD_BYTES) throw new SyntaxError("an answer has too long a head");
    return null;
  }
  const [statusLine = "", ...lines] = start.slice(0, end).split("\r\n");
  const status = /^HTTP\/1\.1 ([2-5]\d\d)(?: |$)/.exec(statusLine)?.[1];
  if (status === undefined) throw new SyntaxError("an answer is not one of HTTP/1.1");
  const headers = new Map(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const length = headers.get("content-length");
  if (length === undefined || !/^\d{1,9}$/.test(length) || Number(length) > MAX_BODY_BYTES) {
    throw new SyntaxError(`an answer has the length ${length}: 0 to ${MAX_BODY_BYTES} wanted`);
  }
  const from = end + 4;
  const to = from + Number(length);
  if (bytes.length < to) return null;
  if (bytes.length > to) throw new SyntaxError("an answer is longer than it says");
  const keepAlive = !/\bclose\b/i.test(headers.get("connection") ?? "");
  return { status: Number(status), body: bytes.slice(from, to), keepAlive };
}
