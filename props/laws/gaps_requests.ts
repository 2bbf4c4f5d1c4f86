/**
 * What the generated mutants of `src/quorum/requests.ts` showed to be unchecked (`deno task mutation`): what a node begins
 * for its clients, what it refuses to begin, and who hears of it. Puts that others hand over are in `gaps_handed_over.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { nodeId } from "../../src/id.ts";
import { type Failure, failure, isFailure } from "../../src/protocol/error.ts";
import type { PutAsk } from "../../src/protocol/event.ts";
import type { Message } from "../../src/protocol/message.ts";
import { type Container, EMPTY, sync, write } from "../../src/version/siblings.ts";
import { FRESH } from "../../src/version/version_vector.ts";
import { actor, version } from "../generators.ts";
import { example, type Law } from "../law.ts";
import { standingOf, wasPut } from "./driving.ts";
import { NAME } from "./one_read.ts";
import { WRITTEN } from "./one_put.ts";
import { RequestRoom, stored } from "./request_room.ts";

/** What a read that begins does, as request 1. */
const READS = [
  ...["set deadline 1 in 10000", "read 1 to b", "read 1 to c"],
  ...["set stand_in 1 in 500", "read 1 to itself"],
];
/** What a put that begins does, where it is coordinated. */
const COORDINATES = ["set deadline 1 in 10000", "ask for coordinate"];

const READ = { kind: "read", name: NAME, n: 3, asFallback: false } as const;

/** Q4, Q7, Q12 to Q15, Q19, D19, D20, S20. */
export const laws: readonly Law[] = [
  example("Q7", "what cannot be is refused with both numbers, and nothing begins", () => {
    const room = new RequestRoom();
    for (const nVal of [0, 4]) {
      assertEquals(room.get({ nVal }), ["fail quorum_impossible"]);
      assertEquals(room.put({ nVal }), ["fail quorum_impossible"]);
      for (const reply of room.replies.values()) assert(isFailure(reply));
      const refused = refusalOf(room, room.replies.size);
      assertEquals(
        refused.detail,
        `Cannot ask ${nVal} replicas: 1 to the bucket's n_val 3 wanted`,
      );
      assertEquals([refused.want, refused.got], [{ n_val: nVal }, { n: 3 }]);
    }
    assertEquals(room.get({ r: 4 }), ["fail quorum_impossible"]);
    assertEquals(room.put({ w: 4 }), ["fail quorum_impossible"]);
    assertEquals(room.put({ dw: 4 }), ["fail quorum_impossible"]);
    const elsewhere = new RequestRoom({ self: "d" });
    assertEquals(elsewhere.put({ w: 4 }), ["fail quorum_impossible"], "it is not handed over");
    assertEquals(room.count, 0);
    assertEquals(room.get(), READS);
    assertEquals(room.count, 1);
  }),

  example("Q7", "who only stands in for an owner is not asked, though owners are few", () => {
    const room = new RequestRoom({ primaries: ["a", "b"] });
    const asks = ["set deadline 1 in 10000", "read 1 to b"];
    assertEquals(room.get(), [...asks, "set stand_in 1 in 500", "read 1 to itself"]);
    const strict = new RequestRoom({ primaries: ["a", "b"] });
    assertEquals(strict.get({ sloppyQuorum: false }), [...asks, "read 1 to itself"]);
  }),

  example("Q14", "what would be too much is refused at once, and begins when there is room", () => {
    const room = new RequestRoom({ config: { maxRequests: 2 } });
    assertEquals([room.get(), room.count], [READS, 1]);
    room.put();
    assertEquals(room.count, 2);
    const refused = ["mark request.overloaded", "fail overloaded"];
    assertEquals([room.get(), room.put()], [refused, refused]);
    assertEquals(
      refusalOf(room, 3).detail,
      "Cannot take the request: too many requests are running",
    );
    assertEquals(refusalOf(room, 3).definite, true);
    assertEquals(room.count, 2);
    room.timer("deadline", 2);
    assertEquals(room.count, 1);
    assertEquals(room.put(), ["set deadline 3 in 10000", "ask for coordinate"]);
  }),

  example(
    "Q19",
    "a put goes from a node without a seat to each owner in turn, the fastest first, never to itself; then it is its own, unless the quorum is strict",
    () => {
      const orders = [
        ["b", ["b", "a", "c"]],
        [undefined, ["a", "b", "c"]],
        ["d", ["a", "b", "c"]],
        ["stranger", ["a", "b", "c"]],
      ] as const;
      for (const [fastest, order] of orders) {
        const strict = new RequestRoom({ self: "d" });
        assertEquals(toldTargets(strict, { fastest, sloppyQuorum: false }), order);
        assertEquals(refusalOf(strict, 1).error, "no_coordinator");
        assertEquals(strict.count, 0);
        const sloppy = new RequestRoom({ self: "d" });
        assertEquals(toldTargets(sloppy, { fastest }), [...order, "itself, for a"]);
        assertEquals([sloppy.replies.size, sloppy.count], [0, 1]);
        const known = new RequestRoom({ self: "d", down: ["b"] });
        const well = order.filter((node) => node !== "b");
        assertEquals(toldTargets(known, { fastest }), [...well, "itself, for b"]);
        const hopeful = new RequestRoom({ self: "d", down: ["b"] });
        const all = toldTargets(hopeful, { fastest, sloppyQuorum: false });
        assertEquals(all, [...well, "b"], "a strict put tries who is down last");
      }
      // An owner that does not serve yet is not its own coordinator, but it may stand in for another.
      const owner = new RequestRoom({ self: "b", seat: null });
      assertEquals(toldTargets(owner), ["a", "c", "itself, for a"]);
      const alone = new RequestRoom({ self: "a", seat: null, primaries: ["a"] });
      assertEquals(alone.put({ w: 1 }).at(-1), "fail no_coordinator");
      const why = "Cannot put: only this node is to hold the key, and it does not serve it yet";
      assertEquals(refusalOf(alone, 1).detail, why);
      assertEquals(alone.count, 0);
    },
  ),

  example(
    "Q15",
    "whom the node holds to be down is passed over; who is silent is complained of, and stood in for",
    () => {
      const down = new RequestRoom({ down: ["b"] });
      assertEquals(down.get(), [
        ...["set deadline 1 in 10000", "read 1 to d, as a fallback", "read 1 to c"],
        "read 1 to itself",
      ]);
      const keeps = (request: number) => [
        ...["mark put.stood_in", `write ${request} to d, for b in seat 1 with w 2`],
      ];
      down.put();
      assertEquals(down.issued(2, WRITTEN), [...keeps(2), "write 2 to c"]);
      const silent = new RequestRoom();
      silent.put();
      assertEquals(silent.issued(1, WRITTEN), [
        ...["write 1 to b", "write 1 to c", "set stand_in 1 in 500"],
      ]);
      assertEquals(silent.timer("stand_in", 1), [
        ...["mark silent: b", ...keeps(1), "mark silent: c"],
      ]);
      silent.get();
      assertEquals(silent.timer("stand_in", 2), [
        ...["mark silent: a", "read 2 to d, as a fallback", "mark silent: b", "mark silent: c"],
      ]);
      const elsewhere = new RequestRoom({ self: "d" });
      elsewhere.put();
      const { request } = forwardSent(elsewhere);
      assertEquals(elsewhere.timer("patience", request).slice(0, 2), [
        ...["mark forward.status", "mark silent: a"],
      ]);
    },
  ),

  example("Q14 Q19", "a coordinator is given a little less time than the client gives", () => {
    const times = [[1000, 750], [10, 8], [10_000, 9_500], [60_000, 59_500]] as const;
    for (const [timeoutMs, forwardedMs] of times) {
      const room = new RequestRoom({ self: "d", config: { fallbackAfterMs: 500 } });
      assertEquals(room.put({ timeoutMs })[0], `set deadline 1 in ${timeoutMs}`);
      assertEquals(orderSent(room).timeoutMs, forwardedMs);
    }
  }),

  example(
    "Q4 Q19",
    "what the client asked for reaches the coordinator, and what it left out too",
    () => {
      const room = new RequestRoom({ self: "d" });
      room.put();
      const { w, dw, pw, nVal, sloppyQuorum, seen } = orderSent(room);
      assertEquals({ w, dw, pw, nVal, sloppyQuorum, seen }, {
        w: "default",
        dw: "default",
        pw: "default",
        nVal: 3,
        sloppyQuorum: true,
        seen: null,
      });
      const asked = {
        w: 2,
        dw: 1,
        pw: "all",
        nVal: 2,
        sloppyQuorum: false,
        seen: { clock: WRITTEN.clock, stamp: 5 },
      } as const;
      room.put(asked);
      const { name: _, version: __, props: ___, timeoutMs: ____, ...order } = orderSent(room);
      assertEquals(order, asked);
    },
  ),

  example(
    "D19 D20",
    "a put shows its client what a read would: no expired version, the latest if need be",
    () => {
      const dots = ["a", "b", "c"].map((node) => ({ actor: actor(node), counter: 1 }));
      const [first, second, expired] = dots.map((dot, i) =>
        write(EMPTY, FRESH, dot, version(dot.actor, { stamp: i, expiresAtMs: i < 2 ? null : 999 }))
      ) as [Container, Container, Container];
      const held = sync(sync(first, second), expired);
      for (const last_write_wins of [true, false]) {
        for (const allow_mult of [true, false]) {
          const room = new RequestRoom({ props: { last_write_wins, allow_mult } });
          room.put({ w: 1 });
          room.issued(1, held);
          room.comes("a", stored(1, 0, held));
          const shown = wasPut(room.replies.get(1)).view.map(({ dot }) => dot);
          assertEquals(shown, last_write_wins || !allow_mult ? [dots[1]!] : dots.slice(0, 2));
        }
      }
    },
  ),

  example("Q12", "a request hears only what is said to it, and ends once", () => {
    const room = new RequestRoom();
    assertEquals(room.put(), COORDINATES);
    room.issued(1, WRITTEN);
    const standing = standingOf(1, 3);
    const failed = { kind: "failed" as const, reason: "read error" };
    for (const from of ["a", "b", "c"]) {
      const read: Message = { kind: "read_reply", request: 1, standing, outcome: failed };
      assertEquals(room.comes(from, read), []);
      assertEquals(room.undelivered(from, { ...READ, request: 1 }), []);
    }
    const repair: Message = { kind: "repair", name: NAME, n: 3, container: WRITTEN };
    assertEquals(room.comes("b", repair), []);
    assertEquals(room.undelivered("b", repair), []);
    room.comes("a", stored(1, 0, WRITTEN));
    assertEquals(room.comes("b", stored(1, 1, WRITTEN)), [
      ...["cancel deadline 1", "cancel stand_in 1", "answer"],
    ]);
    assertEquals(room.count, 0);
    assertEquals(room.comes("c", stored(1, 2, WRITTEN)), ["mark request.late_reply"]);
    assertEquals(room.issued(1, WRITTEN), ["mark put.late_dot"]);
    assertEquals(room.timer("deadline", 1), []);
    const copy: Message = {
      kind: "write",
      request: 1,
      name: NAME,
      n: 3,
      container: WRITTEN,
      hint: null,
    };
    assertEquals(room.undelivered("c", copy), []);
  }),

  example("Q12", "a dot for a request that is no put is late, and of nobody", () => {
    const room = new RequestRoom();
    room.get();
    assertEquals(room.issued(1, WRITTEN), ["mark put.late_dot"]);
  }),

  example(
    "Q12 Q13",
    "a put that was handed over hears its coordinator alone, of that put alone",
    () => {
      const room = new RequestRoom({ self: "d" });
      room.put();
      const { request } = forwardSent(room);
      const standing = standingOf(0, 3);
      const outcome = { kind: "absent" as const };
      assertEquals(room.comes("a", { kind: "read_reply", request, standing, outcome }), []);
      assertEquals(room.count, 1);
      const running: Message = { kind: "status_reply", request, state: "running" };
      assertEquals(room.comes("a", running), []);
      const lost: Message = {
        kind: "forward_reply",
        request,
        outcome: failure("container_full", "Cannot put: full"),
      };
      assertEquals(room.comes("a", lost).at(-1), "fail container_full");
      assertEquals(room.count, 0);
      assertEquals(room.comes("a", lost), ["mark request.late_reply"]);
    },
  ),

  example("Q12 S20", "a read that asks for foreign copies takes no other message for one", () => {
    const room = new RequestRoom();
    room.get({ session: WRITTEN.clock });
    const absent = { kind: "absent" as const };
    for (const [seat, from] of ["a", "b", "c"].entries()) {
      const standing = standingOf(seat, 3);
      room.comes(from, { kind: "read_reply", request: 1, standing, outcome: absent });
    }
    const asked = room.sent.filter(({ message }) => message.kind === "foreign");
    assertEquals(asked.map(({ to }) => to), ["b", "c", "d"].map(nodeId));
    for (const from of ["a", "b", "c", "d"]) {
      assertEquals(room.comes(from, stored(1, 0, WRITTEN)), [], "an answer to a put");
    }
    const none: Message = { kind: "foreign_reply", request: 1, container: null };
    for (const from of ["a", "b", "c"]) assertEquals(room.comes(from, none), []);
    assertEquals(room.comes("d", none), [
      ...["read 2 to b", "read 2 to c", "set stand_in 1 in 500", "read 2 to itself"],
    ]);
  }),

  example("Q14", "when all of a request is over, the node knows nothing of it any more", () => {
    const room = new RequestRoom();
    room.get({ r: 1 });
    const standing = standingOf(0, 3);
    const outcome = { kind: "absent" as const };
    room.comes("a", { kind: "read_reply", request: 1, standing, outcome });
    assertEquals(room.count, 1, "it lingers");
    for (const to of ["b", "c"]) {
      room.undelivered(to, { ...READ, request: 1 });
    }
    assertEquals(room.count, 0);
    assertEquals(room.timer("linger", 1), []);
    room.put();
    room.refused(2, failure("container_full", "Cannot put: full"));
    assertEquals(room.count, 0);
  }),
];

/** To whom a put is handed when nobody can be reached, in order; last for whom the node itself stands in, if it does. */
function toldTargets(
  room: RequestRoom,
  { fastest, ...more }: Omit<Partial<PutAsk>, "fastest"> & {
    readonly fastest?: string | undefined;
  } = {},
): string[] {
  room.put(fastest === undefined ? more : { ...more, fastest: nodeId(fastest) });
  const targets: string[] = [];
  while (room.count > 0 && room.coordinating === null) {
    const { to, message } = room.sent.at(-1)!;
    targets.push(to);
    room.undelivered(to, message);
  }
  const owner = room.coordinating?.hint?.owner;
  return owner === undefined ? targets : [...targets, `itself, for ${owner}`];
}

function forwardSent({ sent }: RequestRoom): Extract<Message, { kind: "forward" }> {
  const { message } = sent.at(-1)!;
  if (message.kind !== "forward") throw new Error(`A forward was wanted, got ${message.kind}`);
  return message;
}

function orderSent(room: RequestRoom) {
  return forwardSent(room).order;
}

function refusalOf({ replies }: RequestRoom, ticket: number): Failure {
  const reply = replies.get(ticket);
  if (reply && isFailure(reply)) return reply;
  throw new Error(`A refusal was wanted, got ${JSON.stringify(reply)}`);
}
