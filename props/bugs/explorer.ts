/**
 * Known bugs, put back one at a time, and what the explorer says of each: the law that breaks, and how long
 * the shortest way there is. Breadth first, so that number is exact; `cmd/explore_bugs_test.ts` holds it.
 *
 * A bug is one mistake of `props/mutants/`, or two where one alone does no harm.
 *
 * @module
 */

/** One bug. */
export interface ExplorerBug {
  /** What is wrong, in a clause. */
  readonly bug: string;
  /** Names of mutants that make it. */
  readonly mutants: readonly string[];
  /** What `rotor explore` is asked. */
  readonly explore: readonly string[];
  /** How what it finds begins. */
  readonly broken: string;
  /** Moves on the shortest way to it. */
  readonly moves: number;
}

/** Every bug that the explorer is known to find. */
export const explorerBugs: readonly ExplorerBug[] = [
  {
    bug: "an actor is counted on after a restart, though the disk may have gone back in time",
    mutants: ["actor-of-any-boot"],
    explore: ["pair"],
    broken: "V12",
    moves: 5,
  },
  {
    bug: "the own actor is read off the clock: dots are used again after a loss",
    mutants: ["actor-from-clock"],
    explore: ["pair"],
    broken: "V12",
    moves: 5,
  },
  {
    bug: "one counter for all actors of a node; the container's own check is out of the way",
    mutants: ["counter-of-the-node", "dot-with-a-gap"],
    explore: ["pair-fails"],
    broken: "V14",
    moves: 3,
  },
  {
    bug: "the same, and the check stands",
    mutants: ["counter-of-the-node"],
    explore: ["pair-fails"],
    broken: "n1 throws",
    moves: 3,
  },
  {
    bug: "a failed store does not burn its actor",
    mutants: ["actor-survives-failed-store"],
    explore: ["pair-fails"],
    broken: "V12",
    moves: 4,
  },
  {
    bug:
      "after a failed store the actor skips a counter; the container's own check is out of the way",
    mutants: ["skip-a-counter", "dot-with-a-gap"],
    explore: ["pair-fails"],
    broken: "V14",
    moves: 3,
  },
  {
    bug: "a failed store is taken for a good one",
    mutants: ["store-never-fails"],
    explore: ["pair-fails"],
    broken: "V12",
    moves: 5,
  },
  {
    bug: "a put replaces all that its coordinator holds",
    mutants: ["context-is-everything"],
    explore: ["pair"],
    broken: "V14",
    moves: 2,
  },
  {
    bug: "a blind put replaces all that its coordinator holds",
    mutants: ["blind-put-covers"],
    explore: ["pair"],
    broken: "V14",
    moves: 2,
  },
  {
    bug: "a put replaces nothing",
    mutants: ["context-ignored"],
    explore: ["pair"],
    broken: "V14",
    moves: 6,
  },
  {
    bug: "a copy is acknowledged before it is stored",
    mutants: ["acknowledged-before-stored"],
    explore: ["pair"],
    broken: "S1",
    moves: 6,
  },
  {
    bug: "the coordinator counts its own copy before it is stored",
    mutants: ["own-copy-counted-early"],
    explore: ["pair"],
    broken: "S1",
    moves: 6,
  },
  {
    bug: "a copy that is on its way to the disk is acknowledged when it comes again",
    mutants: ["news-acknowledged-in-memory"],
    explore: ["pair"],
    broken: "S1",
    moves: 8,
  },
  {
    bug: "one acknowledgement too few is waited for",
    mutants: ["one-short"],
    explore: ["pair"],
    broken: "S1",
    moves: 4,
  },
  {
    bug: "the disk is given the old record",
    mutants: ["store-of-the-old-record"],
    explore: ["pair"],
    broken: "V12",
    moves: 8,
  },
  {
    bug: "a received copy replaces what is held",
    mutants: ["copy-overwrites"],
    explore: ["pair"],
    broken: "n2 throws",
    moves: 5,
  },
  {
    bug: "merging keeps the last writer's value alone",
    mutants: ["last-writer-in-merge"],
    explore: ["pair"],
    broken: "V14",
    moves: 3,
  },
  {
    bug: "merging keeps what was overwritten",
    mutants: ["join-keeps-all"],
    explore: ["pair"],
    broken: "V14",
    moves: 6,
  },
  {
    bug: "merging keeps only what both hold",
    mutants: ["join-keeps-common"],
    explore: ["pair"],
    broken: "V14",
    moves: 2,
  },
  {
    bug: "an old repair replaces what is held",
    mutants: ["old-repair-overwrites"],
    explore: ["pair-damage"],
    broken: "S1",
    moves: 14,
  },
  {
    bug: "a read shows what is only in memory",
    mutants: ["read-from-memory"],
    explore: ["pair-damage"],
    broken: "S3",
    moves: 4,
  },
  {
    bug: "a silent coordinator is passed over: twin writes",
    mutants: ["retry-with-a-new-dot"],
    explore: ["entry-twice"],
    broken: "Q18",
    moves: 4,
  },
  {
    bug: "what comes of twins: an overwritten value is back",
    mutants: ["retry-with-a-new-dot"],
    explore: [
      "entry-twice",
      "--twins",
      "--puts",
      "2",
      "--timers",
      "1",
      "--doubles",
      "0",
      "--crashes",
      "0",
    ],
    broken: "V14",
    moves: 10,
  },
  {
    bug: "twins are folded, the least dot stays: it is back all the same",
    mutants: ["retry-with-a-new-dot", "fold-least"],
    explore: [
      "entry-twice",
      "--twins",
      "--puts",
      "2",
      "--timers",
      "1",
      "--doubles",
      "0",
      "--crashes",
      "0",
    ],
    broken: "V14",
    moves: 10,
  },
  {
    bug: "twins are folded, the first one stays: both are lost",
    mutants: ["retry-with-a-new-dot", "fold-first"],
    explore: [
      "entry-twice",
      "--twins",
      "--puts",
      "2",
      "--timers",
      "1",
      "--doubles",
      "0",
      "--crashes",
      "0",
    ],
    broken: "V14",
    moves: 8,
  },
  {
    bug: "a forward that comes twice is coordinated twice",
    mutants: ["forward-twice"],
    explore: ["entry-twice"],
    broken: "Q18",
    moves: 4,
  },
  {
    bug: "a lost put is given to another coordinator",
    mutants: ["lost-is-tried-again"],
    explore: ["entry-refused"],
    broken: "Q18",
    moves: 5,
  },
  {
    bug: "a put that may have happened is given to another coordinator",
    mutants: ["failure-is-tried-again"],
    explore: ["entry-twice"],
    broken: "Q18",
    moves: 5,
  },
  {
    bug: "a process answers for the one before it",
    mutants: ["fenced-by-the-newborn"],
    explore: ["entry-twice"],
    broken: "Q18",
    moves: 8,
  },
  {
    bug: "a fence is not remembered",
    mutants: ["fence-not-remembered"],
    explore: ["entry-twice"],
    broken: "Q18",
    moves: 6,
  },
  {
    bug: "a refusal is not remembered",
    mutants: ["refusal-not-remembered"],
    explore: ["entry-twice"],
    broken: "Q18",
    moves: 6,
  },
  {
    bug: "a get does not look at its session",
    mutants: ["session-unasked"],
    explore: ["pair-session"],
    broken: "S20",
    moves: 3,
  },
  {
    bug: "a client is answered twice",
    mutants: ["put-answers-again"],
    explore: ["pair-slow-reads"],
    broken: "Q14",
    moves: 3,
  },
  {
    bug: "a hint goes when it has been sent",
    mutants: ["hint-deleted-on-send"],
    explore: ["hints"],
    broken: "S1",
    moves: 10,
  },
  {
    bug: "an acknowledgement of an older copy deletes the hint, and what came to it since",
    mutants: ["hint-deleted-without-a-look"],
    explore: ["hints-two"],
    broken: "S1",
    moves: 19,
  },
  {
    bug: "a fallback that keeps nothing says for a replica that there is nothing",
    mutants: ["empty-fallback-counts"],
    explore: ["hints-reads"],
    broken: "Q16",
    moves: 7,
  },
  {
    bug: "a fallback that has no room says that it keeps the copy",
    mutants: ["full-fallback-acknowledges"],
    explore: ["hints-full"],
    broken: "S1",
    moves: 13,
  },
  {
    bug: "the next copy for the same owner replaces its hint",
    mutants: ["hint-overwritten"],
    explore: ["hints-two"],
    broken: "S1",
    moves: 13,
  },
  {
    bug: "a put is coordinated by its entry node although a silent coordinator may have issued it",
    mutants: ["stands-in-while-it-may-be-issued"],
    explore: ["hints"],
    broken: "Q18",
    moves: 3,
  },
  {
    bug: "deleted keys are forgotten when their leader alone agrees",
    mutants: ["leader-asks-itself"],
    explore: ["settle"],
    broken: "S16",
    moves: 8,
  },
  {
    bug: "they are forgotten when all have agreed once",
    mutants: ["one-round"],
    explore: ["settle"],
    broken: "S16",
    moves: 7,
  },
  {
    bug: "who may keep a copy for a replica is not asked",
    mutants: ["fallbacks-unasked"],
    explore: ["settle"],
    broken: "S16",
    moves: 12,
  },
  {
    bug: "what is kept for others is not looked at",
    mutants: ["hints-unseen"],
    explore: ["settle"],
    broken: "S16",
    moves: 16,
  },
  {
    bug: "the second round begins M after the first",
    mutants: ["gap-of-m"],
    explore: ["settle"],
    broken: "S16",
    moves: 14,
  },
];
