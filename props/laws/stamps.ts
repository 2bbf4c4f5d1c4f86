/**
 * The stamp clocks of some coordinators that follow one another, whose wall clocks differ.
 *
 * @module
 */
import { assert } from "@std/assert";
import fc from "fast-check";
import { MAX_AHEAD_MS, Stamps } from "../../src/replica/stamps.ts";
import { type Law, random } from "../law.ts";
import { Sometimes } from "./sometimes.ts";

const WALL_MS = 1_700_000_000_000;
const YEAR_MS = 365 * 24 * 3_600_000;

/** One thing that happens. Coordinators are taken modulo how many there are. */
type Happening =
  /** A put of one of two keys. */
  | { readonly kind: "put"; readonly at: number; readonly key: number }
  /** What one holds of a key comes to another. */
  | { readonly kind: "merge"; readonly from: number; readonly at: number; readonly key: number }
  | { readonly kind: "wait"; readonly ms: number }
  /** Somebody sets a wall clock ahead. */
  | { readonly kind: "jump"; readonly at: number; readonly ms: number };

const someAhead = fc.constantFrom(0, 1, MAX_AHEAD_MS / 2, MAX_AHEAD_MS, 2 * MAX_AHEAD_MS, YEAR_MS);
const someHappening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("put" as const), at: fc.nat(3), key: fc.nat(1) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("merge" as const),
      ...{ from: fc.nat(3), at: fc.nat(3), key: fc.nat(1) },
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(0.25, 1, 500) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("jump" as const), at: fc.nat(3), ms: someAhead }),
  },
);

/** D19 and D20, of stamps. */
export const laws: readonly Law[] = [
  random(
    "D20 D19",
    "a put is stamped above what its key has, and otherwise never more than a minute ahead of its coordinator's wall clock, however coordinators follow one another",
    (run) => {
      const seen = new Sometimes();
      const aheads = fc.array(someAhead, { minLength: 2, maxLength: 4 });
      const happenings = fc.array(someHappening, { maxLength: 40, size: "max" });
      run.forAll(aheads, happenings, (aheads, happenings) => {
        seen.begin();
        const nodes = aheads.map((aheadMs) => ({
          stamps: new Stamps(),
          aheadMs,
          last: 0,
          held: [0, 0],
        }));
        let atMs = 0;
        for (const happening of happenings) {
          if (happening.kind === "wait") {
            atMs += happening.ms;
            continue;
          }
          const node = nodes[happening.at % nodes.length]!;
          if (happening.kind === "jump") {
            node.aheadMs += happening.ms;
            continue;
          }
          const wallMs = WALL_MS + atMs + node.aheadMs;
          const now = { monoMs: atMs, wallMs };
          const mostUs = (Math.floor(wallMs) + MAX_AHEAD_MS) * 1000;
          const held = node.held[happening.key]!;
          if (happening.kind === "merge") {
            const sent = nodes[happening.from % nodes.length]!.held[happening.key]!;
            node.stamps.observe(sent, now);
            if (sent <= mostUs) node.last = Math.max(node.last, sent);
            if (sent === mostUs) seen.saw("as far ahead as may be");
            if (sent > mostUs) seen.saw("too far ahead");
            node.held[happening.key] = Math.max(held, sent);
            continue;
          }
          const stamp = node.stamps.next(held, now);
          assert(stamp > held, "a write is stamped below what it overwrites");
          assert(stamp >= Math.floor(wallMs) * 1000, "a stamp is behind the wall clock");
          assert(stamp > node.last || stamp >= mostUs, "a stamp that was seen is not followed");
          const wallUs = Math.floor(wallMs) * 1000;
          const aheadUs = Math.min(node.last + 1, mostUs);
          assert(
            stamp <= Math.max(aheadUs, wallUs, held + 1),
            "a stamp is ahead of what it may be",
          );
          node.last = Math.max(aheadUs, wallUs);
          node.held[happening.key] = stamp;
        }
        return true;
      });
      seen.demand(1000, { "as far ahead as may be": 20, "too far ahead": 300 });
    },
    { runs: 1000 },
  ),
];
