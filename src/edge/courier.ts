/**
 * Carries requests to one server, one after the other, over a line that it keeps as long as that lives.
 *
 * A request is sent once. If no line can be had, it is `unsent`, for certain; from the first byte on, only an answer
 * says more than `lost`.
 *
 * So before the first byte it is worth a look whether a line that is kept still has another end. A line that has ended
 * says so as soon as this process listens; but one that has just been busy with something else has not listened yet, and
 * what it then wrote would be in doubt for no reason. So before a line that has not been used for a while is used again,
 * the process listens once.
 *
 * @module
 */
import { HttpLine, type Posted, type Stream } from "./http_line.ts";

/** Where to, and how. */
export interface CourierOptions {
  readonly hostname: string;
  readonly port: number;
  readonly path: string;
  /** Sent with every request, beside `Host` and `Content-Length`. Values are byte strings. */
  readonly headers: Readonly<Record<string, string>>;
  /** How long a connection may take to be made. In ms. */
  readonly connectTimeoutMs: number;
  /** After so long a kept line is looked at before it is used. In ms. @default 1000: the look takes 1 or 2 */
  readonly idleMs?: number;
  /** Makes a connection; rejects if it cannot, or is aborted. @default TCP */
  readonly connect?: (
    to: { hostname: string; port: number; signal: AbortSignal },
  ) => Promise<Stream>;
}

/** See {@linkcode CourierOptions.idleMs}. */
const IDLE_MS = 1_000;

/** Posts to one server. */
export class Courier {
  readonly #options: CourierOptions;
  readonly #closing = new AbortController();
  #line: HttpLine | null = null;
  #isBusy = false;
  #usedMs = 0;

  /** A courier without a line. */
  constructor(options: CourierOptions) {
    this.#options = options;
  }

  /** True while a request is under way. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** True while it keeps a line that is alive, as far as this machine can tell. */
  get isConnected(): boolean {
    return this.#line?.isOpen === true;
  }

  /** Posts a body. Never rejects. One at a time. */
  async post(body: Uint8Array, { timeoutMs }: { readonly timeoutMs: number }): Promise<Posted> {
    if (this.#isBusy) throw new Error("Cannot post: a request is under way");
    this.#isBusy = true;
    try {
      if (this.isConnected && performance.now() - this.#usedMs >= this.#idleMs) await listenOnce();
      if (!this.#line?.isOpen) {
        const dialled = await this.#dial();
        if (!(dialled instanceof HttpLine)) return dialled;
        this.#line = dialled;
      }
      return await this.#line.post(this.#head(body.length), body, { timeoutMs });
    } finally {
      this.#isBusy = false;
      this.#usedMs = performance.now();
    }
  }

  get #idleMs(): number {
    return this.#options.idleMs ?? IDLE_MS;
  }

  /** Ends what is under way, and lets the line go. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#line?.close();
  }

  async #dial(): Promise<HttpLine | Posted> {
    const { hostname, port, connectTimeoutMs, connect = connectTcp } = this.#options;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), connectTimeoutMs);
    const signal = AbortSignal.any([timeout.signal, this.#closing.signal]);
    try {
      const stream = await connect({ hostname, port, signal });
      if (!signal.aborted) return new HttpLine(stream);
      stream.close(); // it came too late
    } catch (error) {
      if (!signal.aborted) {
        return { kind: "unsent", reason: (error as Error).message, timedOut: false };
      }
    } finally {
      clearTimeout(timer);
    }
    const timedOut = timeout.signal.aborted;
    const reason = timedOut ? `no connection in ${connectTimeoutMs} ms` : "it was closed";
    return { kind: "unsent", reason, timedOut };
  }

  #head(length: number): Uint8Array {
    const { hostname, port, path, headers } = this.#options;
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    const lines = [
      `POST ${path} HTTP/1.1`,
      `Host: ${host}:${port}`,
      `Content-Length: ${length}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    return Uint8Array.from(`${lines.join("\r\n")}\r\n\r\n`, (char) => char.charCodeAt(0));
  }
}

/** All that has come by now has been read, when it resolves: a timer is due only after that. */
function listenOnce(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

async function connectTcp(
  { hostname, port, signal }: { hostname: string; port: number; signal: AbortSignal },
): Promise<Stream> {
  const connection = await Deno.connect({ hostname, port, signal });
  connection.setNoDelay(true);
  return connection;
}
