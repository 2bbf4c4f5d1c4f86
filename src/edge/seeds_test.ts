import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Genesis } from "../protocol/change.ts";
import { DEFAULTS } from "../protocol/config.ts";
import { HISTORY_PATH } from "./introduction.ts";
import { serve, type Settings, StartError } from "./server.ts";
import { SettingsError } from "./settings.ts";
import { until } from "./testing.ts";

const QUICK = { gossipMs: 20, probeMs: 100 };

function settings(more: Partial<Settings> = {}): Settings {
  return {
    dataDir: null,
    engine: "memory",
    maxStoreBytes: undefined,
    listen: { host: "127.0.0.1", port: 0 },
    advertise: undefined,
    id: undefined,
    members: undefined,
    config: { ...DEFAULTS, partitions: 16, ...QUICK },
    placement: { strategy: 3, tokens: 0 },
    said: QUICK,
    secrets: [],
    insecure: false,
    log: () => {},
    ...more,
  };
}

async function start(more: Partial<Settings> = {}) {
  const node = await serve(settings(more));
  return Object.assign(node, { [Symbol.asyncDispose]: () => node.stop() });
}

function addressOf({ url }: { readonly url: string }): string {
  return new URL(url).host;
}

/** A port that was free a moment ago. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

async function refused(more: Partial<Settings>, sentence: string): Promise<void> {
  const error: Error = await assertRejects(() => serve(settings(more)), Error);
  assert(error instanceof StartError || error instanceof SettingsError, error.message);
  assertMatch(error.message, new RegExp(sentence));
}

Deno.test("a seed that is not there yet is asked again, and says the founding: the node starts outside", async () => {
  const [port, nobody] = [freePort(), freePort()];
  const seed = `127.0.0.1:${port}`;
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const joining = start({ id: "b", seeds: [`127.0.0.1:${nobody}`, seed], log });
  await until(() => lines.length > 1, "b to say that it cannot use its seeds");
  assertEquals(
    lines[1],
    `b: Cannot use the seed ${seed}: Connection refused (os error 111); it is asked again`,
  );
  await using a = await start({
    id: "a",
    listen: { host: "127.0.0.1", port },
    config: { ...DEFAULTS, n: 2, r: 2, w: 2, partitions: 8, ...QUICK },
  });
  await using b = await joining;
  assertEquals([a.isMember, b.isMember], [true, false]);
  assertEquals(a.changes, b.changes);
  const refusal = await fetch(`${b.url}/buckets/b/keys/k`);
  assertEquals(refusal.status, 503);
  assertMatch((await refusal.json()).detail, /it is no member yet$/);
  assertEquals(lines.length, 2, "a reason is said once");
});

Deno.test("what was said of the founding must be so, and a seed of another cluster is refused", async () => {
  await using a = await start({ id: "a" });
  const seeds = [addressOf(a)];
  await refused(
    { id: "b", seeds, said: { ...QUICK, n: 2, partitions: 8 } },
    "^Cannot start b: n 2 was given, but this cluster was made with n 3; " +
      "partitions 8 was given, but this cluster was made with partitions 16$",
  );
  await refused(
    { id: "b", seeds, said: { ...QUICK, strategy: 1 } },
    "^Cannot start b: strategy 1 was given, but this cluster was made with strategy 3$",
  );
  await using other = await start({ id: "other" });
  await refused(
    { id: "b", seeds: [...seeds, addressOf(other)] },
    "^Cannot start b: the seed 127.0.0.1:[0-9]+ is of cluster [0-9a-f]{8}, and this node of cluster",
  );
  const directory = Deno.makeTempDirSync();
  const kept = { dataDir: directory, engine: "kv" } as const;
  try {
    await (await start({ id: "b", seeds, ...kept })).stop();
    await refused({ seeds: [addressOf(other)], ...kept }, "^Cannot start b: the seed 127.0.0.1");
    await refused(kept, "^Cannot start b: it is not a member ");
    // Its own history holds: the seed need not even be there.
    await using again = await start({ seeds: [`127.0.0.1:${freePort()}`], ...kept });
    assertEquals([again.id, again.isMember, again.changes], ["b", false, a.changes]);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
  const port = freePort();
  const own = { listen: { host: "127.0.0.1", port }, seeds: [`127.0.0.1:${port}`] };
  await refused({ id: "c", ...own }, "^Cannot join by the seed .*: that is this node itself$");
});

Deno.test("a cluster is founded with the strategy that was said", async () => {
  for (const strategy of [1, 2] as const) {
    await using a = await start({ id: "a", placement: { strategy, tokens: 64 } });
    const [genesis] = a.changes;
    const { tokens, moves, ...rest } = genesis as Genesis;
    assertEquals([rest.strategy, tokens, moves.length], [strategy, 64, 64]);
  }
});

Deno.test("the history is told to whoever knows the secret, and to nobody else", async () => {
  const secrets = [new TextEncoder().encode("secret")];
  await using a = await start({ id: "a", secrets });
  const ask = (init: RequestInit = {}) => fetch(`${a.url}${HISTORY_PATH}`, init);
  const stranger = await ask();
  assertEquals([stranger.status, (await stranger.json()).type], [401, "/errors/unauthorized"]);
  const posted = await ask({ method: "POST" });
  assertEquals([posted.status, posted.headers.get("Allow")], [405, "GET"]);
  await posted.body?.cancel();
  await using b = await start({ id: "b", secrets, seeds: [addressOf(a)] });
  assertEquals(b.changes, a.changes);
  await refused(
    { id: "c", seeds: [addressOf(a)] },
    "^Cannot join by any seed: 127.0.0.1:[0-9]+: it wants another secret$",
  );
});
