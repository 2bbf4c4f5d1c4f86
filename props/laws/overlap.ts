/**
 * What R + W > N buys, at real nodes: every read quorum meets every write quorum, also when a replica was wiped; and
 * without it a stale read is found, with the shortest way to it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { NodeId, WriteId } from "../../src/id.ts";
import { ask, nameOf, texts } from "../asks.ts";
import { exhaustive, type Law, negative } from "../law.ts";
import type { Pending } from "../pending.ts";
import { World } from "../world.ts";
import {
  NAME,
  ownersOf,
  PATH,
  recover,
  refusal,
  runLosing,
  runRefusing,
  wasGot,
  wasPut,
} from "./driving.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  exhaustive(
    "Q1",
    "with R + W > N a read shows what was acknowledged: every N to 4, R and W, whoever stored it, whoever answers",
    () => {
      let reads = 0;
      for (let n = 1; n <= 4; n++) {
        const world = new World({ nodes: n, config: { n, r: 1, w: 1 } });
        for (const { r, w } of quorums(n).filter(({ r, w }) => r + w > n)) {
          for (const { at, missed } of meetings(world.ids, n - w)) {
            const path = `b/${n} ${r} ${w} ${at} ${missed}`;
            acknowledged(world, path, { at, missed, w });
            for (const { at: reader, missed: silent } of meetings(world.ids, n - r)) {
              // Losing repairs, or the first read would help the next.
              const ticket = world.get(reader, { name: nameOf(path), r });
              const isLost = (from: NodeId, _: NodeId, kind: string) =>
                kind === "repair" || (kind === "read_reply" && silent.includes(from));
              runLosing(world, isLost);
              assertEquals(texts(wasGot(world.replies.get(ticket))), ["x"], path);
              world.wait(world.config.repairWaitMs);
              runLosing(world, isLost);
              reads++;
            }
          }
        }
      }
      assertEquals(reads, 2013);
    },
  ),
  exhaustive(
    "Q20 Q1",
    "with R + W > N a read shows what was acknowledged, or fails, also when one replica was wiped and is recovering",
    () => {
      const came = { shown: 0, refused: 0, silent: 0 };
      const n = 3;
      for (const { r, w } of quorums(n).filter(({ r, w }) => r + w > n)) {
        for (const { at, missed } of meetings(idsOf(n), n - w)) {
          for (const wiped of idsOf(n)) {
            for (const { at: reader, missed: silent } of meetings(idsOf(n), n - r)) {
              const world = new World({ nodes: n });
              acknowledged(world, PATH, { at, missed, w });
              world.machines.get(wiped)!.disk.records.clear();
              recover(world, wiped);
              const ticket = world.get(reader, { name: NAME, r });
              runLosing(world, (from, _, kind) => kind === "read_reply" && silent.includes(from));
              const reply = world.replies.get(ticket);
              if (reply?.kind === "get") {
                assertEquals(texts(reply), ["x"]);
                came.shown++;
              } else if (reply) {
                assertEquals(refusal(reply).error, "quorum_unmet");
                came.refused++;
              } else came.silent++;
            }
          }
        }
      }
      assert(Object.values(came).every((times) => times > 50), JSON.stringify(came));
    },
  ),
  negative(
    "Q2 Q1",
    "with R + W <= N a stale read is found, for every N to 3; with R + W > N two nodes have none, in any order",
    (run) => {
      for (const { n, r, w } of [...quorums(2), ...quorums(3)]) {
        if (r + w > n && n > 2) continue;
        const found = staleRead({ n, r, w });
        const title = `N ${n}, R ${r}, W ${w}`;
        assertEquals(found !== null, r + w <= n, title);
        if (found) run.note(`${title}: ${found.join("; ")}`);
        if (n === 2 && found) assertEquals(found, SHORTEST);
      }
    },
  ),
  exhaustive(
    "Q15",
    "a strict put succeeds exactly if W replicas of its key can be reached: five nodes, every entry, every set that is down",
    () => {
      let succeeded = 0;
      for (const w of [1, 2, 3]) {
        for (const { at, missed: down } of meetings(idsOf(5), 4)) {
          const world = new World({ nodes: 5 });
          const up = ownersOf(world, 3).owners.filter((id) => !down.includes(id)).length;
          const ticket = world.put(at, { ...ask(PATH, "x", WRITE), w, sloppyQuorum: false });
          runRefusing(world, down);
          const reply = world.replies.get(ticket)!;
          assertEquals(reply.kind, up >= w ? "put" : "failure");
          if (up >= w) succeeded++;
          else {
            const { error, definite } = refusal(reply);
            const lost = up === 0;
            assertEquals([error, definite], [lost ? "no_coordinator" : "quorum_unmet", lost]);
          }
        }
      }
      assert(succeeded > 100, `${succeeded} puts succeeded`);
    },
  ),
];

const WRITE = "w".repeat(16) as WriteId;

/** The smallest stale read there is. */
const SHORTEST = [
  "a client puts x at n1",
  "n1: fetch",
  "n1: store",
  "acknowledged",
  "a client gets at n2",
  "n2: fetch",
  "answered: nothing",
];

function quorums(n: number): { n: number; r: number; w: number }[] {
  const numbers = Array.from({ length: n }, (_, i) => i + 1);
  return numbers.flatMap((r) => numbers.map((w) => ({ n, r, w })));
}

function idsOf(nodes: number): NodeId[] {
  return new World({ nodes }).ids.slice();
}

/** Each node, with each set of at most `most` of the others. */
function meetings(ids: readonly NodeId[], most: number): { at: NodeId; missed: NodeId[] }[] {
  return ids.flatMap((at) => {
    const others = ids.filter((id) => id !== at);
    const sets = Array.from(
      { length: 2 ** others.length },
      (_, bits) => others.filter((_, i) => bits & (1 << i)),
    );
    return sets.filter((set) => set.length <= most).map((missed) => ({ at, missed }));
  });
}

/** A put of x that is acknowledged, although some replicas never hear of it. */
function acknowledged(
  world: World,
  path: string,
  { at, missed, w }: { at: NodeId; missed: readonly NodeId[]; w: number },
): void {
  const ticket = world.put(at, { ...ask(path, "x", WRITE), w });
  runLosing(world, (_, to, kind) => kind === "write" && missed.includes(to));
  wasPut(world.replies.get(ticket));
}

/** A node does one of the things that wait for it, or a client reads there. */
type Choice =
  | { readonly kind: "step"; readonly node: number; readonly which: number }
  | { readonly kind: "get"; readonly node: number };

/**
 * Searches every order in which messages can arrive and disks can answer, shortest first, for a read that began after a put
 * was acknowledged and does not show it. Nodes are the sum of what they have been through, so of two ways on which every
 * node went through the same and has the same to do, one is followed.
 */
function staleRead({ n, r, w }: { n: number; r: number; w: number }): readonly string[] | null {
  const known = new Set<string>();
  let ways: (readonly Choice[])[] = [[]];
  while (ways.length > 0) {
    const next: (readonly Choice[])[] = [];
    for (const way of ways) {
      const { story, state, isStale, choices } = follow(way, { n, r, w });
      if (isStale) return story;
      if (known.has(state)) continue;
      known.add(state);
      for (const choice of choices) next.push([...way, choice]);
    }
    ways = next;
  }
  return null;
}

/** Goes one way from the beginning. */
function follow(way: readonly Choice[], { n, r, w }: { n: number; r: number; w: number }) {
  const world = new World({ nodes: n, config: { n, r: 1, w: 1 } });
  const [first] = world.ids as [NodeId];
  const put = world.put(first, { ...ask(PATH, "x", WRITE), w });
  const story = [`a client puts x at ${first}`];
  const lives = world.ids.map((): string[] => []);
  let get: number | null = null;
  for (const choice of way) {
    const { node } = choice;
    const id = world.ids[node]!;
    if (choice.kind === "get") {
      get = world.get(id, { name: NAME, r });
      story.push(`a client gets at ${id}`);
      lives[node]!.push("get");
      continue;
    }
    const next = waiting(world, id)[choice.which]!;
    const did = told(next);
    world.happen(world.pending.indexOf(next));
    lives[node]!.push(did);
    story.push(`${id}: ${did}`);
    if (get === null && world.replies.has(put) && !story.includes("acknowledged")) {
      story.push("acknowledged");
    }
  }
  const reply = get === null ? undefined : world.replies.get(get);
  const isStale = reply?.kind === "get" && texts(reply).length === 0;
  if (isStale) story.push("answered: nothing");
  const todo = world.ids.map((id) => waiting(world, id).map(told));
  const choices: Choice[] = world.ids.flatMap((_, node) => [
    ...(reply === undefined
      ? todo[node]!.map((_, which) => ({ kind: "step" as const, node, which }))
      : []),
    ...(world.replies.has(put) && get === null ? [{ kind: "get" as const, node }] : []),
  ]);
  return {
    story,
    state: JSON.stringify([lives, todo.map((things) => things.toSorted())]),
    isStale,
    choices,
  };
}

/** What waits for a node, oldest first. */
function waiting(world: World, id: NodeId): Pending[] {
  return world.pending.filter((next) => (next.kind === "io" ? next.node : next.to) === id);
}

function told(next: Pending): string {
  return next.kind === "io" ? next.effect.kind : `${next.message.kind} from ${next.from}`;
}
