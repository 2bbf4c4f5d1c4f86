/**
 * `deno task reshape`: a cluster of real processes is cut into two halves, each of which joins a node (paper, section 4.8.1).
 * It takes a minute, so it is no part of `deno task test`; `reshape_test.ts` is.
 *
 * @module
 */
import { assert } from "@std/assert";
import { CutNetwork } from "./testing_proxy.ts";
import { Reshaped } from "./testing_reshape.ts";

Deno.test("two halves that cannot reach one another each join a node: healed they are one ring, and nothing is lost", async () => {
  let nodes: Reshaped["nodes"] | null = null;
  using network = new CutNetwork([1, 2, 3, 4, 5, 6], {
    pid: (node) => nodes!.pid(node),
    port: (node) => nodes!.port(node),
  });
  await using reshaped = new Reshaped({
    nodes: 6,
    advertised: (node) => network.address(node),
  });
  ({ nodes } = reshaped);
  await reshaped.begin();
  await reshaped.join(1, [2, 3, 4]);
  await reshaped.settled([1, 2, 3, 4]);

  network.cut([1, 2, 5], [3, 4, 6]);
  await reshaped.join(1, [5]);
  reshaped.seed = 3;
  await reshaped.join(3, [6]);
  await reshaped.calm();
  const [one, other] = await Promise.all([reshaped.status(1), reshaped.status(3)]);
  const members = (status: typeof one) =>
    status.members.filter((member) => member.status === "in").map(({ node }) => node);
  assert(!members(one).includes(members(other).at(-1)!), "neither half knows of the other's join");

  network.heal();
  await reshaped.settled([1, 2, 3, 4, 5, 6]);
  await reshaped.calm();
  await reshaped.judge();
});
