/**
 * The laws of one read at real nodes, told as stories: who counts, what is repaired, what a session is owed.
 *
 * That every read is what its oracle says, whatever comes in whatever order, is in `read_by_oracle.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { nameBytes, type NodeId, type WriteId } from "../../src/id.ts";
import type { GetAsk } from "../../src/protocol/event.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { descends } from "../../src/version/version_vector.ts";
import { ask, contextOf, nameOf, texts } from "../asks.ts";
import type { Pending } from "../pending.ts";
import { World } from "../world.ts";
import { example, type Law } from "../law.ts";
import {
  arrive,
  get,
  NAME,
  PATH,
  put,
  recover,
  refusal,
  runLosing,
  sentTo,
  wasGot,
  wasPut,
} from "./driving.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  example(
    "Q1",
    "with n_val, puts and gets ask the same replicas, by whichever nodes they come",
    () => {
      for (const nVal of [1, 2]) {
        for (const nodes of [3, 5]) {
          const world = new World({ nodes });
          for (const [i, at] of world.ids.entries()) {
            const text = `from ${at}`;
            const seen = contextOf(get(world, { nVal, r: "all" }));
            const reply = wasPut(put(world, text, { at, nVal, w: "all", seen }));
            assertEquals(reply.participants.length, nVal);
            const reader = world.ids[(i + 1) % nodes]!;
            assertEquals(texts(get(world, { at: reader, nVal, r: 1 })), [text]);
          }
        }
      }
    },
  ),
  example(
    "Q11",
    "notfound_ok=false does not count empty replies; basic_quorum answers early",
    () => {
      const world = new World();
      const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
      world.put(a, { ...ask(PATH, "x", "w".repeat(16) as WriteId), w: 1 });
      runLosing(world, (_, __, kind) => kind === "write");
      // Only a holds it. An empty reply counts by default, so r=2 is met; without notfound_ok it is not.
      world.crash(b);
      const ticket = world.get(a, { name: NAME, notfoundOk: false });
      runLosing(world, (_, __, kind) => kind === "repair");
      world.wait(world.config.requestTimeoutMs);
      assertEquals(refusal(world.replies.get(ticket)).error, "timeout");
      world.restart(b);
      world.run();
      // A key that nobody holds is not found all the same, early with basic_quorum.
      const name = nameOf("b/nothing");
      world.crash(c);
      const early = world.get(a, { name, r: 1, notfoundOk: false, basicQuorum: true });
      const late = world.get(a, { name, r: 1, notfoundOk: false });
      world.run();
      assertEquals(texts(wasGot(world.replies.get(early))), []);
      assertEquals(world.replies.get(late), undefined);
    },
  ),
  example("Q12", "an answer to a request of a former boot answers none of this one", () => {
    const world = new World();
    const [a, b] = world.ids as [NodeId, NodeId];
    put(world, "x");
    const take = (which: (next: Pending) => boolean) =>
      world.pending.splice(world.pending.findIndex(which), 1);
    // b is slow to read what a asks for; a starts again meanwhile, and reads a key that nobody has.
    world.get(a, { name: NAME });
    world.happen(world.pending.findIndex((next) => next.kind === "message" && next.to === b));
    const slow = take((next) => next.kind === "io" && next.node === b);
    world.crash(a);
    world.restart(a);
    world.run();
    const reads = Array.from({ length: 9 }, () => world.get(a, { name: nameOf("b/nothing") }));
    world.pending.push(...slow);
    world.happen(world.pending.length - 1); // b has read it, and answers: in a batch to the new boot
    world.happen(world.pending.length - 1);
    world.run();
    for (const ticket of reads) assertEquals(texts(wasGot(world.replies.get(ticket))), []);
    assert(world.marks.has("request.late_reply"));
  }),
  example(
    "Q20",
    "a recovering replica gives its data and counts toward no read quorum, but toward writes",
    () => {
      const world = new World();
      const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
      put(world, "x");
      for (const id of [b, c]) recover(world, id);
      assertEquals(texts(get(world, { at: b, r: 1 })), ["x"]);
      const failed = refusal(get(world, { at: b, r: 2 }));
      assertEquals([failed.error, failed.want], ["quorum_unmet", { r: 2, pr: 0 }]);
      assertEquals(put(world, "y", { w: 3, pw: 3 }).kind, "put");
      assert(a !== b);
    },
  ),
  example("Q20", "what recovering replicas do not have is not said to be nowhere", () => {
    const world = new World();
    const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
    world.put(c, { ...ask(PATH, "x", "w".repeat(16) as WriteId), w: 1 });
    runLosing(world, (_, __, kind) => kind === "write");
    for (const id of [a, b]) recover(world, id);
    world.crash(c);
    const ticket = world.get(a, { name: NAME, r: 2, notfoundOk: false });
    world.run();
    assertEquals(refusal(world.replies.get(ticket)).error, "quorum_unmet");
  }),
  example(
    "RR1 RR2 RR7",
    "repairs go to exactly the primaries that are behind, and carry the merge",
    () => {
      const world = new World();
      const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
      world.put(a, ask(PATH, "x", "w".repeat(16) as WriteId));
      runLosing(world, (_, to, kind) => kind === "write" && to === c);
      assertEquals(world.onDisk(c, NAME), undefined);
      assertEquals(texts(get(world, { at: b })), ["x"]);
      assertEquals(sentTo(world, "repair"), [c]);
      assertEquals(
        containerDigest(NAME, world.onDisk(c, NAME)!.container),
        containerDigest(NAME, world.onDisk(a, NAME)!.container),
      );
      get(world, { at: a });
      assertEquals(sentTo(world, "repair"), [c]); // RR5
    },
  ),
  example("RR4", "an old repair never lowers a replica", () => {
    const world = new World();
    const [a, b] = world.ids as [NodeId, NodeId];
    const old = wasPut(put(world, "one"));
    put(world, "two", { seen: contextOf(old) });
    const message = { kind: "repair", name: NAME, n: 3, container: old.container } as const;
    arrive(world, { from: a, to: b, message });
    world.run();
    assertEquals(texts(get(world, { at: b, r: "all" })), ["two"]);
  }),
  example("RR7", "who answers without a seat is not repaired, and does not count", () => {
    const world = new World();
    const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
    put(world, "x");
    const ticket = world.get(a, { name: NAME, r: 2 });
    runLosing(world, (from, _, kind) => kind === "read_reply" && from !== a);
    assertEquals(world.replies.get(ticket), undefined);
    const { message } = world.sent.find(({ from, message }) =>
      from === b && message.kind === "read_reply"
    )!;
    if (message.kind !== "read_reply") throw new Error("no reply");
    const standing = { ...message.standing, seat: null };
    arrive(world, {
      from: b,
      to: a,
      message: { ...message, standing, outcome: { kind: "absent" } },
    });
    assertEquals(world.replies.get(ticket), undefined);
    arrive(world, { from: c, to: a, message: { ...message, standing: { ...standing, seat: 2 } } });
    assertEquals(texts(wasGot(world.replies.get(ticket))), ["x"]);
    world.run();
    assertEquals(sentTo(world, "repair"), []);
  }),
  example("S3", "a read shows only what is durable", () => {
    const world = new World({ nodes: 1 });
    world.put(world.ids[0]!, ask(PATH, "x", "w".repeat(16) as WriteId));
    world.happen(); // the fetch: now the store is outstanding
    const ticket = world.get(world.ids[0]!, { name: NAME });
    assertEquals(texts(wasGot(world.replies.get(ticket))), []);
  }),
  example(
    "S20",
    "a read with the session's context never goes back; without it the inversion is found",
    () => {
      const world = new World();
      const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
      // The write is at a alone; strict R + W > N does not help a write that is not acknowledged yet.
      world.put(a, ask(PATH, "x", "w".repeat(16) as WriteId));
      runLosing(world, (_, __, kind) => kind === "write");
      const reading = (at: NodeId, silent: NodeId, more: Partial<GetAsk> = {}) => {
        const ticket = world.get(at, { name: NAME, r: 2, ...more });
        runLosing(
          world,
          (from, to, kind) => from === silent || to === silent || kind === "repair",
        );
        return ticket;
      };
      const first = world.replies.get(reading(a, c))!;
      assertEquals(texts(first), ["x"]);
      const second = world.replies.get(reading(b, a))!;
      assertEquals(texts(second), [], "the inversion: what was read is not read again");
      const session = contextOf(first).clock;
      const third = reading(b, a, { session });
      assertEquals(world.replies.get(third), undefined);
      world.wait(world.config.requestTimeoutMs);
      assertEquals(refusal(world.replies.get(third)).error, "session_unmet");
      const fourth = wasGot(get(world, { at: b, r: 1, session }));
      assert(descends(fourth.container.clock, session));
      assertEquals(texts(fourth), ["x"]);
    },
  ),
  example("S20", "what no member holds any more ends the session, and says so", () => {
    const world = new World();
    put(world, "x");
    const session = contextOf(get(world)).clock;
    for (const id of world.ids) world.machines.get(id)!.disk.records.clear();
    const reset = wasGot(get(world, { session }));
    assertEquals([reset.sessionReset, texts(reset)], [true, []]);
    world.crash(world.ids[2]!);
    const ticket = world.get(world.ids[0]!, { name: NAME, session });
    world.run();
    world.wait(world.config.requestTimeoutMs);
    assertEquals(refusal(world.replies.get(ticket)).error, "session_unmet");
  }),
  example("S21", "a damaged record is no answer: it counts for nothing, and is repaired", () => {
    const world = new World();
    put(world, "x");
    const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
    for (const id of [b, c]) {
      const { disk } = world.machines.get(id)!;
      disk.damaged.add([...disk.records.keys()][0]!);
    }
    const failed = refusal(get(world, { at: a, r: 2 }));
    assertEquals([failed.error, failed.want, failed.got], ["quorum_unmet", { r: 2, pr: 0 }, {
      r: 1,
      pr: 1,
    }]);
    assertEquals(texts(get(world, { at: b, r: 2 })), ["x"]); // the failed read has repaired them
  }),
  example(
    "S21",
    "who is alone with a damaged record has nobody to recover from, and says nothing of it",
    () => {
      const world = new World({ nodes: 1, config: { n: 1, r: 1, w: 1 } });
      put(world, "x");
      const [alone] = world.ids as [NodeId];
      world.damage(alone, NAME);
      assertEquals(world.machines.get(alone)!.node.register!.roles[0]!.recovering, false);
      assertEquals(refusal(get(world)).error, "quorum_unmet");
    },
  ),
  example(
    "S21",
    "a reader repairs who has met damage, also where that can compare with nobody",
    () => {
      const world = new World();
      put(world, "x");
      const [a, b] = world.ids as [NodeId, NodeId];
      world.damage(a, NAME);
      world.get(b, { name: NAME, r: 3 });
      runLosing(
        world,
        (from, to, kind) =>
          (from === a || to === a) && !["read", "read_reply", "repair"].includes(kind),
      );
      assert(!world.machines.get(a)!.disk.damaged.has(nameBytes(NAME)));
    },
  ),
];
