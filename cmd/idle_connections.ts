/**
 * Opens COUNT connections to HOST:PORT, says `open`, and holds them without a word until standard input closes: a
 * program of its own, so that `serve_test.ts` can give it a limit of open files that the test runner may not have.
 *
 * @module
 */

/** So many at once: a listener's queue takes no more than a few hundred. */
const AT_ONCE = 64;

const [hostname = "", port, count] = Deno.args;
const wanted = Number(count);
const open: Deno.Conn[] = [];
while (open.length < wanted) {
  const batch = Array.from(
    { length: Math.min(AT_ONCE, wanted - open.length) },
    () => Deno.connect({ hostname, port: Number(port) }),
  );
  open.push(...await Promise.all(batch));
}
console.log("open");
while (await Deno.stdin.read(new Uint8Array(1)) !== null);
