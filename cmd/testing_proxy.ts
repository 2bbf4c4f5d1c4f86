/**
 * A network that can be cut: each node is reached by the others through a TCP proxy of its own, whose address it
 * advertises.
 *
 * The proxies are all on one machine, so who has opened a connection is not told by its address: the kernel says which
 * process its socket is of. Where the network is cut connections are closed, those that are open, and new ones as soon as
 * they come.
 *
 * @module
 */

/** Who is behind the proxies. */
export interface CutNetworkOptions {
  /** The process id of a node; null if it does not run. */
  readonly pid: (node: number) => number | null;
  /** Where it listens. */
  readonly port: (node: number) => number;
}

/** A proxy before each node. */
export class CutNetwork implements Disposable {
  readonly #options: CutNetworkOptions;
  readonly #listeners = new Map<number, Deno.TcpListener>();
  readonly #open = new Set<{ readonly ends: readonly number[]; readonly close: () => void }>();
  /** Nodes that reach each other, and nobody else; empty: everybody reaches everybody. */
  #halves: readonly (readonly number[])[] = [];

  /** Everybody reaches everybody. */
  constructor(nodes: readonly number[], options: CutNetworkOptions) {
    this.#options = options;
    for (const node of nodes) {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      this.#listeners.set(node, listener);
      this.#accept(node, listener);
    }
  }

  /** Where others reach a node: `HOST:PORT`. */
  address(node: number): string {
    const { port } = this.#listeners.get(node)!.addr as Deno.NetAddr;
    return `127.0.0.1:${port}`;
  }

  /** From now on only nodes of the same half reach one another. */
  cut(...halves: readonly (readonly number[])[]): void {
    this.#halves = halves;
    for (const { ends, close } of [...this.#open]) if (!this.#reach(ends)) close();
  }

  /** Everybody reaches everybody again. */
  heal(): void {
    this.#halves = [];
  }

  /** Nobody reaches anybody any more. */
  [Symbol.dispose](): void {
    for (const listener of this.#listeners.values()) listener.close();
    for (const { close } of [...this.#open]) close();
  }

  #reach(ends: readonly number[]): boolean {
    return this.#halves.length === 0 ||
      this.#halves.some((half) => ends.every((node) => half.includes(node)));
  }

  async #accept(to: number, listener: Deno.TcpListener): Promise<void> {
    for await (const incoming of listener) this.#carry(to, incoming);
  }

  async #carry(to: number, incoming: Deno.TcpConn): Promise<void> {
    const from = this.#nodeAt((incoming.remoteAddr as Deno.NetAddr).port);
    // Whoever opened it has gone already, or may not come through.
    if (from === null || !this.#reach([from, to])) return close(incoming);
    let outgoing: Deno.TcpConn;
    try {
      outgoing = await Deno.connect({ hostname: "127.0.0.1", port: this.#options.port(to) });
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      return close(incoming);
    }
    const carried = {
      ends: [from, to],
      close: () => {
        this.#open.delete(carried);
        close(incoming);
        close(outgoing);
      },
    };
    this.#open.add(carried);
    // The network may have been cut while this was being connected.
    if (!this.#reach(carried.ends)) return carried.close();
    const halves = [pipe(incoming, outgoing), pipe(outgoing, incoming)];
    await Promise.all(halves.map((half) => half.finally(carried.close)));
  }

  /** The node whose process has a socket at this port; null if it is nobody's. */
  #nodeAt(port: number): number | null {
    const inode = inodeAt(port);
    if (inode === null) return null;
    for (const node of this.#listeners.keys()) {
      const pid = this.#options.pid(node);
      if (pid !== null && has(pid, `socket:[${inode}]`)) return node;
    }
    return null;
  }
}

/** Carries bytes one way until either end is closed. */
async function pipe(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const bytes = new Uint8Array(64 << 10);
  try {
    for (;;) {
      const size = await from.read(bytes);
      if (size === null) return;
      for (let at = 0; at < size;) at += await to.write(bytes.subarray(at, size));
    }
  } catch (error) {
    if (!isClosed(error)) throw error;
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!isClosed(error)) throw error;
  }
}

function isClosed(error: unknown): boolean {
  const { BadResource, Interrupted, BrokenPipe, ConnectionReset, NotConnected } = Deno.errors;
  return [BadResource, Interrupted, BrokenPipe, ConnectionReset, NotConnected]
    .some((kind) => error instanceof kind);
}

/** The kernel's number of the socket that has this port at its own end. */
function inodeAt(port: number): string | null {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const [, ...lines] = Deno.readTextFileSync("/proc/net/tcp").split("\n");
  for (const line of lines) {
    const fields = line.trim().split(/\s+/);
    // A socket that nobody has any more has no number.
    if (fields[1]?.endsWith(local) && fields[9] !== "0") return fields[9] ?? null;
  }
  return null;
}

/** Whether a process has this file open. */
function has(pid: number, file: string): boolean {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/fd`)].some(({ name }) =>
      linkOf(`/proc/${pid}/fd/${name}`) === file
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false; // it has ended
    throw error;
  }
}

function linkOf(path: string): string | null {
  try {
    return Deno.readLinkSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null; // it was closed meanwhile
    throw error;
  }
}
