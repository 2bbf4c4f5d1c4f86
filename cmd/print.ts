/**
 * Prints lines to standard output, as `console.log` does, but for one thing: if whoever read them has gone, it throws what
 * the program ends with 141 for. `console.log` would not notice, and the program would work on for nobody.
 *
 * @module
 */

/** Prints a text and the end of its line. */
export function print(text: string): void {
  writeAll(Deno.stdout, `${text}\n`);
}

/** Says something beside the output, if there is a terminal that it can be wiped from again. */
export function showProgress(text: string): void {
  if (Deno.stderr.isTerminal()) writeAll(Deno.stderr, `\r\x1b[K${text}`);
}

/** Wipes it. */
export function clearProgress(): void {
  showProgress("");
}

/** Writes all of a text; a file may take less at once. */
export function writeAll(
  to: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
}
