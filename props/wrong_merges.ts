/**
 * Merges that somebody has believed in, each of which loses writes or brings them back. Laws search for what goes wrong
 * with them, and `counterexamples.ts` keeps what was found.
 *
 * @module
 */
import { compareDots, type Dot } from "../src/id.ts";
import { type Container, holds, sync } from "../src/version/siblings.ts";
import { view } from "../src/version/view.ts";

/** A merge of two containers. */
export type Merge = (a: Container, b: Container) => Container;

/** Of versions with one write id, only the least by `order` stays. */
function fold(container: Container, order: (a: Dot, b: Dot) => number): Container {
  const isFirst = (dot: Dot, writeId: string) =>
    container.siblings.every((other) =>
      other.version.writeId !== writeId || order(dot, other.dot) <= 0
    );
  return {
    ...container,
    siblings: container.siblings.filter(({ dot, version }) => isFirst(dot, version.writeId)),
  };
}

/** Twins, which are one client's put that was coordinated twice, are folded onto the least dot. */
export const foldLeast: Merge = (a, b) => fold(sync(a, b), compareDots);

/** Twins are folded onto the one that was here first. */
export const foldFirst: Merge = (a, b) => {
  const rank = (dot: Dot) => (holds(a, dot) ? 0 : 1);
  return fold(sync(a, b), (x, y) => rank(x) - rank(y));
};

/** Of the joined versions only the one with the greatest (stamp, dot) stays. */
export const lastWriterMerge: Merge = (a, b) => {
  const joined = sync(a, b);
  return { ...joined, siblings: view(joined, { latestOnly: true, wallMs: 0 }) };
};

/** What a node's clock calls expired is dropped, and stays covered. */
export function expiringMerge(wallMs: number): Merge {
  return (a, b) => {
    const joined = sync(a, b);
    return { ...joined, siblings: view(joined, { latestOnly: false, wallMs }) };
  };
}

/** Siblings with equal bytes are one. */
export const foldEqualBytes: Merge = (a, b) => {
  const joined = sync(a, b);
  const firsts = joined.siblings.map(({ version }) => `${version.content}`);
  return {
    ...joined,
    siblings: joined.siblings.filter(({ version }, i) =>
      firsts.indexOf(`${version.content}`) === i
    ),
  };
};

/** What a container's versions say. */
export function textsOf({ siblings }: Container): string[] {
  return siblings.map(({ version }) => String.fromCharCode(...version.content));
}
