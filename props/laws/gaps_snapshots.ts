/**
 * What the generated mutants of `src/quorum` showed to be unchecked (`deno task mutation`) of what its machines show of their
 * memory: all that they will act on. `exploration.ts` looks for one that shows too little among the states of small worlds;
 * here are pairs of histories by hand, of which each goes on otherwise than the other.
 *
 * @module
 */
import { assert, assertNotEquals } from "@std/assert";
import { nodeId, type WriteId } from "../../src/id.ts";
import { failure } from "../../src/protocol/error.ts";
import { Dots } from "../../src/replica/dots.ts";
import { Outcomes } from "../../src/quorum/outcomes.ts";
import { StandIns } from "../../src/quorum/stand_ins.ts";
import { Tally } from "../../src/quorum/tally.ts";
import type { Entry } from "../../src/ring/preference_list.ts";
import { EMPTY, sync, write } from "../../src/version/siblings.ts";
import { FRESH } from "../../src/version/version_vector.ts";
import { actor, BOOT, objectName, version } from "../generators.ts";
import { example, type Law } from "../law.ts";
import { standingOf } from "./driving.ts";
import { DONE, OneForward } from "./one_forward.ts";
import { OnePut, WRITTEN } from "./one_put.ts";
import { OneRead } from "./one_read.ts";
import { RequestRoom } from "./request_room.ts";

const [a, b, d] = ["a", "b", "d"].map(nodeId);
const PRIMARIES: readonly Entry[] = ["a", "b", "c"].map((node, seat) => ({
  ...{ node: nodeId(node), seat, role: "primary" },
}));
const REFUSED = failure("container_full", "Cannot put: full");
const other = write(EMPTY, FRESH, { actor: actor("b"), counter: 1 }, version("other"));

/** X2. */
export const laws: readonly Law[] = [
  example(
    "X2",
    "what issues dots looks as the next actor that it takes, and as those it will not count on",
    () => {
      const dots = (taken: number, burnt = false) => {
        const made = new Dots(a!, BOOT);
        for (let i = 0; i < taken; i++) {
          const { dot } = made.next(null, FRESH);
          if (burnt) made.burn(dot.actor);
        }
        return made;
      };
      lookApart([dots(0), dots(1), dots(2), dots(1, true), dots(2, true)]);
    },
  ),
  example("X2", "tallies that will count otherwise look otherwise", () => {
    const tally = (
      { n = 3, seats = 2, want = 2, said }: {
        readonly n?: number;
        readonly seats?: number;
        readonly want?: number;
        readonly said?: (tally: Tally<"r" | "pr">) => void;
      } = {},
    ) => {
      const needs = { r: { want, yields: true }, pr: { want: 0, yields: false } };
      const made = new Tally(needs, { n, seats });
      for (const entry of PRIMARIES) made.ask(entry);
      said?.(made);
      return made;
    };
    const serves = standingOf(0, 2);
    lookApart([
      tally(),
      tally({ n: 4 }),
      tally({ seats: 3 }),
      tally({ want: 1 }),
      tally({ said: (tally) => void tally.ask({ node: d!, seat: 1, role: "fallback" }) }),
      tally({ said: (tally) => tally.record(a!, "found", serves, []) }),
      tally({ said: (tally) => tally.record(a!, "absent", serves, []) }),
      tally({ said: (tally) => tally.record(b!, "found", serves, []) }),
      tally({ said: (tally) => tally.record(a!, "found", serves, ["r"]) }),
      tally({ said: (tally) => tally.record(a!, "found", serves, ["pr"]) }),
      tally({ said: (tally) => tally.record(a!, "found", serves, ["r", "pr"]) }),
      tally({ said: (tally) => tally.record(a!, "found", standingOf(1, 2), ["r"]) }),
      tally({ said: (tally) => tally.record(a!, "found", standingOf(0, 3), ["r"]) }),
    ]);
  }),

  example("X2", "those who may stand in look as they are left", () => {
    const standIns = (fallbacks: readonly string[], ...after: readonly string[]) => {
      const made = new StandIns(PRIMARIES, fallbacks.map(nodeId));
      for (const node of after) made.after(nodeId(node));
      return made;
    };
    lookApart([
      ...[standIns([]), standIns(["d"]), standIns(["d", "e"]), standIns(["e", "d"])],
      ...[standIns(["d"], "a"), standIns(["e"], "a"), standIns(["d"], "b")],
    ]);
  }),

  example("X2", "reads that will answer or repair otherwise look otherwise", () => {
    const read = (
      said: (read: OneRead) => void = () => {},
      ...made: ConstructorParameters<typeof OneRead>
    ) => {
      const read = new OneRead(...made);
      said(read);
      return read;
    };
    const found = (...from: string[]) => (read: OneRead) => {
      for (const node of from) read.replies(node, WRITTEN);
    };
    const both = sync(WRITTEN, other);
    const session = both.clock;
    const asksMembers = (...answered: string[]) => (read: OneRead) => {
      found("a", "b", "c")(read);
      for (const member of answered) read.tellsForeign(member, null);
    };
    lookApart([
      read(),
      read(undefined, { r: 1 }),
      read(undefined, { notfoundOk: false }),
      read(undefined, { timeoutMs: 50 }),
      read(undefined, { session }),
      read(undefined, {}, { notfound_ok: false }),
      read(undefined, {}, {}, { fallbacks: ["d"] }),
      read(undefined, {}, {}, { fallbacks: ["e"] }),
      read(undefined, {}, {}, { members: ["a", "b", "c"] }),
      read((read) => read.replies("a", other)),
      read((read) => read.replies("a", EMPTY)),
      read((read) => read.replies("a", "absent")),
      read((read) => read.replies("a", "damaged")),
      read((read) => read.undelivered("a", "read")),
      read(found("a")),
      read(found("b")),
      read(found("a", "b")),
      read(found("b", "a")),
      read(found("a", "b", "c")),
      ...[[WRITTEN, both], [both, WRITTEN]].map((held) =>
        read((read) => read.replies("a", held[0]!).concat(read.replies("b", held[1]!)))
      ),
      read(asksMembers(), { session }),
      read(asksMembers("a"), { session }),
      read(asksMembers("b"), { session }),
      read(asksMembers("a", "b", "c", "d"), { session }),
    ]);
  }),

  example("X2", "puts that will end otherwise look otherwise", () => {
    const put = (
      said: (put: OnePut) => void = () => {},
      ...made: ConstructorParameters<typeof OnePut>
    ) => {
      const put = new OnePut(...made);
      said(put);
      return put;
    };
    const spreads = (then: (put: OnePut) => void = () => {}) => (put: OnePut) => {
      put.issued();
      then(put);
    };
    lookApart([
      put(),
      put(undefined, { w: 1 }),
      put(undefined, { timeoutMs: 60 }),
      put(undefined, {}, { n: 7 }),
      put(undefined, {}, { fallbacks: ["d"] }),
      put(undefined, {}, { fallbacks: ["e"] }),
      ...["a", "b"].map((standsFor) => put(undefined, {}, { standsFor })),
      put((put) => put.refused(REFUSED)),
      put(spreads()),
      put(spreads((put) => put.replies("b", "durable"))),
      put(spreads((put) => put.replies("b", "buffered"))),
      put(spreads((put) => put.replies("c", "durable"))),
      put(spreads((put) => put.undelivered("b"))),
      put(spreads((put) => put.undelivered("b")), {}, { fallbacks: ["d"] }),
    ]);
  }),

  example(
    "X2",
    "forwarded puts that will go elsewhere, or ask of another age, look otherwise",
    () => {
      const forward = (
        candidates: readonly string[],
        said: (forward: OneForward) => void = () => {},
      ) => {
        const made = new OneForward(candidates);
        said(made);
        return made;
      };
      const refusedAfter = (afterMs: number) => (forward: OneForward) => {
        forward.timer("linger", 2, afterMs);
        forward.undelivered("a", "forward");
      };
      lookApart([
        ...[forward(["a"]), forward(["a", "b"]), forward(["a", "c"]), forward(["b"])],
        ...[0, 1].map((afterMs) => forward(["a", "b"], refusedAfter(afterMs))),
        new OneForward(["a"], { timeoutMs: 60 }),
      ]);
    },
  ),

  example("X2", "memories that will refuse or answer otherwise look otherwise", () => {
    const memory = (said: (outcomes: Outcomes) => void = () => {}) => {
      const made = new Outcomes({ most: 10, keepMs: 100 });
      said(made);
      return made;
    };
    const of = (writeId: string, request = 1) => ({
      ...{ writeId: writeId.padEnd(16) as WriteId, from: nodeId("a"), request },
    });
    const began = (
      { writeId = "w", request = 1, name = "k", monoMs = 0, as = "running" as const }: {
        readonly writeId?: string;
        readonly request?: number;
        readonly name?: string;
        readonly monoMs?: number;
        readonly as?: "running" | "fenced";
      } = {},
    ) =>
    (outcomes: Outcomes) => {
      assert(outcomes.remember(of(writeId, request), { as, name, monoMs }));
    };
    const ended = (answer: Parameters<Outcomes["end"]>[1], bytes = 0) => (outcomes: Outcomes) => {
      began()(outcomes);
      outcomes.end(of("w"), answer, bytes);
    };
    lookApart([
      ...[memory(), memory(began()), memory(began({ writeId: "v" })), memory(began({ name: "l" }))],
      ...[memory(began({ monoMs: 1 })), memory(began({ as: "fenced" }))],
      ...[memory(began({ as: "fenced", request: 2 })), memory(ended(DONE)), memory(ended(REFUSED))],
      ...[memory(ended(DONE, 1)), memory(ended(DONE, 2))],
    ]);
  }),

  example("X2", "nodes whose requests will hear otherwise look otherwise", () => {
    const room = (
      said: (room: RequestRoom) => void = () => {},
      ...options: ConstructorParameters<typeof RequestRoom>
    ) => {
      const made = new RequestRoom(...options);
      said(made);
      return made;
    };
    lookApart([
      room(),
      room((room) => room.get()),
      room((room) => room.put()),
      room((room) => room.put(), { self: "d" }),
      room((room) => [room.get(), room.get()]),
      room((room) => [room.get(), room.put()]),
      room((room) => [room.put(), room.get()]),
      room((room) => room.forwarded("d", 7)),
      room((room) => room.forwarded("d", 8)),
      room((room) => room.forwarded("d", 7, { name: objectName("b", "other") })),
    ]);
  }),
];

/** No two of these show the same. */
function lookApart(machines: readonly { snapshot(): object }[]): void {
  const looks = machines.map((machine) => machine.snapshot());
  for (const [i, look] of looks.entries()) {
    for (const [j, other] of looks.slice(0, i).entries()) {
      assertNotEquals(look, other, `${j} and ${i} look alike`);
    }
  }
}
