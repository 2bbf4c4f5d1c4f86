import { assertEquals, assertThrows } from "@std/assert";
import { DEFAULTS } from "../protocol/config.ts";
import {
  asMember,
  load,
  type NodeSettings,
  resolve,
  SettingsError,
  type Sources,
} from "./settings.ts";
import { environmentName, FIELDS, readAddress, showAddress } from "./settings_fields.ts";

const given = (sources: Partial<Sources>, secrets = ""): NodeSettings =>
  resolve({ flags: { data: "/d" }, environment: {}, file: null, ...sources }, () => secrets);

function refused(sources: Partial<Sources>, sentence: string, secrets = ""): void {
  const error = assertThrows(() => given(sources, secrets), SettingsError);
  assertEquals(error.message, sentence);
}

const file = (text: string) => ({ file: { path: "rotor.json", text } });

Deno.test("with nothing but a data directory, everything is as the paper has it", () => {
  assertEquals(given({}), {
    dataDir: "/d",
    engine: "kv",
    maxStoreBytes: undefined,
    listen: { host: "127.0.0.1", port: 8098 },
    advertise: undefined,
    id: undefined,
    members: undefined,
    seeds: undefined,
    config: DEFAULTS,
    placement: { strategy: 3, tokens: 0 },
    said: {},
    secrets: [],
    insecure: false,
  });
});

Deno.test("every rule of Config can be set, by file and by environment, and the help knows it", () => {
  for (const field of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    const value = DEFAULTS[field] - (field === "n" || field === "maxRequestMs" ? 0 : 1);
    assertEquals(given(file(`{"${field}": ${value}}`)).config[field], value, field);
    const environment = { [environmentName(field)]: String(value) };
    assertEquals(given({ environment }).config[field], value, field);
  }
  assertEquals(environmentName("maxObjectBytes"), "ROTOR_MAX_OBJECT_BYTES");
});

Deno.test("no row and no flag stands twice", () => {
  const names = FIELDS.map(({ name }) => name);
  const flags = FIELDS.map(({ flag }) => flag).filter((flag) => flag !== null);
  assertEquals(new Set(names).size, names.length);
  assertEquals(new Set(flags).size, flags.length);
});

Deno.test("flags beat the environment, which beats the file, which beats the defaults", () => {
  const sources = {
    flags: { data: "/flag", n: "1" },
    environment: { ROTOR_DATA: "/environment", ROTOR_ENGINE: "memory", ROTOR_N: "5" },
    ...file('{ "data": "/file", "engine": "kv", "listen": "[::1]:1", /* a remark */ "n": 7, }'),
  };
  const settings = given(sources);
  assertEquals([settings.dataDir, settings.engine], ["/flag", "memory"]);
  assertEquals(settings.listen, { host: "::1", port: 1 });
  assertEquals(settings.config.n, 1);
});

Deno.test("r and w are the quorum of n, unless they are given", () => {
  const quorums = (n: string, more = {}) => {
    const { config } = given({ flags: { data: "/d", n, ...more } });
    return [config.r, config.w];
  };
  assertEquals(quorums("1"), [1, 1]);
  assertEquals(quorums("5"), [3, 3]);
  assertEquals(quorums("5", { w: "4" }), [3, 4]);
});

Deno.test("an unknown name is refused with the nearest known one", () => {
  refused(
    file('{"maxRequest": 1}'),
    "Cannot use maxRequest in rotor.json: there is no such setting; the nearest is maxRequests",
  );
  refused(
    { environment: { ROTOR_LISTENS: "x", HOME: "/" } },
    "Cannot use ROTOR_LISTENS: there is no such setting; the nearest is ROTOR_LISTEN",
  );
});

Deno.test("a wrong type is refused in one sentence: field, want, got", () => {
  const places = "HOST:PORT, as 127.0.0.1:8098 wanted";
  const whole = "a whole number of at least 1 wanted";
  refused({ flags: { data: "/d", r: "two" } }, `Cannot use --r: ${whole}, got "two"`);
  refused({ flags: { data: "/d", r: "0" } }, `Cannot use --r: ${whole}, got 0`);
  refused({ environment: { ROTOR_W: "1.5" } }, `Cannot use ROTOR_W: ${whole}, got "1.5"`);
  refused(file('{"n": "3"}'), `Cannot use n in rotor.json: ${whole}, got "3"`);
  refused(
    file('{"insecure": "yes"}'),
    'Cannot use insecure in rotor.json: true or false wanted, got "yes"',
  );
  refused(
    file('{"engine": null}'),
    "Cannot use engine in rotor.json: kv or memory wanted, got null",
  );
  refused({ flags: { data: "/d", listen: "8098" } }, `Cannot use --listen: ${places}, got "8098"`);
  refused(
    { flags: { data: "/d", listen: "h:70000" } },
    `Cannot use --listen: ${places}, got "h:70000"`,
  );
  refused(
    { flags: { data: "/d", id: "Node 1" } },
    'Cannot use --id: 1 to 32 of a-z, 0-9 and -, not beginning with - wanted, got "Node 1"',
  );
  refused({ flags: { data: "" } }, 'Cannot use --data: a text that is not empty wanted, got ""');
  refused(file("[1]"), "Cannot use rotor.json: an object wanted, got [1]");
  refused(
    file("{"),
    "Cannot read rotor.json: Cannot parse JSONC: unexpected end of JSONC input",
  );
});

Deno.test("what contradicts itself is refused, naming both sides", () => {
  refused(
    { flags: { data: "/d", r: "4" } },
    "Cannot use this configuration: r is 4, above n, which is 3",
  );
  refused(
    { flags: {} },
    "Cannot start without a data directory: --data DIR wanted, or --engine memory, which keeps nothing",
  );
  assertEquals(given({ flags: { engine: "memory" } }).dataDir, null);
});

Deno.test("a strategy is chosen with its tokens, or its partitions; what it has none of is refused", () => {
  const placed = (flags: Record<string, string>) => given({ flags: { data: "/d", ...flags } });
  assertEquals(placed({ strategy: "1" }).placement, { strategy: 1, tokens: 64 });
  assertEquals(placed({ strategy: "1", tokens: "4" }).placement, { strategy: 1, tokens: 4 });
  const two = placed({ strategy: "2", partitions: "1024" });
  assertEquals([two.placement, two.config.partitions], [{ strategy: 2, tokens: 8 }, 1024]);
  const file = { path: "rotor.json", text: '{ "data": "/d", "strategy": 2, "tokens": 3 }' };
  assertEquals(given({ file, environment: { ROTOR_TOKENS: "5" } }).placement, {
    strategy: 2,
    tokens: 5,
  });
  refused(
    { flags: { data: "/d", strategy: "4" } },
    "Cannot use --strategy: 1, 2 or 3 wanted, got 4",
  );
  refused(
    { flags: { data: "/d", strategy: "2", tokens: "0" } },
    "Cannot use --tokens: a whole number from 1 to 65536 wanted, got 0",
  );
  refused(
    { flags: { data: "/d", tokens: "8" } },
    "Cannot use 8 tokens: strategy 3 has no random tokens; strategy 1 or 2 wanted, or none",
  );
  refused(
    { flags: { data: "/d", strategy: "1", partitions: "64" } },
    "Cannot use 64 partitions: under strategy 1 tokens cut the ranges; strategy 2 or 3 wanted, or none",
  );
});

Deno.test("members name this node, and where it is reached", () => {
  const members = "node1=127.0.0.1:1,node2=127.0.0.1:2";
  const settings = given({ flags: { data: "/d", members, id: "node2" } });
  assertEquals(settings.members, [
    { id: "node1", address: "127.0.0.1:1" },
    { id: "node2", address: "127.0.0.1:2" },
  ]);
  assertEquals(settings.advertise, "127.0.0.1:2");
  const asFile = file(
    '{"id": "node2", "members": {"node1": "127.0.0.1:1", "node2": "127.0.0.1:2"}}',
  );
  assertEquals(given(asFile).members, settings.members);

  const unnamed = given({ flags: { data: "/d", members } });
  assertEquals([unnamed.id, unnamed.advertise], [undefined, undefined], "the directory may say");
  assertEquals(asMember(unnamed, "node1").advertise, "127.0.0.1:1");
  assertThrows(() => asMember({ ...unnamed, advertise: "h:9" }, "node1"), SettingsError, "h:9");
  refused(
    { flags: { engine: "memory", members } },
    "Cannot tell which member this node is: --id as one of node1, node2 wanted, got no --id",
  );
  refused(
    { flags: { data: "/d", members, id: "node3" } },
    "Cannot tell which member this node is: --id as one of node1, node2 wanted, got node3",
  );
  refused(
    { flags: { data: "/d", members, id: "node2", advertise: "h:9" } },
    "Cannot advertise h:9: members say that node2 is reached at 127.0.0.1:2",
  );
  refused(
    { flags: { data: "/d", members: "a=h:1,b=h:1", id: "a" } },
    "Cannot use these members: an address each wanted, got h:1 twice",
  );
  for (const wrong of ["node1", "a=h:1,a=h:2", "a=h"]) {
    assertThrows(() => given({ flags: { data: "/d", members: wrong, id: "a" } }), SettingsError);
  }
});

Deno.test("beyond this machine an explicit word is wanted, for clients have no tokens yet", () => {
  const listen = { data: "/d", listen: "0.0.0.0:8098" };
  const sentence =
    "Cannot listen on 0.0.0.0:8098: beyond this machine clients would need tokens, " +
    "which rotor does not have yet; --insecure serves whoever can reach it";
  refused({ flags: listen }, sentence);
  refused({ flags: listen, environment: { ROTOR_SECRET: "s" } }, sentence);
  assertEquals(given({ flags: { ...listen, insecure: true } }).insecure, true);
  for (const host of ["localhost", "127.9.9.9", "[::1]"]) {
    given({ flags: { data: "/d", listen: `${host}:1` } });
  }
  for (const host of ["127.evil.example", "[::]", "10.0.0.1"]) {
    assertThrows(() => given({ flags: { data: "/d", listen: `${host}:1` } }), SettingsError);
  }
});

Deno.test("secrets stand one a line, the newest first; an empty file is no secret", () => {
  const flags = { data: "/d", secretFile: "/s" };
  const texts = (settings: NodeSettings) =>
    settings.secrets.map((secret) => new TextDecoder().decode(secret));
  assertEquals(texts(given({ flags }, "new\n old \n\n")), ["new", "old"]);
  refused({ flags }, "Cannot use /s: a secret wanted, got nothing", "\n");
  refused(
    { flags, environment: { ROTOR_SECRET: "x" } },
    "Cannot use two sources of secrets: either ROTOR_SECRET or a secret file wanted, got both",
  );
  refused(
    { environment: { ROTOR_SECRET: "" } },
    "Cannot use ROTOR_SECRET: a secret wanted, got nothing",
  );
});

Deno.test("load reads the files that it is told of, and says which one it cannot", () => {
  const dir = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${dir}/rotor.json`, `{ "data": "/d", "secretFile": "${dir}/secret" }`);
    Deno.writeTextFileSync(`${dir}/secret`, "first\nsecond\n");
    assertEquals(load({ config: `${dir}/rotor.json` }, {}).secrets.length, 2);
    assertEquals(load({}, { ROTOR_CONFIG: `${dir}/rotor.json` }).dataDir, "/d");
    const error = assertThrows(() => load({ config: `${dir}/none` }, {}), SettingsError);
    assertEquals(error.message.includes(`the configuration file ${dir}/none`), true);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});

Deno.test("an address is read as it is shown", () => {
  for (const text of ["127.0.0.1:0", "[::1]:8098", "node-1.example:65535"]) {
    const address = readAddress(text);
    assertEquals(address && showAddress(address), text);
  }
  for (const wrong of ["", ":1", "h:", "h:1:2", "::1:8098", "h:65536", "h/x:1", "http://h:1"]) {
    assertEquals(readAddress(wrong), null, wrong);
  }
});
