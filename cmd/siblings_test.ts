import { assert, assertEquals } from "@std/assert";
import { get, keyUrl, put, TestCluster, texts } from "./testing_cluster.ts";

/** Writes that the two clients of the last test make each. */
const WRITES = 100;

Deno.test("three nodes keep siblings apart and let clients reconcile them", async (t) => {
  await using cluster = await TestCluster.start();
  const [one = "", two = "", three = ""] = cluster.urls;

  for (const [name, mary, peter] of [["one node", one, one], ["two nodes", one, two]] as const) {
    await t.step(`Mary and Peter through ${name}: {v3, v2}`, async () => {
      const key = `mary-and-peter-${name}`;
      const at = (node: string) => keyUrl(node, "laws", key);
      assertEquals((await put(at(mary), "v1")).status, 204);
      const read = await get(at(peter));
      assertEquals(texts(read), ["v1"]);
      assertEquals((await put(at(mary), "v2")).status, 204);
      assertEquals((await put(at(peter), "v3", read.context)).status, 204);
      for (const node of cluster.urls) assertEquals(texts(await get(at(node))), ["v2", "v3"]);
    });
  }

  await t.step("two blind puts through one node are two siblings", async () => {
    const url = keyUrl(one, "laws", "blind");
    assertEquals((await put(url, "milk")).status, 204);
    assertEquals((await put(url, "bread")).status, 204);
    const both = await get(url);
    assertEquals([both.status, texts(both)], [300, ["bread", "milk"]]);
    assertEquals((await put(url, "both", both.context)).status, 204);
    assertEquals(texts(await get(keyUrl(three, "laws", "blind"))), ["both"]);
  });

  await t.step(
    "two clients that read, modify, write never see more than two siblings",
    async () => {
      const most = await Promise.all([
        appendAll(keyUrl(one, "laws", "set"), "a"),
        appendAll(keyUrl(two, "laws", "set"), "b"),
      ]);
      assert(Math.max(...most) <= 2, `more than two siblings seen: ${most}`);
      const held = new Set(texts(await get(keyUrl(three, "laws", "set"))).flatMap(elements));
      const written = ["a", "b"].flatMap((who) =>
        Array.from({ length: WRITES }, (_, i) => who + i)
      );
      assertEquals([...held].sort(), written.sort());
    },
  );
});

/** Adds this client's elements one by one to the set at `url`; gives the greatest number of siblings that it saw. */
async function appendAll(url: string, who: string): Promise<number> {
  let most = 0;
  for (let i = 0; i < WRITES; i++) {
    const seen = await get(url);
    most = Math.max(most, seen.values.length);
    const set = new Set(texts(seen).flatMap(elements)).add(`${who}${i}`);
    const { status, problem } = await put(url, [...set].join(" "), seen.context);
    assertEquals(status, 204, problem);
  }
  return most;
}

function elements(set: string): string[] {
  return set.split(" ");
}
