/**
 * A copy of the code, in which mistakes are made one at a time, and unmade.
 *
 * The laws run in a process of their own, without permissions. It prints a line a law, so that one that hangs is known: it
 * is ended, counts as having noticed, and the laws after it run in another process. A process that ends without a line for
 * each law is an error: a mutant that cannot even be loaded tells nothing about the laws.
 *
 * Once every statement that a mutant names has a law that noticed it, nothing more is asked: and those that take long are
 * asked last. How long each takes is what it took without a mutant; it hangs if it takes many times as much **of the
 * processor**, for by the clock on the wall a busy machine looks like a law that notices.
 *
 * @module
 */
import { type Law, titleOf } from "../props/law.ts";
import { type Mutant, mutate } from "../props/mutants/mutant.ts";
import { all } from "../props/registry.ts";
import type { Checked } from "./mutant_table.ts";
import { processorMsOf, signalChild } from "./process.ts";

/** What the laws need of the repository. */
const COPIED = ["deno.json", "deno.lock", "mod.ts", "src", "props", "cmd"];
/** A law that takes so many times what it took without a mutant hangs; none does so before it has taken the least. In ms. */
const TIMES = 5;
const LEAST_LIMIT_MS = 30_000;
/** What it may take without a mutant. In ms. */
const FIRST_LIMIT_MS = 300_000;
/** A law that takes longer than this without a mutant is asked last. In ms. */
const LONG_MS = 3_000;
/** So often it is looked at how much a process has used. In ms. */
const LOOK_MS = 1_000;

type Ends = Map<string, Checked["end"]>;

/** What the copies of one run share. */
export interface WorkshopOptions {
  /** Where the code is that is copied, as it is now. */
  readonly tree: string;
  /** What its laws draw from. */
  readonly seed: number;
  /** What each law has taken without a mutant, by its title. In ms. Filled by {@linkcode Workshop.check}. */
  readonly tookMs: Map<string, number>;
}

/** One copy. It lives until it is cleared. */
export class Workshop {
  readonly #directory = Deno.makeTempDirSync({ prefix: "rotor-mutants-" });
  readonly #options: WorkshopOptions;

  /** A copy of the code. */
  constructor(options: WorkshopOptions) {
    this.#options = options;
    copyCode(options.tree, this.#directory);
  }

  /** What the laws that a mutant names say of it. */
  async try(mutant: Mutant): Promise<Checked[]> {
    const path = `${this.#directory}/${mutant.file}`;
    const source = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, mutate(source, mutant));
    try {
      const { kills } = mutant;
      const ends: Ends = new Map();
      const open = () => kills.filter((id) => endOf(id, ends) === "holds");
      const isEnough = () => open().length === 0;
      for (const slow of [false, true]) {
        const laws = lawsOf(open()).filter((law) => this.#isLong(law) === slow);
        await this.#hold(laws, ends, isEnough);
      }
      return kills.map((id) => ({ id, end: endOf(id, ends) }));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`Cannot try ${mutant.name}: ${reason}`, { cause: error });
    } finally {
      Deno.writeTextFileSync(path, source);
    }
  }

  /** What the laws of these statements say of the code as it is; and what each of them takes is known from then on. */
  async check(ids: readonly string[]): Promise<Checked[]> {
    const ends: Ends = new Map();
    await this.#hold(lawsOf(ids), ends, () => false);
    return ids.map((id) => ({ id, end: endOf(id, ends) }));
  }

  /** Takes the copy away. */
  clear(): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }

  /** Runs laws, each once, until all have ended, or it is enough. */
  async #hold(laws: readonly Law[], ends: Ends, isEnough: () => boolean): Promise<void> {
    const titles = [...new Set(laws.map(titleOf))];
    for (;;) {
      const left = titles.filter((title) => !ends.has(title));
      if (left.length === 0 || isEnough()) return;
      const { hangs, output } = await this.#run(left, ends, isEnough);
      if (isEnough()) return;
      const next = left.find((title) => !ends.has(title));
      if (next === undefined) return;
      if (!hangs) throw new Error(`it ended before "${next}":\n${output}`);
      ends.set(next, "hangs");
    }
  }

  #isLong(law: Law): boolean {
    return (this.#options.tookMs.get(titleOf(law)) ?? 0) > LONG_MS;
  }

  /** What the first of these that has not ended may take. In ms of the processor. */
  #limitMs(titles: readonly string[], ends: Ends): number {
    const took = this.#options.tookMs.get(titles.find((title) => !ends.has(title)) ?? "");
    return took === undefined ? FIRST_LIMIT_MS : Math.max(LEAST_LIMIT_MS, TIMES * took);
  }

  async #run(titles: readonly string[], ends: Ends, isEnough: () => boolean) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--no-check", "--cached-only", "cmd/props.ts"],
        ...["--no-shrink", "--seed", String(this.#options.seed), ...titles],
      ],
      cwd: this.#directory,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let hangs = false;
    let sinceMs = 0;
    const looking = setInterval(() => {
      const usedMs = processorMsOf(child.pid);
      if (usedMs === null || usedMs - sinceMs <= this.#limitMs(titles, ends)) return;
      hangs = true;
      signalChild(child, "SIGKILL");
    }, LOOK_MS);
    const errors = new Response(child.stderr).text();
    let output = "";
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      output += text;
      sinceMs = processorMsOf(child.pid) ?? sinceMs;
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#hear(line, titles, ends);
      if (isEnough()) signalChild(child, "SIGKILL");
    }
    await child.status;
    clearInterval(looking);
    return { hangs, output: (output + await errors).slice(-2000) };
  }

  /** A line of the laws' process: how one of them ended, or something else. */
  #hear(line: string, titles: readonly string[], ends: Ends): void {
    const title = titles.find((title) => line.slice(5).startsWith(`${title} (`));
    if (title === undefined) return;
    const ms = /(\d+) ms\)$/.exec(line)?.[1];
    const { tookMs } = this.#options;
    // Two files may have a law of one title; one of them is enough to notice.
    if (line.startsWith("FAIL ")) ends.set(title, "fails");
    else if (line.startsWith("ok   ") && !ends.has(title)) ends.set(title, "holds");
    if (ms !== undefined && !tookMs.has(title)) tookMs.set(title, Number(ms));
  }
}

/** The laws of these statements, in the order in which they run. */
function lawsOf(ids: readonly string[]): Law[] {
  return all.filter((law) => law.ids.some((id) => ids.includes(id)));
}

/** What the laws of a statement have said. */
function endOf(id: string, ends: Ends): Checked["end"] {
  const said = lawsOf([id]).map((law) => ends.get(titleOf(law)));
  return said.includes("fails") ? "fails" : said.includes("hangs") ? "hangs" : "holds";
}

/** Copies what the laws and the stories need of the repository in `tree` into an empty directory. */
export function copyCode(tree: string, directory: string): void {
  for (const entry of COPIED) copy(`${tree}/${entry}`, `${directory}/${entry}`);
}

function copy(from: string, to: string): void {
  if (!Deno.statSync(from).isDirectory) return Deno.copyFileSync(from, to);
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
}
