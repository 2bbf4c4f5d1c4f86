/**
 * What the machine of one request does in a step, as one short line each: so that a law can say all of it, in order.
 *
 * @module
 */
import type { Effect } from "../../src/protocol/effect.ts";
import { isFailure } from "../../src/protocol/error.ts";
import type { Timer } from "../../src/protocol/event.ts";
import type { Hint, Message } from "../../src/protocol/message.ts";
import type { Outbox } from "../../src/protocol/outbox.ts";

/** All that a step did: its effects, and then what it told other rooms of its node. */
export function toldStep({ effects, inner, now }: Outbox): string[] {
  return [
    ...effects.map((effect) => told(effect, now.monoMs)),
    ...inner.map((inner) =>
      inner.kind === "message"
        ? `${nameOf(inner.message)}to itself`
        : `ask for ${inner.kind}${inner.kind === "coordinate" ? forWhom(inner.hint) : ""}`
    ),
  ];
}

/** What one effect is, of a step that was taken at `nowMs`. */
export function told(effect: Effect, nowMs: number): string {
  switch (effect.kind) {
    case "send":
      return `${nameOf(effect.message)}to ${effect.to}${asWhatOf(effect.message)}`;
    case "set_timer":
      return `set ${timerOf(effect.timer)} in ${effect.atMs - nowMs}`;
    case "cancel_timer":
      return `cancel ${timerOf(effect.timer)}`;
    case "mark":
      return `mark ${effect.name}`;
    case "reply":
      return isFailure(effect.reply) ? `fail ${effect.reply.error}` : "answer";
    default:
      throw new Error(`The machine of a request does not ${effect.kind}`);
  }
}

function nameOf(message: Message): string {
  return `${message.kind} ${"request" in message ? `${message.request} ` : ""}`;
}

/** That it is for somebody else, if it is. */
function asWhatOf(message: Message): string {
  if (message.kind === "read" && message.asFallback) return ", as a fallback";
  return message.kind === "write" ? forWhom(message.hint) : "";
}

function forWhom(hint: Hint | null): string {
  return hint === null ? "" : `, for ${hint.owner} in seat ${hint.seat} with w ${hint.w}`;
}

function timerOf(timer: Timer): string {
  return "request" in timer ? `${timer.kind} ${timer.request}` : timer.kind;
}
