/**
 * Operators of a world on a seed: each plans a change of the members at one node, on what that node knows, and commits it
 * there. Two of them may do so at once, on two sides of a split.
 *
 * @module
 */
import { fold, type History } from "../membership/history.ts";
import { planChange } from "../membership/plan.ts";
import type { Step } from "../protocol/change.ts";
import { drawFrom } from "../ring/tokens.ts";
import type { Loss } from "./checker.ts";
import type { Machine } from "./machine.ts";
import type { Reshaping } from "./plan.ts";
import type { World } from "./world.ts";

/** These will be committed, each at its time. What a removal may lose goes to `losses`. */
export function reshape(world: World, changes: readonly Reshaping[], losses: Loss[]): void {
  for (const change of changes) world.agenda.at(change.atMs, () => commit(world, change, losses));
}

function commit(world: World, change: Reshaping, losses: Loss[]): void {
  const at = world.machine(change.node);
  const { history } = at;
  if (history === null) return world.note("change.nobody_listens");
  if (change.what === "remove" && !mayRemove(history, world)) return world.note("change.too_few");
  const steps = [stepOf(change, world.machine(change.member))];
  const intent = { author: at.id, wallMs: at.now.wallMs, steps, draw: drawFrom(at.id) };
  const { moves } = planChange(history, intent);
  const plannedOn = history.digest;
  const asked = world.ask(at, (ticket) => ({ kind: "commit", ticket, plannedOn, steps, moves }), {
    hungUp: () => world.note("change.unknown"),
    answered: (reply) =>
      world.note(reply.kind === "failure" ? `change.${reply.error}` : `change.${change.what}`),
  });
  if (!asked) return world.note("change.nobody_listens");
  if (change.what !== "remove") return;
  // It passes on nothing; and until all have heard of it, they count what it stores.
  const { id: machine } = world.machine(change.member);
  for (const atMs of [world.agenda.nowMs, Infinity]) losses.push({ machine, key: null, atMs });
}

/** As an operator who keeps n members, so that each key has as many copies again. */
function mayRemove(history: History, { config: { n } }: World): boolean {
  const statuses = [...fold(history).status.values()];
  return statuses.filter((status) => status === "in").length > n;
}

function stepOf({ what, value }: Reshaping, { id: node }: Machine): Step {
  switch (what) {
    case "join":
      return { kind: "join", node, zone: "", weight: value };
    case "weight":
      return { kind: "weight", node, weight: value };
    case "zone":
      return { kind: "zone", node, zone: `z${value}` };
    case "remove":
      return { kind: "remove", node, acceptLoss: true };
    case "leave":
    case "stay":
      return { kind: what, node };
  }
}
