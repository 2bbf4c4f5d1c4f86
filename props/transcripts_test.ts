/**
 * The stories of `props/transcripts/` are what they were. Needs to read the repository, nothing else.
 */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { changesOf, readTranscript, transcriptNames } from "../cmd/transcripts.ts";
import { play, TranscriptError } from "./transcript.ts";
import { commandList, COMMANDS } from "./transcripts/commands.ts";
import { parse } from "./transcripts/text.ts";

const ROOT = new URL("..", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));

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

Deno.test("every command is in some story", () => {
  const used = new Set(
    transcriptNames().flatMap((name) =>
      parse(readTranscript(name).text).flatMap((piece) =>
        piece.kind === "scene" ? piece.commands.map(({ text }) => text.split(" ")[0]!) : []
      )
    ),
  );
  assertEquals(Object.keys(COMMANDS).filter((name) => !used.has(name)), []);
});

Deno.test("docs/transcripts.md has the commands, every story, and one whole, as they are", () => {
  const page = read("docs/transcripts.md");
  assertStringIncludes(page, `\n\`\`\`text\n${commandList()}\n\`\`\`\n`);
  assertStringIncludes(page, `\n\`\`\`text\n${readTranscript("mary-and-peter").text}\`\`\`\n`);
  for (const name of transcriptNames()) {
    assertStringIncludes(page, `(../props/transcripts/${name}.txt)`);
    assertStringIncludes(read("docs/paper.md"), `(../props/transcripts/${name}.txt)`);
  }
});

Deno.test("a command that makes no sense says where it stands, what was wanted, and what is near", () => {
  const refusals: [text: string, says: string][] = [
    [
      "# prose\n\ncluster n1\nputt n1 a=b\n",
      't.txt:4: Cannot play "putt n1 a=b": there is no such command; near ones: put',
    ],
    ["cluster n1 n1\n", "each node once wanted"],
    ["cluster N1\n", "Cannot name a node"],
    ["cluster n1 r=4\n", "r is 4, above n, which is 3"],
    ["cluster n1\nput n1 a=b w=\n", "an option w=VALUE wanted"],
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
