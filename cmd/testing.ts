/**
 * Starts and stops real processes of the program, for the process tests of this folder.
 *
 * Whatever a test starts it holds by `await using`, so that it is gone when the test ends, however that ends. Every
 * program started here gets `--until-stdin-closes` where it can, so that nothing is left over even if the test runner
 * itself is killed. Nothing here sleeps: waiting is for a line, for an end, or for a question to be answered yes.
 *
 * @module
 */
import { ownProgram, signalChild, within } from "./process.ts";

/** What a program printed, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing that a test waits for takes longer, unless it says so: else the test fails instead of hanging. */
const PATIENCE_MS = 60_000;

/** A program that runs. */
export class Running implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #ended: Promise<Ended>;
  readonly #waiting = new Set<() => void>();
  #isOver = false;
  /** What it has printed so far. */
  stdout = "";
  /** What it has complained about so far. */
  stderr = "";

  /** Starts `path`. Standard input is a pipe that this process holds. */
  constructor(path: string, args: readonly string[], options: Deno.CommandOptions = {}) {
    const io = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#child = new Deno.Command(path, { ...options, ...io, args: [...args] }).spawn();
    const out = this.#read(this.#child.stdout, (text) => this.stdout += text);
    const complaints = this.#read(this.#child.stderr, (text) => this.stderr += text);
    this.#ended = this.#end(Promise.all([out, complaints]));
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Its end. */
  get ended(): Promise<Ended> {
    return inTime(this.#ended, () => `the end of ${this.pid}, which has printed: ${this.output}`);
  }

  /** All that it has printed, for the message of a failed test. */
  get output(): string {
    return `${this.stdout}\n${this.stderr}`;
  }

  /** Waits until it has printed a line that matches. */
  async line(pattern: RegExp): Promise<string> {
    const find = () => this.stdout.split("\n").slice(0, -1).find((line) => pattern.test(line));
    const search = async () => {
      for (;;) {
        const line = find();
        if (line !== undefined) return line;
        if (this.#isOver) throw new Error(`No line ${pattern} before the end: ${this.output}`);
        await new Promise<void>((wake) => this.#waiting.add(wake));
      }
    };
    return await inTime(search(), () => `a line ${pattern} in: ${this.output}`);
  }

  /** Sends it a signal, if it has not ended. */
  signal(name: Deno.Signal): void {
    signalChild(this.#child, name);
  }

  /** Sends it a signal and waits for its end. */
  async stop(name: Deno.Signal = "SIGTERM"): Promise<Ended> {
    this.signal(name);
    return await this.ended;
  }

  /** Closes its standard input and waits for its end. */
  async closeStdin(): Promise<Ended> {
    await this.#child.stdin.close();
    return await this.ended;
  }

  /** Gives it some time to end well; then there is no mercy. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGTERM");
    if (await within(this.#ended, 20_000, null) === null) this.signal("SIGKILL");
    await this.#ended;
    // Its end may be closed already, from here or from there: there is nothing more to close then.
    await this.#child.stdin.close().catch((error) => {
      if (!(error instanceof TypeError || error instanceof Deno.errors.BrokenPipe)) throw error;
    });
  }

  async #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      take(text);
      this.#wake();
    }
  }

  async #end(read: Promise<unknown>): Promise<Ended> {
    const { code, signal } = await this.#child.status;
    // A grandchild may hold the pipes open; its output is not what this process has printed.
    await within(read, 2_000, null);
    this.#isOver = true;
    this.#wake();
    return { code, signal, stdout: this.stdout, stderr: this.stderr };
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

/** Starts the program with these arguments. */
export function start(args: readonly string[], options: Deno.CommandOptions = {}): Running {
  const own = ownProgram(args);
  return new Running(own.path, own.args, { ...options, env: { NO_COLOR: "1", ...options.env } });
}

/** Runs the program to its end; its standard input is empty, or `stdin`. */
export async function rotor(args: readonly string[], stdin = new Uint8Array()): Promise<Ended> {
  const { path, args: all } = ownProgram(args);
  const child = new Deno.Command(path, {
    args: all,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const writer = child.stdin.getWriter();
  const fed = writer.write(stdin).then(() => writer.close()).catch((error) => {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error; // it did not want to read
  });
  const [output] = await inTime(
    Promise.all([child.output(), fed]),
    () => `rotor ${args.join(" ")}`,
  );
  return {
    code: output.code,
    signal: output.signal,
    stdout: new TextDecoder().decode(output.stdout),
    stderr: new TextDecoder().decode(output.stderr),
  };
}

/** A directory that is gone when the test ends. */
export function temporaryDirectory(): { readonly path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "rotor-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** Below the ports that the system gives to outgoing connections. */
const PORTS = { first: 18_000, count: 14_000 };

/**
 * The ports that the tests of this file may take. Files run side by side, and between the moment at which a port is found
 * free and that at which a node listens there another file must not choose it.
 */
function ownPorts(): { readonly first: number; readonly count: number } {
  const files = [...Deno.readDirSync(new URL(".", import.meta.url))]
    .map(({ name }) => name).filter((name) => name.endsWith("_test.ts")).sort();
  const at = files.findIndex((name) => Deno.mainModule.endsWith(`/${name}`));
  if (at < 0) return PORTS; // a command that plays with real nodes is alone
  const count = Math.floor(PORTS.count / files.length);
  return { first: PORTS.first + at * count, count };
}

/** The first of `count` ports in a row that are free now, chosen at random among those of this file. */
export function freePorts(count: number): number {
  const own = ownPorts();
  for (let attempt = 0; attempt < 100; attempt++) {
    const first = own.first + Math.floor(Math.random() * (own.count - count));
    if (Array.from({ length: count }, (_, i) => first + i).every(isFree)) return first;
  }
  throw new Error(`Cannot find ${count} free ports in a row`);
}

/** True if something could listen there. */
export function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

/** True if a process of that id is there. */
export function isAlive(pid: number): boolean {
  try {
    // A process that has ended and that nobody has asked after still has its directory: it is a zombie, not alive.
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Asks again and again until the answer is yes. */
export async function until(
  question: () => boolean | Promise<boolean>,
  what: string,
  limitMs = PATIENCE_MS,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!await question()) {
    if (performance.now() > endMs) throw new Error(`Waited ${limitMs / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function inTime<T>(promise: Promise<T>, what: () => string): Promise<T> {
  const late = Symbol();
  const result = await within<T, typeof late>(promise, PATIENCE_MS, late);
  if (result === late) throw new Error(`Waited ${PATIENCE_MS / 1000} s for ${what()}`);
  return result as T;
}
