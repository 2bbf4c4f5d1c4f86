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
  "pair-disks": [214_459, 521_163, 18],
  "pair-deletes": [104_236, 223_204, 18],
  "pair-reads": [260_999, 699_870, 19],
  "pair-damage": [51_773, 115_176, 18],
  "pair-slow-reads": [9_748, 23_897, 16],
  "pair-w1": [238_922, 706_152, 15],
  "pair-session": [314_070, 1_023_159, 16],
  "trio-loss": [92_159, 417_149, 17],
  "trio-amnesia": [49_348, 168_446, 17],
  "entry": [165_831, 487_939, 20],
  "entry-twice": [58_477, 219_735, 17],
  "entry-refused": [38_082, 115_458, 17],
  "pair-all": [1_320_798, 3_455_080, 20],
  "pair-reads-all": [1_054_963, 3_098_539, 19],
  "trio-all": [954_730, 4_252_616, 19],
  "trio-three": [4_602_897, 18_039_134, 25],
  "trio-reads": [694_103, 2_846_602, 20],
  "entry-all": [228_579, 707_491, 21],
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
