/**
 * Seats that are not needed any more: fewer nodes should serve a range than do (protocol.md, Part 2 d).
 *
 * That happens only where nodes have left until fewer than n remain, by a fork or by removals: else whoever takes the place
 * of a leaver gets its seat (`arrivals.ts`). A spare server gives its seat up, and nobody gets it: what it holds goes to all
 * who serve the range (`drain.ts`). The seat stays empty, and is counted: whoever reads or writes needs as many of the other
 * seats as before, so what was acknowledged for this one is found at another.
 *
 * Each owner must say first that it serves the range, **by the same history**: two who each hold the other for the owner, on
 * two sides of a fork, would both give up, and nobody would serve.
 *
 * @module
 */
import { compare, type NodeId } from "../id.ts";
import type { Message, RequestId, TreeName } from "../protocol/message.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { rangeId, rangeOf, type Stage } from "./stage.ts";

/** What {@linkcode Spares} are made of. */
export interface SparesOptions {
  readonly stage: Stage;
  readonly next: () => RequestId;
}

/** What an owner was asked, and by which history. */
interface Question {
  readonly to: NodeId;
  readonly history: string;
  readonly ranges: readonly TreeName[];
}

/** The seats of one node that are not needed any more. */
export class Spares {
  readonly #options: SparesOptions;
  readonly #questions = new Map<RequestId, Question>();
  /** Who has said that it serves a range, by the history that is known now. */
  readonly #said = new Map<string, Set<NodeId>>();
  #history = "";

  /** Nobody has been asked. */
  constructor(options: SparesOptions) {
    this.#options = options;
  }

  /** Whether this node serves anything that it need not. */
  get any(): boolean {
    return this.#ranges.length > 0;
  }

  /** What it holds in memory. */
  snapshot(): object {
    const said = [...this.#said].map(([range, nodes]) => [range, [...nodes]]);
    return { questions: [...this.#questions], said, history: this.#history };
  }

  /** Owners that have not said so are asked. */
  onTimer(out: Outbox): void {
    const { stage, next } = this.#options;
    const { history } = stage;
    if (history !== this.#history) this.#said.clear();
    this.#history = history;
    this.#questions.clear();
    const asks = new Map<NodeId, TreeName[]>();
    for (const range of this.#ranges) {
      for (const owner of stage.owners(range)) {
        if (this.#said.get(rangeId(range))?.has(owner)) continue;
        asks.set(owner, [...asks.get(owner) ?? [], range]);
      }
    }
    for (const [to, ranges] of [...asks].sort(([a], [b]) => compare(a, b))) {
      const request = next();
      this.#questions.set(request, { to, history, ranges });
      out.send(to, { kind: "claim", request, history, ranges });
    }
  }

  /** An owner says what it is for some ranges. Returns whether it was asked here. */
  onClaimReply(
    from: NodeId,
    { request, stations }: Extract<Message, { kind: "claim_reply" }>,
    out: Outbox,
  ): boolean {
    const question = this.#questions.get(request);
    if (question?.to !== from) return false;
    this.#questions.delete(request);
    if (question.history !== this.#options.stage.history || stations === null) return true;
    for (const [i, range] of question.ranges.entries()) {
      if (stations[i]?.role !== "serving") continue;
      const id = rangeId(range);
      this.#said.set(id, (this.#said.get(id) ?? new Set()).add(from));
      this.#giveUp(range, out);
    }
    return true;
  }

  /** Gives a seat up, if all owners have said that they serve the range. */
  #giveUp(range: TreeName, out: Outbox): void {
    const { stage } = this.#options;
    const said = this.#said.get(rangeId(range));
    if (!this.#isSpare(range) || !stage.owners(range).every((owner) => said?.has(owner))) return;
    out.mark("handover.spared");
    stage.turn(range, { ...stage.own(range)!, role: "released", peers: [] }, out);
  }

  get #ranges(): TreeName[] {
    return this.#options.stage.roles.map(rangeOf).filter((range) => this.#isSpare(range));
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
}
