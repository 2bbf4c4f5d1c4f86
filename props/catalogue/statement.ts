/**
 * What a row of the catalogue is: one promise, in one plain sentence, and how far it is kept.
 *
 * A statement is not a check. Laws check statements (`props/law.ts`), often several laws one statement. A statement that
 * no law can check yet says which part of the work will bring what it speaks of, and it counts as unchecked until then.
 *
 * @module
 */

/** A part of the work that is still to come, by the name that its plan has. */
export type Part =
  | "Nodes come and go"
  | "The ring changes shape"
  | "Speed"
  | "One executable";

/** How much it matters: a store that breaks an `M` is no Dynamo; `S` should hold; `O` is a choice. */
export type Weight = "M" | "S" | "O";

/** One promise. */
export interface Statement {
  /** Its name for ever: a group's letters and a number. */
  readonly id: string;
  /** What is promised, in one sentence. */
  readonly says: string;
  /** Where it comes from: a section of the paper (`4.4`), a part of docs/protocol.md (`Part 1 b`), or `the suite`. */
  readonly section: string;
  readonly must: Weight;
  /** Nothing checks it: this part brings what it speaks of, or the means to check it. */
  readonly open?: Part;
  /** Laws check what is built; this part brings the rest of what it speaks of. */
  readonly more?: Part;
  /** Other statements have taken its place. */
  readonly superseded?: string;
  /** rotor has nothing that it could be about; why. */
  readonly absent?: string;
  /** Files with tests of it that are no laws of the registry, because they need a disk or a process. */
  readonly tests?: readonly string[];
}
