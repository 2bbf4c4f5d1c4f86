/**
 * Operators of a world on a seed: each plans a change of the members at one node, on what that node knows, and commits it
 * there. Two of them may do so at once, on two sides of a split.
 *
 * @module
 */
import { planChange } from "../membership/plan.ts";
import type { Step } from "../protocol/change.ts";
import { drawFrom } from "../ring/tokens.ts";
import type { Machine } from "./machine.ts";
import type { Reshaping } from "./plan.ts";
import type { World } from "./world.ts";

/** These will be committed, each at its time. */
export function reshape(world: World, changes: readonly Reshaping[]): void {
  for (const change of changes) world.agenda.at(change.atMs, () => commit(world, change));
}

function commit(world: World, change: Reshaping): void {
  const at = world.machine(change.node);
  const { history } = at;
  if (history === null) return world.note("change.nobody_listens");
  const steps = [stepOf(change, world.machine(change.member))];
  const intent = { author: at.id, wallMs: at.now.wallMs, steps, draw: drawFrom(at.id) };
  const { moves } = planChange(history, intent);
  const plannedOn = history.digest;
  const asked = world.ask(at, (ticket) => ({ kind: "commit", ticket, plannedOn, steps, moves }), {
    hungUp: () => world.note("change.unknown"),
    answered: (reply) =>
      world.note(reply.kind === "failure" ? `change.${reply.error}` : `change.${change.what}`),
  });
  if (!asked) world.note("change.nobody_listens");
}

function stepOf({ what, value }: Reshaping, { id: node }: Machine): Step {
  switch (what) {
    case "join":
      return { kind: "join", node, zone: "", weight: value };
    case "weight":
      return { kind: "weight", node, weight: value };
    case "zone":
      return { kind: "zone", node, zone: `z${value}` };
    case "leave":
    case "stay":
      return { kind: what, node };
  }
}
