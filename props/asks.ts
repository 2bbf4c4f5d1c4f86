/**
 * Puts of short texts, for laws and examples.
 *
 * @module
 */
import type { ObjectName, WriteId } from "../src/id.ts";
import type { PutAsk } from "../src/protocol/event.ts";
import type { Reply } from "../src/protocol/effect.ts";
import type { Seen } from "../src/version/siblings.ts";
import { greatestStamp } from "../src/version/siblings.ts";

/** The name of `bucket/key` in the default type. */
export function nameOf(path: string): ObjectName {
  const slash = path.indexOf("/");
  return { type: "default", bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}

/** A put of a text under `bucket/key`; a null text is a delete. */
export function ask(path: string, text: string | null, writeId: WriteId): PutAsk {
  const content = Uint8Array.from(text ?? "", (char) => char.charCodeAt(0));
  return {
    name: nameOf(path),
    version: {
      tombstone: text === null,
      content,
      contentType: "text/plain",
      headers: [],
      expiresInMs: null,
      writeId,
    },
  };
}

/** The texts that an answer shows, sorted; a tombstone is null. */
export function texts(reply: Reply): (string | null)[] {
  if (reply.kind !== "get" && reply.kind !== "put") {
    throw new Error(`No siblings in ${JSON.stringify(reply)}`);
  }
  return reply.view
    .map(({ version }) => version.tombstone ? null : String.fromCharCode(...version.content))
    .sort();
}

/** The context that an answer gives its client. */
export function contextOf(reply: Reply): Seen {
  if (reply.kind !== "get" && reply.kind !== "put") {
    throw new Error(`No context in ${JSON.stringify(reply)}`);
  }
  return { clock: reply.container.clock, stamp: greatestStamp(reply.container) };
}
