/**
 * Nodes that come back on an old copy of their data directory (protocol.md, Part 1 c; Part 2 a5): one that is younger than G
 * is merged and brings nothing back, an older one is refused, and either is known for a copy where somebody remembers.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type NodeId, nodeId } from "../../src/id.ts";
import type { Config } from "../../src/protocol/config.ts";
import type { Restored } from "../../src/protocol/event.ts";
import { HintShelf } from "../../src/sim/hint_shelf.ts";
import { contextOf } from "../asks.ts";
import { example, type Law, random } from "../law.ts";
import { World } from "../world.ts";
import { arrive, get, NAME, put, refusal, wasPut } from "./driving.ts";
import { GossipNet, ROUND_MS, type Site } from "./gossip_net.ts";
import { holders, pass, QUIET_MS, TIMES } from "./settle_stage.ts";
import { Sometimes } from "./sometimes.ts";

const MOST_ROUNDS = 400;
/** G in the stories with clients: longer than a leader waits anyway. */
const G_MS = 20_000;
const STORY = { ...TIMES, reapAfterMs: G_MS, tickMs: 500, gossipMs: 300, exchangeMs: 400 };
/** G and the tick where nodes only gossip. */
const GOSSIPING = { reapAfterMs: 100 * ROUND_MS, tickMs: 5 * ROUND_MS };

/** The laws of this file. */
export const laws: readonly Law[] = [
  example(
    "S19",
    "a copy that is older than G is refused before anybody has anything of it: what was deleted and forgotten stays so",
    () => {
      const { world, old } = forgotten();
      const [, , c] = world.ids as [NodeId, NodeId, NodeId];
      const before = world.sent.length;
      const error = assertThrows(() => comeBack(world, c, old), Error);
      assert(error.message.includes("its data directory is an old copy"), error.message);
      const said = new Set(
        world.sent.slice(before).filter(({ from }) => from === c)
          .map(({ message }) => message.kind),
      );
      assertEquals([...said], ["gossip_recall"]);
      world.crash(c);
      pass(world, 3 * QUIET_MS);
      assertEquals(holders(world, world.ids.filter((id) => id !== c)), []);
      // Wiped, as the sentence says, it is filled by the others.
      wasPut(put(world, "new", { name: OTHER, w: 2 }));
      comeBack(world, c, EMPTY);
      pass(world, 3_000);
      assert(world.onDisk(c, OTHER) !== undefined && world.onDisk(c, NAME) === undefined);
    },
  ),
  example(
    "S19",
    "while a node asks whether its disk is too old a copy nobody has anything of it, and its clients are told why",
    () => {
      const { world, old } = forgotten({ requestTimeoutMs: 1_000 });
      const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
      for (const id of [a, b]) world.crash(id);
      comeBack(world, c, old);
      const { membership } = world.machines.get(c)!.node.snapshot();
      assertEquals((membership as { kind: string }).kind, "asking");
      assertEquals(refusal(get(world, { at: c })).error, "not_ready");
      for (const id of [a, b]) world.restart(id);
      const before = world.sent.length;
      const question = { kind: "foreign", request: 1, name: NAME } as const;
      arrive(world, { from: a, to: c, message: question });
      assertThrows(() => pass(world, 1_000), Error, "its data directory is an old copy");
      const said = new Set(
        world.sent.slice(before).filter(({ from }) => from === c)
          .map(({ message }) => message.kind),
      );
      assert([...said].every((kind) => kind.startsWith("gossip")), [...said].join());
    },
  ),
  example(
    "S19 S16",
    "a copy that is younger than G brings nothing back: whatever was deleted since is deleted there, too",
    () => {
      const world = new World({ nodes: 3, config: STORY });
      const [, , c] = world.ids as [NodeId, NodeId, NodeId];
      const seen = contextOf(wasPut(put(world, "v", { w: 3 })));
      pass(world, 2_000);
      const old = copyOf(world, c);
      wasPut(put(world, null, { w: 3, seen }));
      // All have agreed once, and G is not over.
      pass(world, G_MS / 2);
      assertEquals(holders(world, world.ids).length, 3);
      comeBack(world, c, old);
      pass(world, 1_000);
      const { siblings } = world.onDisk(c, NAME)!.container;
      assert(siblings.every(({ version }) => version.tombstone));
      pass(world, 3 * G_MS);
      assertEquals(holders(world, world.ids), []);
    },
  ),
  example(
    "S19",
    "who was down for longer than G starts as it was: without it nothing was forgotten",
    () => {
      const world = new World({ nodes: 3, config: STORY });
      const [, , c] = world.ids as [NodeId, NodeId, NodeId];
      wasPut(put(world, "v", { w: 3 }));
      pass(world, 2_000);
      world.crash(c);
      pass(world, 3 * G_MS);
      world.restart(c);
      assert((world.marks.get("start.asks") ?? 0) > 0);
      pass(world, 1_000);
      const { node } = world.machines.get(c)!;
      assert(node.ready && node.register!.roles.every(({ recovering }) => !recovering));
      assertEquals(world.marks.get("register.raised") ?? 0, 0);
    },
  ),
  example(
    "S19",
    "who can reach nobody asks for no longer than a request takes, and then serves",
    () => {
      const world = new World({ nodes: 3, config: STORY });
      const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
      pass(world, 2_000);
      for (const id of world.ids) world.crash(id);
      pass(world, 3 * G_MS);
      world.restart(c);
      pass(world, STORY.requestTimeoutMs - 50);
      assert(!world.machines.get(c)!.node.ready);
      pass(world, 600);
      assert(world.machines.get(c)!.node.ready, `${a} and ${b} are down`);
    },
  ),
  example("S19", "a node alone starts from whatever it has: there is nobody to remember", () => {
    const world = new World({ nodes: 1, config: { ...STORY, n: 1, r: 1, w: 1 } });
    const [alone] = world.ids as [NodeId];
    pass(world, 2_000);
    const old = copyOf(world, alone);
    pass(world, 3 * G_MS);
    comeBack(world, alone, old);
    assert(world.machines.get(alone)!.node.ready);
  }),
  random(
    "S19 G31",
    "a node on an old copy of its disk recovers, or ends if the copy is older than G, exactly where its peers have heard of what it has missed, also when all of them have started again",
    (run) => {
      const seen = new Sometimes();
      run.forAll(
        fc.array(turn, { minLength: 2, maxLength: 8 }),
        fc.boolean(),
        fc.nat(150),
        (turns, restarts, downRounds) => {
          seen.begin();
          judge(turns, { restarts, downRounds }, seen);
          return true;
        },
      );
      seen.demand(150, { "goes on": 15, recovers: 15, "too old": 15, "all restart": 30 });
    },
    { runs: 150 },
  ),
];

/** A piece of a node's life: so many rounds go by, then it starts again, or its disk is copied. */
interface Turn {
  readonly rounds: number;
  readonly then: "copy" | "restart" | "go on";
}

const turn: fc.Arbitrary<Turn> = fc.record({
  rounds: fc.nat(30),
  then: fc.constantFrom("copy", "restart", "go on"),
});

/** A life of a, of which the last copy comes back in the end; if there is none, its disk as it is. */
function judge(
  turns: readonly Turn[],
  { restarts, downRounds }: { readonly restarts: boolean; readonly downRounds: number },
  seen: Sometimes,
): void {
  const net = new GossipNet({ founders: ["a", "b", "c"], config: GOSSIPING });
  net.until(() => net.alike(), MOST_ROUNDS);
  // All recover at first, and for ever where there is no exchange: somebody must say that it is done.
  const { membership } = net.at("a");
  net.do(net.at("a"), (out) => void membership.say(membership.recovering, false, out));
  let copy: Restored | null = null;
  for (const { rounds, then } of turns) {
    net.rounds(rounds);
    if (then === "copy") copy = net.at("a").disk;
    if (then === "restart") net.start("a");
  }
  net.until(() => net.alike(), MOST_ROUNDS);
  let heard = net.at("a").disk.register!.tick;
  net.stop("a");
  if (restarts) {
    // What they have written down is all that they remember then.
    const ticks = ["b", "c"].flatMap((id) => net.at(id).disk.ticks ?? []);
    heard = Math.max(0, ...ticks.filter(({ node }) => node === "a").map(({ tick }) => tick));
    for (const id of ["b", "c"]) net.start(id);
    seen.saw("all restart");
  }
  net.rounds(downRounds);
  const disk = copy ?? net.at("a").disk;
  const found = disk.register!;
  const generation = Math.max(found.generation, 1);
  const a = net.start("a", { disk });
  const startMs = net.wallMs;
  net.rounds(40);
  const isBehind = found.tick < heard;
  const ageMs = startMs - found.tick;
  if (!isBehind) {
    seen.saw("goes on");
    assertEquals([a.halted, a.membership.register!.generation], [null, generation + 1]);
    assertEquals(a.membership.recovering.length === 0, found.roles[0]!.recovering === false);
    return;
  }
  if (ageMs > GOSSIPING.reapAfterMs * 63 / 64) {
    seen.saw("too old");
    assert(a.halted?.includes("its data directory is an old copy"), `${a.halted}, ${ageMs} ms`);
    assertEquals(generationOf(net, "b"), generationOf(net, "c"));
    return;
  }
  seen.saw("recovers");
  assertEquals(a.halted, null);
  const { resumed, roles } = a.membership.register!;
  assert(resumed >= heard, `${resumed} resumed, of ${heard}`);
  assert(roles.length > 0 && roles.every(({ recovering }) => recovering));
  assertEquals(a.membership.registers.forgotten(nodeId("a")), null);
  for (const id of ["b", "c"]) assertEquals(siteOf(net, id).forgotten(nodeId("a")), null);
}

function siteOf(net: GossipNet, id: string): Site["membership"]["registers"] {
  return net.at(id).membership.registers;
}

function generationOf(net: GossipNet, id: string): number | undefined {
  return siteOf(net, id).of(nodeId("a"))?.generation;
}

type Machine = NonNullable<ReturnType<World["machines"]["get"]>>;
type Copy = Pick<Machine["disk"], "records" | "hints" | "restored">;

const OTHER = { ...NAME, key: "other" };
const EMPTY: Copy = {
  records: new Map(),
  hints: new HintShelf(),
  restored: { history: [], register: null, props: [] },
};

/** A world in which a key was deleted and forgotten, and a copy of the disk of its third node from before. */
function forgotten(config: Partial<Config> = {}): { world: World; old: Copy } {
  const world = new World({ nodes: 3, config: { ...STORY, ...config } });
  const [, , c] = world.ids as [NodeId, NodeId, NodeId];
  const seen = contextOf(wasPut(put(world, "v", { w: 3 })));
  pass(world, 2_000);
  const old = copyOf(world, c);
  wasPut(put(world, null, { w: 3, seen }));
  pass(world, 2 * G_MS);
  assertEquals(holders(world, world.ids), []);
  return { world, old };
}

function copyOf(world: World, id: NodeId): Copy {
  const { records, hints, restored } = world.machines.get(id)!.disk;
  return { records: new Map(records), hints: new HintShelf(hints), restored };
}

/** The process ends, and another begins on this disk. */
function comeBack(world: World, id: NodeId, { records, hints, restored }: Copy): void {
  world.crash(id);
  const disk = { records: new Map(records), hints: new HintShelf(hints), restored };
  Object.assign(world.machines.get(id)!.disk, disk);
  world.restart(id);
  world.run();
}
