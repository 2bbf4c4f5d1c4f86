/**
 * How many states each named scope has. Another number is not wrong by itself: it says that the core does something else,
 * or that something else is explored, and whoever changes it here should know which.
 *
 * @module
 */
import { SCOPES } from "../../src/explorer/scopes.ts";

/** States, transitions and depth, by the scope's name. */
export const PINS: Readonly<Record<string, readonly [number, number, number]>> = {
  "one-put": [9, 11, 5],
  "pair": [30_232, 65_337, 18],
  "pair-fails": [14_244, 32_007, 15],
  "pair-disks": [215_212, 522_493, 18],
  "pair-deletes": [104_236, 223_204, 18],
  "pair-reads": [262_828, 703_861, 19],
  "pair-damage": [51_995, 115_569, 18],
  "pair-slow-reads": [36_789, 103_996, 17],
  "pair-w1": [240_089, 708_648, 15],
  "pair-session": [314_070, 1_023_159, 16],
  "pair-lost-session": [72_447, 190_000, 20],
  "trio-loss": [92_159, 417_149, 17],
  "trio-amnesia": [49_348, 168_446, 17],
  "entry": [167_450, 491_202, 20],
  "entry-twice": [65_819, 243_783, 17],
  "entry-refused": [54_660, 150_922, 17],
  "hints": [292_746, 817_828, 22],
  "hints-two": [68_709, 161_899, 22],
  "pair-all": [1_328_650, 3_470_408, 20],
  "pair-reads-all": [1_054_963, 3_098_539, 19],
  "trio-all": [954_730, 4_252_616, 19],
  "trio-three": [4_602_897, 18_039_134, 25],
  "trio-reads": [694_103, 2_846_602, 20],
  "hints-all": [574_444, 1_452_572, 26],
  "entry-all": [233_967, 723_652, 21],
};

const FORWARDED = [
  ...["forward.again", "forward.fenced", "forward.refused", "forward.status"],
  ...["outcomes.fenced", "outcomes.too_young"],
];

/** Rare branches of the core that a scope is there to take: a search that misses them has searched nothing. */
export const MARKS: Readonly<Record<string, readonly string[]>> = {
  "pair-fails": ["store.failed"],
  "pair-deletes": ["put.unchanged"],
  "pair-reads": ["get.repair"],
  "pair-damage": ["record.damaged", "get.repair"],
  "pair-slow-reads": ["store.failed", "put.expired", "put.late_dot"],
  "pair-lost-session": ["get.session_foreign", "get.session_reset"],
  "entry": FORWARDED,
  "hints": [...FORWARDED, "forward.stood_in", "put.stood_in", "hint.delivered", "hint.dropped"],
  "hints-two": ["put.stood_in", "hint.delivered", "hint.dropped", "hint.kept"],
  "entry-twice": FORWARDED,
  "entry-refused": FORWARDED,
};

/** The scopes as a table in Markdown. */
export function scopesTable(): string {
  const rows = SCOPES.map(({ scope: { name, what }, long }) => {
    const [states, transitions, depth] = PINS[name] ?? [];
    return `| ${name}${
      long ? " (long)" : ""
    } | ${what} | ${states} | ${transitions} | ${depth} |\n`;
  });
  return "| scope | contains | states | transitions | depth |\n" +
    `| --- | --- | --: | --: | --: |\n${rows.join("")}`;
}
