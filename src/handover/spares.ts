/**
 * Fewer nodes should serve a range than do, or did (protocol.md, Part 2 d): nodes have left, or were removed, until fewer
 * than n remain. (Else whoever takes the place of a leaver gets its seat: `arrivals.ts`.)
 *
 * A **spare** server gives its seat up, and nobody gets it: what it holds goes to all who serve the range (`drain.ts`). The
 * seat stays empty, and is counted: whoever reads or writes needs as many of the other seats as before, so what was
 * acknowledged for this one is found at another. Each owner must say first that it serves the range, **by the same history**:
 * two who each hold the other for the owner, on two sides of a fork, would both give up, and nobody would serve.
 *
 * When the owners serve and nobody else has any role there, the empty seats are **no seats any more**: k falls to the number
 * of owners. Of W copies that were acknowledged among k seats at least W - e are on seats that are left, where e are gone,
 * and W - e + R > k - e as W + R > k. Every member must say by the same history that it has no role, for a newcomer
 * that is just being given a seat counts on the k that it was promised.
 *
 * @module
 */
import { compare, type NodeId } from "../id.ts";
import type { Station } from "../protocol/handover_message.ts";
import type { Message } from "../protocol/message.ts";
import type { RequestId, TreeName } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { rangeId, rangeOf, type Stage } from "./stage.ts";

/** What {@linkcode Spares} are made of. */
export interface SparesOptions {
  readonly stage: Stage;
  readonly next: () => RequestId;
}

/** What a member was asked, and by which history. */
interface Question {
  readonly to: NodeId;
  readonly history: string;
  readonly ranges: readonly TreeName[];
}

/** The seats of one node that are not needed any more. */
export class Spares {
  readonly #options: SparesOptions;
  readonly #questions = new Map<RequestId, Question>();
  /** What members have said that they are for a range, by the history that is known now. */
  readonly #said = new Map<string, Map<NodeId, Station | null>>();
  #history = "";

  /** Nobody has been asked. */
  constructor(options: SparesOptions) {
    this.#options = options;
  }

  /** Whether this node serves anything that it need not, or counts seats that are none. */
  get any(): boolean {
    return this.#ranges.length > 0;
  }

  /** What it holds in memory. */
  snapshot(): object {
    const said = [...this.#said].map(([range, stations]) => [range, [...stations]]);
    return { questions: [...this.#questions], said, history: this.#history };
  }

  /** Members that have not said what they are are asked. */
  onTimer(out: Outbox): void {
    const { stage, next } = this.#options;
    const { history } = stage;
    this.#said.clear();
    this.#questions.clear();
    this.#history = history;
    const asks = new Map<NodeId, TreeName[]>();
    for (const range of this.#ranges) {
      for (const member of this.#whom(range)) {
        asks.set(member, [...asks.get(member) ?? [], range]);
      }
    }
    for (const [to, ranges] of [...asks].sort(([a], [b]) => compare(a, b))) {
      const request = next();
      this.#questions.set(request, { to, history, ranges });
      out.send(to, { kind: "claim", request, history, ranges });
    }
  }

  /** A member says what it is for some ranges. Returns whether it was asked here. */
  onClaimReply(
    from: NodeId,
    { request, stations }: Extract<Message, { kind: "claim_reply" }>,
    out: Outbox,
  ): boolean {
    const question = this.#questions.get(request);
    if (question?.to !== from) return false;
    this.#questions.delete(request);
    const { stage } = this.#options;
    if (question.history !== stage.history || stations?.length !== question.ranges.length) {
      return true;
    }
    for (const [i, range] of question.ranges.entries()) {
      const said = this.#said.get(rangeId(range)) ?? new Map();
      this.#said.set(rangeId(range), said.set(from, stations[i]!));
      if (this.#isSpare(range)) this.#giveUp(range, said, out);
      else if (this.#isWide(range)) this.#narrow(range, said, out);
    }
    return true;
  }

  /** Gives a seat up, if all owners have said that they serve the range. */
  #giveUp(range: TreeName, said: ReadonlyMap<NodeId, Station | null>, out: Outbox): void {
    const { stage } = this.#options;
    if (!stage.owners(range).every((owner) => said.get(owner)?.role === "serving")) return;
    out.mark("handover.spared");
    stage.turn(range, { ...stage.own(range)!, role: "released", peers: [] }, out);
  }

  /** Counts no more seats than there are owners, if all of these serve and nobody else has a role. */
  #narrow(range: TreeName, said: ReadonlyMap<NodeId, Station | null>, out: Outbox): void {
    const { stage } = this.#options;
    const owners = stage.owners(range);
    const isSo = this.#whom(range).every((member) =>
      said.has(member) &&
      (said.get(member)?.role ?? null) === (owners.includes(member) ? "serving" : null)
    );
    if (!isSo) return;
    out.mark("handover.narrowed");
    stage.turn(range, { ...stage.own(range)!, seats: owners.length }, out);
  }

  get #ranges(): TreeName[] {
    return this.#options.stage.roles.map(rangeOf)
      .filter((range) => this.#isSpare(range) || this.#isWide(range));
  }

  /** Who is to be asked about a range. */
  #whom(range: TreeName): readonly NodeId[] {
    const { stage } = this.#options;
    if (this.#isSpare(range)) return stage.owners(range);
    return [...stage.members].filter((member) => member !== stage.node).sort(compare);
  }

  /** Whether this node serves a range for which there are owners enough without it. */
  #isSpare(range: TreeName): boolean {
    const { stage } = this.#options;
    const owners = stage.owners(range);
    if (stage.own(range)?.role !== "serving" || stage.isTurning(range)) return false;
    const holders = stage.holders(range);
    return !owners.includes(stage.node) &&
      owners.every((owner) =>
        holders.some(({ node, role }) => node === owner && role.role === "serving")
      );
  }

  /** Whether it counts more seats than there are owners, though these serve and nobody else is known to have a role. */
  #isWide(range: TreeName): boolean {
    const { stage } = this.#options;
    const own = stage.own(range);
    const owners = stage.owners(range);
    if (own?.role !== "serving" || own.seats <= owners.length || stage.isTurning(range)) {
      return false;
    }
    const holders = stage.holders(range);
    return owners.includes(stage.node) && holders.length === owners.length &&
      holders.every(({ node, role }) => role.role === "serving" && owners.includes(node));
  }
}
