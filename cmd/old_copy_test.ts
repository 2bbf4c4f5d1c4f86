import { assert, assertRejects } from "@std/assert";
import { until } from "./testing.ts";
import { keyUrl, put } from "./testing_cluster.ts";
import { QUICK, TestNodes } from "./testing_nodes.ts";

const N = 3;
/** G. In ms. */
const REAP_AFTER_MS = 3_000;

Deno.test("S19 a node on a copy of its data that is older than G ends before it serves, and says what to do; that done, it is filled", async () => {
  const settings = { ...QUICK, reapAfterMs: REAP_AFTER_MS, tickMs: 100, gossipMs: 100 };
  await using nodes = await TestNodes.start({ nodes: 3, settings });
  const write = async (key: string) => {
    const { status, problem } = await put(`${keyUrl(nodes.url(1), "b", key)}?w=2`, key);
    assert(status === 204, problem);
  };
  await write("before");
  await nodes.kill(3);
  const copiedMs = performance.now();
  nodes.keepCopy(3);
  await nodes.start(3);
  await write("after");
  await until(() => performance.now() > copiedMs + REAP_AFTER_MS + 1_000, "the copy to be too old");
  await nodes.kill(3);
  nodes.putBack(3);
  await assertRejects(
    () => nodes.start(3),
    Error,
    "Cannot go on as node3: its data directory is an old copy",
  );
  await nodes.kill(3);
  nodes.wipe(3);
  await nodes.start(3);
  const [disk] = await nodes.alike(N);
  assert(disk!.copies.has("b/before") && disk!.copies.has("b/after"));
});
