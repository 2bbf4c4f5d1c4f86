/**
 * A way to a broken law, for people: numbered lines in plain words, and what the disks hold at the end.
 *
 * `{n1.1.0:2}|v2@n1.1.0:2` is a container: a clock that has seen the first two dots of an actor (of the first process of
 * n1, its actor 0), and one live value, v2, with the dot that wrote it. A put writes `vK` if it is the K-th put of the run.
 *
 * @module
 */
import type { Reply } from "../protocol/effect.ts";
import type { Timer } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import { type Container, EMPTY } from "../version/siblings.ts";
import { dotName, only } from "./account.ts";
import { type Io, ownerOf, type Stimulus } from "./machine.ts";
import type { Move } from "./model.ts";
import type { World } from "./world.ts";
import { FIRST_GET, ticketOf, valueOf } from "./place.ts";
import type { PathStep, Violation } from "./search.ts";

/** The whole transcript, one string a line. */
export function transcript({ broken, path, model: { world } }: Violation): string[] {
  const lines = path.flatMap((step, i) => {
    const [first, ...more] = told(world, step);
    return [`${String(i + 1).padStart(3)}. ${first}`, ...more.map((line) => `       ${line}`)];
  });
  const last = path.at(-1)?.after ?? world.initial();
  const disks = world.place.ids.map((id, index) =>
    `     ${id} holds ${heldBy(world, last, index)}`
  );
  return [...lines, ...disks, `Broken: ${broken}`];
}

function told(world: World, { move, before, after }: PathStep): string[] {
  const { place, steps } = world;
  const name = place.ids[move.of] ?? "";
  switch (move.kind) {
    case "ask": {
      const said = ofStimulus(steps.stimuli.at(move.with));
      return [`a client asks ${name}: ${said}`, ...consequences(world, before, after, move.of)];
    }
    case "io":
      return [
        `${name}'s disk ${ofStimulus(steps.stimuli.at(move.with))}${aboard(world, before, move)}`,
        ...consequences(world, before, after, move.of),
      ];
    case "timer":
      return [
        `${name}'s ${ofStimulus(steps.stimuli.at(move.with))}`,
        ...consequences(world, before, after, move.of),
      ];
    case "deliver":
    case "lose":
    case "double":
    case "refuse": {
      const { said, to, from } = world.flights.flights.at(move.of);
      const { from: by, to: whom, message } = steps.said.at(said);
      const what = `${by} -> ${whom}: ${ofMessage(message)}`;
      if (move.kind === "lose") return [`${what}, lost`];
      if (move.kind === "double") return [`${what}, will arrive twice`];
      const end = move.kind === "deliver" ? "delivered" : `not delivered, and ${by} is told so`;
      const acts = move.kind === "deliver" ? to : from;
      return [`${what}, ${end}`, ...consequences(world, before, after, acts)];
    }
    case "crash":
      return [`${name} crashes`];
    case "crash_after_landing":
      return [`${name}'s disk takes what was on its way, and ${name} crashes before it hears`];
    case "wipe":
      return [`${name}'s disk is wiped; its id stays`];
    case "damage":
      return [`${name}'s record goes bad`];
    case "restart":
      return [`${name} starts again, as process ${world.cell(after, move.of).boot}`];
  }
}

/** What a node does in its step that a reader would miss: what it begins to store, and what its client hears. */
function consequences(
  world: World,
  before: readonly number[],
  after: readonly number[],
  index: number,
): string[] {
  const lines: string[] = [];
  const [was, is] = [before, after].map((state) => {
    const cell = world.cell(state, index);
    return cell.memory === 0 ? [] : world.steps.memory(cell).ios;
  });
  for (const io of is!) {
    if (io.kind === "store" && !was!.includes(io)) lines.push(`it begins to store ${ofStore(io)}`);
  }
  const clientsAt = before.length - 2;
  const [waited, waits] = [before, after].map((state) =>
    new Set(world.clients.at(state[clientsAt]!).map(({ ticket }) => ticket))
  );
  for (const ticket of waited!) {
    if (ticket !== 0 && !waits!.has(ticket)) lines.push(heard(world, after, ticket));
  }
  return lines;
}

function heard(world: World, after: readonly number[], ticket: number): string {
  if (ticket >= FIRST_GET) return "the get is answered";
  const account = world.judge.at(after[after.length - 3]!);
  // A delete that finds nothing left to delete succeeds, and makes no put that the account would know of.
  const otherwise = account.deletes & only(ticket)
    ? "no success, or nothing to delete"
    : "no success";
  const heard = account.acknowledged & only(ticket) ? "acknowledged" : otherwise;
  return `the client of ${valueOf(ticket)} hears: ${heard}`;
}

function aboard(world: World, before: readonly number[], { of, with: which }: Move): string {
  const stimulus = world.steps.stimuli.at(which);
  const owner = stimulus.kind === "io" ? stimulus.owner : null;
  const io = world.steps.memory(world.cell(before, of)).ios.find((io) => ownerOf(io) === owner);
  return io?.kind === "store" ? `: ${ofStore(io)}` : ": a read";
}

function ofStore({ owner, record }: Extract<Io, { kind: "store" }>): string {
  const what = ofContainer(record?.container ?? EMPTY);
  return owner === null ? what : `${what}, for ${owner}`;
}

function heldBy(world: World, state: readonly number[], index: number): string {
  const cell = world.cell(state, index);
  const { record, hints, damaged } = world.steps.disks.at(cell.disk);
  const own = damaged ? "a damaged record" : ofContainer(record?.container ?? EMPTY);
  const what = [
    own,
    ...[...hints].map(([owner, { container }]) => `keeps ${ofContainer(container)} for ${owner}`),
  ].join(", ");
  return cell.memory === 0 ? `${what}, and is down` : what;
}

function ofStimulus(stimulus: Stimulus): string {
  switch (stimulus.kind) {
    case "ask": {
      const { event } = stimulus;
      if (event.kind === "get") {
        const { session } = event.ask;
        return session ? `get, in a session that has seen ${ofClock(session)}` : "get";
      }
      const { version, seen } = event.ask;
      const what = version.tombstone
        ? `delete (${valueOf(event.ticket)})`
        : `put ${valueOf(event.ticket)}`;
      return `${what}, ${seen ? `having seen ${ofClock(seen.clock)}` : "having seen nothing"}`;
    }
    case "io":
      if (stimulus.how === "lands") return "does it";
      return stimulus.how === "fails" ? "fails" : "does it, and says that it failed";
    case "timer":
      return ofTimer(stimulus.timer);
    case "message":
    case "undelivered":
      return ofMessage(stimulus.message);
    case "start":
      return "start";
  }
}

function ofTimer(timer: Timer): string {
  return `${timer.kind} timer fires`;
}

function ofMessage(message: Message): string {
  switch (message.kind) {
    case "write":
      return `write ${ofContainer(message.container)}${
        message.hint ? `, to be kept for ${message.hint.owner}` : ""
      }`;
    case "repair":
      return `repair ${ofContainer(message.container)}`;
    case "write_reply":
      return `write_reply ${message.outcome.kind}`;
    case "read_reply": {
      const { outcome } = message;
      return `read_reply ${
        outcome.kind === "found" ? ofContainer(outcome.container) : outcome.kind
      }`;
    }
    case "forward":
      return `forward of ${valueOf(ticketOf(message.order.version.writeId))}`;
    case "forward_reply":
      return `forward_reply ${ofOutcome(message.outcome)}`;
    case "status":
      return `what became of ${valueOf(ticketOf(message.writeId))}?`;
    case "status_reply":
      return `status_reply ${message.state}`;
    default:
      return message.kind;
  }
}

function ofOutcome(
  outcome: Extract<Message, { kind: "forward_reply" }>["outcome"] | Reply,
): string {
  if (outcome.kind === "failure") {
    return `${outcome.error}, ${outcome.definite ? "definite" : "nobody knows"}`;
  }
  return "container" in outcome ? `done ${ofContainer(outcome.container)}` : outcome.kind;
}

function ofClock(clock: Container["clock"]): string {
  const entries = [...clock].map(([actor, counter]) => dotName({ actor, counter }));
  return `{${entries.sort().join(", ")}}`;
}

/** A container, for people. */
export function ofContainer({ clock, siblings }: Container): string {
  const live = siblings.map(({ dot, version }) => {
    const value = valueOf(ticketOf(version.writeId));
    return `${version.tombstone ? `deleted by ${value}` : value}@${dotName(dot)}`;
  });
  return clock.size === 0 ? "nothing" : `${ofClock(clock)}|${live.join(", ")}`;
}
