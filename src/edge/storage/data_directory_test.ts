import { assert, assertEquals, assertRejects } from "@std/assert";
import { DataDirectory, DataDirectoryError } from "./data_directory.ts";

async function inTempDir(check: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "rotor-dir-" });
  await check(dir);
  await Deno.remove(dir, { recursive: true });
}

async function refusal(path: string): Promise<string> {
  return (await assertRejects(() => DataDirectory.take(path), DataDirectoryError)).message;
}

Deno.test("a data directory is made, held, and can be taken again when it is let go", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/node1`;
    const held = await DataDirectory.take(path);
    assertEquals(held.kv, `${path}/store.kv`);
    const lock = await Deno.readTextFile(`${path}/lock`);
    assert(lock.startsWith(`process ${Deno.pid}\nstarted 20`), lock);
    assertEquals(
      await refusal(path),
      `The data directory ${path} is in use by process ${Deno.pid}`,
    );
    held.release();
    (await DataDirectory.take(path)).release();
  }));

Deno.test("what cannot be a data directory is refused in one sentence", () =>
  inTempDir(async (dir) => {
    assertEquals(
      await refusal(`${dir}/no/where`),
      `Cannot use the data directory ${dir}/no/where: the directory above it does not exist`,
    );
    await Deno.writeTextFile(`${dir}/file`, "");
    assertEquals(
      await refusal(`${dir}/file`),
      `Cannot use the data directory ${dir}/file: it is not a directory`,
    );
    assertEquals(
      await refusal(`${dir}/file/below`),
      `Cannot use the data directory ${dir}/file/below: what stands above it is not a directory`,
    );
  }));

Deno.test({
  name: "a directory that nobody may write to is refused in one sentence",
  ignore: Deno.build.os !== "linux", // /proc is not writable even to root, whom permissions do not stop
  fn: async () => {
    const said = await refusal("/proc");
    assert(said.startsWith("Cannot use the data directory /proc: not writable ("), said);
  },
});

Deno.test("a lock of another process is respected while it lives, and no longer", () =>
  inTempDir(async (dir) => {
    const script = `
      import { DataDirectory } from ${JSON.stringify(import.meta.resolve("./data_directory.ts"))};
      await DataDirectory.take(${JSON.stringify(dir)});
      console.log("held");
      setInterval(() => {}, 1_000);`;
    await Deno.writeTextFile(`${dir}/hold.ts`, script);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", `${dir}/hold.ts`],
      stdout: "piped",
    }).spawn();
    const output = child.stdout.getReader();
    const { value } = await output.read();
    assertEquals(new TextDecoder().decode(value), "held\n");
    assertEquals(
      await refusal(dir),
      `The data directory ${dir} is in use by process ${child.pid}`,
    );
    child.kill("SIGKILL");
    await child.status;
    await output.cancel();
    (await DataDirectory.take(dir)).release(); // the file is still there; the process is not
  }));
