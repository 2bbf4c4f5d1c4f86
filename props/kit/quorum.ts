/**
 * The laws of a quorum (paper, section 4.5), for any implementation of them: when a request has heard enough, and when it
 * never will. The oracle counts the nodes that have answered, each time anew. Every case is looked at of up to 5 nodes,
 * and cases are drawn of up to 9: of what happens beyond these laws say nothing.
 *
 * @module
 */
import fc from "fast-check";
import { exhaustive, type Law, negative, random } from "../law.ts";
import { demand, demandEqual } from "./demand.ts";

/** What one node said. */
export interface Answer {
  /** Who. It may not have been asked, and it may say the same again: networks do that. */
  readonly node: string;
  /** True if the answer counts; false if it is an error. */
  readonly counts: boolean;
}

/** A request to several nodes. */
export interface QuorumRequest {
  /** The nodes that were asked, each once. */
  readonly asked: readonly string[];
  /** How many of them must have an answer that counts: R or W. At least 1. */
  readonly want: number;
  /** What was said so far, in order. Of what one node says, the first counts. */
  readonly answers: readonly Answer[];
}

/** `enough`: done. `hopeless`: no answer that is still to come could make it enough. `open`: wait. */
export type Decision = "enough" | "hopeless" | "open";

/** Somebody's quorum. */
export interface QuorumImplementation {
  /** What is to be done after these answers. */
  decide(request: QuorumRequest): Decision;
}

/** Most nodes in laws that look at every case. */
const MOST = 5;
/** Most nodes in laws that draw cases. */
const MOST_DRAWN = 9;

function nodes(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `n${i}`);
}

function subsets(all: readonly string[]): string[][] {
  return all.reduce<string[][]>(
    (sets, node) => sets.concat(sets.map((set) => [...set, node])),
    [[]],
  );
}

/**
 * The laws that a quorum keeps: Q1, Q2, Q5 and Q8.
 *
 * @example Count good answers and bad ones
 * ```ts
 * import { quorumLaws } from "./quorum.ts";
 * import { hold } from "../law.ts";
 *
 * quorumLaws({
 *   decide: ({ asked, want, answers }) => {
 *     const first = new Map(answers.toReversed().map(({ node, counts }) => [node, counts]));
 *     const said = asked.filter((node) => first.has(node));
 *     const good = said.filter((node) => first.get(node)).length;
 *     if (good >= want) return "enough";
 *     return good + asked.length - said.length < want ? "hopeless" : "open";
 *   },
 * }).forEach((law) => hold(law));
 * ```
 */
export function quorumLaws(implementation: QuorumImplementation): Law[] {
  const quorum = implementation;
  /** The sets of nodes whose good answers are enough. */
  const enoughOf = (n: number, want: number) =>
    subsets(nodes(n)).filter((set) => {
      const answers = set.map((node) => ({ node, counts: true }));
      return quorum.decide({ asked: nodes(n), want, answers }) === "enough";
    });
  /** A read and a write that were both enough and have no node in common, or undefined. */
  const missed = (n: number, r: number, w: number) =>
    enoughOf(n, r).flatMap((readers) => enoughOf(n, w).map((writers) => ({ readers, writers })))
      .find(({ readers, writers }) => !readers.some((node) => writers.includes(node)));
  const request = fc.record({
    asked: fc.integer({ min: 1, max: MOST_DRAWN }).map(nodes),
    want: fc.integer({ min: 1, max: MOST_DRAWN + 1 }),
    answers: fc.array(
      fc.record({ node: fc.constantFrom(...nodes(MOST_DRAWN + 1)), counts: fc.boolean() }),
      { maxLength: MOST_DRAWN + 5, size: "max" },
    ),
  });
  return [
    exhaustive(
      "Q1",
      `whoever reads enough meets whoever wrote enough, if R + W > N, for all N to ${MOST}`,
      () => {
        for (const { n, r, w } of numbers()) {
          if (r + w <= n) continue;
          const found = missed(n, r, w);
          demand(found === undefined, () => `N=${n} R=${r} W=${w}: ${JSON.stringify(found)}`);
          demand(enoughOf(n, r).length > 0, () => `N=${n}: no answers are enough for R=${r}`);
        }
      },
    ),
    negative("Q2", `some read misses some write, if R + W <= N, for all N to ${MOST}`, (run) => {
      let smallest = "";
      for (const { n, r, w } of numbers()) {
        if (r + w > n) continue;
        const found = missed(n, r, w);
        demand(found !== undefined, () => `N=${n} R=${r} W=${w}: more is waited for than wanted`);
        smallest ||=
          `N=${n} R=${r} W=${w}: written to ${found?.writers}, read from ${found?.readers}`;
      }
      run.note(smallest);
    }),
    random(
      "Q5",
      "enough means enough nodes, hopeless that there are too few left, and neither too late",
      (run) => {
        run.forAll(request, ({ asked, want, answers }) => {
          for (let told = 0; told <= answers.length; told++) {
            const heard = answers.slice(0, told);
            const first = asked.map((node) => heard.find((answer) => answer.node === node));
            const good = first.filter((answer) => answer?.counts).length;
            const silent = first.filter((answer) => answer === undefined).length;
            const wanted = good >= want ? "enough" : good + silent < want ? "hopeless" : "open";
            const got = quorum.decide({ asked, want, answers: heard });
            demandEqual(got, wanted, () => `${good} of ${want}, ${silent} silent`);
          }
          return true;
        });
      },
    ),
    random("Q5", "what is decided stays decided, whatever else is said", (run) => {
      run.forAll(request, ({ asked, want, answers }) => {
        const said = answers.map((_, i) =>
          quorum.decide({ asked, want, answers: answers.slice(0, i + 1) })
        );
        const first = said.findIndex((decision) => decision !== "open");
        const after = first < 0 ? [] : said.slice(first);
        return demand(after.every((decision) => decision === after[0]), () => `said ${said}`);
      });
    }),
    random("Q8", "no node counts twice, and none that was not asked", (run) => {
      run.forAll(request, ({ asked, want, answers }) => {
        const once = answers.filter(({ node }, i) =>
          asked.includes(node) && answers.findIndex((answer) => answer.node === node) === i
        );
        const [got, wanted] = [answers, once].map((answers) =>
          quorum.decide({ asked, want, answers })
        );
        return demandEqual(got, wanted, () => "with repetitions and strangers");
      });
    }),
  ];
}

/** All N, R and W of the small scope, smallest first. */
function* numbers(): Generator<{ n: number; r: number; w: number }> {
  for (let n = 1; n <= MOST; n++) {
    for (let r = 1; r <= n; r++) for (let w = 1; w <= n; w++) yield { n, r, w };
  }
}
