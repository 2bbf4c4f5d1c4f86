/**
 * Everything that a Dynamo-style store should keep, as far as we know: one row a promise, whether rotor checks it yet or not.
 *
 * The ids are names for ever. Tests, messages of failures, pages and comments use them.
 *
 * @module
 */
import { admission } from "./admission.ts";
import { exploration } from "./exploration.ts";
import { handoff } from "./handoff.ts";
import { harness } from "./harness.ts";
import { membership } from "./membership.ts";
import { merkle } from "./merkle.ts";
import { quorums, repairs } from "./requests.ts";
import { ring } from "./ring.ts";
import { siblings } from "./siblings.ts";
import type { Statement } from "./statement.ts";
import { system } from "./system.ts";
import { versions } from "./versions.ts";

/** Statements about one thing, which share the letters of their ids. */
export interface Chapter {
  /** The letters before the number. */
  readonly letters: string;
  /** What it is about. */
  readonly title: string;
  /** By number. */
  readonly statements: readonly Statement[];
}

/** The catalogue, in the order of the page. */
export const chapters: readonly Chapter[] = [
  { letters: "V", title: "Clocks and dots", statements: versions },
  { letters: "D", title: "Siblings", statements: siblings },
  { letters: "R", title: "The ring", statements: ring },
  { letters: "Q", title: "Quorums", statements: quorums },
  { letters: "RR", title: "Read repair", statements: repairs },
  { letters: "H", title: "Hinted handoff", statements: handoff },
  { letters: "M", title: "Anti-entropy", statements: merkle },
  { letters: "A", title: "Admission", statements: admission },
  { letters: "G", title: "Membership", statements: membership },
  { letters: "S", title: "The whole", statements: system },
  { letters: "X", title: "Exploration", statements: exploration },
  { letters: "T", title: "The suite itself", statements: harness },
];

/** Every statement. */
export const statements: readonly Statement[] = chapters.flatMap(({ statements }) => statements);
