/**
 * `rotor admin`: its commands and their flags.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { admin, adminRepair, adminRepairAll } from "./admin.ts";
import {
  clearStage,
  commitPlan,
  DEFAULT_URL,
  locate,
  readWeight,
  showPlan,
  showRing,
  showStage,
  showTransfers,
  type StepBody,
  type StepFlags,
  takeStep,
  waitUntilPlaced,
} from "./membership_commands.ts";
import type { ExitCode } from "./outcome.ts";

const PAGES = {
  status:
    "The node, its peers as it sees them, what it keeps for others, its trees, what is deleted.",
  hints: "What it keeps for others until they take it.",
  aae: "Its trees, and when they were last compared with whose.",
  settle: "Deleted keys that wait to be forgotten in the ranges that it leads, and why.",
} as const;

/** Adds the commands. `end` is told how each has ended. */
export function addAdmin(program: Command, end: (code: ExitCode) => void): void {
  const group = program.command("admin")
    .description("Shows how a node stands, repairs keys, and changes who is a member.")
    .addHelpText(
      "after",
      `
To change the members: stage steps (join, leave, stay, remove, replace, weight, zone) at one node, look at what they
come to (plan), and carry that out (commit), or forget them (clear). With --yes a step does all of it.`,
    );
  for (const page of ["status", "hints", "aae", "settle"] as const) {
    asking(group.command(page).description(PAGES[page]))
      .action(async (flags) => end(await admin(page, flags)));
  }
  addRepair(group, end);
  addSteps(group, end);
  addPlans(group, end);
  asking(
    group.command("transfers").description("What must still go from whom to whom."),
  ).action(async (flags) => end(await showTransfers(flags)));
  asking(
    group.command("wait").description("Waits until nothing is on the move, as the node sees it.")
      .option("--timeout <seconds>", "how long at most", "3600"),
  ).action(async (flags) => end(await waitUntilPlaced(flags)));
  asking(group.command("ring").description("Who owns and who serves each range."))
    .action(async (flags) => end(await showRing(flags)));
  asking(
    group.command("locate").description("Where a key stands, and whom a request about it asks.")
      .argument("<bucket/key>", "which object; further slashes are the key's"),
  ).action(async (name, flags) => end(await locate(name, flags)));
}

/** Which node is asked. */
export function urlOption(): Option {
  return new Option("--url <url>", "a node, any of them").default(DEFAULT_URL).env("ROTOR_URL");
}

function asking(command: Command): Command {
  return command.addOption(urlOption()).option("--json", "everything as one JSON object");
}

function addRepair(group: Command, end: (code: ExitCode) => void): void {
  asking(
    group.command("repair")
      .description("Reads a key from all its replicas, which repairs whoever is behind.")
      .argument(
        "<bucket/key>",
        "which object, further slashes are the key's; or all that it holds: all",
      )
      .option("--timeout <ms>", "how long the cluster may take for a key"),
  ).action(async (name, flags) =>
    end(await (name === "all" ? adminRepairAll(flags) : adminRepair(name, flags)))
  );
}

function addSteps(group: Command, end: (code: ExitCode) => void): void {
  const step = (name: string, description: string) =>
    asking(group.command(name).description(description))
      .option("--yes", "plan and commit it at once")
      .option("--force", "with --yes: also while data is on the move");
  const take = async (body: StepBody, flags: StepFlags) => end(await takeStep(body, flags));

  step("join", "Stages a join: a node that was started with --seed becomes a member.")
    .argument("<node>", "its id")
    .option("--zone <zone>", "what fails together with it: a rack, a room", "")
    .option("--weight <weight>", "its share beside the others'", "1")
    .action((node, { zone, weight, ...flags }) =>
      take({ kind: "join", node, zone, weight: readWeight(weight) }, flags)
    );
  step("leave", "Stages a leave: a node passes on all that it has, and goes.")
    .argument("<node>", "its id")
    .action((node, flags) => take({ kind: "leave", node }, flags));
  step("stay", "Stages the end of a leave that is not over.")
    .argument("<node>", "its id")
    .action((node, flags) => take({ kind: "stay", node }, flags));
  step("remove", "Stages a removal: of a node that is gone for good, and passes on nothing.")
    .argument("<node>", "its id, which never comes back")
    .option("--accept-loss", "also if nobody else has what it has")
    .action((node, { acceptLoss, ...flags }) =>
      take({ kind: "remove", node, acceptLoss: acceptLoss === true }, flags)
    );
  step("replace", "Stages a replacement: a newcomer takes the place of a member, which leaves.")
    .argument("<old>", "the member's id")
    .argument("<new>", "the newcomer's id")
    .action((old, heir, flags) => take({ kind: "replace", old, new: heir }, flags));
  step("weight", "Stages another share of the ring for a member.")
    .argument("<node>", "its id")
    .argument("<weight>", "a whole number of at least 1")
    .action((node, weight, flags) =>
      take({ kind: "weight", node, weight: readWeight(weight) }, flags)
    );
  step("zone", "Stages another zone for a member.")
    .argument("<node>", "its id")
    .argument("<zone>", 'a name; "" is none')
    .action((node, zone, flags) => take({ kind: "zone", node, zone }, flags));
}

function addPlans(group: Command, end: (code: ExitCode) => void): void {
  asking(group.command("stage").description("What is staged at the node."))
    .action(async (flags) => end(await showStage(flags)));
  asking(
    group.command("plan").description(
      "What the staged steps come to: the ring before and after, what moves, what may be lost.",
    ),
  ).action(async (flags) => end(await showPlan(flags)));
  asking(
    group.command("commit").description("Carries out a plan: exactly what was shown, or nothing.")
      .argument("<plan>", "its id, as plan has shown it")
      .option("--force", "also while data is on the move"),
  ).action(async (plan, flags) => end(await commitPlan(plan, flags)));
  asking(group.command("clear").description("Forgets what is staged at the node."))
    .action(async (flags) => end(await clearStage(flags)));
}
