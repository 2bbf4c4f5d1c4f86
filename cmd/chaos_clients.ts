/**
 * Clients that put, get and delete over HTTP while nodes die under them, and write down what they were told, as
 * `src/sim/checker.ts` wants it.
 *
 * A client that is refused for good tries the same write at the next node, under the same name. What nobody answered for
 * is never tried again: it may have happened. What a client was shown it knows by the names of writes alone
 * (`X-Rotor-Write-Id`); of an answer that does not name them all (siblings after a put, tombstones alone, any delete) it
 * takes no context.
 *
 * @module
 */
import { History, type Operation, type WriteName } from "../src/sim/history.ts";
import type { TestNodes } from "./testing_nodes.ts";

/** How many keys there are. */
const KEYS = 40;
const CLIENTS = 6;
/** R and W: the default quorums of n = 3. */
const QUORUM = 2;
/** How often a client asks elsewhere for what was refused for good. */
const TRIES = 8;
/** Where all keys lie. */
export const BUCKET = "chaos";

/** What an answer has left a client with. */
interface Known {
  readonly context: string;
  /** The writes that the context covers by themselves. */
  readonly writes: readonly WriteName[];
}

/** One answer, or that there was none. */
type Answer =
  | { readonly kind: "response"; readonly response: Response; readonly body: string }
  /** `definite`: it was not even sent. */
  | { readonly kind: "none"; readonly definite: boolean; readonly why: string };

/** What they are told to do. */
export interface ChaosClientsOptions {
  readonly nodes: Pick<TestNodes, "numbers" | "url">;
  /** In [0, 1). */
  readonly chance: () => number;
  /** An operation that is not answered by then is given up. In ms. */
  readonly patienceMs: number;
}

/** Several clients, each of which does one thing at a time. */
export class ChaosClients implements AsyncDisposable {
  readonly history: History = new History();
  /** How operations ended, and what single requests were told: `put ok`, `put 503 timeout`, … */
  readonly counts: Map<string, number> = new Map();
  /** What breaks the rules of HTTP, a line each: such as a 503 that does not say whether it is definite. */
  readonly complaints: string[] = [];
  /** What each operation was told by which node. */
  readonly told: Map<Operation, string[]> = new Map();
  /** The longest time that one request took, of those that were not silent by right. In ms. */
  longestMs = 0;
  /** Nodes that may be silent: they are frozen, or were when they were asked. */
  readonly silent: Set<number> = new Set();
  /** Silent ones that a client has waited for in vain: nobody asks them before they are back. */
  readonly avoided: Set<number> = new Set();
  readonly #options: ChaosClientsOptions;
  readonly #known = new Map<string, Known>();
  #stopped = false;
  #running: Promise<unknown> | null = null;

  /** They have not begun. */
  constructor(options: ChaosClientsOptions) {
    this.#options = options;
  }

  /** How many operations have ended. */
  get done(): number {
    return this.history.operations.filter(({ endMs }) => endMs !== Infinity).length;
  }

  /** They begin. */
  begin(): void {
    this.#running = Promise.all(Array.from({ length: CLIENTS }, (_, client) => this.#work(client)));
  }

  /** They end what they are doing. Rejects if one of them was told what cannot be. */
  async end(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** As {@linkcode ChaosClients.end}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  /** All that happened to a key, a line each. */
  story(key: string): string[] {
    return this.history.operations.filter((operation) => operation.key === key).map((operation) => {
      const { client, kind, write, seen, startMs, endMs, ending, shown } = operation;
      const when = `${Math.round(startMs)} to ${Math.round(endMs)} ms`;
      const names = (writes: readonly WriteName[]) => writes.map((name) => name.slice(0, 8)).join();
      const what = `${kind}${write === null ? "" : ` ${write.slice(0, 8)} over [${names(seen)}]`}`;
      const end = `${ending}${shown === null ? "" : ` shows [${names(shown)}]`}`;
      return `${when}: client ${client}: ${what}: ${end} (${this.told.get(operation)?.join("; ")})`;
    });
  }

  async #work(client: number): Promise<void> {
    while (!this.#stopped) await this.#operate(client);
  }

  async #operate(client: number): Promise<void> {
    const key = `k${this.#below(KEYS)}`;
    const dice = this.#options.chance();
    const known = this.#known.get(`${client} ${key}`);
    // A delete without a context would read first, and nobody would know what it has seen.
    const kind = dice < 0.45 ? "get" : dice < 0.9 || known === undefined ? "put" : "delete";
    const carried = kind === "delete" || this.#options.chance() < 0.7 ? known : undefined;
    const operation = this.history.began({
      client,
      kind,
      key,
      write: kind === "get" ? null : crypto.randomUUID().replaceAll("-", ""),
      seen: kind === "get" ? [] : carried?.writes ?? [],
      session: false,
      startMs: performance.now(),
      quorum: QUORUM,
    });
    operation.ending = await this.#attempt(operation, kind === "get" ? undefined : carried);
    operation.endMs = performance.now();
    this.#count(`${kind} ${operation.ending}`);
  }

  async #attempt(operation: Operation, carried: Known | undefined): Promise<Operation["ending"]> {
    const { nodes } = this.#options;
    let node = this.#atLeast(1 + this.#below(nodes.numbers.length));
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await this.#ask(node, operation, carried);
      const ending = this.#take(node, operation, answer);
      const said = answer.kind === "none"
        ? answer.why
        : `${answer.response.status} ${answer.response.status === 503 ? answer.body.trim() : ""}`;
      this.told.set(operation, [...this.told.get(operation) ?? [], `node${node}: ${said}`]);
      if (ending !== "refused") return ending;
      node = this.#atLeast(node % nodes.numbers.length + 1);
    }
    return "refused";
  }

  async #ask(
    node: number,
    { kind, key, write }: Operation,
    carried: Known | undefined,
  ): Promise<Answer> {
    const { nodes, patienceMs } = this.#options;
    const url = `${nodes.url(node)}/buckets/${BUCKET}/keys/${key}`;
    const headers: Record<string, string> = { Accept: "application/json, */*;q=0.1" };
    if (write !== null) headers["X-Rotor-Write-Id"] = write;
    if (carried !== undefined) headers["X-Riak-Vclock"] = carried.context;
    if (kind === "put") headers["Content-Type"] = "text/plain";
    // A Blob, because fetch sends anything simpler twice if the connection breaks (see request.ts).
    const body = kind === "get" ? null : new Blob([kind === "put" ? write! : ""]);
    const method = kind.toUpperCase();
    const startMs = performance.now();
    try {
      const signal = AbortSignal.timeout(patienceMs);
      const response = await fetch(url, { method, headers, body, signal });
      return { kind: "response", response, body: await response.text() };
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
      const why = `${error.message} ${error.cause ?? ""}`;
      const isConnect = why.includes("client error (Connect)");
      return { kind: "none", definite: isConnect || kind === "get", why: `${error.name}: ${why}` };
    } finally {
      const tookMs = performance.now() - startMs;
      if (!this.silent.has(node)) this.longestMs = Math.max(this.longestMs, tookMs);
    }
  }

  /** What an answer says, and what it shows. */
  #take(node: number, operation: Operation, answer: Answer): Operation["ending"] {
    const { kind, key, write } = operation;
    if (answer.kind === "none") {
      const isLate = answer.why.startsWith("TimeoutError");
      const isFrozen = isLate && this.silent.has(node);
      const how = isFrozen
        ? "frozen node"
        : isLate
        ? "late"
        : answer.definite
        ? "not reached"
        : "broken off";
      this.#count(`${kind}: ${how}`);
      if (isFrozen) this.avoided.add(node);
      else if (isLate) this.complaints.push(`a ${kind} of ${key} was not answered in time`);
      return answer.definite ? "refused" : "unknown";
    }
    const { response, body } = answer;
    switch (response.status) {
      case 200:
        if (body !== response.headers.get("x-rotor-write-id")) {
          this.complaints.push(`${key} shows a value that is not its write's`);
        }
        this.#learn(operation, response, [response.headers.get("x-rotor-write-id") ?? ""]);
        return "ok";
      case 300: {
        const { siblings }: { siblings: { writeId: string }[] } = JSON.parse(body);
        this.#learn(operation, response, siblings.map(({ writeId }) => writeId));
        return "ok";
      }
      case 204:
        this.#takeWritten(operation, response, write!);
        return "ok";
      case 404:
        // Which tombstones are there, if any, it does not say.
        if (!response.headers.has("x-riak-deleted")) operation.shown = [];
        this.#known.delete(`${operation.client} ${key}`);
        return "ok";
      default:
        return this.#takeFailure(operation, response.status, body);
    }
  }

  #takeWritten(operation: Operation, response: Response, write: WriteName): void {
    // A delete that found nothing left to delete made no write, and the answer does not tell; nor which tombstones are there.
    if (operation.kind === "delete") operation.shown = [];
    // Of a put it is called X-Riak-Vclock only if it covers nothing but what this client has seen, and this write.
    else if (response.headers.has("x-riak-vclock")) this.#learn(operation, response, [write]);
  }

  #takeFailure(operation: Operation, status: number, body: string): Operation["ending"] {
    const { kind, key } = operation;
    const problem: { type?: string; definite?: unknown } = JSON.parse(body);
    const error = problem.type?.split("/").at(-1);
    this.#count(`${kind}: ${status} ${error}${problem.definite === true ? "" : ", may be done"}`);
    if (status !== 503 || typeof problem.definite !== "boolean") {
      this.complaints.push(`a ${kind} of ${key} was answered ${status} ${body}`);
    }
    return problem.definite === true || kind === "get" ? "refused" : "unknown";
  }

  #learn(operation: Operation, response: Response, writes: readonly WriteName[]): void {
    const context = response.headers.get("x-riak-vclock");
    operation.shown = writes;
    if (context === null) {
      this.complaints.push(`a ${operation.kind} of ${operation.key} shows values but no context`);
      return;
    }
    this.#known.set(`${operation.client} ${operation.key}`, { context, writes });
  }

  /** This node, or the next one that is not avoided. */
  #atLeast(node: number): number {
    const { length } = this.#options.nodes.numbers;
    while (this.avoided.has(node)) node = node % length + 1;
    return node;
  }

  #below(count: number): number {
    return Math.floor(this.#options.chance() * count);
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}
