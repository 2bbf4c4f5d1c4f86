/**
 * One run of a plan, from its beginning to its end, and what is to be said of it.
 *
 * ```text
 * storm    until `calmAtMs`: anything of the plan may happen; every step is audited, every answer recorded
 * calm     the core is well, who is broken stays broken: the core must come to rest, serve, and agree
 * reunion  everybody is well: nothing that was acknowledged may be missing, nothing that was overwritten may be there
 * ```
 *
 * In the storm only safety is asked for. In the calm, liveness too, in bounded virtual time (law T4); what has not come to
 * rest by then is named.
 *
 * @module
 */
import type { Event } from "../protocol/event.ts";
import { Audit, Broken } from "./audit.ts";
import {
  type Breach,
  checkAnswers,
  checkOverlap,
  checkSessions,
  measure,
  type Staleness,
} from "./checker.ts";
import { Clients } from "./clients.ts";
import { Closing } from "./closing.ts";
import { Faults } from "./faults.ts";
import { History } from "./history.ts";
import { StepThrew } from "./machine.ts";
import { reshape } from "./members.ts";
import type { Plan } from "./plan.ts";
import { seatOf } from "./serving.ts";
import type { Container } from "../version/siblings.ts";
import type { ObjectName } from "../id.ts";
import { type Onlooker, World } from "./world.ts";

/** What came of a run. */
export interface Report {
  readonly plan: Plan;
  /** Laws that do not hold. None, if all is well. */
  readonly breaches: readonly Breach[];
  /** How many steps the nodes took. */
  readonly steps: number;
  /** How many things happened: steps, and what brought them about or came to nothing. */
  readonly events: number;
  /** How long it was in the world. In ms. */
  readonly virtualMs: number;
  /** Two runs of one plan have the same. */
  readonly fingerprint: number;
  /** How often each thing with a name has happened. */
  readonly counts: ReadonlyMap<string, number>;
  readonly staleness: Staleness;
  readonly history: History;
}

/** What may be asked of a run. */
export interface SimulateOptions {
  /** Looks on. */
  readonly onlooker?: Onlooker | undefined;
  /** False: steps are not audited, which is for measuring only. */
  readonly audited?: boolean;
}

/**
 * Runs a plan.
 *
 * @example A seed, run twice
 * ```ts
 * import { draw } from "./draw.ts";
 * import { simulate } from "./simulate.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const report = simulate(draw(1));
 * assertEquals(report.breaches, []);
 * assertEquals(simulate(draw(1)).fingerprint, report.fingerprint);
 * ```
 */
export function simulate(
  plan: Plan,
  { onlooker, audited = true }: SimulateOptions = {},
): Report {
  const world = new World(plan);
  const history = new History();
  if (onlooker) world.watch(sheltered(onlooker));
  if (audited) audit(world, history);
  const faults = new Faults(world);
  const clients = new Clients(world, history, faults.losses);
  const breaches: Breach[] = [];
  try {
    for (const machine of world.machines.values()) faults.start(machine);
    faults.threaten(plan.faults);
    clients.intend(plan.intents);
    reshape(world, plan.changes ?? [], faults.losses);
    world.agenda.run(plan.calmAtMs);
    faults.calm();
    const closing = new Closing(world, { history, faults });
    breaches.push(...closing.calm());
    faults.reunion();
    breaches.push(...closing.reunion());
    breaches.push(...checkAnswers(history));
    breaches.push(...checkSessions(history, faults.losses));
    const { losses } = faults;
    const { config: { n, w }, hintTimes: { all: hints } } = world;
    // Who was removed and has not heard of it answers for a seat that another has now.
    const removals = (plan.changes ?? []).filter(({ what }) => what === "remove").length;
    breaches.push(...checkOverlap(history, { n: n + removals, w, losses, hints }));
    return {
      ...reportOf(world, history),
      breaches,
      staleness: measure(history, closing.ends),
    };
  } catch (error) {
    if (error instanceof OnlookerFailed) throw error.cause;
    breaches.push(breachOf(error));
    return { ...reportOf(world, history), breaches, staleness: measure(history, []) };
  }
}

/** What an onlooker throws is its own affair: it ends the run, and is no breach. */
class OnlookerFailed extends Error {}

function sheltered(onlooker: Onlooker): Onlooker {
  const sheltering = <Result>(look: () => Result): Result => {
    try {
      return look();
    } catch (cause) {
      throw new OnlookerFailed("an onlooker threw", { cause });
    }
  };
  return {
    stepping(at, event) {
      const after = sheltering(() => onlooker.stepping?.(at, event));
      return (effects) => sheltering(() => after?.(effects));
    },
    stepped: (step) => sheltering(() => onlooker.stepped?.(step)),
  };
}

/** What a rule of the node throws is a broken invariant, as what the audit throws is a broken law. */
function breachOf(error: unknown): Breach {
  if (error instanceof Broken) {
    const { law, what, at } = error;
    return { law, what, ...at === undefined ? {} : { at } };
  }
  if (error instanceof StepThrew && error.cause instanceof Error) {
    const { step: { node, atMs, event }, cause } = error;
    const at = stepName(node, atMs, event);
    return { law: "rule", what: cause.message, stack: cause.stack ?? "", at };
  }
  if (!(error instanceof Error)) throw error;
  return { law: "rule", what: error.message, stack: error.stack ?? "" };
}

/** One step, for people: whose, when, and what had come. */
function stepName(node: string, atMs: number, event: Event): string {
  return `${node} at ${atMs.toFixed(3)} ms, when this came: ${nameOf(event)}`;
}

/** What came, in a few words; the trace has it whole. */
function nameOf(event: Event): string {
  switch (event.kind) {
    case "envelope":
      return `${
        event.envelope.messages.map(({ kind }) => kind).join(", ")
      } of ${event.envelope.from}`;
    case "timer":
      return `timer ${event.timer.kind}`;
    default:
      return event.kind;
  }
}

function reportOf(world: World, history: History): Omit<Report, "breaches" | "staleness"> {
  const { plan, steps, fingerprint, counts, agenda: { nowMs: virtualMs, kept: events } } = world;
  return { plan, steps, events, virtualMs, fingerprint, counts, history };
}

function audit(world: World, history: History): void {
  const account = new Audit(history);
  world.watch({
    stepping(at, event) {
      const { boot, disk, id } = at;
      const held = (name: Parameters<typeof disk.recordOf>[0]) => disk.recordOf(name);
      return (effects) => {
        try {
          const seat = (name: ObjectName, held: Container) => seatOf(world, at, name, held);
          account.stepped({ id, boot: boot!, held, seat }, event, effects, world.agenda.nowMs);
        } catch (error) {
          if (error instanceof Broken) error.at = stepName(id, world.agenda.nowMs, event);
          throw error;
        }
      };
    },
  });
}
