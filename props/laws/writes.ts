/**
 * The laws of one put at real nodes, told as stories: what is counted, when it is acknowledged, when it is given up, and
 * what a node does not even begin.
 *
 * That every put is what its oracle says, whatever comes in whatever order, is in `write_by_oracle.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Boot, Digest, NodeId, WriteId } from "../../src/id.ts";
import { containerDigest } from "../../src/version/digest.ts";
import { ask, nameOf, texts } from "../asks.ts";
import { found } from "../../src/membership/found.ts";
import { Node } from "../../src/node.ts";
import type { Genesis } from "../../src/protocol/change.ts";
import { World } from "../world.ts";
import { example, type Law } from "../law.ts";
import {
  arrive,
  envelopeOf,
  get,
  NAME,
  outsider,
  PATH,
  put,
  refusal,
  runLosing,
  sentTo,
  wasGot,
  wasPut,
} from "./driving.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  example("Q4", "a node acknowledges, and counts its own copy, only when the store is done", () => {
    const world = new World();
    const ticket = world.put(world.ids[0]!, { ...ask(PATH, "x", "w".repeat(16) as WriteId), w: 1 });
    // Everything but stores happens, until only stores are left: nothing may be acknowledged.
    const isStore = (i: number) => {
      const next = world.pending[i];
      return next?.kind === "io" && next.effect.kind === "store";
    };
    for (;;) {
      const index = world.pending.findIndex((_, i) => !isStore(i));
      if (index < 0) break;
      world.happen(index);
    }
    assertEquals(world.pending.length, 3);
    assertEquals(sentTo(world, "write_reply"), []);
    assertEquals(world.replies.get(ticket), undefined);
    world.happen();
    world.run();
    assertEquals(world.replies.get(ticket)?.kind, "put");
  }),
  example("Q4", "a copy that comes twice is acknowledged only when it has landed", () => {
    const world = new World();
    const [a, b] = world.ids as [NodeId, NodeId];
    world.put(a, ask(PATH, "x", "w".repeat(16) as WriteId));
    world.happen(); // the own fetch: the dot is issued, and the copies are on their way
    const copy = () =>
      world.pending.findIndex((next) =>
        next.kind === "message" && next.message.kind === "write" && next.to === b
      );
    world.duplicate(copy());
    world.happen(copy());
    const work = () => world.pending.findIndex((next) => next.kind === "io" && next.node === b);
    world.happen(work()); // b's fetch: now its store is outstanding
    world.happen(copy());
    assertEquals(sentTo(world, "write_reply"), []);
    world.happen(work());
    assertEquals(sentTo(world, "write_reply"), [a, a]);
  }),
  example("Q4", "an acknowledgement of another container is not one of this put", () => {
    const world = new World();
    const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
    world.crash(c);
    const ticket = world.put(a, ask(PATH, "x", "w".repeat(16) as WriteId));
    runLosing(world, (from, _, kind) => from === b && kind === "write_reply");
    const reply = world.sent.find(({ message }) => message.kind === "write_reply")!.message;
    if (reply.kind !== "write_reply" || reply.outcome.kind !== "stored") {
      throw new Error("no reply");
    }
    const other = { ...reply, outcome: { ...reply.outcome, digest: "z".repeat(16) as Digest } };
    arrive(world, { from: b, to: a, message: other });
    assertEquals(world.replies.get(ticket), undefined);
    arrive(world, { from: b, to: a, message: reply });
    assertEquals(world.replies.get(ticket)?.kind, "put");
  }),
  example(
    "Q5",
    "a put fails as soon as W cannot be met any more, without waiting for its time",
    () => {
      const world = new World();
      const [a] = world.ids as [NodeId];
      const ticket = world.put(a, ask(PATH, "x", "w".repeat(16) as WriteId));
      world.happen();
      for (;;) {
        const index = world.pending.findIndex((next) => next.kind === "message");
        if (index < 0) break;
        world.undelivered(index);
      }
      assertEquals(refusal(world.replies.get(ticket)).error, "quorum_unmet");
      assertEquals(refusal(world.replies.get(ticket)).definite, false);
    },
  ),
  example("Q6", "pr and pw count replies: a primary that is down is not counted", () => {
    const world = new World();
    const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
    world.crash(b);
    world.crash(c);
    const ticket = world.put(a, {
      ...ask(PATH, "x", "w".repeat(16) as WriteId),
      w: 1,
      dw: 1,
      pw: 2,
    });
    world.run();
    assertEquals(world.replies.get(ticket), undefined);
    world.wait(world.config.requestTimeoutMs);
    const failed = refusal(world.replies.get(ticket));
    assertEquals([failed.error, failed.definite], ["timeout", false]);
    assertEquals([failed.want["pw"], failed.got["pw"]], [2, 1]);
    assertEquals(failed.participants.map(({ said }) => said).sort(), [
      "silent",
      "silent",
      "stored",
    ]);
  }),
  example("Q7", "nothing is sent for an impossible request", () => {
    const world = new World();
    for (const more of [{ w: 4 }, { nVal: 4 }, { nVal: 2, w: 3 }, { nVal: 0 }] as const) {
      const sent = world.sent.length;
      const failed = refusal(put(world, "x", more));
      assertEquals([failed.error, failed.definite], ["quorum_impossible", true]);
      assertEquals([world.sent.length, world.pending.length], [sent, 0]);
    }
  }),
  example("Q7", "a default quorum fits the replicas that n_val leaves", () => {
    const world = new World();
    wasPut(put(world, "x", { nVal: 1 }));
    const read = wasGot(get(world, { nVal: 1 }));
    assertEquals([texts(read), read.r], [["x"], 1]);
  }),
  example(
    "Q9",
    "a failed own store is not counted: the put succeeds exactly if W others stored it",
    () => {
      for (const [w, ok] of [[2, true], [3, false]] as const) {
        const world = new World();
        const ticket = world.put(world.ids[0]!, {
          ...ask(PATH, "x", "w".repeat(16) as WriteId),
          w,
        });
        world.happen();
        const own = world.pending.findIndex((next) =>
          next.kind === "io" && next.node === world.ids[0] && next.effect.kind === "store"
        );
        world.fail(own);
        world.run();
        const reply = world.replies.get(ticket)!;
        assertEquals(reply.kind, ok ? "put" : "failure");
        if (!ok) {
          assertEquals([refusal(reply).error, refusal(reply).definite], ["quorum_unmet", false]);
        }
      }
    },
  ),
  example(
    "Q10",
    "the answer of a put holds what was stored, and its clock covers the new write",
    () => {
      const world = new World();
      const reply = wasPut(put(world, "one"));
      for (const { dot } of reply.container.siblings) {
        assert((reply.container.clock.get(dot.actor) ?? 0) >= dot.counter);
      }
      for (const id of world.ids) {
        const held = world.onDisk(id, NAME)!.container;
        assertEquals(containerDigest(NAME, held), containerDigest(NAME, reply.container));
      }
    },
  ),
  example("Q14", "every request ends in bounded time when everybody else is silent", () => {
    const world = new World();
    const [a, b, c] = world.ids as [NodeId, NodeId, NodeId];
    world.crash(b);
    world.crash(c);
    const tickets = [
      world.get(a, { name: NAME }),
      world.put(a, ask(PATH, "x", "w".repeat(16) as WriteId)),
      world.get(a, { name: NAME, timeoutMs: 10 * world.config.maxRequestMs }),
    ];
    world.run();
    world.wait(world.config.requestTimeoutMs);
    world.run();
    assertEquals(tickets.map((ticket) => world.replies.has(ticket)), [true, true, false]);
    world.wait(world.config.maxRequestMs - world.config.requestTimeoutMs);
    assert(world.replies.has(tickets[2]!));
  }),
  example("Q14", "a put that has waited for its record longer than its client gets no dot", () => {
    const world = new World({ nodes: 1 });
    const [a] = world.ids as [NodeId];
    const tickets = [1, 2, 3].map((i) =>
      world.put(a, { ...ask(PATH, `v${i}`, `${i}`.padStart(16, "0") as WriteId), timeoutMs: 1000 })
    );
    world.wait(1000);
    const alive = world.put(a, ask(PATH, "v4", "4".padStart(16, "0") as WriteId));
    world.run();
    for (const ticket of tickets) assertEquals(refusal(world.replies.get(ticket)).definite, false);
    assertEquals(texts(wasPut(world.replies.get(alive))), ["v4"]);
    assertEquals(world.marks.get("put.expired"), 3);
  }),
  example("Q14", "what waits for the disk is bounded: more is refused, definitely", () => {
    const world = new World({ nodes: 1, config: { maxRequests: 2 } });
    const [a] = world.ids as [NodeId];
    const one = (i: number) =>
      world.put(a, { ...ask(PATH, `v${i}`, `${i}`.padStart(16, "0") as WriteId), timeoutMs: 1000 });
    const tickets: number[] = [];
    for (let i = 0; i < 6; i++) {
      tickets.push(one(2 * i), one(2 * i + 1)); // the disk is silent: two at a time run out of time
      world.wait(1000);
    }
    const errors = tickets.map((ticket) => refusal(world.replies.get(ticket)).error);
    assertEquals(errors, [...Array(8).fill("timeout"), ...Array(4).fill("overloaded")]);
    world.run();
    assertEquals(wasPut(put(world, "end")).container.siblings.length, 1);
  }),
  example("Q15", "a put succeeds while W replicas can be reached", () => {
    const world = new World();
    world.crash(world.ids[2]!);
    assertEquals(put(world, "x").kind, "put");
    assertEquals(texts(get(world)), ["x"]);
  }),
  example(
    "S13",
    "a node that starts again holds what it acknowledged, and refuses another genesis",
    () => {
      const world = new World();
      put(world, "x", { w: 3 });
      for (const id of world.ids) world.crash(id);
      for (const id of world.ids) world.restart(id);
      world.run();
      assertEquals(texts(get(world, { r: 3 })), ["x"]);
      const [id] = world.ids as [NodeId];
      const { genesis: { members }, config } = world;
      const { restored } = world.machines.get(id)!.disk;
      const halts = (genesis: Genesis) => {
        const node = new Node({ node: id, addresses: [], genesis, config });
        const start = { kind: "start", boot: "restart." as Boot, seed: 1, restored } as const;
        return node.step(start, world).some(({ kind }) => kind === "halt");
      };
      assertEquals(halts(world.genesis), false);
      assertEquals(halts(found({ members, partitions: 4, replicas: 3 })), true);
    },
  ),
  example(
    "S18",
    "a message of another boot, above its age, or from elsewhere changes nothing",
    () => {
      const world = new World();
      const [a, b] = world.ids as [NodeId, NodeId];
      const reply = wasPut(put(world, "x"));
      const name = nameOf("other/key");
      const message = { kind: "repair", name, n: 3, container: reply.container } as const;
      const good = envelopeOf(world, { from: a, to: b, message });
      const stale = world.monoMs - world.config.maxMessageAgeMs / 2 - 1;
      const cases = {
        wrong_boot: { ...good, toBoot: good.fromBoot },
        too_old: { ...good, toStampMs: stale },
        wrong_node: { ...good, to: a },
        unknown_member: { ...good, from: "stranger" as NodeId },
        wrong_cluster: { ...good, cluster: "x".repeat(16) as typeof good.cluster },
      };
      for (const [refused, envelope] of Object.entries(cases)) {
        const effects = world.step(b, { kind: "envelope", ticket: -1, envelope });
        const verdict = effects.find((effect) => effect.kind === "verdict");
        assertEquals(verdict?.verdict.refused, refused);
        assertEquals(world.pending.length, 0, `${refused} did something`);
      }
      world.step(b, { kind: "envelope", ticket: -1, envelope: good });
      assert(world.pending.length > 0, "the good one was refused too");
    },
  ),
  example("G24 RR7", "a node that does not serve a key takes no copy of it, and says so", () => {
    const { world, entry, serving } = outsider();
    const from = serving[0]!;
    const { container } = world.onDisk(from, NAME)!;
    arrive(world, { from, to: entry, message: { kind: "repair", name: NAME, n: 3, container } });
    const write = { kind: "write", request: 1, name: NAME, n: 3, container, hint: null } as const;
    arrive(world, { from, to: entry, message: write });
    const read = { kind: "read", request: 2, name: NAME, n: 3, asFallback: false } as const;
    arrive(world, { from, to: entry, message: read });
    world.run();
    assertEquals(world.onDisk(entry, NAME), undefined);
    const said = world.sent.flatMap(({ message }) =>
      "outcome" in message ? [message.outcome.kind] : []
    );
    assertEquals(said, ["not_serving", "not_serving"]);
  }),
];
