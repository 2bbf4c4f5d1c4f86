/**
 * The stories of `props/transcripts/` are what they were. Needs to read the repository, nothing else.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { changesOf, readTranscript, transcriptNames } from "../cmd/transcripts.ts";
import { play, TranscriptError } from "./transcript.ts";

for (const name of transcriptNames()) {
  Deno.test(`transcript: ${name}`, () => {
    const changes = changesOf(name);
    if (changes) throw new Error(`${name} has changed\n${changes}`);
  });
}

Deno.test("what is written down is not read: a transcript without it is played to the same end", () => {
  const { path, text } = readTranscript("mary-and-peter");
  const bare = text.replaceAll(/^----\n([^\n]+\n)*/gm, "");
  assertEquals(bare.includes("----"), false);
  assertEquals(play(bare, path), text);
});

Deno.test("a command that makes no sense says where it stands, what was wanted, and what is near", () => {
  const refusals: [text: string, says: string][] = [
    [
      "# prose\n\ncluster n1\nputt n1 a=b\n",
      't.txt:4: Cannot play "putt n1 a=b": there is no such command; near ones: put',
    ],
    ["put n1 a=b\n", "a cluster wanted before all else, got none"],
    ["cluster n1\nput n2 a=b\n", "a node wanted, got n2; near ones: n1"],
    ["cluster n1\nput n1 a\n", "KEY=VALUE wanted, got a\n  usage: put NODE KEY=VALUE"],
    ["cluster n1\nput n1 a=b q=1\n", "an option wanted, got q; near ones:"],
    ["cluster n1\nput n1 a=b loudly\n", "nothing more wanted, got loudly"],
    [
      "cluster n1 n2\nput n1 a=b\ndeliver n2->n1\n",
      "a message n2->n1 wanted, got only:\n  n1 stores     a {n1:1}|b@n1:1",
    ],
    ["cluster n1\nwait long\n", "a time such as 500ms or 10s wanted, got long"],
    ['cluster n1\nput n1 a="b\n', "a closing quote wanted"],
    ["----\n", "t.txt:1: a command wanted before ----"],
  ];
  for (const [text, says] of refusals) {
    assertThrows(() => play(text, "t.txt"), TranscriptError, says);
  }
});
