/**
 * Which peer has yet to confirm which bucket properties: what `props.ts` must say until it is answered.
 *
 * A peer that has not confirmed entries owes a confirmation. It is sent one message at a time; what is set meanwhile
 * joins the next one, so a peer that is down for long costs one entry a cell, not one a set. The message is sent again,
 * with the same number, until its `props_reply` comes; so a slow answer to an early copy settles it, too.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { PropEntry } from "../protocol/bucket_props.ts";
import type { Message } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { cellName } from "./prop_cells.ts";

/** The message that tells properties. */
export type PropsMessage = Extract<Message, { kind: "props" }>;

/** What a peer has not confirmed. */
interface Debt {
  /** Entries by cell: the newest of each. */
  readonly cells: Map<string, PropEntry>;
  /** True until it has been asked for what is newer there, and has confirmed. */
  wantsBack: boolean;
  /** The message that it has not answered. */
  sent: PropsMessage;
  /** True if that message is known not to have reached it. */
  unreachable: boolean;
}

/** All peers' debts. */
export class PropDebts {
  readonly #debts = new Map<NodeId, Debt>();
  readonly #next: () => RequestId;

  /** Nobody owes anything. */
  constructor(next: () => RequestId) {
    this.#next = next;
  }

  /** How many peers owe a confirmation. */
  get size(): number {
    return this.#debts.size;
  }

  /** Tells a peer these entries, until it confirms them. `wantsBack`: and asks for what is newer there. */
  owe(
    peer: NodeId,
    { entries, wantsBack }: { readonly entries: readonly PropEntry[]; readonly wantsBack: boolean },
    out: Outbox,
  ): void {
    if (entries.length === 0 && !wantsBack) return;
    const debt = this.#debts.get(peer);
    const cells = debt?.cells ?? new Map<string, PropEntry>();
    for (const entry of entries) cells.set(cellName(entry), entry);
    if (debt === undefined) this.#tell(peer, { cells, wantsBack }, out);
    else {
      debt.wantsBack ||= wantsBack;
      if (debt.unreachable) this.#tell(peer, debt, out);
    }
  }

  /** How a peer stands to these cells: `none` owed, or not confirmed and `silent`, or known to be `unreachable`. */
  state(peer: NodeId, cells: readonly string[]): "none" | "silent" | "unreachable" {
    const debt = this.#debts.get(peer);
    if (debt === undefined || !cells.some((cell) => debt.cells.has(cell))) return "none";
    return debt.unreachable ? "unreachable" : "silent";
  }

  /** A peer has confirmed a message. What has been added since goes out now. */
  onConfirmed(from: NodeId, request: RequestId, out: Outbox): void {
    const debt = this.#debts.get(from);
    if (debt?.sent.request !== request) return;
    for (const entry of debt.sent.entries) {
      // A newer one may have taken the cell's place while this was on its way.
      if (debt.cells.get(cellName(entry)) === entry) debt.cells.delete(cellName(entry));
    }
    if (debt.sent.wantsBack) debt.wantsBack = false;
    if (debt.cells.size === 0 && !debt.wantsBack) this.#debts.delete(from);
    else this.#tell(from, debt, out);
  }

  /** A message never reached its peer. */
  onUndelivered(to: NodeId, message: PropsMessage): void {
    const debt = this.#debts.get(to);
    if (debt?.sent.request === message.request) debt.unreachable = true;
  }

  /** A peer that was out of reach speaks: what it owes need not wait. */
  onHeard(from: NodeId, out: Outbox): void {
    const debt = this.#debts.get(from);
    if (debt?.unreachable) this.#tell(from, debt, out);
  }

  /** Says everything that is unconfirmed again, and forgets who is no member any more. */
  sayAgain(members: ReadonlySet<NodeId>, out: Outbox): void {
    for (const [peer, debt] of this.#debts) {
      if (members.has(peer)) out.send(peer, debt.sent);
      else this.#debts.delete(peer);
    }
  }

  /** What it holds in memory. */
  snapshot(): object {
    return [...this.#debts].map(([peer, { cells, wantsBack, sent, unreachable }]) => ({
      ...{ peer, cells: [...cells], wantsBack, sent, unreachable },
    }));
  }

  #tell(peer: NodeId, { cells, wantsBack }: Pick<Debt, "cells" | "wantsBack">, out: Outbox): void {
    const sent: PropsMessage = {
      kind: "props",
      request: this.#next(),
      entries: [...cells.values()],
      wantsBack,
    };
    this.#debts.set(peer, { cells, wantsBack, sent, unreachable: false });
    out.send(peer, sent);
  }
}
