/**
 * The three bodies of a 300: a plain list, one part a sibling, or rotor's own JSON.
 *
 * Siblings are listed in the order of their dots, so that equal containers give equal bodies. `docs/http.md` specifies
 * the JSON.
 *
 * @module
 */
import { bytesOf, hex } from "../../id.ts";
import { vtag } from "../../version/digest.ts";
import type { Sibling } from "../../version/siblings.ts";
import type { AnswerHeaders } from "./answer.ts";

/** A body and what it is. */
export interface SiblingsBody {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** `Siblings:`, then a vtag a line: each can be had by `?vtag=`. */
export function plainSiblings(siblings: readonly Sibling[]): SiblingsBody {
  const lines = siblings.map(({ dot }) => `${vtag(dot)}\n`);
  return { contentType: "text/plain", body: `Siblings:\n${lines.join("")}` };
}

/**
 * One part a sibling, with its own headers.
 *
 * @param tag A name for just these siblings. The boundary is made of it, and lengthened until no part holds it: whoever
 * can guess a tag must not be able to write a value that ends its own part.
 */
export function multipartSiblings(siblings: readonly Sibling[], tag: string): SiblingsBody {
  let boundary = `rotor-${tag}`;
  const values = siblings.map(({ version }) => version.content);
  while (values.some((value) => contains(value, `--${boundary}`))) boundary += "-";
  const pieces: Uint8Array[] = [];
  for (const sibling of siblings) {
    const lines = Object.entries(versionHeaders(sibling)).map(([name, value]) =>
      `${name}: ${value}\r\n`
    );
    pieces.push(bytesOf(`\r\n--${boundary}\r\n${lines.join("")}\r\n`), sibling.version.content);
  }
  pieces.push(bytesOf(`\r\n--${boundary}--\r\n`));
  return { contentType: `multipart/mixed; boundary=${boundary}`, body: joined(pieces) };
}

/** One object a sibling; a value is a string if it is UTF-8, else base64. */
export function jsonSiblings(siblings: readonly Sibling[], vclock: string): SiblingsBody {
  const list = siblings.map(({ dot, version }) => ({
    vtag: vtag(dot),
    deleted: version.tombstone,
    contentType: version.tombstone ? null : version.contentType,
    lastModified: new Date(version.lastModifiedMs).toISOString(),
    expiresAt: version.expiresAtMs === null ? null : new Date(version.expiresAtMs).toISOString(),
    writeId: hex(version.writeId),
    meta: Object.fromEntries(version.headers),
    ...(version.tombstone ? {} : jsonValue(version.content)),
  }));
  return {
    contentType: "application/json",
    body: JSON.stringify({ vclock, siblings: list }) + "\n",
  };
}

/** What one version says of itself in headers, of an answer or of a part. */
export function versionHeaders({ dot, version }: Sibling): AnswerHeaders {
  const headers: AnswerHeaders = {
    "ETag": `"${vtag(dot)}"`,
    "Last-Modified": httpDate(version.lastModifiedMs),
    "X-Rotor-Write-Id": hex(version.writeId),
  };
  if (version.expiresAtMs !== null) headers["X-Rotor-Expires-At"] = httpDate(version.expiresAtMs);
  if (version.tombstone) headers["X-Riak-Deleted"] = "true";
  else headers["Content-Type"] = version.contentType;
  for (const [name, value] of version.headers) headers[name] = value;
  return headers;
}

/** A time as HTTP writes it, in whole seconds. */
export function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

function jsonValue(content: Uint8Array): { value: string } | { base64: string } {
  try {
    // Made anew for each value: a fatal decoder that has thrown keeps state. The byte order mark is the client's.
    return { value: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { base64: content.toBase64() };
  }
}

function contains(bytes: Uint8Array, text: string): boolean {
  const wanted = bytesOf(text);
  const first = wanted[0] ?? 0;
  // The same byte over and over is an ordinary value, so that a match is given up at its first wrong byte.
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
