/**
 * The `rotor` program: reads its command line, runs one command, ends with its exit code.
 *
 * Every command is a function that resolves with an exit code, or throws a `Refusal`; nothing below this file ends the
 * process. Unknown commands and options are refused with the nearest known one (exit code 2).
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import deno from "../deno.json" with { type: "json" };
import { type Field, FIELDS } from "../src/edge/settings_fields.ts";
import { SettingsError } from "../src/edge/settings.ts";
import { addAdmin, urlOption } from "./admin_group.ts";
import { cluster } from "./cluster.ts";
import { COUNT_FLAGS, exploreCommand } from "./explore.ts";
import { get, type ObjectFlags, put, remove } from "./object_commands.ts";
import { EXIT, type ExitCode, Refusal } from "./outcome.ts";
import { serveCommand } from "./serve.ts";
import { simulateCommand } from "./simulate.ts";

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found (get, delete), 4 siblings (get).`;
const STDIN_HELP = "stop when standard input closes, for a parent that must not be outlived";
/** Settings that `rotor cluster` gives each node itself. */
const OF_EACH_NODE = ["data", "listen", "advertise", "id", "members", "seed"];

/** Runs the program with these arguments. Resolves with its exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = rotor((ended) => code = ended);
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof SettingsError) return refuse(error, EXIT.usage);
    if (error instanceof Refusal) return refuse(error, error.code);
    // `rotor get big | head -c 3`: nobody wants the rest, and nobody wants to hear of it.
    if (error instanceof Deno.errors.BrokenPipe) return EXIT.brokenPipe;
    console.error(error);
    return EXIT.failed;
  }
}

function refuse({ message }: Error, code: ExitCode): ExitCode {
  console.error(message);
  return code;
}

function rotor(end: (code: ExitCode) => void): Command {
  const program = new Command("rotor")
    .description("Amazon's Dynamo: an always writable key-value store.")
    .version(deno.version)
    .exitOverride()
    .addHelpText("after", EXIT_CODES);
  addServe(program, end);
  addCluster(program, end);
  addPut(program, end);
  addGet(program, end);
  addDelete(program, end);
  addAdmin(program, end);
  addSimulate(program, end);
  addExplore(program, end);
  return program;
}

function addServe(program: Command, end: (code: ExitCode) => void): void {
  const command = program.command("serve")
    .description("Runs one node in the foreground, until SIGINT or SIGTERM.");
  for (const field of FIELDS) addField(command, field);
  command
    .option("--config <file>", "file of settings: JSON, with comments")
    .option("--until-stdin-closes", STDIN_HELP)
    .addHelpText(
      "after",
      `
Every setting can also stand in the --config file (as maxObjectBytes) or in the environment
(as ROTOR_MAX_OBJECT_BYTES); docs/cli.md lists them all. Flags beat the environment, which beats the file.
The cluster's secret never is a flag: it stands in --secret-file, or in ROTOR_SECRET.`,
    )
    .action(async ({ untilStdinCloses, ...flags }) => {
      end(await serveCommand(flags, { untilStdinCloses: untilStdinCloses === true }));
    });
}

function addCluster(program: Command, end: (code: ExitCode) => void): void {
  const command = program.command("cluster")
    .description("Runs a local cluster, one process a node, until SIGINT or SIGTERM.")
    .option("--nodes <count>", "how many nodes; fixed at the first start", "3")
    .option("--data <dir>", "where node1, node2, ... keep their data", ".rotor")
    .option("--port <port>", "port of node1; the others follow", "8098")
    .option("--host <host>", "where they listen", "127.0.0.1");
  for (const field of FIELDS) if (!OF_EACH_NODE.includes(field.name)) addField(command, field);
  command
    .option("--config <file>", "file of settings for every node: JSON, with comments")
    .option("--until-stdin-closes", STDIN_HELP)
    .action(async ({ nodes, data, port, host, untilStdinCloses, ...flags }) => {
      const options = { data, host, untilStdinCloses: untilStdinCloses === true };
      end(
        await cluster({
          ...options,
          nodes: readWhole("--nodes", nodes),
          port: readWhole("--port", port),
          nodeFlags: flags,
        }),
      );
    });
}

function addPut(program: Command, end: (code: ExitCode) => void): void {
  objectCommand(program, "put", "Puts a value.")
    .argument("<value>", "the value; - reads it from standard input")
    .option(
      "--type <type>",
      "content type (text/plain; of standard input application/octet-stream)",
    )
    .option("--expires-in <seconds>", "for how long it is shown; never beats the bucket's default")
    .option("--w <w>", "stored copies to wait for: a number, one, quorum or all")
    .option("--dw <dw>", "how many of them durable")
    .option("--pw <pw>", "how many of them on primaries")
    .addHelpText(
      "after",
      `
Prints the new context, for the next put of this key. A put without --context is blind: it replaces nothing,
and becomes a sibling of what is there. To replace a value, get it first and say its context. Where siblings
are left, no context is printed: it would replace what you have not seen.${EXIT_CODES}`,
    )
    .action(async (name, value, flags) => end(await put(name, value, flags)));
}

function addGet(program: Command, end: (code: ExitCode) => void): void {
  objectCommand(program, "get", "Gets a value, or the siblings that are to be reconciled.")
    .option("--r <r>", "replies to wait for: a number, one, quorum or all")
    .option("--pr <pr>", "how many of them by primaries")
    .addHelpText(
      "after",
      `
Prints the value, byte for byte, and the context on standard error. A key with siblings gives a list of them
and exit code 4; put what they come to with the context of the list. With --context, the answer is at least as
new as what gave that context, or the get fails.${EXIT_CODES}`,
    )
    .action(async (name, flags) => end(await get(name, flags)));
}

function addDelete(program: Command, end: (code: ExitCode) => void): void {
  objectCommand(program, "delete", "Deletes a key.")
    .option("--w <w>", "stored copies to wait for: a number, one, quorum or all")
    .option("--dw <dw>", "how many of them durable")
    .option("--pw <pw>", "how many of them on primaries")
    .addHelpText(
      "after",
      `
Prints the new context. Without --context it deletes what the key shows now; with it, what that context has
seen: what was written since stays.${EXIT_CODES}`,
    )
    .action(async (name, flags: ObjectFlags) => end(await remove(name, flags)));
}

function addSimulate(program: Command, end: (code: ExitCode) => void): void {
  program.command("simulate")
    .description("Runs clusters in worlds where everything goes wrong, each decided by one number.")
    .option("--seed <seed>", "this world alone, or the first of --seeds (by chance)")
    .option("--seeds <count>", "how many worlds (100)")
    .option("--operations <count>", "what clients do in each world (200)")
    .option("--forever", "until a law does not hold, or Ctrl-C")
    .option("--minimise", "make a world that breaks a law smaller, and write its plan to a file")
    .option("--trace <file>", "write every step of one world, as JSON Lines; - is standard output")
    .option("--story", "tell one world in words, a line for whatever reaches a node")
    .option("--all", "with --story: probes and comparisons of trees that bring nothing, too")
    .option("--plan <file>", "a world as --minimise has written it")
    .option("--replay <file>", "play a trace again, and compare every line")
    .option("--json", "what came of it as one JSON object")
    .addHelpText(
      "after",
      `
Exit codes: 0 every law held, 1 one did not, or a trace differs, 2 wrong usage. docs/simulator.md explains it.`,
    )
    .action(async (flags) => end(await simulateCommand(flags)));
}

function addExplore(program: Command, end: (code: ExitCode) => void): void {
  const command = program.command("explore")
    .description("Explores a small world: everything that can happen, in every order.")
    .argument("[scope]", "which one; alone, the command lists them");
  for (const { flag, doc } of COUNT_FLAGS) command.option(flag, doc);
  command
    .option("--slow-reads", "reading a record takes time, and may fail")
    .option("--sessions", "a get may say what its client has seen")
    .option("--compares", "a node that has lost something compares its trees")
    .option("--no-symmetry", "explores what the symmetry of nodes makes needless, too")
    .option("--twins", "a put may be issued twice, to see what comes of it")
    .option("--audit", "checks that nodes whose memory looks the same behave the same")
    .option("--most <states>", "gives up after so many states")
    .option("--json", "everything as one JSON object")
    .addHelpText(
      "after",
      `
Options change the numbers of the scope. Exit codes: 0 no law is broken, 1 one is (the shortest way to it is
printed) or there are too many states, 2 wrong usage.`,
    )
    .action((scope, flags) => end(exploreCommand(scope, flags)));
}

function objectCommand(program: Command, name: string, description: string): Command {
  return program.command(name)
    .description(description)
    .argument("<bucket/key>", "which object; further slashes are the key's")
    .addOption(urlOption())
    .option("--context <context>", "what an earlier command on this key gave")
    .option("--timeout <ms>", "how long the cluster may take")
    .option("--json", "everything as one JSON object");
}

function addField(command: Command, { flag, doc, byDefault, repeats }: Field): void {
  if (flag === null) return;
  const said = `${doc} (default: ${byDefault})`;
  if (repeats !== true) command.option(flag, said);
  else command.option(flag, said, (next: string, all?: string) => all ? `${all},${next}` : next);
}

function readWhole(flag: string, text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new Refusal(
    `Cannot use ${flag}: a whole number wanted, got ${JSON.stringify(text)}`,
    EXIT.usage,
  );
}

if (import.meta.main) Deno.exit(await main(Deno.args));
