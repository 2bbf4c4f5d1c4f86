/**
 * `rotor serve`: one node in the foreground.
 *
 * Prints one line when it serves, then nothing more on standard output; what happens later goes to standard error. Its
 * process id stands in `rotor.pid` in the data directory while it runs, and after a crash until the next start.
 *
 * @module
 */
import { serve, StartError } from "../src/edge/server.ts";
import { load } from "../src/edge/settings.ts";
import { DataDirectoryError } from "../src/edge/storage/data_directory.ts";
import { StoreError } from "../src/edge/storage/record_store.ts";
import { EXIT, type ExitCode, Refusal } from "./outcome.ts";
import { askedToStop, within } from "./process.ts";

/** Longer than any request may take: a node that has not drained by then hangs. */
const STOP_LIMIT_MS = 70_000;

/** Peers that are started together find one another in less. Who is not there by then is not waited for. */
const WHOLE_LIMIT_MS = 2_000;

/** Runs one node until it is told to stop, or must. */
export async function serveCommand(
  flags: Readonly<Record<string, string | true | undefined>>,
  { untilStdinCloses }: { untilStdinCloses: boolean },
): Promise<ExitCode> {
  const stop = askedToStop({ untilStdinCloses });
  const settings = load(flags, Deno.env.toObject());
  const started = serve({ ...settings, log: console.error }).catch(refuse);
  const node = await Promise.race([started, stop.then(() => null)]);
  // A node that does not serve yet has acknowledged nothing: there is nothing to drain.
  if (node === null) return EXIT.ok;
  const pidFile = settings.dataDir === null ? null : `${settings.dataDir}/rotor.pid`;
  if (pidFile !== null) writePid(pidFile);
  // Of a new cluster a client may read as soon as this is said.
  await Promise.race([node.whole(WHOLE_LIMIT_MS), node.halted, stop]);
  console.log(
    node.isMember
      ? `${node.id} serves on ${node.url}`
      : `${node.id} waits on ${node.url} to be a member: rotor admin join ${node.id}`,
  );

  const halted = await Promise.race([stop.then(() => null), node.halted]);
  if (await within(node.stop(), STOP_LIMIT_MS, "late") === "late") {
    throw new Refusal(`${node.id} has not drained within ${STOP_LIMIT_MS / 1000} s: it gives up`);
  }
  if (pidFile !== null) Deno.removeSync(pidFile);
  if (halted !== null) throw new Refusal(`${node.id} had to end: ${halted}`);
  return EXIT.ok;
}

/** What an operator can mend is one sentence; anything else is a fault of rotor, and shows its stack. */
function refuse(error: unknown): never {
  const kinds = [StartError, DataDirectoryError, StoreError];
  if (kinds.some((kind) => error instanceof kind)) throw new Refusal((error as Error).message);
  throw error;
}

function writePid(path: string): void {
  try {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, `${Deno.pid}\n`);
  } catch (error) {
    throw new Refusal(`Cannot write ${path}: ${(error as Error).message}`);
  }
}
