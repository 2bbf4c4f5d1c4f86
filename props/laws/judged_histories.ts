/**
 * The judge of histories (`src/sim/checker.ts`) judges rightly: each law that it holds clients' histories to is broken by a
 * history made for it, and by no other.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  checkAnswers,
  checkEnd,
  checkOverlap,
  checkSessions,
  type Loss,
  measure,
} from "../../src/sim/checker.ts";
import { History, type Operation } from "../../src/sim/history.ts";
import { example, type Law } from "../law.ts";

const STRICT: readonly Loss[] = [];

/** A history of one key, told as `[client, what, write, seen, shown]` and so on; each thing ends before the next begins. */
function historyOf(
  ...told: (Partial<Operation> & Pick<Operation, "kind">)[]
): History {
  const history = new History();
  told.forEach((one, i) => {
    const { kind, client = 0, key = "k", write = null, seen = [], ...more } = one;
    const { session = false, quorum = 1, ...end } = more;
    const begun = { client, kind, key, write, seen, session, quorum, startMs: 10 * i };
    Object.assign(history.began(begun), { endMs: 10 * i + 5, ending: "ok", ...end });
  });
  return history;
}

const OF_THREE = { n: 3, w: 2, losses: [] };
const broken = (breaches: readonly { law: string }[]) => breaches.map(({ law }) => law);
const put = (write: string, seen: string[] = [], more: Partial<Operation> = {}) =>
  ({ kind: "put", write, seen, shown: [write], ...more }) as const;
const get = (shown: string[], more: Partial<Operation> = {}) =>
  ({ kind: "get", shown, ...more }) as const;

/** The laws of this file. */
export const laws: readonly Law[] = [
  example("S1", "an acknowledged write that is neither there nor overwritten is lost", () => {
    const history = historyOf(put("v1"), put("v2"));
    assertEquals(broken(checkEnd(history, { key: "k", live: ["v1"] }, STRICT)), ["S1", "S3"]);
    assertEquals(checkEnd(history, { key: "k", live: ["v1", "v2"] }, STRICT), []);
    const after = historyOf(put("v1"), put("v2", ["v1"]));
    assertEquals(checkEnd(after, { key: "k", live: ["v2"] }, STRICT), []);
  }),
  example("Q10 S1", "an answer that does not show its put is no excuse for its loss", () => {
    const history = historyOf(put("v1", [], { shown: [] }));
    assertEquals(broken(checkAnswers(history)), ["Q10"]);
    assertEquals(broken(checkEnd(history, { key: "k", live: [] }, STRICT)), ["S1"]);
    const bodiless = historyOf(put("v1", [], { shown: null }));
    assertEquals(checkAnswers(bodiless), []);
    assertEquals(broken(checkEnd(bodiless, { key: "k", live: [] }, STRICT)), ["S1"]);
  }),
  example("S4", "what was refused for good is never there", () => {
    const refused = put("v1", [], { ending: "refused", shown: null });
    assertEquals(broken(checkAnswers(historyOf(refused, get(["v1"])))), ["S4"]);
    assertEquals(broken(checkEnd(historyOf(refused), { key: "k", live: ["v1"] }, STRICT)), ["S4"]);
  }),
  example(
    "S1",
    "what more disks lost than there were copies may be gone, but nothing may be back",
    () => {
      const history = historyOf(put("v1"), put("v2", ["v1"]));
      const lost = (...machines: string[]) =>
        machines.map((machine) => ({ machine, key: null, atMs: 30 }));
      assertEquals(checkEnd(history, { key: "k", live: [] }, lost("n1")), []);
      assertEquals(broken(checkEnd(history, { key: "k", live: ["v1", "v2"] }, lost("n1"))), ["S2"]);
    },
  ),
  example(
    "S12",
    "what W disks had is gone only if as many have lost something of that key, since",
    () => {
      const history = historyOf(put("v1", [], { quorum: 2 }));
      const end = { key: "k", live: [] };
      const loss = { machine: "n1", key: null, atMs: 30 };
      assertEquals(broken(checkEnd(history, end, [loss])), ["S1"]);
      assertEquals(broken(checkEnd(history, end, [loss, { ...loss, atMs: 40 }])), ["S1"]);
      const other = { ...loss, machine: "n2" };
      assertEquals(checkEnd(history, end, [loss, other]), []);
      assertEquals(broken(checkEnd(history, end, [loss, { ...other, key: "q" }])), ["S1"]);
      assertEquals(
        broken(checkEnd(history, end, [{ ...loss, atMs: -1 }, { ...other, atMs: -1 }])),
        [
          "S1",
          "S3",
        ],
      );
    },
  ),
  example("S2", "what was overwritten is not there beside what overwrote it, at any remove", () => {
    const history = historyOf(put("v1"), put("v2", ["v1"]), put("v3", ["v2"]));
    assertEquals(broken(checkEnd(history, { key: "k", live: ["v1", "v3"] }, STRICT)), ["S2"]);
  }),
  example("S2", "what a delete found gone already is not back", () => {
    const history = historyOf(
      put("v1"),
      { kind: "delete", write: "d1", seen: ["v1"], shown: [] },
    );
    assertEquals(broken(checkEnd(history, { key: "k", live: ["v1"] }, STRICT)), ["S2"]);
  }),
  example("S3", "a write of which nobody knew may be there or not, until it was shown", () => {
    const unknown = put("v1", [], { ending: "unknown", shown: null });
    assertEquals(checkEnd(historyOf(unknown), { key: "k", live: [] }, STRICT), []);
    assertEquals(checkEnd(historyOf(unknown), { key: "k", live: ["v1"] }, STRICT), []);
    const seen = historyOf(unknown, get(["v1"]));
    assertEquals(broken(checkEnd(seen, { key: "k", live: [] }, STRICT)), ["S3"]);
  }),
  example("S4", "what nobody wrote, or had not begun to write, is out of thin air", () => {
    assertEquals(broken(checkEnd(historyOf(), { key: "k", live: ["v9"] }, STRICT)), ["S4"]);
    assertEquals(broken(checkAnswers(historyOf(get(["v1"]), put("v1")))), ["S4"]);
    assertEquals(checkAnswers(historyOf(put("v1"), get(["v1"]))), []);
  }),
  example("S4", "what was written to one key is not shown of another", () => {
    assertEquals(broken(checkAnswers(historyOf(put("v1"), get(["v1"], { key: "j" })))), ["S4"]);
  }),
  example("S6", "a write that overwrites itself, at any remove, may not be shown", () => {
    const itself = historyOf(put("v1", ["v1"], { shown: null }), get(["v1"]));
    assertEquals(broken(checkAnswers(itself)), ["S6"]);
    const ring = [put("v1", ["v3"]), put("v2", ["v1"]), put("v3", ["v2"])];
    assertEquals(broken(checkAnswers(historyOf(...ring))), ["S6", "S6", "S6"]);
  }),
  example(
    "S1 S6",
    "twenty thousand writes, each of which overwrote the one before, are judged",
    () => {
      const chain = Array.from(
        { length: 20_000 },
        (_, i) => put(`v${i}`, i === 0 ? [] : [`v${i - 1}`], { shown: null }),
      );
      const live = ["v19999"];
      assertEquals(checkEnd(historyOf(...chain), { key: "k", live }, STRICT), []);
      const history = historyOf(...chain, get(["v0", "v19999"]));
      assertEquals(broken(checkAnswers(history)), ["S6"]);
    },
  ),
  example("S5", "one write is shown once", () => {
    const history = historyOf(put("v1"), get(["v1", "v1"]));
    assert(broken(checkAnswers(history)).includes("S5"));
  }),
  example("S6", "an answer never shows a write beside what overwrote it", () => {
    const history = historyOf(put("v1"), put("v2", ["v1"]), get(["v1", "v2"]));
    assertEquals(broken(checkAnswers(history)), ["S6"]);
  }),
  example(
    "S20",
    "a session that goes back is found, one that was reset or never was is not judged",
    () => {
      const back = (more: Partial<Operation>) =>
        historyOf(put("v1", [], { session: true }), get([], { session: true, ...more }));
      assertEquals(broken(checkSessions(back({}), STRICT)), ["S20"]);
      const loss = { machine: "n1", key: null, atMs: 3 };
      assertEquals(checkSessions(back({ reset: true }), [loss]), []);
      assertEquals(
        broken(checkSessions(back({ reset: true }), STRICT)),
        ["S20"],
        "nothing was lost",
      );
      assertEquals(checkSessions(back({ session: false }), STRICT), []);
      assertEquals(checkSessions(back({ client: 1 }), STRICT), []);
    },
  ),
  example("S20", "after a reset the session answers for what it has seen since", () => {
    const session = true;
    const history = historyOf(
      put("v1", [], { session }),
      get(["v0"], { session, reset: true }),
      get(["v0"], { session }),
      get([], { session }),
    );
    const loss = { machine: "n1", key: null, atMs: 3 };
    const [breach, ...more] = checkSessions(history, [loss]);
    assert(breach!.what.includes("v0"));
    assertEquals(more, []);
  }),
  example(
    "S7",
    "how stale reads were is measured from the acknowledgement that they missed",
    () => {
      const history = historyOf(put("v1"), get(["v1"]), put("v2", ["v1"]), get(["v1"]), put("v3"));
      assertEquals(measure(history, [{ key: "k", live: ["v2"] }]), {
        reads: 2,
        stale: 1,
        longestMs: 5,
        neverRead: 1,
        inversions: 1,
      });
    },
  ),
  example(
    "Q16",
    "where R + W > N a read misses nothing that was acknowledged before it began",
    () => {
      const history = (w: number, r: number) =>
        historyOf(put("v1", [], { quorum: w }), get([], { quorum: r }));
      assertEquals(broken(checkOverlap(history(2, 2), OF_THREE)), ["Q16"]);
      assertEquals(checkOverlap(history(1, 2), OF_THREE), []);
      assertEquals(
        checkOverlap(historyOf(get([], { quorum: 2 }), put("v1", [], { quorum: 2 })), OF_THREE),
        [],
      );
    },
  ),
  example(
    "S14 Q16",
    "a disk that was wiped is no excuse for a read that misses a write, while fewer than W that had it have lost anything",
    () => {
      const read = (w: number, losses: readonly Loss[]) =>
        checkOverlap(
          historyOf(put("v1", [], { quorum: w }), get([], { quorum: 2 })),
          { ...OF_THREE, losses },
        );
      const wiped = { machine: "n1", key: null, atMs: 30 };
      assertEquals(broken(read(2, [wiped])), ["Q16"]);
      assertEquals(broken(read(3, [wiped])), ["Q16"]);
      assertEquals(broken(read(2, [wiped, { ...wiped, atMs: 31 }])), ["Q16"]);
      assertEquals(read(2, [wiped, { ...wiped, machine: "n2" }]), [], "W disks");
      assertEquals(read(2, [{ ...wiped, unknown: true }]), [], "an old copy, put back");
      assertEquals(read(1, [wiped]), [], "fewer than W");
    },
  ),
  example(
    "Q16",
    "what somebody stood in for may be missed while something of the key is kept, and what nobody stood in for never",
    () => {
      for (const [putSloppy, getSloppy] of [[false, false], [true, false], [false, true]]) {
        const history = historyOf(put("v1", [], { quorum: 2 }), get([], { quorum: 2 }));
        const [written, read] = history.operations;
        Object.assign(written!, { sloppy: putSloppy });
        Object.assign(read!, { sloppy: getSloppy });
        const [fromMs, toMs] = [read!.startMs, read!.endMs];
        const isBroken = (hints?: Parameters<typeof checkOverlap>[1]["hints"]) =>
          checkOverlap(history, { ...OF_THREE, ...hints ? { hints } : {} }).length > 0;
        const stoodIn = putSloppy || getSloppy;
        assertEquals(isBroken(), !stoodIn, "nobody knows of hints");
        assertEquals(isBroken([]), true);
        assertEquals(isBroken([{ key: "other", fromMs: 0, toMs: Infinity }]), true);
        assertEquals(isBroken([{ key: "k", fromMs: 0, toMs: fromMs - 1 }]), true);
        assertEquals(isBroken([{ key: "k", fromMs: toMs + 1, toMs: Infinity }]), true);
        assertEquals(isBroken([{ key: "k", fromMs: 0, toMs: fromMs }]), !stoodIn);
        assertEquals(isBroken([{ key: "k", fromMs: toMs, toMs: Infinity }]), !stoodIn);
      }
    },
  ),
];
