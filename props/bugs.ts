/**
 * Known bugs of stores like this one, as curated mutants (`mutants/`): each has lost or resurrected acknowledged writes
 * somewhere, or would by a trace of docs/protocol.md. The simulator or the explorer must find every one of them in whole
 * clusters, by what clients and disks see, and not by a law about the line that is wrong.
 *
 * @module
 */

/** A known bug. */
export interface Bug {
  /** The mutant that puts it back. */
  readonly mutant: string;
  /** Who has had it, or which rule of docs/protocol.md it breaks. */
  readonly known: string;
  /** A world that shows it: the first, when it was last searched for from seed 1. */
  readonly world: number;
  /** The law that it breaks there; `rule` is a check of the core itself. */
  readonly law: string;
}

/** All bugs that concern what is built. */
export const BUGS: readonly Bug[] = [
  {
    mutant: "actor-from-clock",
    known: "dot reuse after amnesia: Riak #679, #1094, #1643; Part 1 b",
    world: 1,
    law: "V16",
  },
  {
    mutant: "actor-of-any-boot",
    known: "a durable counter under a restored backup; Part 1 b",
    world: 2,
    law: "V15",
  },
  {
    mutant: "actor-survives-failed-store",
    known: "a failed store that does not burn its actor; Part 1 b",
    world: 1,
    law: "V16",
  },
  {
    mutant: "skip-a-counter",
    known: "after a failed store the counter is merely skipped; Part 1 b",
    world: 1,
    law: "V16",
  },
  {
    mutant: "counter-of-the-node",
    known: "one counter a node, which claims what it never saw; Part 1 b",
    world: 1,
    law: "rule",
  },
  {
    mutant: "retry-with-a-new-dot",
    known: "a lost forward acknowledgement makes twins: Riak #627, #1188, #1754; Part 1 a",
    world: 8,
    law: "Q18",
  },
  {
    mutant: "lost-is-tried-again",
    known: "a put of unknown end is given to another coordinator; Part 1 a",
    world: 43,
    law: "Q18",
  },
  {
    mutant: "failure-is-tried-again",
    known: "an indefinite failure is taken for a refusal; Part 1 a",
    world: 1,
    law: "Q18",
  },
  {
    mutant: "forward-twice",
    known: "a doubled forward is coordinated twice; Part 1 a",
    world: 33,
    law: "Q18",
  },
  {
    mutant: "fenced-by-the-newborn",
    known: "a restarted coordinator fences what it may have issued; Part 1 a",
    world: 14,
    law: "Q18",
  },
  {
    mutant: "fence-not-remembered",
    known: "a fenced put is issued when it comes late; Part 1 a",
    world: 153,
    law: "Q18",
  },
  {
    mutant: "refusal-not-remembered",
    known: "a second copy of a refused forward is coordinated; Part 1 a",
    world: 220,
    law: "Q18",
  },
  {
    mutant: "context-is-everything",
    known: "the context used as a full overwrite",
    world: 1,
    law: "V14",
  },
  { mutant: "context-ignored", known: "the context ignored", world: 2, law: "V14" },
  {
    mutant: "blind-put-covers",
    known: "last writer wins by default: Jepsen on Riak and Cassandra",
    world: 1,
    law: "V14",
  },
  {
    mutant: "last-writer-in-merge",
    known: "last writer wins inside merge; Part 1 d",
    world: 1,
    law: "V14",
  },
  {
    mutant: "vector-instead-of-dot",
    known: "plain version vectors lose a blind write: DVVSet's anomaly 1",
    world: 1,
    law: "V14",
  },
  {
    mutant: "join-keeps-all",
    known: "merge never drops: sibling explosion, resurrection",
    world: 2,
    law: "V14",
  },
  {
    mutant: "join-keeps-common",
    known: "merge drops what only one side has",
    world: 1,
    law: "V14",
  },
  {
    mutant: "join-revives-theirs",
    known: "merge revives what was overwritten",
    world: 2,
    law: "V14",
  },
  { mutant: "dedupe-by-payload", known: "two writes of equal bytes are one", world: 1, law: "V14" },
  { mutant: "merge-least", known: "clocks merged by the least", world: 1, law: "V14" },
  {
    mutant: "acknowledged-before-stored",
    known: "acknowledged before the sync",
    world: 1,
    law: "Q5",
  },
  {
    mutant: "own-copy-counted-early",
    known: "the coordinator's copy counted before its sync",
    world: 1,
    law: "Q5",
  },
  {
    mutant: "news-acknowledged-in-memory",
    known: "a known copy acknowledged from memory",
    world: 1,
    law: "Q5",
  },
  {
    mutant: "read-from-memory",
    known: "a read shows what a crash takes back",
    world: 96,
    law: "S3",
  },
  { mutant: "store-never-fails", known: "a failed store counted", world: 1, law: "V12" },
  { mutant: "failure-counts", known: "a replica's failure counted toward W", world: 1, law: "Q5" },
  { mutant: "one-short", known: "a quorum one short", world: 1, law: "Q5" },
  {
    mutant: "copy-overwrites",
    known: "replicas overwrite instead of merging",
    world: 1,
    law: "RR4",
  },
  {
    mutant: "old-repair-overwrites",
    known: "read repair rolls a replica back",
    world: 1,
    law: "RR4",
  },
  {
    mutant: "last-reply-wins",
    known: "a read answers the last reply, not the merge",
    world: 13,
    law: "Q16",
  },
  {
    mutant: "store-of-the-old-record",
    known: "the cache is updated, the disk is not",
    world: 1,
    law: "Q5",
  },
  {
    mutant: "session-unasked",
    known: "a session's read does not wait for what it has seen; Part 1 e",
    world: 9,
    law: "S20",
  },
  {
    mutant: "delete-is-easily-content",
    known: "a delete taken for a repeated one",
    world: 124,
    law: "S2",
  },
  {
    mutant: "hint-overwritten",
    known: "the next copy for an owner replaces its hint",
    world: 121,
    law: "Q5",
  },
  {
    mutant: "hint-lost-at-restart",
    known: "hints are forgotten at a restart: riak_core #154, riak_kv #847",
    world: 8,
    law: "H3",
  },
  {
    mutant: "hint-deleted-on-send",
    known: "a hint deleted when it is sent",
    world: 101,
    law: "S1",
  },
  {
    mutant: "full-fallback-acknowledges",
    known: "a copy for which there was no room counted",
    world: 39,
    law: "Q5",
  },
  {
    mutant: "seat-counted-twice",
    known: "a replica and its stand-in are counted for two",
    world: 268,
    law: "H3",
  },
  {
    mutant: "suspicion-reassigns",
    known: "who is suspected loses its ranges to others",
    world: 14,
    law: "S15",
  },
  {
    mutant: "leader-asks-itself",
    known: "a tombstone goes when one replica thinks so; Part 1 c",
    world: 129,
    law: "V14",
  },
  {
    mutant: "one-round",
    known: "a tombstone goes when all have agreed once; Part 1 c",
    world: 358,
    law: "S16",
  },
];

/** The bugs as a table in Markdown. */
export function bugsOfWorldsTable(): string {
  const rows = BUGS.map(({ mutant, known, world, law }) =>
    `| ${known} | ${mutant} | ${world} | ${law} |\n`
  );
  return `| bug | mutant | world | law |\n| --- | --- | --: | --- |\n${rows.join("")}`;
}
