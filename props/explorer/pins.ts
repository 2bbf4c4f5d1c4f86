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
  "pair": [30_304, 65_503, 18],
  "pair-fails": [14_244, 32_007, 15],
  "pair-disks": [215_691, 523_730, 18],
  "pair-deletes": [104_550, 223_873, 18],
  "pair-reads": [250_873, 681_917, 19],
  "pair-damage": [51_766, 115_389, 18],
  "pair-slow-reads": [36_789, 103_996, 17],
  "pair-w1": [240_089, 708_648, 15],
  "pair-session": [314_070, 1_023_159, 16],
  "pair-lost-session": [71_465, 185_714, 20],
  "trio-loss": [92_159, 417_149, 17],
  "trio-amnesia": [49_348, 168_446, 17],
  "entry": [167_450, 491_202, 20],
  "entry-twice": [65_819, 243_783, 17],
  "entry-refused": [54_660, 150_922, 17],
  "hints": [290_206, 811_310, 22],
  "hints-two": [68_709, 161_899, 22],
  "hints-reads": [62_465, 161_314, 21],
  "hints-full": [3_008, 5_736, 18],
  "recovers": [12_914, 29_584, 20],
  "recovers-damage": [54_123, 144_871, 25],
  "settle": [56_443, 196_685, 24],
  "settle-twice": [214_186, 1_003_466, 22],
  "settle-crash": [504_851, 1_905_041, 28],
  "pair-all": [1_333_813, 3_485_233, 20],
  "pair-reads-all": [1_007_927, 2_998_631, 19],
  "trio-all": [954_730, 4_252_616, 19],
  "trio-three": [4_602_897, 18_039_134, 25],
  "recovers-trio": [715_811, 2_621_631, 31],
  "trio-reads": [698_590, 2_866_900, 20],
  "hints-all": [571_728, 1_445_031, 26],
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
  "pair-damage": ["record.damaged", "recovery.damaged", "get.repair"],
  "recovers": ["exchange.repair", "recovery.relied_on", "recovery.done"],
  "recovers-damage": ["exchange.repair", "recovery.damaged", "recovery.done"],
  "pair-slow-reads": ["store.failed", "put.expired", "put.late_dot"],
  "pair-lost-session": ["get.session_foreign", "get.session_reset"],
  "entry": FORWARDED,
  "hints": [...FORWARDED, "forward.stood_in", "put.stood_in", "hint.delivered", "hint.dropped"],
  "hints-two": ["put.stood_in", "hint.delivered", "hint.dropped", "hint.kept"],
  "hints-reads": ["forward.stood_in", "get.repair", "hint.delivered"],
  "hints-full": ["hint.refused", "hint.delivered", "hint.dropped"],
  "settle": [
    ...["settle.agreed", "settle.reaped", "settle.refused", "settle.aborted"],
    ...["put.stood_in", "hint.delivered", "hint.dropped"],
  ],
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
