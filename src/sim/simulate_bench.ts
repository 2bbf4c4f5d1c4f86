/**
 * How fast worlds on a seed are: events a second, with the audit and without.
 *
 * `deno bench -A src/sim/simulate_bench.ts` says the time of one iteration; the name says how many events that is. The limit
 * beside it is a bare node that is given the same events again: what a world costs above that is the world.
 *
 * @module
 */
import { Node } from "../node.ts";
import { draw } from "./draw.ts";
import type { Machine, Step } from "./machine.ts";
import { simulate } from "./simulate.ts";
import { World } from "./world.ts";

const plans = Array.from({ length: 20 }, (_, seed) => draw(seed));
const reports = plans.map((plan) => simulate(plan));
const steps = reports.reduce((sum, report) => sum + report.steps, 0);
const events = reports.reduce((sum, report) => sum + report.events, 0);

/** What each process of a world was given, with the clocks that it had. */
interface Life {
  readonly fresh: () => Node;
  readonly events: (readonly [Step["event"], Machine["now"]])[];
}

const lives = plans.flatMap((plan) => {
  const world = new World(plan);
  const found = new Map<string, Life>();
  simulate(plan, {
    onlooker: {
      stepping({ id, boot, now }, event) {
        const name = `${id} ${boot}`;
        const fresh = () => new Node(world.optionsOf(id));
        if (!found.has(name)) found.set(name, { fresh, events: [] });
        found.get(name)!.events.push([event, now]);
        return () => {};
      },
    },
  });
  return [...found.values()];
});

Deno.bench(`bare nodes, ${steps} steps`, { group: "worlds", baseline: true }, () => {
  for (const { fresh, events } of lives) {
    const node = fresh();
    for (const [event, now] of events) node.step(event, now);
  }
});

Deno.bench(`20 worlds, ${events} events`, { group: "worlds" }, () => {
  for (const plan of plans) simulate(plan, { audited: false });
});

Deno.bench(`20 worlds, ${events} events, audited`, { group: "worlds" }, () => {
  for (const plan of plans) simulate(plan);
});
