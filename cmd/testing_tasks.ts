/**
 * Runs a program of `cmd/` as its task does, and tells how it ended.
 *
 * @module
 */

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `deno run path args` in the repository, or in a copy of it, with the permissions that are given and no more. */
export function denoRun(
  path: string,
  args: readonly string[],
  { permissions = [], cwd = new URL("..", import.meta.url) }: {
    permissions?: readonly string[];
    cwd?: string | URL;
  } = {},
): Ended {
  const { code, stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", ...permissions, path, ...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}
