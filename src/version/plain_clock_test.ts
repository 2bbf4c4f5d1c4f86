/**
 * Examples of the paper's own clock, figure 3 first; its laws and failures are in `props/laws/plain_clock.ts`.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { nodeId } from "../id.ts";
import {
  type PlainClock,
  plainDescends,
  plainMerge,
  plainPut,
  reconcile,
  truncate,
} from "./plain_clock.ts";

const [x, y, z] = ["sx", "sy", "sz"].map(nodeId);
const put = (value: string, context: PlainClock, node: typeof x, nowMs: number) =>
  plainPut([], { value, context, node: node!, nowMs })[0]!;

Deno.test("the paper's figure 3: D1 to D5 written through Sx, Sy and Sz", () => {
  const d1 = put("D1", new Map(), x, 1);
  const d2 = put("D2", d1.clock, x, 2);
  const d3 = put("D3", d2.clock, y, 3);
  const d4 = put("D4", d2.clock, z, 4);
  assertEquals(reconcile([d1, d2]), [d2]);
  assertEquals(reconcile([d3, d2, d4]), [d3, d4]);
  const d5 = put("D5", plainMerge([d3.clock, d4.clock]), x, 5);
  const counters = [...d5.clock].map(([node, { counter }]) => `${node} ${counter}`).sort();
  assertEquals(counters, ["sx 3", "sy 1", "sz 1"]);
  assertEquals(reconcile([d1, d2, d3, d4, d5]), [d5]);
});

Deno.test("of versions with equal clocks one stays", () => {
  const d1 = put("D1", new Map(), x, 1);
  assertEquals(reconcile([d1, { ...d1 }]), [d1]);
});

Deno.test("truncation drops the pair that was written longest ago", () => {
  const clock: PlainClock = new Map([
    [x!, { counter: 9, lastMs: 1 }],
    [y!, { counter: 1, lastMs: 3 }],
    [z!, { counter: 5, lastMs: 2 }],
  ]);
  assertEquals([...truncate(clock, 2).keys()].sort(), ["sy", "sz"]);
  assertEquals(truncate(clock, 3), clock);
  assert(!plainDescends(truncate(clock, 2), new Map([[x!, { counter: 1, lastMs: 0 }]])));
});
