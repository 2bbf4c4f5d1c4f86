/**
 * What the machine of one request does in a step, as one short line each: so that a law can say all of it, in order.
 *
 * @module
 */
import type { Effect } from "../../src/protocol/effect.ts";
import { isFailure } from "../../src/protocol/error.ts";
import type { Timer } from "../../src/protocol/event.ts";

/** What one effect is, of a step that was taken at `nowMs`. */
export function told(effect: Effect, nowMs: number): string {
  switch (effect.kind) {
    case "send": {
      const { to, message } = effect;
      return `${message.kind} ${"request" in message ? `${message.request} ` : ""}to ${to}`;
    }
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

function timerOf(timer: Timer): string {
  return "request" in timer ? `${timer.kind} ${timer.request}` : timer.kind;
}
