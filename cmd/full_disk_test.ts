/**
 * Nodes whose disks are full, with real processes: by a quota, and, where this machine lets a test mount one, a file system
 * that is too small.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { NodeStatus } from "../src/edge/admin.ts";
import { rotor, until } from "./testing.ts";
import { keyUrl, put, type Written } from "./testing_cluster.ts";
import { QUICK, TestNodes } from "./testing_nodes.ts";

const N = 3;
/** Large enough that few of them fill a small disk, small enough for one entry. */
const VALUE = "x".repeat(50_000);
const QUOTA_BYTES = 2_000_000;
const FULL = 2;

/** Puts new keys through a node until it says that its disk is full. Every answer must be a good one. */
async function fill(nodes: TestNodes, through: number): Promise<string[]> {
  const keys: string[] = [];
  await until(async () => {
    const some = Array.from({ length: 4 }, () => crypto.randomUUID());
    const url = (key: string) => keyUrl(nodes.url(through), "b", key);
    for (const written of await Promise.all(some.map((key) => put(url(key), VALUE)))) {
      wasTaken(written);
    }
    keys.push(...some);
    return (await status(nodes, FULL)).disk.full;
  }, `node${FULL} to be full`);
  return keys;
}

function wasTaken({ status, problem }: Written): void {
  assertEquals([status, problem], [204, ""]);
}

async function status(nodes: TestNodes, node: number): Promise<NodeStatus> {
  return await (await fetch(`${nodes.url(node)}/admin/status`)).json();
}

async function read(nodes: TestNodes, node: number, key: string): Promise<number> {
  const response = await fetch(keyUrl(nodes.url(node), "b", key));
  await response.body?.cancel();
  return response.status;
}

/** What must be so while one of five is full: everybody takes puts, everybody reads, and it says how it stands. */
async function othersTakeItsPlace(nodes: TestNodes, keys: readonly string[]): Promise<string[]> {
  const more: string[] = [];
  for (const node of nodes.numbers) {
    for (let i = 0; i < 4; i++) {
      const key = crypto.randomUUID();
      // All three copies are made, durably, and the full one is none of them.
      wasTaken(await put(`${keyUrl(nodes.url(node), "b", key)}?w=3&dw=3`, VALUE));
      more.push(key);
    }
  }
  for (const key of [...keys.slice(-5), ...more]) assertEquals(await read(nodes, FULL, key), 200);
  const { disk, marks } = await status(nodes, FULL);
  assertEquals(disk.full, true);
  assert(marks["store.full"]! >= 1 && marks["store.no_room"]! > 0, JSON.stringify(marks));
  const people = await rotor(["admin", "status", "--url", nodes.url(FULL)]);
  assertMatch(people.stdout, /^disk: full, so it only reads until there is room/m);
  const stats = await (await fetch(`${nodes.url(FULL)}/stats`)).json();
  assertEquals(stats.disk.full, true);
  assert(stats.store.stored.full > 0);
  return more;
}

Deno.test("S25 a node whose quota is used up only reads, others take its place, and with a greater quota it catches up", async () => {
  await using nodes = await TestNodes.start({ nodes: 5, settings: QUICK });
  await nodes.kill(FULL);
  await nodes.start(FULL, ["--max-store-bytes", `${QUOTA_BYTES}`]);
  const keys = await fill(nodes, 1);
  const line = /node2: Cannot write to the store: it is full, and can only be read: its quota of/;
  await until(() => line.test(nodes.said(FULL)), "a line for the operator");
  const { usedBytes, maxBytes } = (await status(nodes, FULL)).disk;
  assertEquals(maxBytes, QUOTA_BYTES);
  assert(usedBytes! <= QUOTA_BYTES && usedBytes! > QUOTA_BYTES / 2, `${usedBytes} bytes are used`);
  const more = await othersTakeItsPlace(nodes, keys);

  await nodes.kill(FULL);
  await nodes.start(FULL, ["--max-store-bytes", `${100 * QUOTA_BYTES}`]);
  const disks = await nodes.alike(N);
  const all = new Set(disks.flatMap(({ copies }) => [...copies.keys()]));
  assertEquals([...keys, ...more].filter((key) => !all.has(`b/${key}`)), []);
  const { disk } = await status(nodes, FULL);
  assertEquals([disk.full, disk.maxBytes], [false, 100 * QUOTA_BYTES]);
});

Deno.test("S25 a node alone whose quota is used up refuses puts with 507, definitely, and reads", async () => {
  const quota = ["--max-store-bytes", "400000"];
  await using nodes = await TestNodes.start({
    nodes: 1,
    settings: { ...QUICK, n: 1 },
    flags: quota,
  });
  const key = (i: number) => keyUrl(nodes.url(1), "b", `${i}`);
  const answers: Written[] = [];
  await until(async () => {
    answers.push(await put(key(answers.length), VALUE));
    return answers.at(-1)!.status === 507;
  }, "a 507");
  const { type, definite } = JSON.parse(answers.at(-1)!.problem);
  assertEquals([type, definite], ["/errors/disk_full", true]);
  // The one before it found the disk full, when its dot was issued.
  assertEquals(answers.at(-2)!.status, 503);
  assertEquals(JSON.parse(answers.at(-2)!.problem).definite, false);
  const taken = answers.filter(({ status }) => status === 204).length;
  assertEquals(taken, answers.length - 2);
  for (let i = 0; i < taken; i++) assertEquals(await read(nodes, 1, `${i}`), 200);
  assertEquals(await read(nodes, 1, `${answers.length - 1}`), 404);
});

/** Why a test cannot mount a file system of its own here; null if it can. */
function cannotMount(): string | null {
  const directory = Deno.makeTempDirSync({ prefix: "rotor-mount-" });
  try {
    const refused = mount(directory, "size=1m");
    if (refused === null) unmount(directory);
    return refused;
  } finally {
    Deno.removeSync(directory);
  }
}

/** Mounts a file system in memory. Returns why it could not, or null. */
function mount(directory: string, options: string): string | null {
  if (Deno.build.os !== "linux") return `there is no tmpfs on ${Deno.build.os}`;
  const args = ["-t", "tmpfs", "-o", options, "rotor-test", directory];
  const { success, stderr } = new Deno.Command("mount", { args }).outputSync();
  return success ? null : new TextDecoder().decode(stderr).trim();
}

function unmount(directory: string): void {
  const { success, stderr } = new Deno.Command("umount", { args: [directory] }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

const reason = cannotMount();
const why = reason === null ? "" : ` (not run, for no small disk can be mounted here: ${reason})`;
Deno.test({
  name:
    `S25 a node whose disk has no room left only reads, and catches up by itself when it has some${why}`,
  ignore: reason !== null,
  async fn() {
    await using nodes = await TestNodes.start({ nodes: 5, settings: QUICK });
    await nodes.kill(FULL);
    nodes.wipe(FULL);
    const directory = nodes.data(FULL);
    Deno.mkdirSync(directory);
    assertEquals(mount(directory, "size=5m"), null);
    try {
      await nodes.start(FULL);
      const keys = await fill(nodes, 1);
      const line = /node2: Cannot write to the store: it is full, .*: database or disk is full/;
      await until(() => line.test(nodes.said(FULL)), "a line for the operator");
      const more = await othersTakeItsPlace(nodes, keys);
      // Somebody makes room. Nobody tells the node.
      assertEquals(mount(directory, "remount,size=64m"), null);
      const disks = await nodes.alike(N);
      const all = new Set(disks.flatMap(({ copies }) => [...copies.keys()]));
      assertEquals([...keys, ...more].filter((key) => !all.has(`b/${key}`)), []);
      assertEquals((await status(nodes, FULL)).disk.full, false);
      assertMatch(nodes.said(FULL), /node2: The store can be written to again/);
    } finally {
      await nodes.kill(FULL);
      nodes.release(FULL);
      unmount(directory);
    }
  },
});
