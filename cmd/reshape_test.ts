/**
 * A cluster of real processes changes its shape while clients work (paper, sections 4.9 and 4.8.1).
 *
 * @module
 */
import { assert } from "@std/assert";
import { until } from "./testing.ts";
import { Reshaped } from "./testing_reshape.ts";

Deno.test("one node becomes five, one of them killed half-way, three are left, and one of these is replaced; nothing is lost", async () => {
  await using reshaped = new Reshaped({ nodes: 6 });
  const { nodes } = reshaped;
  await reshaped.begin();
  await reshaped.join(1, [2]);
  await reshaped.settled([1, 2]);
  await reshaped.join(1, [3]);
  // The third dies as soon as it knows that it is a member, and goes on where it was.
  await until(async () => (await reshaped.status(3)).standing === "in", "node3 to be joined");
  await nodes.kill(3);
  assert((await reshaped.status(1)).unsettled > 0, "it died half-way");
  await reshaped.calm();
  await nodes.start(3);
  await reshaped.settled([1, 2, 3]);
  await reshaped.join(1, [4, 5]);
  await reshaped.settled([1, 2, 3, 4, 5]);
  await reshaped.calm();

  await reshaped.change(3, [["leave", "node1"], ["leave", "node4"]]);
  await Promise.all([reshaped.left(1), reshaped.left(4)]);
  await reshaped.settled([2, 3, 5]);

  reshaped.seed = 2;
  await nodes.start(6);
  await reshaped.change(2, [["replace", "node5", "node6"]]);
  reshaped.clients.avoided.delete(6);
  await reshaped.left(5);
  await reshaped.settled([2, 3, 6]);
  await reshaped.calm();
  await reshaped.judge();
});
