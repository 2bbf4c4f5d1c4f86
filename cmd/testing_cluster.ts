/**
 * Real clusters for the process tests: starts `rotor cluster`, speaks HTTP to it as a plain client does.
 *
 * The client here knows nothing of rotor's code, so that a mistake in it cannot hide behind the same mistake in a test.
 *
 * @module
 */
import { freePorts, type Running, start, temporaryDirectory } from "./testing.ts";

/** A local cluster that serves, on free ports, in a directory of its own. */
export class TestCluster implements AsyncDisposable {
  readonly #directory: ReturnType<typeof temporaryDirectory> | null;
  /** The program. */
  readonly program: Running;
  /** Where `node1` … lie. */
  readonly data: string;
  /** Port of `node1`; the others follow. */
  readonly port: number;
  /** Where the nodes are asked, `node1` first. */
  readonly urls: readonly string[];

  private constructor(
    program: Running,
    at: { data: string; port: number; nodes: number },
    directory: ReturnType<typeof temporaryDirectory> | null,
  ) {
    this.#directory = directory;
    this.program = program;
    this.data = at.data;
    this.port = at.port;
    this.urls = Array.from({ length: at.nodes }, (_, i) => `http://127.0.0.1:${at.port + i}`);
  }

  /** Starts one and waits until it is ready. A directory that is given stays when the test ends. */
  static async start(
    { nodes = 3, data, flags = [] }: { nodes?: number; data?: string; flags?: string[] } = {},
  ): Promise<TestCluster> {
    const directory = data === undefined ? temporaryDirectory() : null;
    const at = { nodes, data: data ?? directory?.path ?? "", port: freePorts(nodes) };
    const own = ["--nodes", `${nodes}`, "--data", at.data, "--port", `${at.port}`];
    const program = start(["cluster", ...own, ...flags, "--until-stdin-closes"]);
    const cluster = new TestCluster(program, at, directory);
    try {
      await program.line(/^ready$/);
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The node's process id, as it has written it down. `node1` is 1. */
  pid(node: number): number {
    return Number(Deno.readTextFileSync(`${this.data}/node${node}/rotor.pid`));
  }

  /** What starts a single node of this cluster, with the flags that `rotor cluster` gives it. */
  nodeFlags(node: number): string[] {
    const members = this.urls.map((url, i) => `node${i + 1}=${new URL(url).host}`).join(",");
    const listen = new URL(this.urls[node - 1] ?? "").host;
    const own = ["--id", `node${node}`, "--data", `${this.data}/node${node}`, "--listen", listen];
    return ["serve", ...own, "--members", members, "--until-stdin-closes"];
  }

  /** The text of a page, in which the first node listens on `first`, with the ports of this cluster. */
  onPorts(text: string, first: number): string {
    const last = first + this.urls.length - 1;
    return text.replaceAll(/:(\d+)\b/g, (whole, digits) => {
      const port = Number(digits);
      return port < first || port > last ? whole : `:${this.port + port - first}`;
    });
  }

  /** Stops it, and takes the directory away if it was made for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    this.#directory?.[Symbol.dispose]();
  }
}

/** What a client sees of a key. */
export interface Seen {
  readonly status: number;
  /** The values: none, one, or siblings. */
  readonly values: readonly Uint8Array[];
  readonly context: string | null;
}

/** What became of a put. */
export interface Written {
  readonly status: number;
  readonly context: string | null;
  /** The body of an error. */
  readonly problem: string;
}

/** The URL of a key; both names are escaped. */
export function keyUrl(node: string, bucket: string, key: string): string {
  return `${node}/buckets/${encodeURIComponent(bucket)}/keys/${encodeURIComponent(key)}`;
}

/** Puts a value. Without a context it is blind. Rejects if no answer comes. */
export async function put(
  url: string,
  value: string | Uint8Array<ArrayBuffer>,
  context?: string | null,
): Promise<Written> {
  const headers: Record<string, string> = { "Content-Type": "application/octet-stream" };
  if (context) headers["X-Riak-Vclock"] = context;
  // A Blob, because fetch sends anything simpler twice if the connection breaks (see request.ts).
  const response = await fetch(url, { method: "PUT", headers, body: new Blob([value]) });
  const problem = await response.text();
  return { status: response.status, context: response.headers.get("x-riak-vclock"), problem };
}

/** Gets a key with all its siblings. Rejects if no answer comes. */
export async function get(url: string): Promise<Seen> {
  const response = await fetch(url, { headers: { Accept: "application/json, */*;q=0.1" } });
  const seen = { status: response.status, context: response.headers.get("x-riak-vclock") };
  switch (response.status) {
    case 200:
      return { ...seen, values: [await response.bytes()] };
    case 300: {
      const { siblings }: { siblings: { value?: string; base64?: string }[] } = await response
        .json();
      return { ...seen, values: siblings.map(bytesOfSibling) };
    }
    case 404:
      await response.body?.cancel();
      return { ...seen, values: [] };
    default:
      throw new Error(`GET ${url} answered ${response.status}: ${await response.text()}`);
  }
}

/** The values as text, sorted: siblings are a set. */
export function texts({ values }: Seen): string[] {
  return values.map((value) => new TextDecoder().decode(value)).sort();
}

function bytesOfSibling({ value, base64 }: { value?: string; base64?: string }): Uint8Array {
  return value !== undefined ? new TextEncoder().encode(value) : Uint8Array.fromBase64(base64!);
}
