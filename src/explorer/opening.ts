/**
 * Where an exploration of settling begins: v1 was written at n1, whose copy for n2 is still under way; a client has read v1
 * there and deleted it, and both replicas have the delete. So all that is left of v1 is a message, a request that waits for
 * n2, and a read that gathers on.
 *
 * To find the way there among all others would take most of the search.
 *
 * @module
 */
import type { Message } from "../protocol/message.ts";
import type { Model, Move } from "./model.ts";

/** One of the moves that lead there. */
type Wanted =
  | { readonly kind: "put" | "delete" | "get" }
  | { readonly kind: "io"; readonly node: number }
  | {
    readonly kind: "deliver";
    readonly to: number;
    readonly message: Message["kind"];
    readonly at: number;
  };

const WAY: readonly Wanted[] = [
  { kind: "put" },
  { kind: "io", node: 0 },
  { kind: "get" },
  { kind: "delete" },
  { kind: "io", node: 0 },
  // The copy with the delete, which is the second.
  { kind: "deliver", to: 1, message: "write", at: 1 },
  { kind: "io", node: 1 },
  { kind: "deliver", to: 0, message: "write_reply", at: 0 },
];

/** The state in which a value is deleted while it is being written. */
export function deleted(model: Model): number[] {
  let state = model.world.initial();
  for (const wanted of WAY) {
    const found: number[][] = [];
    model.expand(state, (move, next, broken) => {
      if (broken === null && isWanted(model, wanted, move)) found.push([...next]);
    });
    const next = found["at" in wanted ? wanted.at : 0];
    if (next === undefined) throw new Error(`Cannot begin: there is no ${wanted.kind}`);
    state = next;
  }
  return state;
}

function isWanted({ world }: Model, wanted: Wanted, { kind, of, with: which }: Move): boolean {
  switch (wanted.kind) {
    case "io":
      return kind === "io" && of === wanted.node;
    case "deliver": {
      if (kind !== "deliver") return false;
      const { said, to } = world.flights.flights.at(of);
      return to === wanted.to && world.steps.said.at(said).message.kind === wanted.message;
    }
    default: {
      if (kind !== "ask" || of !== 0) return false;
      const stimulus = world.steps.stimuli.at(which);
      if (stimulus.kind !== "ask") return false;
      const { event } = stimulus;
      if (event.kind === "get") return wanted.kind === "get";
      const { version: { tombstone }, seen } = event.ask;
      return wanted.kind === (tombstone ? "delete" : "put") && tombstone === (seen !== undefined);
    }
  }
}
