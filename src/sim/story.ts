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
 * and of bucket properties. Nor, unless it is asked for, are probes, and looks at trees and hints that bring nothing. `trace.ts` has all of it, for programs.
 *
 * @module
 */
import type { Effect } from "../protocol/effect.ts";
import type { Event } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import {
  describeMessage,
  describePut,
  describeRecord,
  describeReply,
  describeTimer,
} from "./describe.ts";
import { Names } from "./names.ts";
import type { Step } from "./machine.ts";

/** Tells steps, one after the other. */
export class Story {
  readonly #names = new Names({ bucket: "b" });
  /** Stores of records that are under way, by node and number. */
  readonly #storing = new Set<string>();
  readonly #all: boolean;

  /** `all`: also what nodes do by themselves and what brings nothing. */
  constructor({ all = false }: { readonly all?: boolean } = {}) {
    this.#all = all;
  }

  /** What one step is told as: no line, or some. */
  lines({ atMs, node, event, effects, threw }: Step): string[] {
    const lines: string[] = [];
    const say = (who: string, what: string) => {
      lines.push(`${atMs.toFixed(0).padStart(7)} ms  ${who.padEnd(14)} ${what}`);
    };
    if (this.#all || !isIdle(event, effects)) this.#event(node, event, say);
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

  #tells({ kind }: Message): boolean {
    if (kind === "props" || kind === "props_reply") return false;
    return this.#all || (kind !== "probe" && kind !== "probe_reply");
  }

  #event(node: string, event: Event, say: (who: string, what: string) => void): void {
    const names = this.#names;
    switch (event.kind) {
      case "start": {
        const count = names.boot(node as Step["node"], event.boot);
        return say(node, `starts, for the ${ordinal(count)} time`);
      }
      case "get":
        return say(`client -> ${node}`, `get ${names.key(event.ask.name)}`);
      case "put":
        return say(`client -> ${node}`, describePut(event.ask, names));
      case "envelope":
        for (const message of event.envelope.messages.filter((one) => this.#tells(one))) {
          say(`${event.envelope.from} -> ${node}`, describeMessage(message, names));
        }
        return;
      case "undelivered":
        for (const message of event.messages.filter((one) => this.#tells(one))) {
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

/** Whether nothing has come of what a node does by itself, now and then: a look at its peers, at their trees, at its hints. */
function isIdle(event: Event, effects: readonly Effect[]): boolean {
  const sends = effects.flatMap((effect) => effect.kind === "send" ? [effect.message.kind] : []);
  if (event.kind === "envelope") {
    return event.envelope.messages.every(({ kind }) => kind === "roots") && sends.length === 0;
  }
  if (event.kind !== "timer") return false;
  const { kind } = event.timer;
  if (kind === "handoff") return !effects.some(({ kind }) => kind === "scan_hints");
  return kind === "probe" || kind === "exchange" || kind === "gate";
}

/** How often, for people. */
function ordinal(count: number): string {
  return ["first", "second", "third"][count - 1] ?? `${count}th`;
}
