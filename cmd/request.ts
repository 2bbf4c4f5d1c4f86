/**
 * One request of a client command to one node, and what its failure says in words.
 *
 * A failure of a write always answers whether it happened: from the problem's `definite` if the node has answered, from
 * the way the connection failed if it has not. Only what never left this process certainly did not happen. What may have
 * happened is told with the write id, which this process has chosen, so that it can be looked for whatever was answered.
 *
 * @module
 */
import { EXIT, Refusal } from "./outcome.ts";

/** Longer than any request may take in the cluster, so that a node that hangs is not waited for for ever. */
const ANSWER_LIMIT_MS = 70_000;

/** `BUCKET/KEY`, taken apart. Further slashes are the key's. */
export interface Target {
  readonly bucket: string;
  readonly key: string;
}

/** What is asked of a node. */
export interface Request {
  readonly method: "GET" | "PUT" | "DELETE" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** What it does, as a participle, if that is not its method's: "committed". */
  readonly done?: string;
}

/** What a node said when it could not: RFC 9457 with rotor's own members. Each is checked before it is shown. */
interface Problem {
  readonly detail?: unknown;
  readonly title?: unknown;
  readonly definite?: unknown;
  readonly want?: unknown;
  readonly got?: unknown;
  readonly replicas?: unknown;
}

/**
 * Takes `BUCKET/KEY` apart.
 *
 * @throws {Refusal} If one of the two is empty, or no URL can hold the name.
 *
 * @example A key may hold slashes
 * ```ts
 * import { readTarget } from "./request.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(readTarget("carts/2026/peter"), { bucket: "carts", key: "2026/peter" });
 * ```
 */
export function readTarget(text: string): Target {
  const slash = text.indexOf("/");
  const bucket = text.slice(0, Math.max(0, slash));
  const key = text.slice(slash + 1);
  if (bucket === "" || key === "") {
    throw new Refusal(`Cannot name ${show(text)}: BUCKET/KEY wanted`, EXIT.usage);
  }
  for (const name of [bucket, key]) {
    if (name === "." || name === "..") {
      // Every URL parser, fetch's too, takes these for steps between folders, however they are escaped.
      throw new Refusal(`Cannot name ${show(name)} in a URL: another name wanted`, EXIT.usage);
    }
  }
  return { bucket, key };
}

/** Parameters of a URL; those that are undefined are left out. */
export type Parameters = Readonly<Record<string, string | undefined>>;

/** Where the object is on the node at `base`. */
export function objectUrl(base: string, { bucket, key }: Target, parameters: Parameters): URL {
  const path = `/buckets/${encodeURIComponent(bucket)}/keys/${encodeURIComponent(key)}`;
  return nodeUrl(base, path, parameters);
}

/** A path of the node at `base`. */
export function nodeUrl(base: string, path: string, parameters: Parameters = {}): URL {
  const root = URL.parse(base);
  if (root === null || !/^https?:$/.test(root.protocol)) {
    throw new Refusal(
      `Cannot use --url ${show(base)}: as http://127.0.0.1:8098 wanted`,
      EXIT.usage,
    );
  }
  const url = new URL(root.pathname.replace(/\/$/, "") + path, root);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}

/** No answer came. `problem` says so in the members of an answer, for `--json`. */
export class Unanswered extends Refusal {
  override name = "Unanswered";
  /** What a node would have said. */
  readonly problem: Problem & { readonly writeId?: string };

  /** A request to which nobody has said a word. */
  constructor(request: Request, { detail, definite }: { detail: string; definite: boolean }) {
    super(detail + happened(request, definite));
    this.problem = { detail, definite, ...writeIdOf(request) };
  }
}

/**
 * Sends the request.
 *
 * @throws {Unanswered} If no answer comes; the sentence says whether a write may have happened.
 */
export async function send(request: Request): Promise<Response> {
  const { method, url, headers, body } = request;
  try {
    return await fetch(url, {
      method,
      headers,
      // Deno's fetch sends a request again, unasked, if the connection breaks before the answer, and a put that is sent
      // twice is written twice. It spares requests whose body is a stream inside, as a Blob's is; an empty one will do.
      ...(method === "GET" ? {} : { body: new Blob(body === undefined ? [] : [body]) }),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
  } catch (error) {
    const { message, name } = rootOf(error);
    const unsent = message.includes("client error (Connect)");
    const why = name === "TimeoutError"
      ? `no answer within ${ANSWER_LIMIT_MS / 1000} s`
      : /: ([^:]*)$/.exec(message)?.[1] ?? message;
    const detail = `Cannot reach ${url.origin}: ${why}`;
    throw new Unanswered(request, { detail, definite: unsent || method === "GET" });
  }
}

/** The innermost error: fetch wraps what happened into "fetch failed". */
function rootOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}

/** What a node says in the words of HTTP, in the words of the command line. */
const FLAG_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^Cannot read parameter (r|pr|w|dw|pw|timeout):/, "Cannot use --$1:"],
  [
    /^Cannot wait for (r|pr|w|dw|pw) (\d+): (\d+) to n (\d+) wanted$/,
    "Cannot use --$1: a whole number from $3 to n, which is $4, wanted, got $2",
  ],
  [/^Cannot read X-Rotor-Expires-In:/, "Cannot use --expires-in:"],
  [/^Cannot read Content-Type:/, "Cannot use --type:"],
  [/ \(X-Riak-Vclock\)$/, " (--context)"],
];

/**
 * The failure that a response tells of, in words; the problem itself goes along for `--json`, with the write id.
 * What a node cannot understand was asked for badly.
 */
export async function failureOf(
  request: Request,
  response: Response,
): Promise<{ refusal: Refusal; problem: unknown }> {
  const text = await response.text();
  const problem = readProblem(text) ??
    { detail: `The node answered ${response.status}: ${text.slice(0, 200).trim() || "no reason"}` };
  const words = [inFlags(`${problem.detail ?? problem.title}`)];
  const got = readCounts(problem.got);
  for (const [quorum, count] of readCounts(problem.want)) {
    const there = got.find(([name]) => name === quorum);
    // What was not counted was refused before anybody was asked, and the detail says why.
    if (count > 0 && there) words.push(`; ${quorum}: ${count} wanted, got ${there[1]}`);
  }
  const replicas = readReplicas(problem.replicas);
  if (replicas.length > 0) words.push(` (${replicas.join(", ")})`);
  words.push(happened(request, problem.definite === true));
  const code = response.status === 400 ? EXIT.usage : EXIT.failed;
  return {
    refusal: new Refusal(words.join(""), code),
    problem: { ...problem, ...writeIdOf(request) },
  };
}

function inFlags(detail: string): string {
  return FLAG_WORDS.reduce((text, [http, flag]) => text.replace(http, flag), detail);
}

/** Whether a write that failed may nevertheless have happened. Nothing is said of a read, nor of a repair, which is one. */
function happened(request: Request, definite: boolean): string {
  const { method } = request;
  if (request.done === undefined && (method === "GET" || method === "POST")) return "";
  const done = request.done ?? (method === "PUT" ? "written" : "deleted");
  if (definite) return `. It was not ${done}.`;
  const { writeId } = writeIdOf(request);
  return `. It may have been ${done}${writeId ? `, with the write id ${writeId}` : ""}.`;
}

function writeIdOf({ headers }: Request): { readonly writeId?: string } {
  const writeId = headers["X-Rotor-Write-Id"];
  return writeId === undefined ? {} : { writeId };
}

function readProblem(text: string): Problem | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && ("detail" in value || "title" in value)
      ? value
      : null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null; // something else than rotor answers there; its words are shown as they are
  }
}

function readCounts(value: unknown): [string, number][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).filter((entry): entry is [string, number] =>
    typeof entry[1] === "number"
  );
}

function readReplicas(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter((replica) => typeof replica?.node === "string" && typeof replica.said === "string")
    .map(({ node, role, said }) =>
      `${node} ${said.replaceAll("_", " ")}${role === "fallback" ? " as fallback" : ""}`
    );
}

function show(text: string): string {
  return JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 57)}...`);
}
