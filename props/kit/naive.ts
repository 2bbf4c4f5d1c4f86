/**
 * Naive implementations, right ones and wrong ones: the kit must let the right ones pass, and tell the wrong ones, by the
 * laws that each breaks (law T5). They share no code with rotor.
 *
 * @module
 */
import type { Law } from "../law.ts";
import type { ClockImplementation } from "./clock.ts";
import { clockLaws } from "./clock_laws.ts";
import { EVENT_SETS, eventName, type EventSets } from "./event_sets.ts";
import { type MerkleImplementation, merkleLaws } from "./merkle.ts";
import { type QuorumImplementation, quorumLaws } from "./quorum.ts";
import { type RingImplementation, ringLaws, type Token } from "./ring.ts";
import { siblingLaws } from "./sibling_laws.ts";
import type { SiblingImplementation } from "./siblings.ts";

/** An implementation's laws, and which of them it breaks. */
export interface Candidate {
  /** What it is, in a few words. */
  readonly name: string;
  /** The laws of the kit for it. */
  readonly laws: readonly Law[];
  /** Ids of the laws that it breaks, each once and in the order of the laws; none if it is right. */
  readonly breaks: readonly string[];
}

type Counted = Readonly<Record<string, number>>;

/** The first so many entries. */
function cutTo(most: number, clock: Counted): Counted {
  return Object.fromEntries(Object.entries(clock).slice(0, most));
}

/** A clock that is a plain object. */
const clock: ClockImplementation<Counted> = {
  fresh: {},
  increment: (clock, actor) => ({ ...clock, [actor]: (clock[actor] ?? 0) + 1 }),
  merge: (a, b) => {
    const actors = Object.keys({ ...a, ...b });
    return Object.fromEntries(actors.map((x) => [x, Math.max(a[x] ?? 0, b[x] ?? 0)]));
  },
  descends: (a, b) => Object.entries(b).every(([actor, count]) => (a[actor] ?? 0) >= count),
  count: (clock, actor) => clock[actor] ?? 0,
};

/** Siblings as two sets of events, and beside them what each event wrote. */
interface Noted extends EventSets {
  readonly values: ReadonlyMap<string, string>;
}

const siblings: SiblingImplementation<Noted> = {
  empty: { ...EVENT_SETS.empty, values: new Map() },
  sync: (a, b) => ({ ...EVENT_SETS.sync(a, b), values: new Map([...a.values, ...b.values]) }),
  put: (held, seen, write) => ({
    ...EVENT_SETS.put(held, seen, write),
    values: new Map(held.values).set(eventName(write), write.value),
  }),
  values: ({ live, values }) => [...live].map((event) => values.get(event)!),
  show: ({ seen, live, values }) =>
    JSON.stringify([[...seen].sort(), [...live].sort().map((event) => [event, values.get(event)])]),
};

/** Keeps one of versions with equal bytes. */
function dedupe(held: Noted): Noted {
  const values = [...held.live].sort().map((event) => held.values.get(event));
  const live = [...held.live].sort().filter((event, i) =>
    values.indexOf(held.values.get(event)) === i
  );
  return { ...held, live: new Set(live) };
}

/** Each version with a time: the paper's alternative, the greatest wins. */
interface Timed {
  readonly value: string;
  readonly time: number;
}

const lastWriter: SiblingImplementation<Timed | null> = {
  empty: null,
  sync: (a, b) => (!a || !b ? a ?? b : a.time >= b.time ? a : b),
  put: (held, _seen, { value }) => ({ value, time: (held?.time ?? 0) + 1 }),
  values: (held) => (held ? [held.value] : []),
  show: (held) => JSON.stringify(held),
};

type Sorted = readonly Token[];

const ring: RingImplementation<Sorted> = {
  size: 2n ** 32n,
  make: (tokens) => [...tokens].sort((x, y) => (x.at < y.at ? -1 : 1)),
  list: (tokens, position, n) => nodesFrom(tokens, position).slice(0, n),
  listWithout: (tokens, position, n, down) =>
    nodesFrom(tokens, position).filter((node) => !down.includes(node)).slice(0, n),
  ranges: (tokens) =>
    tokens.map(({ at, node }, i) => ({ after: tokens.at(i - 1)!.at, to: at, node })),
};

function tokensFrom(tokens: Sorted, isReached: (token: Token) => boolean): Sorted {
  const first = tokens.findIndex(isReached);
  return first < 0 ? tokens : [...tokens.slice(first), ...tokens.slice(0, first)];
}

function nodesFrom(tokens: Sorted, position: bigint): string[] {
  return [...new Set(tokensFrom(tokens, ({ at }) => at >= position).map(({ node }) => node))];
}

const quorum: QuorumImplementation = {
  decide: ({ asked, want, answers }) => {
    const first = new Map([...answers].reverse().map(({ node, counts }) => [node, counts]));
    const said = asked.filter((node) => first.has(node));
    const good = said.filter((node) => first.get(node)).length;
    if (good >= want) return "enough";
    return good + asked.length - said.length < want ? "hopeless" : "open";
  },
};

type Contents = ReadonlyMap<string, string>;

/** A tree that is its contents, and hashes itself whole. */
const tree: MerkleImplementation<Contents> = {
  make: () => new Map(),
  put: (tree, key, version) => new Map(tree).set(key, version),
  remove: (tree, key) => new Map([...tree].filter(([other]) => other !== key)),
  root: (tree) => JSON.stringify([...tree].sort(([a], [b]) => (a < b ? -1 : 1))),
  diff: (a, b) =>
    [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key)),
};

/** A small hash, for the trees that must combine hashes. */
function hash(text: string): number {
  let sum = 2166136261;
  for (const char of text) sum = Math.imul(sum ^ char.codePointAt(0)!, 16777619) >>> 0;
  return sum;
}

/** All that the kit is tried on. */
export const candidates: readonly Candidate[] = [
  { name: "a plain object as a clock", laws: clockLaws(clock), breaks: [] },
  {
    name: "a clock whose merge takes the other's word",
    laws: clockLaws({ ...clock, merge: (a, b) => ({ ...a, ...b }) }),
    breaks: ["V5", "V6", "V8"],
  },
  {
    name: "a clock whose merge takes the lesser counts",
    laws: clockLaws({
      ...clock,
      merge: (a, b) => {
        const actors = Object.keys({ ...a, ...b });
        return Object.fromEntries(actors.map((x) => [x, Math.min(a[x] ?? 0, b[x] ?? 0)]));
      },
    }),
    breaks: ["V5", "V6", "V8"],
  },
  {
    name: "a clock that merges in place",
    laws: clockLaws({
      ...clock,
      fresh: {}, // its own, for it will not stay so
      merge: (a, b) => Object.assign(a, clock.merge(a, b)),
    }),
    breaks: ["V6", "V7", "V8"],
  },
  {
    name: "a clock that descends only what is less",
    laws: clockLaws({
      ...clock,
      descends: (a, b) => Object.entries(b).every(([actor, count]) => (a[actor] ?? 0) > count),
    }),
    breaks: ["V1", "V2", "V5", "V7", "V8"],
  },
  {
    name: "a clock that counts for everybody at once",
    laws: clockLaws({ ...clock, increment: (clock) => ({ ...clock, all: (clock.all ?? 0) + 1 }) }),
    breaks: ["V1", "V2", "V6", "V7", "V8"],
  },
  {
    name: "a clock that is cut to four entries",
    laws: clockLaws({
      ...clock,
      increment: (counted, actor) => cutTo(4, clock.increment(counted, actor)),
      merge: (a, b) => cutTo(4, clock.merge(a, b)),
    }),
    breaks: ["V8"],
  },
  {
    name: "a clock whose counts wrap around at 256",
    laws: clockLaws({
      ...clock,
      increment: (clock, actor) => ({ ...clock, [actor]: ((clock[actor] ?? 0) + 1) % 256 }),
    }),
    breaks: ["V7"],
  },
  {
    name: "a clock whose counts wrap around at 65536",
    laws: clockLaws({
      ...clock,
      increment: (clock, actor) => ({ ...clock, [actor]: ((clock[actor] ?? 0) + 1) % 65536 }),
    }),
    breaks: ["V7"],
  },
  {
    name: "a clock to which actors are one if their names differ in case alone",
    laws: clockLaws({
      ...clock,
      increment: (counted, actor) => clock.increment(counted, actor.toLowerCase()),
      count: (counted, actor) => clock.count(counted, actor.toLowerCase()),
    }),
    breaks: ["V8"],
  },
  { name: "sets of events as siblings", laws: siblingLaws(siblings), breaks: [] },
  {
    name: "siblings of which equal bytes are one",
    laws: siblingLaws({ ...siblings, sync: (a, b) => dedupe(siblings.sync(a, b)) }),
    breaks: ["D12"],
  },
  {
    name: "a put that overwrites all that its coordinator holds",
    laws: siblingLaws({
      ...siblings,
      put: (held, _seen, write) => siblings.put(held, held, write),
    }),
    breaks: ["D1", "D3", "D4", "D5", "D6", "D7", "D8", "D12", "D13", "D16"],
  },
  {
    name: "a put that takes no notice of what its client has read",
    laws: siblingLaws({
      ...siblings,
      put: (held, _seen, write) => siblings.put(held, null, write),
    }),
    breaks: ["D1", "D3", "D4", "D5", "D6", "D7", "D8", "D12", "D13"],
  },
  {
    name: "the last writer wins",
    laws: siblingLaws(lastWriter),
    breaks: ["D1", "D2", "D3", "D4", "D5", "D7", "D8", "D11", "D12", "D13", "D14", "D16"],
  },
  { name: "a ring that sorts its tokens", laws: ringLaws(ring), breaks: [] },
  {
    name: "a ring whose lookup is off by one on a token",
    laws: ringLaws({
      ...ring,
      list: (tokens, position, n) => nodesFrom(tokens, position + 1n).slice(0, n),
    }),
    breaks: ["R1", "R3", "R4", "R7"],
  },
  {
    name: "a ring that does not go round",
    laws: ringLaws({
      ...ring,
      list: (tokens, position, n) => {
        const after = tokens.filter(({ at }) => at >= position).map(({ node }) => node);
        return [...new Set(after)].slice(0, n);
      },
    }),
    breaks: ["R1", "R3", "R4", "R7"],
  },
  {
    name: "a list of tokens, in which one node may stand twice",
    laws: ringLaws({
      ...ring,
      list: (tokens, position, n) =>
        tokensFrom(tokens, ({ at }) => at >= position).map(({ node }) => node).slice(0, n),
    }),
    breaks: ["R4", "R7"],
  },
  { name: "a quorum that counts good answers and bad ones", laws: quorumLaws(quorum), breaks: [] },
  {
    name: "a quorum that counts answers, whoever gave them",
    laws: quorumLaws({
      decide: ({ asked, want, answers }) => {
        const good = answers.filter(({ counts }) => counts).length;
        if (good >= want) return "enough";
        return good + asked.length - answers.length < want ? "hopeless" : "open";
      },
    }),
    breaks: ["Q5", "Q8"],
  },
  {
    name: "a quorum that is content with one less",
    laws: quorumLaws({
      decide: (request) => quorum.decide({ ...request, want: request.want - 1 }),
    }),
    breaks: ["Q1", "Q5"],
  },
  {
    name: "a quorum that is content with three where more than five are asked",
    laws: quorumLaws({
      decide: (request) =>
        quorum.decide(
          request.asked.length > 5 ? { ...request, want: Math.min(3, request.want) } : request,
        ),
    }),
    breaks: ["Q5"],
  },
  {
    name: "a quorum that never gives up",
    laws: quorumLaws({
      decide: (request) => (quorum.decide(request) === "enough" ? "enough" : "open"),
    }),
    breaks: ["Q5"],
  },
  {
    name: "a quorum that waits for everybody",
    laws: quorumLaws({
      decide: (request) =>
        quorum.decide({ ...request, want: Math.max(request.want, request.asked.length) }),
    }),
    breaks: ["Q2", "Q5"],
  },
  { name: "a map that hashes itself whole", laws: merkleLaws(tree), breaks: [] },
  {
    name: "a tree of which a leaf is the hash of its version alone, all of them combined by XOR",
    laws: merkleLaws({
      ...tree,
      root: (tree) => `${[...tree.values()].reduce((sum, version) => sum ^ hash(version), 0)}`,
    }),
    breaks: ["M3", "M7"],
  },
  {
    name: "a tree of which a leaf is the hash of its key and version, run together",
    laws: merkleLaws({
      ...tree,
      root: (tree) => [...tree].map(([key, version]) => hash(key + version)).sort().join(),
    }),
    breaks: ["M7"],
  },
  {
    name: "a tree that joins keys and versions without anything between them",
    laws: merkleLaws({ ...tree, root: (tree) => [...tree].sort().flat().join("") }),
    breaks: ["M7"],
  },
  {
    name: "a tree whose root covers keys alone",
    laws: merkleLaws({ ...tree, root: (tree) => JSON.stringify([...tree.keys()].sort()) }),
    breaks: ["M3", "M7"],
  },
  {
    name: "a tree whose root depends on the order in which keys came",
    laws: merkleLaws({ ...tree, root: (tree) => JSON.stringify([...tree]) }),
    breaks: ["M2", "M3", "M4", "M5"],
  },
  {
    name: "a tree that keeps the places of keys that are gone",
    laws: merkleLaws({ ...tree, remove: (tree, key) => new Map(tree).set(key, "") }),
    breaks: ["M1", "M2", "M3", "M4", "M5"],
  },
  {
    name: "a tree that looks only at its own keys",
    laws: merkleLaws({
      ...tree,
      diff: (a, b) => [...a.keys()].filter((key) => a.get(key) !== b.get(key)),
    }),
    breaks: ["M1", "M2"],
  },
];
