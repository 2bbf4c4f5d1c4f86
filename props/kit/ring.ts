/**
 * The laws of a consistent-hashing ring and its preference lists (paper, sections 4.2 and 4.3), for any implementation of
 * them. The oracle lays all tokens out from a position and notes each node when it first turns up.
 *
 * @module
 */
import fc from "fast-check";
import { type Law, random } from "../law.ts";
import { demand, demandEqual } from "./demand.ts";

/** A place on the ring, and whose it is. */
export interface Token {
  /** From 0 to below the ring's size. No two tokens of a ring are at one place. */
  readonly at: bigint;
  /** The node. It may have other tokens. */
  readonly node: string;
}

/** The positions after `after`, up to and with `to`, over the wrap if need be; all of the ring if both are one. */
export interface Range {
  /** Where the range before it ends. */
  readonly after: bigint;
  /** Its last position. */
  readonly to: bigint;
  /** Who owns it. */
  readonly node: string;
}

/**
 * Somebody's ring. What is optional may be absent: then the laws about it are left out.
 *
 * @typeParam Ring Whatever a ring is there.
 */
export interface RingImplementation<Ring> {
  /** How many positions there are. Tokens and keys stand at 0 to `size - 1`. */
  readonly size: bigint;
  /** The ring of these tokens: at least one, in any order. */
  make(tokens: readonly Token[]): Ring;
  /** The first `n` distinct nodes from a position on, clockwise; all nodes if there are no more. */
  list(ring: Ring, position: bigint, n: number): readonly string[];
  /** The same, where nodes that are down are passed over. Law R7. */
  listWithout?(ring: Ring, position: bigint, n: number, down: readonly string[]): readonly string[];
  /** All ranges. Law R3. */
  ranges?(ring: Ring): readonly Range[];
}

const NODES: readonly string[] = ["a", "b", "c", "d", "e", "f"];

/** All nodes from a position on, by sorting everything. */
function walk(tokens: readonly Token[], position: bigint, size: bigint): string[] {
  const far = ({ at }: Token) => (at >= position ? at - position : at - position + size);
  const laidOut = [...tokens].sort((x, y) => (far(x) < far(y) ? -1 : 1));
  return [...new Set(laidOut.map(({ node }) => node))];
}

/**
 * The laws that a ring keeps: R1, R3, R4, R6 and R7.
 *
 * @example Sort everything, each time
 * ```ts
 * import { ringLaws, type Token } from "./ring.ts";
 * import { hold } from "../law.ts";
 *
 * ringLaws<readonly Token[]>({
 *   size: 2n ** 32n,
 *   make: (tokens) => [...tokens].sort((x, y) => (x.at < y.at ? -1 : 1)),
 *   list: (tokens, position, n) => {
 *     const first = tokens.findIndex(({ at }) => at >= position);
 *     const turned = [...tokens.slice(first), ...tokens.slice(0, first)];
 *     return [...new Set((first < 0 ? tokens : turned).map(({ node }) => node))].slice(0, n);
 *   },
 * }).forEach((law) => hold(law));
 * ```
 */
export function ringLaws<Ring>(implementation: RingImplementation<Ring>): Law[] {
  const rings = implementation;
  const { size } = rings;
  const place = places(size);
  const tokens = fc.uniqueArray(fc.record({ at: place, node: fc.constantFrom(...NODES) }), {
    minLength: 1,
    maxLength: 20,
    selector: ({ at }) => at,
  });
  const count = fc.integer({ min: 1, max: NODES.length + 2 });
  const laws = [
    random("R1", "a key belongs to the first token at or after it, over the wrap", (run) => {
      run.forAll(tokens, place, (tokens, key) => {
        const ring = rings.make(tokens);
        // Lookups go wrong first on a token, one before and one after it.
        const near = tokens.flatMap(({ at }) => [at - 1n, at, at + 1n]);
        for (const position of [key, ...near].map((at) => (at + size) % size)) {
          const wanted = walk(tokens, position, size)[0];
          demandEqual(rings.list(ring, position, 1)[0], wanted, () => `the owner of ${position}`);
        }
        return true;
      });
    }),
    random(
      "R4",
      "a list is the first n distinct nodes of the walk, or all that there are",
      (run) => {
        run.forAll(tokens, place, count, (tokens, key, n) => {
          const wanted = walk(tokens, key, size).slice(0, n);
          const list = rings.list(rings.make(tokens), key, n);
          return demandEqual(list, wanted, () => `the first ${n} of ${key}`);
        });
      },
    ),
    random("R6", "the list of more nodes begins with the list of fewer", (run) => {
      run.forAll(tokens, place, count, (tokens, key, n) => {
        const ring = rings.make(tokens);
        const [short, long] = [rings.list(ring, key, n), rings.list(ring, key, n + 1)];
        demand(long.length <= short.length + 1, () => `one more node wanted: ${short}, ${long}`);
        return demandEqual(long.slice(0, short.length), short, () => `the first ${n} of ${key}`);
      });
    }),
    random("R6", "the order in which tokens are given does not matter", (run) => {
      run.forAll(tokens, place, count, (tokens, key, n) => {
        const [one, other] = [tokens, [...tokens].reverse()]
          .map((given) => rings.list(rings.make(given), key, n));
        return demandEqual(other, one, () => "a list of the same tokens");
      });
    }),
  ];
  if (rings.ranges) {
    laws.push(
      random("R3", "ranges tile the ring: each position is in one, which its owner owns", (run) => {
        run.forAll(tokens, place, (tokens, key) => {
          const ring = rings.make(tokens);
          const holding = rings.ranges!(ring).filter(({ after, to }) =>
            after < to ? after < key && key <= to : key > after || key <= to
          );
          const owners = holding.map(({ node }) => node);
          return demandEqual(owners, rings.list(ring, key, 1), () => `owners of ${key}, by range`);
        });
      }),
    );
  }
  if (rings.listWithout) {
    laws.push(
      random(
        "R7",
        "passing over who is down keeps the others in order: as if it had no token",
        (run) => {
          run.forAll(tokens, place, count, fc.subarray([...NODES]), (tokens, key, n, down) => {
            const up = tokens.filter(({ node }) => !down.includes(node));
            const wanted = walk(up, key, size).slice(0, n);
            const list = rings.listWithout!(rings.make(tokens), key, n, down);
            demandEqual(list, wanted, () => `the first ${n} of ${key} without ${down}`);
            const all = rings.listWithout!(rings.make(tokens), key, n, []);
            return demandEqual(
              all,
              rings.list(rings.make(tokens), key, n),
              () => "with nobody down",
            );
          });
        },
      ),
    );
  }
  return laws.sort((a, b) => (a.ids[0]! < b.ids[0]! ? -1 : 1));
}

/** Positions near one another, at boundaries, at both ends of the ring, or anywhere. */
function places(size: bigint): fc.Arbitrary<bigint> {
  const last = size - 1n;
  const few = last < 3n ? last : 3n;
  return fc.oneof(
    fc.bigInt(0n, last),
    fc.bigInt(0n, 15n).map((i) => (i * size) / 16n),
    fc.bigInt(0n, few),
    fc.bigInt(last - few, last),
  );
}
