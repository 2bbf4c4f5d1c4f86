/**
 * The examples of `docs/http.md`, and a run of them in the order in which they stand there: against the nodes of
 * `props/http_nodes.ts`, and against real processes.
 *
 * An example is a line `$ curl …` in a `console` block, and what it prints up to the next one. `…` matches anything;
 * of headers, those that are shown must be there. `VCLOCK` is the last context that was given, `VTAG` the first vtag of
 * the last list. The little curl below knows the options that the page uses, and refuses others.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { STATUS_TEXT } from "@std/http/status";

interface Example {
  readonly line: string;
  readonly printed: string;
}

/** What an example asks. */
export interface Curl {
  readonly showsHead: boolean;
  readonly method: string;
  /** Path and query, as they stand in the page. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: string | null;
}

function examplesOf(markdown: string): Example[] {
  const blocks = [...markdown.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block]) =>
    block ?? ""
  );
  return blocks.flatMap((block) =>
    block.split(/^\$ /m).slice(1).map((text) => {
      const end = text.indexOf("\n");
      return { line: text.slice(0, end), printed: text.slice(end + 1).trimEnd() };
    })
  );
}

/** Words of a shell line: bare, or between single quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|([^\s']+)/g)].map(([, single, bare]) => single ?? bare ?? "");
}

function parseCurl(line: string): Curl {
  const [program, ...rest] = words(line);
  assertEquals(program, "curl");
  const headers = new Headers();
  let method: string | undefined;
  let showsHead = false;
  let body: string | null = null;
  let url = "";
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "-i") showsHead = true;
    else if (word === "-X") method = rest.shift();
    else if (word === "-d") body = rest.shift() ?? "";
    else if (word === "-H") {
      const [name, value] = (rest.shift() ?? "").split(/: (.*)/s);
      headers.append(name ?? "", value ?? "");
    } else if (word.startsWith("http://localhost:8098/")) url = word;
    else assertEquals(word, "-s", `an option that this curl does not know, in ${line}`);
  }
  assert(url !== "", `a URL in ${line}`);
  if (body !== null && !headers.has("Content-Type")) {
    headers.set("Content-Type", "application/x-www-form-urlencoded");
  }
  const target = url.slice("http://localhost:8098".length);
  return { showsHead, method: method ?? (body === null ? "GET" : "POST"), target, headers, body };
}

/** True if `text` is `pattern`, in which each `…` stands for anything. */
function isLike(text: string, pattern: string): boolean {
  const escaped = pattern.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`, "s").test(text);
}

function checkHead(lines: string[], response: Response, line: string): void {
  const { status } = response;
  const texts: Readonly<Record<number, string>> = STATUS_TEXT;
  assertEquals(lines.shift(), `HTTP/1.1 ${status} ${texts[status]}`, line);
  for (const header of lines) {
    const [name, value] = header.split(/: (.*)/s);
    const got = response.headers.get(name ?? "");
    assert(got !== null && isLike(got, value ?? ""), `${header} in the answer to ${line}: ${got}`);
  }
}

/** Runs every example of the page. @throws If one of them prints something else than the page says. */
export async function runExamples(ask: (curl: Curl) => Promise<Response>): Promise<void> {
  const markdown = Deno.readTextFileSync(new URL("../../../docs/http.md", import.meta.url));
  const examples = examplesOf(markdown);
  assertEquals(examples.length, [...markdown.matchAll(/^\$ /gm)].length, "every line is found");
  assert(examples.length > 15, `${examples.length} examples`);
  let [vclock, vtag] = ["", ""];
  for (const { line, printed } of examples) {
    const curl = parseCurl(line.replaceAll("VCLOCK", vclock).replaceAll("VTAG", vtag));
    const response = await ask(curl);
    const body = (await response.text()).trimEnd();
    const blank = curl.showsHead ? printed.indexOf("\n\n") : -2;
    const head = blank === -1 ? printed : printed.slice(0, Math.max(blank, 0));
    if (curl.showsHead) checkHead(head.split("\n"), response, line);
    const shown = blank === -1 ? "" : printed.slice(blank + 2);
    assert(isLike(body, shown), `the answer to ${line}:\n${body}\nand not\n${shown}`);
    vclock = response.headers.get("X-Riak-Vclock") ?? vclock;
    if (body.startsWith("Siblings:")) vtag = body.split("\n")[1] ?? "";
  }
}
