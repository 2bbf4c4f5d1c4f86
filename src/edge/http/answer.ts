/**
 * What is sent back, as data: status, headers, body. The rooms of this folder return answers; only {@linkcode toResponse}
 * makes a `Response` of one, so that HEAD is one rule in one place: the very answer of GET, with the length that its
 * body has, and without the body.
 *
 * @module
 */

/** Header names, as they are shown, to values. Values are byte strings, as header values are. */
export type AnswerHeaders = Record<string, string>;

/** An answer to a client. */
export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Null where the status allows no body (204, 304). */
  readonly body: Uint8Array | string | null;
}

const utf8 = new TextEncoder();

/** The `Response` for an answer to `method`. */
export function toResponse({ status, headers, body }: Answer, method: string): Response {
  if (method !== "HEAD" || body === null) {
    // A view of an ArrayBuffer, never of a shared one: nothing in rotor makes those.
    return new Response(body as Uint8Array<ArrayBuffer> | string | null, { status, headers });
  }
  const length = typeof body === "string" ? utf8.encode(body).length : body.length;
  return new Response(null, { status, headers: { ...headers, "Content-Length": `${length}` } });
}

/** A value, as it is now. */
export function jsonAnswer(value: object): Answer {
  return {
    status: 200,
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store" },
    body: JSON.stringify(value) + "\n",
  };
}

/** The same answer with more headers. */
export function withHeaders(answer: Answer, headers: AnswerHeaders): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}
