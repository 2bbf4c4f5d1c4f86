/**
 * `deno task kit`: writes the laws of `props/kit.ts` as one JavaScript module, `kit.js`, with its types beside it, `kit.d.ts`.
 *
 * fast-check is inside. The module is made and checked with the library of the language alone, as the core is: it needs
 * nothing of a runtime, and runs in all of them.
 *
 * Exit codes: 0 written, 1 it could not be made, 2 wrong usage.
 *
 * @module
 */

const USAGE = `Usage: deno task kit [DIRECTORY]

Writes kit.js, the laws for other implementations as one module for any JavaScript runtime, and
its types, kit.d.ts, into the directory (dist).`;
const ROOT = new URL("..", import.meta.url);

/** Does what the arguments ask for. Returns the exit code. */
export function main(args: readonly string[]): number {
  if (args[0] === "--help" || args[0] === "-h") {
    console.log(USAGE);
    return 0;
  }
  if (args.length > 1 || args[0]?.startsWith("-")) {
    console.error(`Cannot make the kit: one directory wanted, got ${args.join(" ")}\n${USAGE}`);
    return 2;
  }
  const directory = args[0] ?? "dist";
  const scratch = Deno.makeTempDirSync({ prefix: "rotor-kit-" });
  try {
    const { success, stderr } = bundle(directory, scratch);
    if (!success) {
      console.error(`Cannot make the kit: ${new TextDecoder().decode(stderr)}`);
      return 1;
    }
    const types = `${directory}/kit.d.ts`;
    Deno.writeTextFileSync(types, ownTypes(Deno.readTextFileSync(types)));
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
  for (const file of ["kit.js", "kit.d.ts"]) {
    const { size } = Deno.statSync(`${directory}/${file}`);
    console.log(`${directory}/${file} (${Math.round(size / 1024)} KiB)`);
  }
  return 0;
}

function bundle(directory: string, scratch: string): Deno.CommandOutput {
  const { imports, compilerOptions } = JSON.parse(
    Deno.readTextFileSync(new URL("deno.json", ROOT)),
  );
  const config = `${scratch}/kit.json`;
  const options = { ...compilerOptions, lib: ["esnext"], types: [], skipLibCheck: true };
  Deno.writeTextFileSync(config, JSON.stringify({ imports, compilerOptions: options }));
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--no-lock", "--config", config, "--platform", "browser", "--declaration"],
      ...["--output", `${directory}/kit.js`, new URL("props/kit.ts", ROOT).pathname],
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).outputSync();
}

/**
 * The declarations of all modules that the kit is made of, of which only its own are exported. The others need no types of
 * fast-check then: where they speak of its arbitraries, what the laws know of them is enough.
 */
function ownTypes(declarations: string): string {
  const kit = Deno.readTextFileSync(new URL("props/kit.ts", ROOT));
  const exported = [...kit.matchAll(/^export (type )?\{([^}]*)\} from/gm)]
    .flatMap(([, type = "", names]) =>
      names!.split(",").map((name) => name.trim()).filter((name) => name !== "")
        .map((name) => `  ${type}${name},`)
    );
  const local = declarations
    .replaceAll(/^export (?=declare |interface |type )/gm, "")
    .replace(/^import fc from "fast-check";\n/m, "")
    .replaceAll(/\bfc\.Arbitrary\b/g, "Drawable");
  return `${local}\nexport {\n${exported.join("\n")}\n};\n`;
}

if (import.meta.main) Deno.exit(main(Deno.args));
