/**
 * `rotor put`, `rotor get`, `rotor delete`: one request each, made for scripts as much as for people.
 *
 * Standard output carries what was asked for and nothing else: the value of a get, byte for byte; the new context of a
 * put or a delete, so that `context=$(rotor put …)` works. What is said about it goes to standard error. With `--json`
 * everything is one JSON object on standard output.
 *
 * A key with siblings is shown as siblings, never as one of them: which one holds is for the caller to decide.
 *
 * @module
 */
import { EXIT, type ExitCode, Refusal } from "./outcome.ts";
import { failureOf, objectUrl, readTarget, type Request, send, Unanswered } from "./request.ts";

/** Flags that all three have. */
export interface ObjectFlags {
  readonly url: string;
  /** What an earlier command gave. */
  readonly context?: string;
  readonly json?: boolean;
  /** Quorums and timeout, as the query has them. */
  readonly r?: string;
  readonly pr?: string;
  readonly w?: string;
  readonly dw?: string;
  readonly pw?: string;
  readonly timeout?: string;
  /** The content type of a put. */
  readonly type?: string;
  /** For how many seconds a put's value is shown, or `never`: without end, whatever its bucket says. */
  readonly expiresIn?: string;
}

/** One live version, as the API's JSON gives it. */
interface SiblingJson {
  readonly vtag: string;
  readonly deleted: boolean;
  readonly contentType: string | null;
  readonly lastModified: string;
  /** When it stops being shown; null is never, and an older node does not say. */
  readonly expiresAt?: string | null;
  /** The put that it was put by. */
  readonly writeId: string;
  /** Stored headers, by their names in lower case. */
  readonly meta: Readonly<Record<string, string>>;
  readonly value?: string;
  readonly base64?: string;
}

/** A value longer than this is shown by its size among siblings. */
const MAX_SHOWN_CHARS = 200;

/** Puts a value; `-` stands for standard input. */
export async function put(name: string, value: string, flags: ObjectFlags): Promise<ExitCode> {
  const target = readTarget(name);
  const body = value === "-" ? await readAll(Deno.stdin.readable) : new TextEncoder().encode(value);
  const type = flags.type ??
    (value === "-" ? "application/octet-stream" : "text/plain; charset=utf-8");
  if (!/^[\x20-\x7e]+$/.test(type)) {
    throw new Refusal(
      `Cannot use --type: TYPE/SUBTYPE wanted, got ${JSON.stringify(type)}`,
      EXIT.usage,
    );
  }
  return await write(name, flags, {
    method: "PUT",
    url: objectUrl(flags.url, target, parameters(flags)),
    headers: {
      "Content-Type": type,
      ...lifetimeHeader(flags),
      ...newWriteId(),
      ...contextHeader(flags),
    },
    body,
  });
}

/** Deletes a key. */
export async function remove(name: string, flags: ObjectFlags): Promise<ExitCode> {
  return await write(name, flags, {
    method: "DELETE",
    url: objectUrl(flags.url, readTarget(name), parameters(flags)),
    headers: { ...newWriteId(), ...contextHeader(flags) },
  });
}

/** Gets a key: its value, or its siblings, or that it holds nothing. */
export async function get(name: string, flags: ObjectFlags): Promise<ExitCode> {
  const request: Request = {
    method: "GET",
    url: objectUrl(flags.url, readTarget(name), parameters(flags)),
    // A single value comes as it was stored; JSON is meant for siblings, which a 300 tells apart.
    headers: {
      "Accept": "application/json, */*;q=0.5",
      // Else fetch would unpack a value that was stored packed, and not give it byte for byte.
      "Accept-Encoding": "identity",
      ...contextHeader(flags),
    },
  };
  const response = await ask(request, flags);
  const context = response.headers.get("x-riak-vclock");
  switch (response.status) {
    case 200:
      return await showValue(response, context, flags);
    case 300:
      return showSiblings(name, await response.json(), context, flags);
    case 404:
      if (isOfKey(response)) return await showNothing(name, response, flags);
      return await fail(request, response, flags);
    default:
      return await fail(request, response, flags);
  }
}

async function write(name: string, flags: ObjectFlags, request: Request): Promise<ExitCode> {
  const response = await ask(request, flags);
  // A delete without a context reads first, and finds that there is nothing to delete.
  if (response.status === 404 && isOfKey(response)) return await showNothing(name, response, flags);
  if (!response.ok) return await fail(request, response, flags);
  await response.body?.cancel();
  const context = response.headers.get("x-riak-vclock");
  // A context that covered siblings which the caller has not seen would silence them with the next put. So there is
  // none; what there is will do for a get that must see this write.
  const session = response.headers.get("x-rotor-session");
  const writeId = response.headers.get("x-rotor-write-id");
  if (flags.json) {
    printJson({ name, context, hasSiblings: session !== null, session, writeId });
  } else if (context !== null) console.log(context);
  else if (session !== null) {
    console.error(`${name} has siblings now: get it, and put what they come to`);
    console.error(`session: ${session}`);
  }
  return EXIT.ok;
}

/** Sends the request; where no answer comes, `--json` gets what a node would have said. */
async function ask(request: Request, flags: ObjectFlags): Promise<Response> {
  try {
    return await send(request);
  } catch (error) {
    if (flags.json && error instanceof Unanswered) printJson(error.problem);
    throw error;
  }
}

async function showValue(
  response: Response,
  context: string | null,
  flags: ObjectFlags,
): Promise<ExitCode> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const expiresAt = isoDate(response.headers.get("x-rotor-expires-at"));
  if (flags.json) {
    const sibling = {
      vtag: response.headers.get("etag")?.replaceAll('"', "") ?? null,
      deleted: false,
      contentType: response.headers.get("content-type"),
      lastModified: isoDate(response.headers.get("last-modified")),
      expiresAt,
      writeId: response.headers.get("x-rotor-write-id"),
      meta: storedHeaders(response.headers),
      ...valueJson(bytes),
    };
    printJson({ found: true, context, siblings: [sibling] });
    return EXIT.ok;
  }
  await writeAll(bytes);
  if (Deno.stdout.isTerminal() && bytes.at(-1) !== 10) console.log();
  if (expiresAt !== null) console.error(`expires: ${expiresAt}`);
  sayContext(context);
  return EXIT.ok;
}

function showSiblings(
  name: string,
  { siblings }: { siblings: SiblingJson[] },
  context: string | null,
  flags: ObjectFlags,
): ExitCode {
  if (flags.json) {
    printJson({ found: true, context, siblings });
    return EXIT.siblings;
  }
  console.log(`${name} has ${siblings.length} siblings:`);
  for (const sibling of siblings) {
    const until = sibling.expiresAt ? `  (expires ${sibling.expiresAt})` : "";
    console.log(`${sibling.vtag}  ${sibling.lastModified}  ${describe(sibling)}${until}`);
  }
  sayContext(context);
  console.error("reconcile them with: rotor put BUCKET/KEY VALUE --context CONTEXT");
  return EXIT.siblings;
}

async function showNothing(
  name: string,
  response: Response,
  flags: ObjectFlags,
): Promise<ExitCode> {
  await response.body?.cancel();
  const deleted = response.headers.get("x-riak-deleted") === "true";
  const context = response.headers.get("x-riak-vclock");
  if (flags.json) printJson({ found: false, deleted, context, siblings: [] });
  else {
    console.error(deleted ? `${name} is deleted` : `${name} is not there`);
    if (context !== null) sayContext(context);
  }
  return EXIT.notFound;
}

async function fail(
  request: Request,
  response: Response,
  flags: ObjectFlags,
): Promise<never> {
  const { refusal, problem } = await failureOf(request, response);
  if (flags.json) printJson(problem);
  throw refusal;
}

/** A 404 may also mean that the path is none of rotor's: then another server was asked. */
function isOfKey(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("application/problem+json") ?? false;
}

function parameters(flags: ObjectFlags): Record<string, string | undefined> {
  const { r, pr, w, dw, pw, timeout } = flags;
  return { r, pr, w, dw, pw, timeout };
}

function contextHeader({ context }: ObjectFlags): Record<string, string> {
  if (context === undefined) return {};
  if (!/^[\x21-\x7e]+$/.test(context)) {
    throw new Refusal(
      "Cannot use this --context: what an earlier get or put gave is wanted",
      EXIT.usage,
    );
  }
  return { "X-Riak-Vclock": context };
}

function lifetimeHeader({ expiresIn }: ObjectFlags): Record<string, string> {
  if (expiresIn === undefined) return {};
  if (!/^(never|[0-9]+)$/.test(expiresIn)) {
    throw new Refusal(
      `Cannot use --expires-in: seconds, or never, wanted, got ${JSON.stringify(expiresIn)}`,
      EXIT.usage,
    );
  }
  return { "X-Rotor-Expires-In": expiresIn };
}

/** Chosen here and not by the node, so that it is known even if no answer comes. */
function newWriteId(): { readonly "X-Rotor-Write-Id": string } {
  return { "X-Rotor-Write-Id": crypto.getRandomValues(new Uint8Array(16)).toHex() };
}

/** What was stored with the value, as the JSON of siblings has it: without the link that every answer carries. */
function storedHeaders(headers: Headers): Record<string, string> {
  const stored = [...headers].filter(([name]) =>
    name.startsWith("x-riak-meta-") || name.startsWith("x-riak-index-") ||
    name === "content-encoding" || name === "link"
  );
  const own = stored.map(([name, value]) =>
    [name, name === "link" ? value.replace(/^<[^>]*>; rel="up"(, )?/, "") : value] as const
  );
  return Object.fromEntries(own.filter(([, value]) => value !== ""));
}

function describe({ deleted, contentType, value, base64 }: SiblingJson): string {
  if (deleted) return "(deleted)";
  // deno-lint-ignore no-control-regex -- what would move the cursor of a terminal is shown by its size
  const plain = value !== undefined && !/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(value);
  if (plain && value.length <= MAX_SHOWN_CHARS) {
    return value.includes("\n") ? JSON.stringify(value) : value; // one line a sibling
  }
  const bytes = value !== undefined
    ? new TextEncoder().encode(value).length
    : Uint8Array.fromBase64(base64 ?? "").length;
  return `(${bytes} bytes of ${contentType})`;
}

function valueJson(bytes: Uint8Array): { value: string } | { base64: string } {
  try {
    return { value: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { base64: bytes.toBase64() };
  }
}

function isoDate(httpDate: string | null): string | null {
  const ms = Date.parse(httpDate ?? "");
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}

function sayContext(context: string | null): void {
  console.error(`context: ${context ?? "none"}`);
}

function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream as ReadableStream).arrayBuffer());
}
