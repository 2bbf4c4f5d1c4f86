/**
 * A copy of the code, in which mistakes are made one at a time, and unmade.
 *
 * The laws run in a process of their own, without permissions. It prints a line a law, so that one that hangs is known: it
 * is ended, counts as having noticed, and the laws after it run in another process. A process that ends without a line for
 * each law is an error: a mutant that cannot even be loaded tells nothing about the laws.
 *
 * @module
 */
import { titleOf } from "../props/law.ts";
import { type Mutant, mutate } from "../props/mutants/mutant.ts";
import { all } from "../props/registry.ts";
import type { Checked } from "./mutant_table.ts";

/** What the laws need of the repository. */
const COPIED = ["deno.json", "deno.lock", "mod.ts", "src", "props", "cmd"];
/** A law that says nothing for so long hangs. The slowest takes a few seconds on a machine that has other work. */
const LAW_LIMIT_MS = 60_000;

/** One copy. It lives until it is cleared. */
export class Workshop {
  readonly #directory = Deno.makeTempDirSync({ prefix: "rotor-mutants-" });
  readonly #seed: number;

  /** A copy of the code in `tree` as it is now, whose laws draw from `seed`. */
  constructor({ tree, seed }: { readonly tree: string; readonly seed: number }) {
    this.#seed = seed;
    copyCode(tree, this.#directory);
  }

  /** What the laws that a mutant names say of it. */
  async try(mutant: Mutant): Promise<Checked[]> {
    const path = `${this.#directory}/${mutant.file}`;
    const source = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, mutate(source, mutant));
    try {
      return await this.check(mutant.kills);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`Cannot try ${mutant.name}: ${reason}`, { cause: error });
    } finally {
      Deno.writeTextFileSync(path, source);
    }
  }

  /** What the laws of these statements say of the copy. */
  async check(ids: readonly string[]): Promise<Checked[]> {
    const laws = all.filter((law) => law.ids.some((id) => ids.includes(id)));
    const ends = new Map<string, Checked["end"]>();
    for (let left = laws.map(titleOf); left.length > 0; left = left.filter((t) => !ends.has(t))) {
      const { said, hangs, output } = await this.#run(left);
      for (const [title, end] of said) ends.set(title, end);
      const next = left.find((title) => !ends.has(title));
      if (next === undefined) break;
      if (!hangs) throw new Error(`it ended before "${next}":\n${output}`);
      ends.set(next, "hangs");
    }
    return ids.map((id) => {
      const said = laws.filter((law) => law.ids.includes(id)).map((law) => ends.get(titleOf(law)));
      const end = said.includes("fails") ? "fails" : said.includes("hangs") ? "hangs" : "holds";
      return { id, end };
    });
  }

  /** Takes the copy away. */
  clear(): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }

  async #run(titles: readonly string[]) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--no-check", "--cached-only", "cmd/props.ts"],
        ...["--no-shrink", "--seed", String(this.#seed), ...titles],
      ],
      cwd: this.#directory,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let hangs = false;
    const end = () => {
      hangs = true;
      child.kill("SIGKILL");
    };
    let timer = setTimeout(end, LAW_LIMIT_MS);
    const errors = new Response(child.stderr).text();
    let output = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      output += text;
      clearTimeout(timer);
      timer = setTimeout(end, LAW_LIMIT_MS);
    }
    await child.status;
    clearTimeout(timer);
    const said = new Map<string, "holds" | "fails">();
    for (const line of output.split("\n")) {
      const title = titles.find((title) => line.slice(5).startsWith(`${title} (`));
      if (title === undefined) continue;
      // Two files may have a law of one title; one of them is enough to notice.
      if (line.startsWith("FAIL ")) said.set(title, "fails");
      else if (line.startsWith("ok   ") && !said.has(title)) said.set(title, "holds");
    }
    return { said, hangs, output: (output + await errors).slice(-2000) };
  }
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
