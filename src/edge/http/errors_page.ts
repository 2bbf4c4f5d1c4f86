/**
 * `docs/errors.md`, made from the one table of errors, so that it cannot say what is not so. `GET /errors` shows it too.
 *
 * To write it anew: `deno run --allow-write=docs src/edge/http/errors_page.ts`.
 *
 * @module
 */
import { type ErrorKind, type ErrorRow, ERRORS } from "../../protocol/error.ts";

const INTRODUCTION = `<!-- deno-fmt-ignore-file -->

# Errors

<!-- Generated from src/protocol/error.ts by src/edge/http/errors_page.ts. Do not edit. -->

Every failure is answered with \`application/problem+json\` (RFC 9457):

| member | says |
| --- | --- |
| \`type\` | \`/errors/KIND\`: a path of the node, which explains the kind |
| \`title\` | the kind, in a sentence |
| \`status\` | the status code |
| \`detail\` | this failure, in a sentence: what was wanted and what was got |
| \`definite\` | true: nothing was written, and nothing will be; false: it may have been, or may yet be |
| \`want\`, \`got\` | the same by quorum, as \`{"w": 2}\` and \`{"w": 1}\`; left out where no quorum was missed |
| \`replicas\` | who was asked, and what each said: \`[{"node", "role", "seat", "said"}]\`; left out where nobody was asked |

A request whose \`definite\` is false may have happened. Read the key before you write again: each version shows its
\`X-Rotor-Write-Id\`, which is the one that the failed answer carried.

| kind | status | definite | whose fault | title |
| --- | --- | --- | --- | --- |
`;

/** The page, as Markdown. */
export function errorsPage(): string {
  const rows = Object.entries(ERRORS) as [ErrorKind, ErrorRow][];
  const table = rows.map(([kind, { status, definite, fault, title }]) =>
    `| [${kind}](#${kind}) | ${status} | ${definite} | the ${fault}'s | ${title} |\n`
  );
  const sections = rows.map(([kind]) => `\n## ${kind}\n\n${errorText(kind)}`);
  return INTRODUCTION + table.join("") + sections.join("");
}

/** What one kind means, in a few lines. */
export function errorText(kind: ErrorKind): string {
  const { status, title, doc }: ErrorRow = ERRORS[kind];
  return `${status}: ${title}. ${doc}\n`;
}

/** True if there is such a kind. */
export function isErrorKind(text: string): text is ErrorKind {
  return Object.hasOwn(ERRORS, text);
}

if (import.meta.main) Deno.writeTextFileSync("docs/errors.md", errorsPage());
