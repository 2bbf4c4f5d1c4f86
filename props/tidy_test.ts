/**
 * The house rules, read off the sources: floors, sizes, purity, comments. Needs to read the repository, nothing else.
 */
import { assert, assertEquals } from "@std/assert";
import type { Refusal } from "../src/protocol/envelope.ts";
import { ELSEWHERE, SOMETIMES } from "../src/sim/sometimes.ts";

const ROOT = new URL("../", import.meta.url);

/** The floor of a file (docs/architecture.md): it may import from lower floors and from its own folder. */
const FLOORS: readonly (readonly [RegExp, number])[] = [
  [/^src\/id\.ts$/, 0],
  [/^src\/anti_entropy\/merkle_tree/, 1],
  [/^src\/(ring|version)\//, 1],
  [/^src\/protocol\//, 2],
  [/^src\/(replica|quorum|handoff|handover|anti_entropy|membership|admission|settle)\//, 3],
  [/^src\/(node|rooms|snapshot|views)\.ts$/, 4],
  [/^src\/(edge|explorer|sim|client)\//, 5],
  [/^src\/web\//, 6],
  [/^(mod\.ts|cmd\/|props\/)/, 7],
];

/** The pure core: everything up to the node itself. */
const CORE_FLOOR = 4;

/** What the type check without libraries cannot see, since it is the language's own. */
const IMPURE = /\b(async|await|Promise|Date|Math\.random|globalThis|setTimeout|queueMicrotask)\b/;

/** Every reason for which an envelope is refused; the compiler sees that none is left out. */
const REFUSALS = Object.keys(
  {
    wrong_cluster: true,
    wrong_node: true,
    unknown_member: true,
    wrong_boot: true,
    too_old: true,
  } satisfies Record<Refusal, true>,
);

interface Source {
  readonly path: string;
  readonly text: string;
  /** The text without comments and string contents, roughly: enough to look for words of code. */
  readonly code: string;
  readonly imports: readonly string[];
}

const sources = await collect();
const production = sources.filter(({ path }) => !/_(test|bench)\.ts$/.test(path));

async function collect(): Promise<Source[]> {
  const found: Source[] = [];
  const walk = async (folder: string) => {
    for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
      const path = folder + entry.name;
      if (entry.isDirectory) await walk(`${path}/`);
      else if (path.endsWith(".ts")) {
        found.push(read(path, await Deno.readTextFile(new URL(path, ROOT))));
      }
    }
  };
  for (const folder of ["src/", "props/", "cmd/"]) await walk(folder);
  found.push(read("mod.ts", await Deno.readTextFile(new URL("mod.ts", ROOT))));
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function read(path: string, text: string): Source {
  const code = text
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/(^|\s)\/\/.*$/gm, "")
    .replaceAll(/"(\\.|[^"\\\n])*"|'(\\.|[^'\\\n])*'/g, '""');
  const specifiers = text.replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .matchAll(/(?:^|\n)\s*(?:import|export)\b[^;]*?\bfrom\s+"(\.[^"]+)"/g);
  const base = new URL(path, "file:///");
  const imports = [...specifiers].map(([, specifier]) =>
    new URL(specifier!, base).pathname.slice(1)
  ).filter((target) => target.endsWith(".ts"));
  return { path, text, code, imports };
}

function floorOf(path: string): number {
  const floor = FLOORS.find(([pattern]) => pattern.test(path))?.[1];
  if (floor === undefined) {
    throw new Error(`${path} stands on no floor: add it to the map, or move it`);
  }
  return floor;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

Deno.test("tidy: a file imports only from a lower floor or from its own folder", () => {
  for (const { path, imports } of production) {
    for (const target of imports) {
      // Helpers of laws stand above everything; a folder inside a room belongs to the room.
      if (floorOf(target) < floorOf(path)) continue;
      const same = folderOf(target) === folderOf(path);
      const inside = folderOf(target).startsWith(`${folderOf(path)}/`) ||
        folderOf(path).startsWith(`${folderOf(target)}/`);
      const edge = floorOf(path) >= 5 && floorOf(target) === floorOf(path);
      assert(same || inside || edge, `${path} must not import ${target}`);
    }
  }
});

Deno.test("tidy: production code never imports laws, and only the program imports cmd/", () => {
  for (const { path, imports } of production) {
    for (const target of imports) {
      if (path.startsWith("src/")) assert(target.startsWith("src/"), `${path} imports ${target}`);
    }
  }
});

Deno.test("tidy: there are no import cycles", () => {
  const graph = new Map(sources.map(({ path, imports }) => [path, imports]));
  const done = new Set<string>();
  const visit = (path: string, trail: string[]) => {
    if (done.has(path)) return;
    assert(!trail.includes(path), `a cycle: ${[...trail, path].join(" -> ")}`);
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
});

Deno.test("tidy: the core, and the explorer, wait for nothing, read no clock and draw no chance", () => {
  for (const { path, code } of production) {
    const isCore = path.startsWith("src/") && floorOf(path) <= CORE_FLOOR;
    if (!isCore && !path.startsWith("src/explorer/")) continue;
    const found = code.split("\n").find((line) => IMPURE.test(line));
    assertEquals(found, undefined, `${path} is not pure`);
  }
});

Deno.test("tidy: no file is over 400 lines, and the router and the driver stay small", () => {
  for (const { path, text } of sources) {
    const lines = text.split("\n").length - 1;
    const most = /^src\/(node|edge\/driver)\.ts$/.test(path) ? 300 : 400;
    if (/_test\.ts$/.test(path)) continue; // a list of laws may be long
    assert(lines <= most, `${path} has ${lines} lines, above ${most}`);
  }
});

Deno.test("tidy: every file of production code says what it is", () => {
  for (const { path, text } of production) {
    assert(
      /^(#!.*\n)?\/\*\*[\s\S]*?@module\s*\n? ?\*\//.test(text),
      `${path} has no module comment`,
    );
  }
});

Deno.test("tidy: there is no room for odds and ends", () => {
  for (const { path } of sources) {
    assert(!/(^|\/)(util|utils|common|helpers?|misc|index)(\/|\.ts)/.test(path), path);
  }
});

Deno.test("tidy: nothing is put off, skipped, or swallowed", () => {
  for (const { path, text, code } of sources) {
    if (path === "props/tidy_test.ts") continue;
    assert(!/\b(TODO|FIXME|XXX)\b/.test(text), `${path} puts something off`);
    assert(!/\b(test|it)\.(only|skip)\b|\bonly:\s*true/.test(code), `${path} narrows its tests`);
    assert(!/catch\s*(\([^)]*\))?\s*\{\s*\}/.test(code), `${path} swallows an error`);
  }
});

Deno.test("tidy: decisions have numbers of their own, and docs/README.md lists each of them", async () => {
  const decisions = new URL("docs/decisions/", ROOT);
  const files: string[] = [];
  for await (const { name } of Deno.readDir(decisions)) files.push(name);
  files.sort();
  const numbers = files.map((name) => name.slice(0, 4));
  assertEquals(numbers, [...new Set(numbers)], "two decisions have one number");
  for (const name of files) {
    const text = await Deno.readTextFile(new URL(name, decisions));
    const isNamed = /^\d{4}-[a-z0-9-]+\.md$/.test(name) &&
      text.startsWith(`# ${name.slice(0, 4)}: `);
    assert(isNamed, `${name}: NNNN-title.md, and the same number in its heading, wanted`);
  }
  const readme = await Deno.readTextFile(new URL("docs/README.md", ROOT));
  const listed = readme.matchAll(/^- \[(.+)\]\(decisions\/(.+?)\):/gm);
  assertEquals(
    [...listed].map(([, number, name]) => `${number} ${name}`),
    files.map((name) => `${name.slice(0, 4)} ${name}`),
  );
});

Deno.test("T2 tidy: whoever runs a node runs src/node.ts, and there is no other", () => {
  const runners = ["src/edge/server.ts", "src/sim/machine.ts", "props/world.ts"];
  for (const path of runners) {
    const { imports } = sources.find((source) => source.path === path)!;
    assert(imports.includes("src/node.ts"), `${path} does not run src/node.ts`);
  }
  // A double in the rig of the edge's tests stands for a node that misbehaves.
  const nodes = production.filter(({ path, code }) =>
    path !== "src/edge/testing.ts" &&
    /^ {2}step\(event: Event, now: Now\).*\{$/m.test(code)
  );
  assertEquals(nodes.map(({ path }) => path), ["src/node.ts"]);
});

Deno.test("T3 tidy: every mark of the core is reached by worlds on a seed, or it is said what else holds it", () => {
  const marked = production.filter(({ path }) => floorOf(path) <= CORE_FLOOR).flatMap(({ text }) =>
    [...text.matchAll(/out\.mark\("([^"]+)"\)/g)].map(([, name]) => name!)
  );
  const refusals = REFUSALS.map((refusal) => `envelope.${refusal}`);
  const listed = [...SOMETIMES, ...Object.keys(ELSEWHERE)];
  for (const mark of [...marked, ...refusals]) {
    assert(listed.includes(mark), `nobody demands that ${mark} is reached`);
  }
  for (const mark of Object.keys(ELSEWHERE)) {
    assert([...marked, ...refusals].includes(mark), `${mark} is no mark of the core`);
  }
});
