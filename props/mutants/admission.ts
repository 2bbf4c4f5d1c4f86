/**
 * Mistakes of admission control.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const EXCHANGE = "src/anti_entropy/exchange.ts";
const GATE = "src/admission/gate.ts";
const METER = "src/admission/meter.ts";
const PACE = "src/admission/pace.ts";

/** Mutants of the gate, its judge and its meter. */
export const admission: readonly Mutant[] = [
  {
    name: "gate-shut-for-good",
    file: GATE,
    from: "return begun < size || monoMs - this.#lastMs >= TRICKLE_MS;",
    to: "return begun < size;",
    why: "while clients fare badly no background work is done at all",
    kills: ["A1"],
  },
  {
    name: "slice-never-taken-back",
    file: GATE,
    from: "if (out.now.monoMs - sinceMs < LIMIT_MS) return;",
    to: "if (sinceMs < Infinity) return;",
    why: "whoever does not end keeps everybody else waiting",
    kills: ["A1"],
  },
  {
    name: "gate-looks-at-who-asks-alone",
    file: GATE,
    from: '    out.setTimer({ kind: "gate" }, PERIOD_MS);\n',
    to: "",
    why: "who waits is looked at when the next one asks or ends, and never by itself",
    kills: ["A1"],
  },
  {
    name: "asker-entered-twice",
    file: GATE,
    from: "    waiting.hasWaited = true;\n",
    to:
      "    waiting.hasWaited = true;\n    if (this.#next() !== null) this.#waiting.get(kind)!.push(waiting);\n",
    why: "whoever has to wait stands in the queue twice, and is begun twice",
    kills: ["H10"],
  },
  {
    name: "gate-open",
    file: GATE,
    from: "this.#isOn = backgroundTargetMs < maxRequestMs;",
    to: "this.#isOn = backgroundTargetMs > maxRequestMs;",
    why: "nothing ever waits",
    kills: ["A2", "A3"],
  },
  {
    name: "pace-never-less",
    file: PACE,
    from: "this.#size >> 1",
    to: "Math.max(1, this.#size >> 1)",
    why: "however clients fare, ten slices begin a second",
    kills: ["A2"],
  },
  {
    name: "pace-of-requests-alone",
    file: PACE,
    from: "isBad(requests) || isBad(disk)",
    to: "isBad(requests)",
    why: "that the disk is too slow changes nothing",
    kills: ["A2"],
  },
  {
    name: "pace-of-the-ninetieth-percentile",
    file: PACE,
    from: "return slow * 100 > Math.max(all, ENOUGH);",
    to: "return slow * 10 > Math.max(all, ENOUGH);",
    why: "nine slow requests of a hundred are well enough",
    kills: ["A2"],
  },
  {
    name: "meter-waits-for-the-end",
    file: METER,
    from: "      late++;\n",
    to: "",
    why: "requests that never end are never slow",
    kills: ["A2"],
  },
  {
    name: "gate-without-a-limit",
    file: GATE,
    from: "if (this.#running.size >= Math.max(1, size)) return false;",
    to: "",
    why: "slices that do not end pile up",
    kills: ["A3"],
  },
  {
    name: "gate-of-one-kind",
    file: GATE,
    from: "this.#turn = (BACKGROUND_KINDS.indexOf(kind) + 1) % BACKGROUND_KINDS.length;",
    to: "this.#turn = 0;",
    why: "as long as there is handoff nothing else begins",
    kills: ["A4"],
  },
  {
    name: "last-come-first-served",
    file: GATE,
    from: "this.#waiting.get(kind)!.shift()!",
    to: "this.#waiting.get(kind)!.pop()!",
    why: "who waits longest waits on",
    kills: ["A4"],
  },
  {
    name: "gate-that-sees-clients-for-ever",
    file: METER,
    from: "nowMs - this.#foregroundMs < BUSY_MS",
    to: "this.#foregroundMs > 0",
    why: "once a client was there, background work is held back for good",
    kills: ["A5"],
  },
  {
    name: "pace-never-more",
    file: PACE,
    from: "this.#size + 1",
    to: "this.#size",
    why: "what was once too much is never tried again",
    kills: ["A5"],
  },
  {
    name: "copies-wait-for-a-turn-that-was-had",
    file: EXCHANGE,
    from: "      this.#waits.delete(kind);\n",
    to: "",
    why: "each kind of anti-entropy asks for its first turn and for no other",
    kills: ["A1"],
  },
];
