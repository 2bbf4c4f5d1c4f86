import { assertEquals, assertStringIncludes } from "@std/assert";
import deno from "../deno.json" with { type: "json" };
import { environmentName, FIELDS } from "../src/edge/settings_fields.ts";
import { rotor, temporaryDirectory } from "./testing.ts";

Deno.test("--version and --help end well, on standard output", async () => {
  const version = await rotor(["--version"]);
  assertEquals([version.code, version.stdout], [0, `${deno.version}\n`]);
  for (const command of ["", "serve", "cluster", "put", "get", "delete"]) {
    const args = command === "" ? ["--help"] : [command, "--help"];
    const help = await rotor(args);
    assertEquals([help.code, help.stderr], [0, ""], command);
    assertStringIncludes(help.stdout, `Usage: rotor ${command}`);
  }
});

Deno.test("put --help says what a blind put does", async () => {
  assertStringIncludes((await rotor(["put", "--help"])).stdout, "becomes a sibling");
});

Deno.test("what cannot be meant is exit code 2, with the nearest that can", async () => {
  const wrong: [string[], string][] = [
    [["serv"], "(Did you mean serve?)"],
    [["serve", "--lisen", "x"], "(Did you mean --listen?)"],
    [["serve", "--secret", "x"], "unknown option '--secret'"],
    [["get"], "missing required argument 'bucket/key'"],
    [["get", "b/k", "more"], "too many arguments"],
    [["get", "bucket"], 'Cannot name "bucket": BUCKET/KEY wanted'],
    [["get", "b/k", "--url", "nowhere"], 'Cannot use --url "nowhere"'],
    [["get", "b/k", "--context", "with space"], "Cannot use this --context"],
    [["serve", "--data", "/nowhere", "--r", "4"], "r is 4, above n, which is 3"],
    [["serve"], "Cannot start without a data directory"],
    [["put", "b/k", "v", "--type", "t\n/x"], "Cannot use --type: TYPE/SUBTYPE wanted"],
    [[], "Usage: rotor"],
  ];
  for (const [args, sentence] of wrong) {
    const { code, stdout, stderr } = await rotor(args);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertStringIncludes(stderr, sentence);
  }
});

Deno.test("a mistake in the flags of a cluster is one sentence, before anything is started or made", async () => {
  using directory = temporaryDirectory();
  const data = `${directory.path}/cluster`;
  const whole = "a whole number of at least 1 wanted";
  const wrong: [string[], string][] = [
    [["--nodes", "abc"], 'Cannot use --nodes: a whole number wanted, got "abc"'],
    [["--nodes", "0"], "Cannot start 0 nodes: 1 to 64 on one machine wanted"],
    [["--port", "x"], 'Cannot use --port: a whole number wanted, got "x"'],
    [["--port", "65535"], "Cannot use ports 65535 to 65537: 3 ports from 1 to 65535 wanted"],
    [["--n", "0"], `Cannot use --n: ${whole}, got 0`],
    [["--r", "4"], "Cannot use this configuration: r is 4, above n, which is 3"],
    [["--w", "0"], `Cannot use --w: ${whole}, got 0`],
    [["--engine", "foo"], 'Cannot use --engine: kv or memory wanted, got "foo"'],
    [["--partitions", "0"], `Cannot use --partitions: ${whole}, got 0`],
    [["--config", "/nonexistent"], "Cannot read the configuration file /nonexistent: "],
    [["--secret-file", "/nonexistent"], "Cannot read the secret file /nonexistent: "],
    [["--host", "0.0.0.0"], "Cannot listen on 0.0.0.0:8098: "],
    [["--data", ""], "Cannot use --data: a text that is not empty wanted"],
  ];
  for (const [args, sentence] of wrong) {
    const { code, stdout, stderr } = await rotor(["cluster", "--data", data, ...args]);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertStringIncludes(stderr, sentence);
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
  }
  assertEquals([...Deno.readDirSync(directory.path)], []);
});

Deno.test("docs/cli.md lists every setting as it is", async () => {
  const page = await Deno.readTextFile(new URL("../docs/cli.md", import.meta.url));
  const rows = page.split("\n").filter((line) => line.includes("ROTOR_") && line.startsWith("|"));
  const cells = rows.map((row) =>
    row.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|"))
  );
  const wanted = FIELDS.map(({ name, flag, doc, byDefault }) => [
    `\`${name}\``,
    `\`${environmentName(name)}\``,
    flag === null ? "" : `\`${flag}\``,
    byDefault,
    doc,
  ]);
  assertEquals(cells, wanted);
});
