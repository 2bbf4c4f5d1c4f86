/**
 * Hinted handoff: what is kept for one that is away comes home, and goes nowhere else and not before.
 *
 * Here are real nodes; the room that carries hints is by itself in `hint_passes.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Digest, nameBytes, type NodeId, nodeId, type WriteId } from "../../src/id.ts";
import type { StoredHint } from "../../src/protocol/event.ts";
import type { WriteOutcome } from "../../src/protocol/message.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { type Container, sync } from "../../src/version/siblings.ts";
import { ask, contextOf, texts } from "../asks.ts";
import { containers } from "../generators.ts";
import { example, exhaustive, type Law, random } from "../law.ts";
import { World, type WorldOptions } from "../world.ts";
import {
  arrive,
  get,
  NAME,
  ownersOf,
  PATH,
  put,
  recovered,
  refusal,
  runRefusing,
  standingOf,
  wasGot,
  wasPut,
} from "./driving.ts";

/** H1 to H9, H11 to H14. */
export const laws: readonly Law[] = [
  exhaustive(
    "H1 H12",
    "a hint goes exactly when its owner, serving the seat, has made durable what was sent; any other answer leaves it",
    () => {
      const came = { gone: 0, left: 0 };
      for (const { outcome, seat, isOwner, isRight } of answers()) {
        const { world, keeper, owner, others } = kept();
        world.wait(world.config.handoffMs);
        takeUntil(world, "write");
        const at = world.pending.findIndex((next) => next.kind === "message");
        const [sent] = world.pending.splice(at, 1);
        if (sent?.kind !== "message" || sent.message.kind !== "write") throw new Error("no hint");
        assertEquals(sent.to, owner);
        const { request, container } = sent.message;
        const digest = isRight ? containerDigest(NAME, container) : "z".repeat(16) as Digest;
        const said: WriteOutcome = outcome === "durable" || outcome === "buffered"
          ? { kind: "stored", durable: outcome === "durable", digest }
          : outcome === "failed"
          ? { kind: "failed", reason: "disk full" }
          : { kind: "not_serving", successor: null };
        const from = isOwner ? owner : others[0]!;
        const standing = standingOf(seat, 3);
        arrive(world, {
          from,
          to: keeper,
          message: { kind: "write_reply", request, standing, outcome: said },
        });
        world.run();
        const goes = outcome === "durable" && seat !== null && isRight && isOwner;
        assertEquals(
          hintsOf(world, keeper).length,
          goes ? 0 : 1,
          JSON.stringify([said, seat, from]),
        );
        came[goes ? "gone" : "left"]++;
      }
      assert(came.gone > 0 && came.left > 10, JSON.stringify(came));
    },
  ),
  example(
    "H2 H1",
    "a write that reaches the fallback while its hint is on the way stays, merged, and goes there next",
    () => {
      const { world, keeper, owner, writer } = kept();
      world.wait(world.config.handoffMs);
      takeUntil(world, "write"); // the copy is on its way; now another put comes
      const late = world.pending.splice(0);
      const ticket = world.put(writer, { ...ask(PATH, "y", WRITES[1]!), w: 3 });
      runRefusing(world, [owner]);
      wasPut(world.replies.get(ticket));
      world.pending.push(...late);
      world.run();
      assertEquals(world.marks.get("hint.kept"), 1);
      assertEquals(textsOf(hintsOf(world, keeper)[0]), ["x", "y"]);
      assertEquals(textsOf(world.onDisk(owner, NAME)), ["x"]);
      recovered(world);
      assertEquals(hintsOf(world, keeper), []);
      assertEquals(textsOf(world.onDisk(owner, NAME)), ["x", "y"]);
    },
  ),
  random(
    "H3 H4 H2",
    "whatever owner and hint hold, in whatever order copies come, and come again, the owner ends with both, and nothing older",
    (run) => {
      run.forAll(containers(2), fc.array(fc.nat(9), { maxLength: 12 }), (held, order) => {
        const [own, kept] = held as [Container, Container];
        if (kept.clock.size === 0) return true;
        const world = new World({ nodes: 4 });
        const { owners: [owner], others: [keeper] } = ownersOf(world, 3) as Named;
        const machines = world.machines;
        if (own.clock.size > 0) {
          const { records } = machines.get(owner)!.disk;
          records.set(nameBytes(NAME), { container: own, mine: null });
        }
        const record = { container: kept, mine: null, hint: { n: 3, seat: 0, w: 2 } };
        machines.get(keeper)!.disk.hints.put({ owner, name: NAME }, record);
        world.crash(keeper);
        world.restart(keeper);
        for (const which of order) {
          if (world.pending.length === 0) break;
          const index = which % world.pending.length;
          if (which % 3 === 0) world.duplicate(index);
          else world.happen(index);
        }
        world.run();
        recovered(world);
        assertEquals(hintsOf(world, keeper), []);
        const end = machines.get(owner)!.disk.records.get(nameBytes(NAME))!.container;
        assertEquals(containerDigest(NAME, end), containerDigest(NAME, sync(own, kept)));
        return true;
      });
    },
    { runs: 300 },
  ),
  example("H5 H3", "what a fallback counted for is there when all who were away are back", () => {
    const world = new World({ nodes: 5 });
    const { owners, others: [f, g] } = ownersOf(world, 3) as Named;
    const [x, y, z] = owners;
    const ticket = world.put(x, { ...ask(PATH, "x", WRITES[0]!), w: 3 });
    runRefusing(world, [y, z]);
    wasPut(world.replies.get(ticket));
    assertEquals([f, g].map((id) => hintsOf(world, id).map(({ owner }) => owner)), [[y], [z]]);
    // The only replica that has it loses its disk.
    world.crash(x);
    world.machines.get(x)!.disk.records.clear();
    recovered(world);
    assertEquals([y, z].map((id) => textsOf(world.onDisk(id, NAME))), [["x"], ["x"]]);
    assertEquals(texts(wasGot(get(world, { at: g, r: 2 }))), ["x"]);
  }),
  random("H5 H4", "a hint is all that was sent to be kept for its owner, in any order", (run) => {
    run.forAll(containers(3), (held) => {
      const world = new World({ nodes: 5 });
      const { owners: [owner, from], others: [keeper] } = ownersOf(world, 3) as Named;
      const news = held.filter(({ clock }) => clock.size > 0);
      for (const [request, container] of news.entries()) {
        const hint = { owner, seat: 0, w: 2 };
        const message = { kind: "write" as const, request, name: NAME, n: 3, container, hint };
        arrive(world, { from, to: keeper, message });
        world.run();
      }
      const [kept] = hintsOf(world, keeper);
      assertEquals(kept === undefined, news.length === 0);
      if (news.length === 0) return true;
      const all = news.reduce(sync);
      assertEquals(containerDigest(NAME, kept!.record.container), containerDigest(NAME, all));
      assertEquals(kept!.record.hint, { n: 3, seat: 0, w: 2 });
      return true;
    });
  }, { runs: 100 }),
  example(
    "H6",
    "a hint outlives its keeper's process, and is taken home without any client",
    () => {
      const { world, keeper, owner } = kept();
      world.crash(keeper);
      world.restart(keeper);
      runRefusing(world, [owner]); // the first look after the start: its owner is away still
      assertEquals(hintsOf(world, keeper).length, 1);
      assertEquals(world.onDisk(owner, NAME), undefined);
      recovered(world);
      assertEquals(hintsOf(world, keeper), []);
      assertEquals(textsOf(world.onDisk(owner, NAME)), ["x"]);
    },
  ),
  example(
    "H7 H6",
    "what is kept for a node that is no member goes, after a restart, to those who serve the key",
    () => {
      const { world, keeper, owner, owners } = kept();
      const { hints } = world.machines.get(keeper)!.disk;
      const [hint] = hints.all;
      hints.put(hint!, null);
      hints.put({ ...hint!, owner: nodeId("gone") }, hint!.record);
      for (const id of owners) world.machines.get(id)!.disk.records.clear();
      world.crash(keeper);
      world.restart(keeper);
      recovered(world);
      assertEquals(hintsOf(world, keeper), []);
      for (const id of owners) assertEquals(textsOf(world.onDisk(id, NAME)), ["x"], owner);
    },
  ),
  example("H9", "a put that its owner is handed while hints come home is coordinated once", () => {
    const { world, keeper, owner } = kept();
    world.wait(world.config.handoffMs);
    const ticket = world.put(keeper, {
      ...ask(PATH, "y", WRITES[1]!),
      fastest: owner,
    });
    world.duplicate(
      world.pending.findIndex((next) => next.kind === "message" && next.message.kind === "forward"),
    );
    world.run();
    assertEquals(wasPut(world.replies.get(ticket)).coordinator, owner);
    recovered(world);
    const read = wasGot(get(world, { r: "all" }));
    assertEquals(texts(read), ["x", "y"]);
    assertEquals(read.container.siblings.length, 2, "one client put is one dot");
  }),
  example(
    "H11 H12",
    "nothing is dropped for its age: all replicas away for ten times as long as a hint may wait, and then back",
    () => {
      const config = { hintSpreadAfterMs: 60_000, probeMs: 5_000 };
      const world = new World({ nodes: 5, config });
      const { owners, others: [f, g] } = ownersOf(world, 3) as Named;
      for (const id of owners) world.crash(id);
      const ticket = world.put(f, ask(PATH, "x", WRITES[0]!));
      runRefusing(world, owners);
      wasPut(world.replies.get(ticket));
      for (let ms = 0; ms < 10 * config.hintSpreadAfterMs; ms += config.probeMs) {
        world.wait(config.probeMs);
        runRefusing(world, owners);
        assertEquals([f, g].map((id) => hintsOf(world, id).length), [1, 1]);
      }
      // Its keepers forget all that they have in memory, too.
      for (const id of [f, g]) world.crash(id);
      recovered(world);
      recovered(world);
      assertEquals([f, g].flatMap((id) => hintsOf(world, id)), []);
      const holders = owners.filter((id) => world.onDisk(id, NAME));
      assert(holders.length >= 2, `${holders}`);
      assertEquals(texts(wasGot(get(world, { at: g, r: 2 }))), ["x"]);
    },
  ),
  example(
    "H12 H11",
    "a hint whose owner is away for too long is spread to the replicas that are there, and not one moment earlier",
    () => {
      const config = { hintSpreadAfterMs: 60_000, probeMs: 5_000 };
      const { world, keeper, owner, owners } = kept({ config, w: 2 });
      world.crash(owner);
      const round = () => {
        world.wait(config.probeMs);
        runRefusing(world, [owner]);
      };
      round(); // it cannot be taken home: that is the first that its keeper hears of it
      const spreadMs = world.monoMs - config.probeMs + config.hintSpreadAfterMs;
      while (hintsOf(world, keeper).length > 0) {
        round();
        assert(world.monoMs < spreadMs + 30_000, "it is not spread");
      }
      assert(world.monoMs >= spreadMs, "it is spread too soon");
      for (const id of owners.filter((id) => id !== owner)) {
        assertEquals(textsOf(world.onDisk(id, NAME)), ["x"]);
      }
      assertEquals(world.marks.get("hint.spread"), 1);
    },
  ),
  example(
    "H14 Q15",
    "a fallback that is full refuses and is not counted; another stands in; and what is kept stays",
    () => {
      const { world, keeper, owner, writer, others } = kept({ config: { maxHintBytes: 1 } });
      const next = others.find((id) => id !== keeper)!;
      const ticket = world.put(writer, { ...ask(PATH, "y", WRITES[1]!), w: 3 });
      runRefusing(world, [owner]);
      const stored = wasPut(world.replies.get(ticket)).participants.filter(({ said }) =>
        said === "stored"
      );
      assert(
        stored.every(({ node }) => node !== keeper) && stored.some(({ node }) => node === next),
      );
      assertEquals(world.marks.get("hint.refused"), 1);
      assertEquals(textsOf(hintsOf(world, keeper)[0]), ["x"]);
      // Nobody else is left: one more put cannot have W, and says so.
      const full = world.put(writer, { ...ask(PATH, "z", WRITES[2]!), w: 3 });
      runRefusing(world, [owner]);
      const { error, definite } = refusal(world.replies.get(full));
      assertEquals([error, definite], ["quorum_unmet", false]);
      // A node without a seat that would coordinate is refused its own hint, definitely.
      const own = world.put(keeper, ask(PATH, "q", WRITES[3]!));
      runRefusing(world, world.ids.filter((id) => id !== keeper));
      const refused = refusal(world.replies.get(own));
      assertEquals([refused.error, refused.definite], ["overloaded", true]);
      // A restart does not make it forget how full it is.
      world.crash(keeper);
      world.restart(keeper);
      runRefusing(world, [owner]);
      const again = world.put(keeper, ask(PATH, "q", WRITES[4]!));
      runRefusing(world, world.ids.filter((id) => id !== keeper));
      assertEquals(refusal(world.replies.get(again)).error, "overloaded");
      recovered(world);
      assertEquals(textsOf(world.onDisk(owner, NAME)), ["x", "y"]);
      assertEquals([keeper, next].flatMap((id) => hintsOf(world, id)), []);
    },
  ),
  example("H4", "an old hint never rolls its owner back", () => {
    const { world, keeper, owner } = kept();
    world.wait(world.config.handoffMs);
    takeUntil(world, "write");
    const late = world.pending.splice(0);
    const seen = contextOf(wasGot(get(world, { at: owner, r: 2 })));
    put(world, "newer", { at: owner, seen, w: 3 });
    world.pending.push(...late);
    world.run();
    recovered(world);
    assertEquals(textsOf(world.onDisk(owner, NAME)), ["newer"]);
    assertEquals(hintsOf(world, keeper), []);
  }),
];

const WRITES = ["v", "w", "x", "y", "z"].map((char) => char.repeat(16) as WriteId);

type Named = {
  readonly owners: [NodeId, NodeId, NodeId];
  readonly others: [NodeId, NodeId];
};

/** Five nodes: one owner was out of reach, and another node keeps x for it. */
function kept({ config = {}, w = 3 }: Pick<WorldOptions, "config"> & { readonly w?: number } = {}) {
  const world = new World({ nodes: 5, config });
  const { owners, others } = ownersOf(world, 3) as Named;
  const [writer, , owner] = owners;
  const [keeper] = others;
  const ticket = world.put(writer, { ...ask(PATH, "x", WRITES[0]!), w });
  runRefusing(world, [owner]);
  wasPut(world.replies.get(ticket));
  assertEquals(hintsOf(world, keeper).map((hint) => [hint.owner, textsOf(hint)]), [[owner, ["x"]]]);
  return { world, owners, others, writer, owner, keeper };
}

function hintsOf(world: World, id: NodeId) {
  return world.machines.get(id)!.disk.hints.all;
}

/** What is live in a copy, sorted. */
function textsOf(copy: { readonly container: Container } | StoredHint | undefined): string[] {
  if (copy === undefined) return [];
  const { siblings } = "record" in copy ? copy.record.container : copy.container;
  return siblings.map(({ version }) => String.fromCharCode(...version.content)).sort();
}

/** All happens until such a message is the next thing but for others of its kind. */
function takeUntil(world: World, kind: "write"): void {
  while (!world.pending.some((next) => next.kind === "message" && next.message.kind === kind)) {
    if (world.pending.length === 0) throw new Error(`No ${kind} was sent`);
    world.happen();
  }
}

/** Every answer that there may be to a hint that was taken to its owner. */
function* answers() {
  for (const outcome of ["durable", "buffered", "failed", "not_serving"] as const) {
    for (const seat of [2, null]) {
      for (const isOwner of [true, false]) {
        for (const isRight of [true, false]) yield { outcome, seat, isOwner, isRight };
      }
    }
  }
}
