import { assert, assertEquals } from "@std/assert";
import { type NodeId, nodeId } from "../id.ts";
import type { Member } from "./partition.ts";
import { plan } from "./plan.ts";

function members(count: number): Member[] {
  return Array.from({ length: count }, (_, i) => ({ node: nodeId(`n${i}`), zone: "", weight: 1 }));
}

/** The first n nodes from each partition on. */
function lists(owners: readonly NodeId[], n: number): NodeId[][] {
  return owners.map((_, at) =>
    [...new Set([...owners.slice(at), ...owners.slice(0, at)])].slice(0, n)
  );
}

Deno.test("when a node fails, its load falls on many: no stand-in gets four times the mean (section 4.2)", () => {
  const all = members(10);
  let owners: readonly (NodeId | null)[] = Array(256).fill(null);
  for (let count = 3; count <= 10; count++) {
    owners = plan(owners, { members: all.slice(0, count), replicas: 3 }).owners;
  }
  const four = lists(owners as readonly NodeId[], 4);
  const busiest = all.map(({ node }) => {
    const standIns = four.filter((list) => list.indexOf(node) >= 0 && list.indexOf(node) < 3)
      .map((list) => list[3]!);
    const times = all.map((other) => standIns.filter((standIn) => standIn === other.node).length);
    return Math.max(...times) * 9 / standIns.length;
  });
  const median = busiest.toSorted((a, b) => a - b)[5]!;
  assert(median < 2, `the busiest stand-in of the median node gets ${median.toFixed(2)} times`);
  assert(Math.max(...busiest) < 4, `${busiest.map((times) => times.toFixed(2))}`);
});

Deno.test("what is left of a ring is dealt among those who are left, and what they own stays", () => {
  const [a, b, c, d] = ["n0", "n1", "n2", "n3"].map(nodeId) as [NodeId, NodeId, NodeId, NodeId];
  const { owners, swaps, relaid } = plan([a, b, c, d, a, b, c, d], {
    members: members(3),
    replicas: 1,
  });
  assertEquals([owners[0], owners[1], owners[2]], [a, b, c]);
  assertEquals([owners[4], owners[5], owners[6]], [a, b, c]);
  assertEquals({ swaps, relaid }, { swaps: 0, relaid: false });
});
