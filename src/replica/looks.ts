/**
 * Looking at everything that is kept of a key on a node that does not serve it: its own record, if there is one, and hints
 * for those who do, merged.
 *
 * Two ask for it: a reader who could not reach a primary (section 4.6), and one whose session nothing satisfies. Only what
 * is durable is told, so no lane is disturbed.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { FetchResult, StoredHint } from "../protocol/event.ts";
import type { Locator } from "../protocol/locator.ts";
import type { ReadOutcome } from "../protocol/message.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { type Container, EMPTY, sync } from "../version/siblings.ts";
import { type Look, sayBlind, sayRead } from "./answers.ts";

/** What was found. */
interface Found {
  readonly result: FetchResult;
  readonly hints?: readonly StoredHint[] | undefined;
}

/** Looks that are under way. */
export class Looks {
  readonly #locator: Locator;
  readonly #nextNumber: () => number;
  readonly #looks = new Map<number, Look>();

  /** None yet. */
  constructor(locator: Locator, nextNumber: () => number) {
    this.#locator = locator;
    this.#nextNumber = nextNumber;
  }

  /** How many there are. */
  get count(): number {
    return this.#looks.size;
  }

  /** What it holds in memory. */
  snapshot(): object {
    return [...this.#looks];
  }

  /** One begins. */
  begin(look: Look, n: number, out: Outbox): void {
    const fetch = this.#nextNumber();
    this.#looks.set(fetch, look);
    const { name } = look.message;
    out.fetch(fetch, name, ownersOf(this.#locator.list(name, n), this.#locator.node));
  }

  /** What one has found is told. False if the number is none of theirs. */
  end(fetch: number, { result, hints }: Found, out: Outbox): boolean {
    const look = this.#looks.get(fetch);
    if (look === undefined) return false;
    this.#looks.delete(fetch);
    const { from, message } = look;
    if (result.kind === "failed") sayBlind(this.#locator, look, result.reason, out);
    else if (message.kind === "foreign") {
      const container = allCopies(result, hints);
      out.send(from, { kind: "foreign_reply", request: message.request, container });
    } else {
      // What it had when it served the key was counted for a seat that somebody else has now: it counts for no other.
      const container = (hints ?? []).length > 0 ? allCopies(result, hints) : null;
      const outcome: ReadOutcome = container ? { kind: "found", container } : { kind: "absent" };
      sayRead(this.#locator, { from, message }, outcome, out);
    }
    return true;
  }
}

/** All copies in one; null if there is none. A damaged record is as if it were not there. */
export function allCopies(
  result: FetchResult,
  hints: readonly StoredHint[] = [],
): Container | null {
  const copies = hints.map(({ record }) => record.container);
  if (result.kind === "record") copies.push(result.record.container);
  return copies.length === 0 ? null : copies.reduce(sync, EMPTY);
}

/** Whose hints of a key may be here: its primaries'. */
export function ownersOf(
  list: readonly { readonly node: NodeId; readonly role: "primary" | "fallback" }[],
  self: NodeId,
): NodeId[] {
  return list.filter(({ node, role }) => role === "primary" && node !== self)
    .map(({ node }) => node);
}
