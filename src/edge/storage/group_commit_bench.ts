/**
 * What group commit is worth: durable puts of 1 KiB a second, by 64 writers of whom each waits for its answer.
 *
 * `deno bench -A src/edge/storage/group_commit_bench.ts`. One iteration is 64 writers times 8 puts; divide 512 by the time.
 *
 * - **rotor's store, kv**: records through codec, checksum and group commit, on a Deno KV file. Keys that were read or
 *   written before, as a node's are: it fetches a record before it replaces it;
 * - **the same, unknown keys**: the store must look first what is there;
 * - **kv.set**: the bare database, each of the 64 writers awaiting its own `set`;
 * - **kv.atomic of 64**: the bare database, 64 `set` in one `atomic()`, one after the other: as good as it gets;
 * - **rotor's store, memory**: the same records without a disk: what the code above the disk costs.
 */
import { actor, objectName, version } from "../../../props/generators.ts";
import type { Boot } from "../../id.ts";
import type { StoredRecord } from "../../protocol/event.ts";
import { EMPTY, write } from "../../version/siblings.ts";
import { FRESH } from "../../version/version_vector.ts";
import type { CopyName } from "../../protocol/outbox.ts";
import { copyKey } from "./layout.ts";
import { openStore } from "./open.ts";

const WRITERS = 64;
const PUTS = 8;
const content = crypto.getRandomValues(new Uint8Array(1024));

const dot = { actor: actor("a"), counter: 1 };
const record: StoredRecord = {
  container: write(EMPTY, FRESH, dot, version("", { content })),
  mine: dot,
};

let count = 0;
/** One of 4,096 keys, each in its turn. */
function knownKey(): CopyName {
  return { name: objectName("bench", `key ${++count % 4_096}`), owner: null };
}
/** A key that nobody has seen. */
function freshKey(): CopyName {
  return { name: objectName("bench", `fresh key ${++count}`), owner: null };
}

/** All writers at once, each one put after the other. */
async function writers(put: () => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: WRITERS }, async () => {
    for (let i = 0; i < PUTS; i++) await put();
  }));
}

const dir = await Deno.makeTempDir({ prefix: "rotor-bench-" });
globalThis.addEventListener("unload", () => Deno.removeSync(dir, { recursive: true }));
const boot = "bench..." as Boot;
const durable = await openStore({ dir, engine: "kv", boot, log: console.error });
const memory = await openStore({ dir, engine: "memory", boot, log: console.error });
const kv = await Deno.openKv(`${dir}/raw.kv`);

for (const store of [durable, memory]) {
  await Promise.all(Array.from({ length: 4_096 }, () => store.store(knownKey(), record)));
}

const group = "512 puts of 1 KiB, 64 at a time";

async function durablePut(copy: CopyName): Promise<void> {
  const outcome = await durable.store(copy, record);
  if (outcome !== "durable") throw new Error(`durable wanted, got ${outcome}`);
}

Deno.bench("rotor's store, kv", { group, baseline: true }, async () => {
  await writers(() => durablePut(knownKey()));
});

Deno.bench("the same, unknown keys", { group }, async () => {
  await writers(() => durablePut(freshKey()));
});

Deno.bench("kv.set, one by one", { group }, async () => {
  await writers(() => kv.set([copyKey(knownKey())], content));
});

Deno.bench("kv.atomic of 64", { group }, async () => {
  for (let i = 0; i < PUTS; i++) {
    const atomic = kv.atomic();
    for (let j = 0; j < WRITERS; j++) atomic.set([copyKey(knownKey())], content);
    await atomic.commit();
  }
});

Deno.bench("rotor's store, memory", { group }, async () => {
  await writers(() => memory.store(knownKey(), record));
});
