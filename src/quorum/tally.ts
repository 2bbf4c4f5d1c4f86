/**
 * Counting answers (paper, section 4.5), by seats.
 *
 * Every node that was asked may answer once. An answer counts for the **seat** that its node serves, and one seat counts
 * once, whoever answers for it: two nodes that both claim a seat (a range on the move) are one vote, or a read and a write
 * could meet their quorums without sharing a copy (protocol.md, Part 2 c).
 *
 * Who was asked in the place of a primary that cannot be reached counts for the seat that it was asked for: never toward
 * quorums of primaries, and only with what it has (protocol.md, Part 1 e).
 *
 * "Enough" and "can never be enough" are both answers: the second comes as soon as even a good answer of everybody who is
 * still silent would not do.
 *
 * @module
 */
import type { NodeId } from "../id.ts";
import type { Counts } from "../protocol/error.ts";
import type { Participant } from "../protocol/error.ts";
import type { Standing } from "../protocol/message.ts";
import type { Entry } from "../ring/preference_list.ts";
import { cut, type Need } from "./needs.ts";

/** What became of one node that was asked. */
export type Said = Participant["said"];

/** Quorums that only primaries count for. */
const OF_PRIMARIES: ReadonlySet<string> = new Set(["pr", "pw"]);

/** The answers to one request, and what they count for. `Name` lists the quorums. */
export class Tally<Name extends string> {
  readonly #needs: Readonly<Record<Name, Need>>;
  readonly #asked = new Map<NodeId, Participant>();
  readonly #seatsFor: Map<Name, Set<number>>;
  readonly #n: number;
  #seats: number;

  /**
   * No answer yet, to a request that needs `needs`, and asks `n` replicas of a range with `seats` seats as far as this
   * node knows.
   */
  constructor(
    needs: Readonly<Record<Name, Need>>,
    { n, seats }: { readonly n: number; readonly seats: number },
  ) {
    this.#needs = needs;
    this.#n = n;
    this.#seats = Math.min(n, seats);
    this.#seatsFor = new Map((Object.keys(needs) as Name[]).map((name) => [name, new Set()]));
  }

  /** Puts a node on the list of those asked. Returns false if it is there already: no node is asked twice (law Q8). */
  ask({ node, seat, role }: Entry): boolean {
    if (this.#asked.has(node)) return false;
    this.#asked.set(node, { node, seat, role, said: "silent" });
    return true;
  }

  /** True if the node was asked and has not answered. */
  awaits(node: NodeId): boolean {
    return this.#asked.get(node)?.said === "silent";
  }

  /**
   * Takes the one answer of a node that is awaited.
   *
   * @param standing What the node is for the range; null if it could not say.
   * @param counts For which quorums the answer counts, if its node serves a seat.
   */
  record(node: NodeId, said: Said, standing: Standing | null, counts: readonly Name[]): void {
    const asked = this.#asked.get(node);
    if (asked?.said !== "silent") throw new Error(`Cannot count ${node} again: ${asked?.said}`);
    // A stand-in that has come to serve the range meanwhile counts as what it is.
    const standsIn = asked.role === "fallback" && standing !== null && standing.seat === null;
    const seat = standsIn ? asked.seat : standing?.seat ?? null;
    this.#asked.set(node, { ...asked, seat: seat ?? asked.seat, said });
    if (standing !== null) {
      this.#seats = Math.max(this.#seats, Math.min(this.#n, standing.seats));
    }
    if (seat === null) return;
    for (const name of counts) {
      if (!standsIn || !OF_PRIMARIES.has(name)) this.#seatsFor.get(name)?.add(seat);
    }
  }

  /** k: the greatest number of seats that anybody has said, but no more than are asked. */
  get seats(): number {
    return this.#seats;
  }

  /** How many nodes have not answered. */
  get pending(): number {
    let silent = 0;
    for (const { said } of this.#asked.values()) if (said === "silent") silent++;
    return silent;
  }

  /** How many seats count for a quorum. */
  got(name: Name): number {
    return this.#seatsFor.get(name)?.size ?? 0;
  }

  /** How many are wanted, with the seats that are known by now. */
  want(name: Name): number {
    return cut(this.#needs[name], this.#seats);
  }

  /** True if every quorum is met. */
  get enough(): boolean {
    return this.#names.every((name) => this.got(name) >= this.want(name));
  }

  /** True if some quorum cannot be met any more, by those who were asked. */
  get hopeless(): boolean {
    const silent = [...this.#asked.values()].filter(({ said }) => said === "silent");
    const primaries = silent.filter(({ role }) => role === "primary");
    const theirs = primaries.map(({ seat }) => seat);
    const fallbacks = silent.filter(({ role, seat }) =>
      role === "fallback" && seat !== null && !theirs.includes(seat)
    );
    return this.#names.some((name) => {
      const got = this.#seatsFor.get(name)!;
      // A primary may serve another seat than the one that it was asked for; who stands in for it adds nothing to that.
      const kept = OF_PRIMARIES.has(name) ? [] : fallbacks.map(({ seat }) => seat!);
      const more = new Set(kept.filter((seat) => !got.has(seat))).size;
      return got.size + primaries.length + more < this.want(name);
    });
  }

  /** What was wanted and what came, for an error's body. */
  counts(): { want: Counts; got: Counts } {
    return {
      want: Object.fromEntries(this.#names.map((name) => [name, this.want(name)])),
      got: Object.fromEntries(this.#names.map((name) => [name, this.got(name)])),
    };
  }

  /** Everybody who was asked, in the order of asking. */
  participants(): Participant[] {
    return [...this.#asked.values()];
  }

  /** What it holds in memory. */
  snapshot(): object {
    const seatsFor = this.#names.map((name) => [name, [...this.#seatsFor.get(name) ?? []]]);
    return { asked: this.participants(), seatsFor, needs: this.#needs, n: this.#n, k: this.#seats };
  }

  get #names(): Name[] {
    return [...this.#seatsFor.keys()];
  }
}
