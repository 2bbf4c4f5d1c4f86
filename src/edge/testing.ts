/**
 * What the tests of this folder share: a clock that is set by hand, a node that is a script, and patience.
 *
 * @module
 */
import { actorOf, type Boot, type Digest, nodeId } from "../id.ts";
import type { Effect } from "../protocol/effect.ts";
import type { Event, Now } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import type { Clock } from "./clock.ts";
import type { Steppable } from "./driver_options.ts";

/** A clock that stands still until it is moved. */
export class HandClock implements Clock {
  monoMs = 1_000;
  wallMs = 1_700_000_000_000;

  /** What it was set to. */
  now(): Now {
    return { monoMs: this.monoMs, wallMs: this.wallMs };
  }
}

/** A node that does what a script says, and remembers what happened to it. */
export class ScriptedNode implements Steppable {
  readonly events: Event[] = [];
  readonly #script: (event: Event, now: Now) => Effect[];

  /** @param script What each event brings about; `start` is answered with `ready` unless it says otherwise. */
  constructor(script: (event: Event, now: Now) => Effect[] = () => []) {
    this.#script = script;
  }

  /** One thing happens. */
  step(event: Event, now: Now): Effect[] {
    this.events.push(event);
    const effects = this.#script(event, now);
    return event.kind === "start" && effects.length === 0 ? [{ kind: "ready" }] : effects;
  }

  /** The kinds of all that has happened, in order. */
  get kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }
}

/** Some boots, a cluster. */
export const BOOT_A = "bootAAAA" as Boot;
export const BOOT_B = "bootBBBB" as Boot;
export const BOOT_C = "bootCCCC" as Boot;
export const CLUSTER = "0123456789abcdef" as Digest;

const ACTOR = actorOf(nodeId("writer"), BOOT_A, 0);

/** A small message that can be told from others by its number. */
export function numbered(request: number): Message {
  return { kind: "props_reply", request };
}

/** A message whose content has so many bytes. */
export function large(request: number, bytes: number): Message {
  return {
    kind: "foreign_reply",
    request,
    container: {
      clock: new Map([[ACTOR, 1]]),
      siblings: [{
        dot: { actor: ACTOR, counter: 1 },
        version: {
          tombstone: false,
          content: new Uint8Array(bytes),
          contentType: "",
          headers: [],
          lastModifiedMs: 0,
          stamp: 0,
          expiresAtMs: null,
          writeId: "0123456789abcdef" as never,
        },
      }],
    },
  };
}

/** Lets everything happen that is due now: promises, then timers without a wait. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Asks again and again until the answer is yes; fails after a while. */
export async function until(
  question: () => boolean,
  what: string,
  limitMs = 10_000,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!question()) {
    if (performance.now() > endMs) throw new Error(`Waited ${limitMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
