/**
 * Random tokens: the paper's placement strategies 1 and 2 (sections 4.2 and 6.2).
 *
 * A node has T tokens for each unit of its weight, at places that chance draws. Whoever comes draws tokens of its own, so
 * it takes a little from everybody; whoever goes gives its tokens up, and each falls to the next on the ring. Nothing is
 * balanced or spaced on purpose: that is what T is for, and what strategy 3 is better at. In return no plan depends on
 * another: tokens that two sides of a split drew at once are simply all there when it has healed.
 *
 * Chance is an argument, and what it drew is recorded in the history like any other move; nobody ever draws it again.
 *
 * A token that is given up stays in the map, as nobody's: under strategy 1 its position remains the end of a range, so
 * ranges only ever split (`partition.ts`).
 *
 * @module
 */
import { ByteWriter, compare, digestOf, type NodeId, type Position } from "../id.ts";
import type { Member, Owners } from "./partition.ts";

/** Gives another position of the ring each time that it is asked. */
export type Draw = () => Position;

/** Most tokens of one node. */
export const MAX_TOKENS = 65_536;

/** After so many draws of positions that are taken, something is wrong with the chance. */
const MAX_DRAWS = 1000;

/**
 * Chance from a seed: draw i is the first 16 bytes of `SHA-256(u32 length, seed | u64 i)`. The same seed draws the same
 * positions everywhere.
 *
 * @example Two that draw alike
 * ```ts
 * import { drawFrom } from "./tokens.ts";
 * import { assertEquals, assertNotEquals } from "@std/assert";
 *
 * const [one, other] = [drawFrom("a seed"), drawFrom("a seed")];
 * const first = one();
 * assertEquals(other(), first);
 * assertNotEquals(one(), first);
 * ```
 */
export function drawFrom(seed: string): Draw {
  let count = 0;
  return () => {
    const bytes = new ByteWriter().longBytes(seed).u64(count++).toBytes();
    return digestOf(bytes) as string as Position; // both are 16 bytes
  };
}

/** Who gets tokens, and how many. */
export interface TokenOptions {
  /** The nodes that are to have tokens; in any order. */
  readonly members: readonly Member[];
  /** T: tokens for each unit of weight. */
  readonly tokens: number;
  /** Where new ones stand. */
  readonly draw: Draw;
}

/**
 * The owners after a change of members or weights: everybody has exactly T tokens for each unit of weight, new ones
 * where chance put them; what others had is nobody's. No position is ever lost from the map.
 *
 * @throws {RangeError} If a node would get no token, or more than {@linkcode MAX_TOKENS}.
 *
 * @example A second node draws its own tokens, and takes none of the first one's
 * ```ts
 * import { drawFrom, planTokens } from "./tokens.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = ["a", "b"].map((id) => ({ node: nodeId(id), zone: "", weight: 1 }));
 * const draw = drawFrom("");
 * const alone = planTokens(new Map(), { members: [a!], tokens: 8, draw });
 * const both = planTokens(alone, { members: [a!, b!], tokens: 8, draw });
 * assertEquals(both.size, 16);
 * assertEquals([...alone.keys()].map((position) => both.get(position)), Array(8).fill("a"));
 * ```
 */
export function planTokens(owners: Owners, options: TokenOptions): Map<Position, NodeId | null> {
  const members = options.members.toSorted((a, b) => compare(a.node, b.node));
  const after = new Map<Position, NodeId | null>();
  const own = new Map<NodeId, Position[]>(members.map(({ node }) => [node, []]));
  for (const [position, node] of owners) {
    const tokens = node === null ? undefined : own.get(node);
    after.set(position, tokens === undefined ? null : node);
    tokens?.push(position);
  }
  for (const { node, weight } of members) {
    const want = options.tokens * weight;
    if (!Number.isSafeInteger(want) || want < 1 || want > MAX_TOKENS) {
      throw new RangeError(
        `Cannot draw tokens for ${node}: 1 to ${MAX_TOKENS} wanted, got ${want}`,
      );
    }
    const tokens = own.get(node)!;
    for (const position of surplus(tokens, want)) after.set(position, null);
    for (let i = tokens.length; i < want; i++) after.set(unused(after, options.draw), node);
  }
  return after;
}

/**
 * The tokens that a node of less weight gives up. They must come from all round the ring, so they are chosen by their
 * last bytes, which say nothing of where they stand.
 */
function surplus(tokens: readonly Position[], want: number): Position[] {
  const mirrored = (position: Position) => [...position].reverse().join("");
  return tokens.toSorted((a, b) => compare(mirrored(a), mirrored(b))).slice(want);
}

/** A position that never was a token. */
function unused(known: Owners, draw: Draw): Position {
  for (let i = 0; i < MAX_DRAWS; i++) {
    const position = draw();
    if (!known.has(position)) return position;
  }
  throw new Error(`Cannot draw a token: ${MAX_DRAWS} draws in turn were positions that are taken`);
}
