/**
 * The laws of rotor's parts, for somebody else's: hold a vector clock, siblings, a ring, a quorum or a Merkle tree to what
 * the Dynamo paper needs of them. They are the very laws that rotor itself is held to.
 *
 * Each group takes a small interface, of which the types are yours, and gives laws as data: {@linkcode check} throws if
 * one is broken, {@linkcode report} tells of each. Broken laws come with the smallest case that was found. Nothing here
 * needs a particular JavaScript runtime; fast-check is the one dependency.
 *
 * Each law's statement, with the section of the paper that it comes from, is in `docs/laws.md` under the same id.
 *
 * @example A clock that merges by taking the newcomer's word
 * ```ts
 * import { clockLaws, report } from "./kit.ts";
 * import { assertEquals } from "@std/assert";
 *
 * type Clock = ReadonlyMap<string, number>;
 * const outcomes = report(clockLaws<Clock>({
 *   fresh: new Map(),
 *   increment: (clock, actor) => new Map(clock).set(actor, (clock.get(actor) ?? 0) + 1),
 *   merge: (a, b) => new Map([...a, ...b]),
 *   descends: (a, b) => [...b].every(([actor, count]) => (a.get(actor) ?? 0) >= count),
 *   count: (clock, actor) => clock.get(actor) ?? 0,
 * }));
 *
 * const broken = outcomes.filter(({ ok }) => !ok).map(({ law }) => law.ids[0]);
 * assertEquals(broken, ["V5", "V6", "V8"]);
 * ```
 *
 * @module
 */
export type { Arbitraries, Breakage, Drawable, Kind, Law, Run, RunOptions } from "./law.ts";
export { hold, LawBroken, LawFaulty, MOST_RUNS, NoSuchCase } from "./law.ts";
export type { ClockImplementation, ClockOrdering, Counts } from "./kit/clock.ts";
export { clockLaws } from "./kit/clock_laws.ts";
export type { ActorName, EventName, Store, Write } from "./kit/histories.ts";
export { merkleLaws } from "./kit/merkle.ts";
export type { MerkleImplementation } from "./kit/merkle.ts";
export { quorumLaws } from "./kit/quorum.ts";
export type { Answer, Decision, QuorumImplementation, QuorumRequest } from "./kit/quorum.ts";
export { check, LawsBroken, report, table } from "./kit/report.ts";
export type { Outcome } from "./kit/report.ts";
export { ringLaws } from "./kit/ring.ts";
export type { Range, RingImplementation, Token } from "./kit/ring.ts";
export { siblingLaws } from "./kit/sibling_laws.ts";
export type { SiblingImplementation } from "./kit/siblings.ts";
