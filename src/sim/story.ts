/**
 * A run, told in words: one line for whatever reaches a node, and for every answer that a client gets.
 *
 * ```text
 *     27 ms  client -> n2   put k0=w1, blind
 *     34 ms  n2 -> n1       write k0 {n2:1}|w1@n2:1
 *     41 ms  n2 -> client   done by n2; context {n2:1}
 * ```
 *
 * What a node sends is told when it arrives; what never arrives is not told, nor what nodes say and store of themselves
 * and of bucket properties. `trace.ts` has all of it, for programs.
 *
 * @module
 */
import type { Event } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import {
  describeMessage,
  describePut,
  describeRecord,
  describeReply,
  describeTimer,
  Names,
} from "./describe.ts";
import type { Step } from "./machine.ts";

/** Tells steps, one after the other. */
export class Story {
  readonly #names = new Names({ bucket: "b" });
  /** Stores of records that are under way, by node and number. */
  readonly #storing = new Set<string>();

  /** What one step is told as: no line, or some. */
  lines({ atMs, node, event, effects, threw }: Step): string[] {
    const lines: string[] = [];
    const say = (who: string, what: string) => {
      lines.push(`${atMs.toFixed(0).padStart(7)} ms  ${who.padEnd(14)} ${what}`);
    };
    this.#event(node, event, say);
    if (threw !== undefined) say(`${node} throws`, threw);
    for (const effect of effects) {
      switch (effect.kind) {
        case "reply":
          say(`${node} -> client`, describeReply(effect.reply, this.#names));
          break;
        case "verdict":
          if (effect.verdict.refused) say(`${node} refuses`, effect.verdict.refused);
          break;
        case "store":
          this.#storing.add(`${node} ${effect.store}`);
          say(`${node} stores`, describeRecord(effect.record, this.#names));
          break;
        case "halt":
          say(`${node} halts`, effect.reason);
      }
    }
    return lines;
  }

  #event(node: string, event: Event, say: (who: string, what: string) => void): void {
    const names = this.#names;
    switch (event.kind) {
      case "start":
        return say(node, `starts, for the ${names.boot(node as Step["node"], event.boot)}. time`);
      case "get":
        return say(`client -> ${node}`, `get ${names.key(event.ask.name)}`);
      case "put":
        return say(`client -> ${node}`, describePut(event.ask, names));
      case "envelope":
        for (const message of event.envelope.messages.filter(isTold)) {
          say(`${event.envelope.from} -> ${node}`, describeMessage(message, names));
        }
        return;
      case "undelivered":
        for (const message of event.messages.filter(isTold)) {
          say(node, `did not reach ${event.to}: ${describeMessage(message, names)}`);
        }
        return;
      case "fetched":
        if (event.result.kind === "damaged") say(node, "finds its record damaged");
        if (event.result.kind === "failed") say(node, `cannot read: ${event.result.reason}`);
        return;
      case "stored":
        if (!this.#storing.delete(`${node} ${event.store}`)) return;
        return say(node, event.outcome === "failed" ? "could not store it" : "has it on its disk");
      case "timer":
        if (event.timer.kind !== "props_retry") say(node, describeTimer(event.timer));
    }
  }
}

function isTold({ kind }: Message): boolean {
  return kind !== "props" && kind !== "props_reply";
}
