/**
 * Asking a node something under `/admin`, for those who look after it.
 *
 * @module
 */
import { print } from "./print.ts";
import { Refusal } from "./outcome.ts";
import { failureOf, nodeUrl, type Parameters, type Request, send, Unanswered } from "./request.ts";

/** Flags of every command under `rotor admin`. */
export interface AdminFlags {
  readonly url: string;
  readonly json?: boolean;
}

/** What is asked. */
export interface AdminRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly parameters?: Parameters;
  /** Sent as JSON. */
  readonly body?: object;
  /** What a request that fails may have done nevertheless, as a participle. @default nothing that need be said */
  readonly done?: string;
}

/**
 * Asks, and gives the answer.
 *
 * @throws {Refusal} In one sentence, after the problem as JSON if that is wanted.
 */
export async function ask<Page extends object>(
  { method, path, parameters, body, done }: AdminRequest,
  flags: AdminFlags,
): Promise<Page> {
  const request: Request = {
    method,
    url: nodeUrl(flags.url, path, parameters),
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
    ...(done === undefined ? {} : { done }),
  };
  try {
    const response = await send(request);
    if (response.ok) return readObject(await response.text(), request) as Page;
    const { refusal, problem } = await failureOf(request, response);
    if (flags.json) print(JSON.stringify(problem, null, 2));
    throw refusal;
  } catch (error) {
    if (flags.json && error instanceof Unanswered) print(JSON.stringify(error.problem, null, 2));
    throw error;
  }
}

/** Prints a page: as the node has said it, or for people. */
export function show<Page extends object>(
  page: Page,
  flags: AdminFlags,
  lines: (page: Page) => readonly string[],
): void {
  print(flags.json ? JSON.stringify(page, null, 2) : lines(page).join("\n"));
}

/** Something else than rotor may answer there. */
function readObject(text: string, { url }: Request): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Refusal(`Cannot read ${url}: JSON of rotor wanted, got ${quoted(text)}`);
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 57)}...`);
}
