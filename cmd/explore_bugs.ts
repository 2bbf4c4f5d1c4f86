/**
 * Known bugs in a copy of the code, and what `rotor explore` says of each (`props/bugs/explorer.ts`).
 *
 * `deno run -A cmd/explore_bugs.ts` prints what is found, next to what is written there.
 *
 * @module
 */
import { type ExplorerBug, explorerBugs } from "../props/bugs/explorer.ts";
import { mutate } from "../props/mutants/mutant.ts";
import { mutants } from "../props/mutants/mutants.ts";

/** What the program needs of the repository. */
const COPIED = ["deno.json", "deno.lock", "src", "cmd"];
const ROOT = new URL("..", import.meta.url).pathname;

/** What was found. */
export interface FoundBug {
  /** The broken law, with its values; null if none broke. */
  readonly broken: string | null;
  readonly moves: number;
  readonly transcript: readonly string[];
}

/** A copy of the code, in which bugs are put back one at a time. It lives until it is cleared. */
export class BugWorkshop {
  readonly #directory = Deno.makeTempDirSync({ prefix: "rotor-bugs-" });

  /** A copy of the code as it is now. */
  constructor() {
    for (const entry of COPIED) copy(`${ROOT}/${entry}`, `${this.#directory}/${entry}`);
  }

  /** Puts a bug back, explores, and takes it out again. `more`: further arguments. */
  find({ mutants: names, explore }: ExplorerBug, more: readonly string[] = []): FoundBug {
    const before = new Map<string, string>();
    try {
      for (const name of names) {
        const mutant = mutants.find((mutant) => mutant.name === name);
        if (mutant === undefined) throw new Error(`Cannot put back ${name}: no such mutant`);
        const path = `${this.#directory}/${mutant.file}`;
        const source = Deno.readTextFileSync(path);
        if (!before.has(path)) before.set(path, source);
        Deno.writeTextFileSync(path, mutate(source, mutant));
      }
      return this.#explore([...explore, ...more]);
    } finally {
      for (const [path, source] of before) Deno.writeTextFileSync(path, source);
    }
  }

  /** Takes the copy away. */
  clear(): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }

  #explore(args: readonly string[]): FoundBug {
    const { code, stdout, stderr } = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-check", "--cached-only", "cmd/main.ts"],
        ...["explore", ...args, "--json"],
      ],
      cwd: this.#directory,
      env: { NO_COLOR: "1" },
    }).outputSync();
    const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    if (code > 1) throw new Error(`Cannot explore ${args.join(" ")}: ${errors}`);
    const { violation } = JSON.parse(out!);
    return {
      broken: violation?.broken ?? null,
      moves: violation?.length ?? 0,
      transcript: violation?.transcript ?? [],
    };
  }
}

/** The bugs as a table in Markdown. */
export function bugsTable(bugs: readonly ExplorerBug[]): string {
  const rows = bugs.map(({ bug, mutants, explore, broken, moves }) =>
    `| ${bug} | ${mutants.join(", ")} | ${explore.join(" ")} | ${broken} | ${moves} |\n`
  );
  return "| bug | mutants | scope | broken | moves |\n" +
    `| --- | --- | --- | --- | --: |\n${rows.join("")}`;
}

function copy(from: string, to: string): void {
  if (!Deno.statSync(from).isDirectory) return Deno.copyFileSync(from, to);
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
}

if (import.meta.main) {
  const workshop = new BugWorkshop();
  try {
    for (const bug of explorerBugs) {
      const { broken, moves } = workshop.find(bug);
      const same = moves === bug.moves;
      console.log(
        `${same ? "" : "OTHER "}${bug.mutants.join("+")} in ${bug.explore.join(" ")}: ` +
          `${broken}; ${moves} moves`,
      );
    }
  } finally {
    workshop.clear();
  }
}
