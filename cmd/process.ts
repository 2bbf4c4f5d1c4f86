/**
 * How processes of the program are started, and how they are told to end.
 *
 * A process ends on SIGINT and SIGTERM; with `--until-stdin-closes` also when its standard input ends. The latter is for
 * a parent whose children must not outlive it: it holds the other end of the pipe, so that the pipe closes whatever
 * becomes of the parent, SIGKILL included.
 *
 * @module
 */

/**
 * What starts this program again, as a child: by deno if it runs by deno, by itself if it is compiled. What deno itself
 * would say (that it downloads something) is not for whoever reads the child.
 */
export function ownProgram(args: readonly string[]): { path: string; args: string[] } {
  if (Deno.build.standalone) return { path: Deno.execPath(), args: [...args] };
  const script = new URL("main.ts", import.meta.url).href;
  return { path: Deno.execPath(), args: ["run", "--quiet", "--allow-all", script, ...args] };
}

/** What its user types to start it: where it is not compiled, from anywhere within the clone. */
export function programName(): string {
  return Deno.build.standalone ? "rotor" : "deno task rotor";
}

/** A command's argument as a shell takes it. */
export function quoted(argument: string): string {
  return /^[\w./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** Resolves with why, as soon as somebody wants this process to end. A second wish changes nothing. */
export function askedToStop({ untilStdinCloses }: { untilStdinCloses: boolean }): Promise<string> {
  // `deno task` passes Ctrl-C on to a process that the terminal has told already: twice is no more than once.
  const { promise, resolve } = Promise.withResolvers<string>();
  for (const signal of Deno.build.os === "windows" ? ["SIGINT"] as const : ENDING) {
    Deno.addSignalListener(signal, () => resolve(signal));
  }
  if (untilStdinCloses) {
    stdinCloses().then(
      () => resolve("standard input closed"),
      (error) => resolve(`standard input failed: ${(error as Error).message}`),
    );
  }
  return promise;
}

const ENDING = ["SIGINT", "SIGTERM"] as const;

async function stdinCloses(): Promise<void> {
  const buffer = new Uint8Array(256);
  while (await Deno.stdin.read(buffer) !== null);
}

/** Sends a child a signal; one that has ended in the meantime needs none. */
export function signalChild(child: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    child.kill(name);
  } catch (error) {
    // Deno says so of a child that it has seen end; the system says so of one that it has not.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Resolves with the promise, or with `late` after `limitMs`. */
export async function within<T, L>(promise: Promise<T>, limitMs: number, late: L): Promise<T | L> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<L>((resolve) => timer = setTimeout(resolve, limitMs, late));
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What a process has used of the processor since it began, all its threads, in ms; null if it has ended. On systems that do
 * not say so, what has gone by since this was first asked of it.
 */
export function processorMsOf(pid: number): number | null {
  if (Deno.build.os !== "linux") {
    const since = FIRST_ASKED.get(pid) ?? performance.now();
    FIRST_ASKED.set(pid, since);
    return performance.now() - since;
  }
  try {
    // The name, in brackets, may hold anything; what follows it are numbers. Ticks, of which there are 100 a second.
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

const FIRST_ASKED = new Map<number, number>();
