/**
 * The stories can fail: for each there is a mistake that changes it. And the command that plays them says what it should.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { mutate } from "../props/mutants/mutant.ts";
import { mutants } from "../props/mutants/mutants.ts";
import { copyCode } from "./mutant_workshop.ts";
import { denoRun } from "./testing_tasks.ts";
import { transcriptNames } from "./transcripts.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const READ = { permissions: ["--allow-read=."] };

/** Of each story a mistake of `props/mutants/` that it is there to show. */
const NOTICES: Readonly<Record<string, string>> = {
  "amnesia": "repair-skips-the-empty",
  "damaged-record": "damage-is-nothing",
  "delete-races-put": "delete-upon-delete",
  "doomstone": "counter-shared-by-keys",
  "failed-store": "actor-survives-failed-store",
  "figure-3": "join-keeps-common",
  "hint-spread": "hint-dropped-by-age",
  "hinted-handoff": "unreachable-without-a-hint",
  "last-write-wins": "stamp-from-wall-clock",
  "late-forward": "fence-not-remembered",
  "lost-coordinator": "lost-is-tried-again",
  "lost-forward-ack": "retry-with-a-new-dot",
  "mary-and-peter": "context-is-everything",
  "read-repair": "repair-everybody",
  "session": "session-unasked",
  "stale-context": "context-ignored",
  "stale-read": "read-from-memory",
  "twins": "fold-least",
  "two-clients": "vector-instead-of-dot",
  "wiped-replica": "actor-from-clock",
};

Deno.test("for every story there is a mistake that it shows", () => {
  assertEquals(Object.keys(NOTICES), transcriptNames());
  const directory = Deno.makeTempDirSync({ prefix: "rotor-transcripts-" });
  try {
    copyCode(ROOT, directory);
    for (const [story, name] of Object.entries(NOTICES)) {
      const mutant = mutants.find((mutant) => mutant.name === name);
      if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
      const path = `${directory}/${mutant.file}`;
      const source = Deno.readTextFileSync(path);
      Deno.writeTextFileSync(path, mutate(source, mutant));
      const { code, out, err } = denoRun("cmd/transcripts.ts", [story], {
        ...READ,
        cwd: directory,
      });
      assertEquals(code, 1, `${story} does not notice ${name}: ${out}${err}`);
      assertMatch(out, /^(changed|stopped) /, `${story} and ${name}: ${err}`);
      Deno.writeTextFileSync(path, source);
    }
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("transcripts: a story that has changed shows its difference, and can be written anew", () => {
  const directory = Deno.makeTempDirSync({ prefix: "rotor-transcripts-" });
  try {
    copyCode(ROOT, directory);
    const path = `${directory}/props/transcripts/figure-3.txt`;
    const text = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, text.replace("put sx cart=D1 as ann", "put sx cart=E1 as ann"));
    const play = (...args: string[]) =>
      denoRun("cmd/transcripts.ts", args, {
        permissions: ["--allow-read=.", "--allow-write=props/transcripts"],
        cwd: directory,
      });
    const changed = play("figure-3");
    assertEquals(changed.code, 1);
    assertStringIncludes(changed.out, "\n-sx stored     cart {sx:1}|D1@sx:1\n");
    assertStringIncludes(changed.out, "\n+sx stored     cart {sx:1}|E1@sx:1\n");
    assertMatch(changed.out, /^if this is right: deno task transcripts --rewrite figure-3$/m);
    assertEquals(play("figure-3", "--rewrite").out, "rewrote figure-3\n");
    assertEquals(play("figure-3").out, "same    figure-3\n");
    Deno.writeTextFileSync(path, text.replace("put sx cart=D1 as ann", "putt sx cart=D1"));
    const stopped = play("--rewrite", "figure-3");
    assertEquals(stopped.code, 1);
    assertMatch(
      stopped.out,
      /^props\/transcripts\/figure-3.txt:\d+: Cannot play "putt sx cart=D1"/m,
    );
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("transcripts: the list, the help, and wrong usage", () => {
  const list = denoRun("cmd/transcripts.ts", ["--list"], READ);
  assertEquals(list.out.split("\n").length - 1, transcriptNames().length);
  assertMatch(list.out, /^twins: Twins \(sections 4.4 and 5\)/m);
  assertMatch(
    denoRun("cmd/transcripts.ts", ["--help"], READ).out,
    /^duplicate FROM->TO \[KIND\]$/m,
  );
  const unknown = denoRun("cmd/transcripts.ts", ["figure3"], READ);
  assertEquals(unknown.code, 2);
  assertMatch(
    unknown.err,
    /^Cannot play figure3: there is no such transcript; near ones: figure-3/,
  );
  assertEquals(denoRun("cmd/transcripts.ts", ["--rewrit"], READ).code, 2);
});
