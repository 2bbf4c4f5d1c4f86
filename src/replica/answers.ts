/**
 * What a replica tells whoever asked it: each answer says how this node stands to the key's range at that very moment.
 *
 * @module
 */
import type { NodeId, ObjectName } from "../id.ts";
import { failure } from "../protocol/error.ts";
import type { Locator } from "../protocol/locator.ts";
import type { Message, ReadOutcome, WriteOutcome } from "../protocol/message.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { containerDigest } from "../version/digest.ts";
import type { Waiter, Work } from "./lane.ts";

/** Who wants to know what a node keeps of a key that it does not serve. */
export interface Look {
  readonly from: NodeId;
  readonly message: Extract<Message, { kind: "read" | "foreign" }>;
}

/** Says how a read ended. */
export function sayRead(
  locator: Locator,
  { from, message: { request, name, n } }: {
    readonly from: NodeId;
    readonly message: Extract<Message, { kind: "read" }>;
  },
  outcome: ReadOutcome,
  out: Outbox,
): void {
  const standing = locator.standing(name, n);
  out.send(from, { kind: "read_reply", request, standing, outcome });
}

/** Says what became of a copy. */
export function sayWrite(
  locator: Locator,
  { name, to, request, n }: Pick<Waiter, "to" | "request" | "n"> & { readonly name: ObjectName },
  outcome: WriteOutcome,
  out: Outbox,
): void {
  // A copy counts only if its node serves the key when the store is done, and not when it was begun.
  const standing = locator.standing(name, n);
  out.send(to, { kind: "write_reply", request, standing, outcome });
}

/** Says that a copy is stored, and which. */
export function sayStored(
  locator: Locator,
  { name, waiter, durable }: {
    readonly name: ObjectName;
    readonly waiter: Waiter;
    readonly durable: boolean;
  },
  out: Outbox,
): void {
  const digest = containerDigest(name, waiter.container);
  sayWrite(locator, { name, ...waiter }, { kind: "stored", durable, digest }, out);
}

/** Says that work could not be done, because of the disk. */
export function sayFailed(
  locator: Locator,
  { name, work, reason }: {
    readonly name: ObjectName;
    readonly work: Work;
    readonly reason: string;
  },
  out: Outbox,
): void {
  const failed = { kind: "failed", reason } as const;
  switch (work.kind) {
    case "read":
      return sayRead(locator, work, failed, out);
    case "write": {
      const { request, n } = work.message;
      return sayWrite(locator, { name, to: work.from, request, n }, failed, out);
    }
    case "put": {
      const detail = `Cannot coordinate: the record could not be read: ${reason}`;
      const refused = failure("store_failed", detail, { definite: true });
      return out.tell({ kind: "refused", request: work.request, failure: refused });
    }
    case "drop":
    case "look_again":
    case "repair":
      return out.mark("fetch.failed");
  }
}

/** Says that work was not begun. A put was issued no dot, so it may be tried elsewhere. */
export function sayTurnedAway(
  locator: Locator,
  { name, work, reason }: {
    readonly name: ObjectName;
    readonly work: Work;
    readonly reason: string;
  },
  out: Outbox,
): void {
  if (work.kind !== "put") return sayFailed(locator, { name, work, reason }, out);
  const refused = failure("overloaded", `Cannot take the put: ${reason}`);
  out.tell({ kind: "refused", request: work.request, failure: refused });
}

/** Says that the disk is full. A put was issued no dot, so it may be tried elsewhere. */
export function sayNoRoom(
  locator: Locator,
  { name, work }: { readonly name: ObjectName; readonly work: Work },
  out: Outbox,
): void {
  out.mark("store.no_room");
  if (work.kind === "write") {
    return sayFailed(locator, { name, work, reason: "the disk is full" }, out);
  }
  if (work.kind !== "put") return; // a repair: the next comparison finds what is missing
  const detail = `Cannot take the put: the disk of ${locator.node} is full`;
  out.tell({ kind: "refused", request: work.request, failure: failure("disk_full", detail) });
}

/** Says that a look failed. Who asks for foreign copies hears nothing: "could not look" is not "has none". */
export function sayBlind(locator: Locator, look: Look, reason: string, out: Outbox): void {
  const { from, message } = look;
  if (message.kind === "read") {
    sayRead(locator, { from, message }, { kind: "failed", reason }, out);
  } else out.mark("fetch.failed");
}
