/**
 * The laws, asked of states: each question about two numbers is asked once (`account.ts` holds the laws themselves).
 *
 * @module
 */
import { EMPTY, sync } from "../version/siblings.ts";
import {
  type Account,
  acknowledged,
  attempted,
  Broken,
  checkDisks,
  learn,
  listed,
  liveIn,
  nameOfAccount,
  NEW_ACCOUNT,
  only,
  type Puts,
  withCovered,
} from "./account.ts";
import type { Client } from "./clients.ts";
import { Interner, Memo } from "./interner.ts";
import type { Ledger } from "./ledger.ts";
import type { Scope } from "./scope.ts";
import type { Steps } from "./steps.ts";

/** What a client was told, as far as laws speak of it. */
export interface Told {
  readonly kind: "get" | "put";
  /** What put or get it was. */
  readonly ticket: number;
  /** The number of the container in the answer. */
  readonly container: number;
}

/** All accounts of one exploration. */
export class Judge {
  readonly #scope: Scope;
  readonly #steps: Steps;
  readonly #accounts = new Interner<Account>();
  readonly #learnt = new Memo<number | string>();
  readonly #merged = new Memo<number>();
  readonly #judged = new Memo<string>();

  /** No account but the empty one. */
  constructor(scope: Scope, steps: Steps) {
    this.#scope = scope;
    this.#steps = steps;
  }

  /** The number of the account of a world in which nothing has happened. */
  get first(): number {
    return this.#of(NEW_ACCOUNT);
  }

  /** An account. */
  at(account: number): Account {
    return this.#accounts.at(account);
  }

  /** The account after a put or delete by a client who had been shown this. */
  attempted(
    account: number,
    how: { readonly seen: Puts; readonly deletion: boolean },
  ): number {
    return this.#of(attempted(this.at(account), how));
  }

  /** The account after these containers have turned up, or the law that they break. */
  learn(account: number, turnedUp: number): number | string {
    return this.#learnt.of(account, turnedUp, () => {
      const { canonical } = this.#steps;
      const containers = this.#steps.turnedUp.at(turnedUp).map((id) => canonical.containerAt(id));
      let learnt = 0;
      const reason = reasonOf(() => {
        learnt = this.#of(learn(this.at(account), containers, this.#scope));
      });
      return reason === "" ? learnt : reason;
    });
  }

  /** The account after a client has been told something; and the law that this breaks, or null. */
  answered(
    account: number,
    { kind, ticket, container }: Told,
    { client, ledger }: { readonly client: Client; readonly ledger: Ledger },
  ): { readonly account: number; readonly broken: string | null } {
    const live = liveIn(this.#steps.canonical.containerAt(container));
    const known = this.at(account);
    if (kind === "get") {
      const broken = this.#missed(known, { client, ledger, live });
      return { account: this.#of({ ...known, shown: known.shown | live }), broken };
    }
    // Also where the answer breaks a law the client has heard a success.
    let after = { ...known, acknowledged: known.acknowledged | only(ticket) };
    const reason = reasonOf(() => {
      after = acknowledged(known, { put: ticket, live, seen: client.seen });
    });
    return { account: this.#of(after), broken: reason === "" ? null : reason };
  }

  /** Which law these disks break; "" is none. */
  disks(disks: readonly number[], account: number, { wipes, damages }: Ledger): string {
    const lost = wipes + damages;
    const keeps = { acknowledged: lost < this.#scope.w, shown: lost === 0 };
    const held = this.#together(disks);
    const how = 2 * Number(keeps.acknowledged) + Number(keeps.shown);
    return this.#judged.of(account, held * 4 + how, () =>
      reasonOf(() => {
        const container = held === 0 ? EMPTY : this.#steps.canonical.containerAt(held);
        checkDisks(this.at(account), container, keeps);
      }));
  }

  /** The number of what the disks hold together; 0 is nothing. */
  #together(disks: readonly number[]): number {
    const { canonical } = this.#steps;
    let held = 0;
    for (const id of disks) {
      const { record, hints, damaged } = this.#steps.disks.at(id);
      const copies = record === null || damaged ? [...hints.values()] : [record, ...hints.values()];
      for (const { container } of copies) {
        const own = canonical.container(container);
        held = held === 0 ? own : this.#merged.of(held, own, () => {
          const both = sync(canonical.containerAt(held), canonical.containerAt(own));
          return canonical.container(both);
        });
      }
    }
    return held;
  }

  /** What was acknowledged before a get began it shows, if R and W overlap; and what its session has seen, in any case. */
  #missed(
    account: Account,
    { client, ledger, live }: {
      readonly client: Client;
      readonly ledger: Ledger;
      readonly live: Puts;
    },
  ): string | null {
    // What was on a disk that is lost, a get need not show.
    if (ledger.wipes + ledger.damages > 0) return null;
    const { r, w, n } = this.#scope;
    const shown = withCovered(account, live);
    const late = client.session & ~shown;
    if (late !== 0) return `S20: a get shows ${listed(live)}: its session has seen ${listed(late)}`;
    const missed = client.before & ~shown;
    if (missed === 0 || r + w <= n) return null;
    return `Q16: a get misses ${listed(missed)}, acknowledged before it began: ` +
      `it shows ${listed(live)}`;
  }

  #of(account: Account): number {
    return this.#accounts.of(nameOfAccount(account), account);
  }
}

function reasonOf(check: () => void): string {
  try {
    check();
    return "";
  } catch (error) {
    if (error instanceof Broken) return error.message;
    throw error;
  }
}
