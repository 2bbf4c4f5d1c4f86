/**
 * The history of one node while it runs: how it grows (protocol.md, Part 2 a2 and a4).
 *
 * Two ways lead in: changes that a peer knows, and a change that is committed here. Both end alike: **the whole history
 * is stored first, in one piece, and read only when that is durable.** So what a node acts on it has for good, and nobody
 * hears of a change that its author may forget.
 *
 * ```text
 *          onChanges, commit              stored
 *   still ------------------> storing --------------> still: the view is the new one, in that very step
 *                              |    ^  failed: still, and as if nothing had been offered
 *                   onChanges  +----+  what comes meanwhile is stored next
 * ```
 *
 * Invariants:
 * 1. the view is the fold of a history that is durable;
 * 2. a batch is taken as a whole, and only if every parent is known then (`history.ts`);
 * 3. a commit stands on exactly the history that it was planned on: while another is on its way to the disk, none is taken.
 *
 * **After a fork** the ring is correct, but may be uneven. When the heads have not changed for a while, every node makes the
 * same merge change by itself (`plan.ts`), and it is taken like any other.
 *
 * @module
 */
import type { Digest, NodeId } from "../id.ts";
import { ChangeError, makeRevision } from "../protocol/canonical.ts";
import type { Change, Move, Step } from "../protocol/change.ts";
import { type Failure, failure } from "../protocol/error.ts";
import type { Ticket } from "../protocol/event.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { type ClusterView, fold, type History, type Taking } from "./history.ts";
import { mergeChange } from "./plan.ts";

/** Heads that have not changed for so long are worth a merge: those who made them have long stopped talking. In ms. */
const MERGE_AFTER_MS = 10_000;

/** What is to happen, and what it was planned on. */
export interface Commit {
  /** Digest of the history that the plan was made on. */
  readonly plannedOn: Digest;
  /** What happens, in order. */
  readonly steps: readonly Step[];
  /** Exactly what the plan showed. */
  readonly moves: readonly Move[];
}

/** Somebody who waits for a commit. */
interface Waiting {
  readonly ticket: Ticket;
  readonly change: Digest;
}

/** A history on its way to the disk. */
interface Draft {
  readonly history: History;
  readonly waiting: readonly Waiting[];
}

/** The history of one node. */
export class Book {
  readonly #node: NodeId;
  readonly #next: () => number;
  #history: History;
  #view: ClusterView;
  #storing: (Draft & { readonly store: number }) | null = null;
  #later: Draft | null = null;
  /** Since when the heads are what they are, by the monotonic clock; null before the first look. */
  #headsSinceMs: number | null = null;
  /** Who knows a change that this version of rotor cannot read; null if nobody has told one. */
  #unreadable: NodeId | null = null;
  /** The digest of which it is known that nothing is to be merged. */
  #evenAt: Digest | null = null;

  /** A history that is durable. */
  constructor(node: NodeId, next: () => number, history: History) {
    this.#node = node;
    this.#next = next;
    this.#history = history;
    this.#view = fold(history);
  }

  /** All that is durable. */
  get history(): History {
    return this.#history;
  }
  /** What it says. */
  get view(): ClusterView {
    return this.#view;
  }

  /** A peer knows these. What became of them; if they were taken, they are read when they are durable. */
  onChanges(batch: readonly Change[], out: Outbox): Taking {
    const draft = this.#later ?? this.#storing;
    const taking = (draft?.history ?? this.#history).take(batch);
    if (taking.kind === "refused") out.mark("history.refused");
    if (taking.kind === "taken" && taking.added.length > 0) {
      this.#later = { history: taking.history, waiting: this.#later?.waiting ?? [] };
      this.#store(out);
    }
    return taking;
  }

  /** A peer knows a change that cannot be read here: what this history says is not all that there is. */
  onUnreadable(from: NodeId): void {
    this.#unreadable ??= from;
  }

  /** Somebody commits what was planned. The ticket is answered when it is durable, or now, if it cannot be. */
  commit(ticket: Ticket, { plannedOn, steps, moves }: Commit, out: Outbox): void {
    const refused = this.#refusal(plannedOn);
    if (refused !== null) return out.reply(ticket, refused);
    try {
      const { wallMs } = out.now;
      const author = this.#node;
      const change = makeRevision({ ...this.#history.next(), author, wallMs, steps, moves });
      const taking = this.#history.take([change]);
      if (taking.kind !== "taken") throw new Error("a change on all heads was not taken");
      this.#later = { history: taking.history, waiting: [{ ticket, change: change.id }] };
      this.#store(out);
    } catch (error) {
      if (!(error instanceof ChangeError)) throw error;
      out.reply(ticket, failure("bad_request", error.message));
    }
  }

  /** This node leaves for good. Said once: if it could not be stored, it may be said again. */
  leave(out: Outbox): void {
    if (this.#storing !== null) return;
    const change = makeRevision({
      ...this.#history.next(),
      author: this.#node,
      wallMs: out.now.wallMs,
      steps: [{ kind: "left", node: this.#node }],
      moves: [],
    });
    out.mark("history.left");
    this.onChanges([change], out);
  }

  /** Evens the ring out after a fork, if it is time and `all` plan alike. Every node that knows these heads does the same. */
  merge(all: () => boolean, out: Outbox): void {
    const { monoMs } = out.now;
    this.#headsSinceMs ??= monoMs;
    const { heads, digest } = this.#history;
    if (heads.length < 2 || this.#storing !== null || digest === this.#evenAt) return;
    if (this.#unreadable !== null || !all()) return;
    if (monoMs - this.#headsSinceMs < MERGE_AFTER_MS) return;
    const change = mergeChange(this.#history);
    if (change === null) {
      this.#evenAt = digest;
      return;
    }
    out.mark("history.merge");
    this.onChanges([change], out);
  }

  /** A store is done. True if it was one of these; the view may be another then. */
  onStored(store: number, outcome: "durable" | "buffered" | "failed", out: Outbox): boolean {
    if (this.#storing?.store !== store) return false;
    if (outcome === "buffered") return true; // durable or failed follows
    const { history, waiting } = this.#storing;
    this.#storing = null;
    if (outcome === "failed") this.#onFailed(waiting, out);
    else this.#adopt(history, waiting, out);
    return true;
  }

  /** What it holds in memory. */
  snapshot(): object {
    const told = (draft: Draft | null) =>
      draft && { digest: draft.history.digest, waiting: draft.waiting };
    return {
      digest: this.#history.digest,
      storing: this.#storing && { store: this.#storing.store, ...told(this.#storing) },
      later: told(this.#later),
      headsSinceMs: this.#headsSinceMs,
      evenAt: this.#evenAt,
      unreadable: this.#unreadable,
    };
  }

  #refusal(plannedOn: Digest): Failure | null {
    if (this.#storing !== null) {
      return failure("stale_plan", "Cannot commit: another change is just being stored; plan anew");
    }
    if (this.#unreadable !== null) {
      return failure(
        "stale_plan",
        `Cannot commit: ${this.#unreadable} knows a change that this version of rotor cannot read; commit there, or update this node`,
      );
    }
    return plannedOn === this.#history.digest ? null : failure(
      "stale_plan",
      "Cannot commit: the membership has changed since the plan was made; plan anew",
    );
  }

  #store(out: Outbox): void {
    if (this.#storing !== null || this.#later === null) return;
    this.#storing = { store: this.#next(), ...this.#later };
    this.#later = null;
    const changes = [...this.#storing.history.changes.values()];
    out.storeMeta(this.#storing.store, { kind: "history", changes });
  }

  #adopt(history: History, waiting: readonly Waiting[], out: Outbox): void {
    const before = this.#history.heads;
    this.#history = history;
    this.#view = fold(history);
    if (before.join() !== history.heads.join()) this.#headsSinceMs = out.now.monoMs;
    out.mark("history.grown");
    for (const { ticket, change } of waiting) {
      out.reply(ticket, { kind: "committed", change, history: history.digest });
    }
    this.#store(out);
  }

  /** Nothing of it is kept, nor of what was to follow. It may be on the disk; what peers know they will offer again. */
  #onFailed(waiting: readonly Waiting[], out: Outbox): void {
    out.mark("history.store_failed");
    this.#later = null;
    for (const { ticket } of waiting) {
      const detail = "Cannot commit: this node could not store the change";
      out.reply(ticket, failure("store_failed", detail, { definite: false }));
    }
  }
}
