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
}

/** All bugs that concern what is built. */
export const BUGS: readonly Bug[] = [
  {
    mutant: "actor-from-clock",
    known: "dot reuse after amnesia: Riak #679, #1094, #1643; Part 1 b",
  },
  { mutant: "actor-of-any-boot", known: "a durable counter under a restored backup; Part 1 b" },
  {
    mutant: "actor-survives-failed-store",
    known: "a failed store that does not burn its actor; Part 1 b",
  },
  {
    mutant: "skip-a-counter",
    known: "after a failed store the counter is merely skipped; Part 1 b",
  },
  {
    mutant: "counter-of-the-node",
    known: "one counter a node, which claims what it never saw; Part 1 b",
  },
  {
    mutant: "retry-with-a-new-dot",
    known: "a lost forward acknowledgement makes twins: Riak #627, #1188, #1754; Part 1 a",
  },
  {
    mutant: "lost-is-tried-again",
    known: "a put of unknown end is given to another coordinator; Part 1 a",
  },
  {
    mutant: "failure-is-tried-again",
    known: "an indefinite failure is taken for a refusal; Part 1 a",
  },
  { mutant: "forward-twice", known: "a doubled forward is coordinated twice; Part 1 a" },
  {
    mutant: "fenced-by-the-newborn",
    known: "a restarted coordinator fences what it may have issued; Part 1 a",
  },
  { mutant: "fence-not-remembered", known: "a fenced put is issued when it comes late; Part 1 a" },
  {
    mutant: "refusal-not-remembered",
    known: "a second copy of a refused forward is coordinated; Part 1 a",
  },
  { mutant: "context-is-everything", known: "the context used as a full overwrite" },
  { mutant: "context-ignored", known: "the context ignored" },
  {
    mutant: "blind-put-covers",
    known: "last writer wins by default: Jepsen on Riak and Cassandra",
  },
  { mutant: "last-writer-in-merge", known: "last writer wins inside merge; Part 1 d" },
  {
    mutant: "vector-instead-of-dot",
    known: "plain version vectors lose a blind write: DVVSet's anomaly 1",
  },
  { mutant: "join-keeps-all", known: "merge never drops: sibling explosion, resurrection" },
  { mutant: "join-keeps-common", known: "merge drops what only one side has" },
  { mutant: "join-revives-theirs", known: "merge revives what was overwritten" },
  { mutant: "dedupe-by-payload", known: "two writes of equal bytes are one" },
  { mutant: "merge-least", known: "clocks merged by the least" },
  { mutant: "acknowledged-before-stored", known: "acknowledged before the sync" },
  { mutant: "own-copy-counted-early", known: "the coordinator's copy counted before its sync" },
  { mutant: "news-acknowledged-in-memory", known: "a known copy acknowledged from memory" },
  { mutant: "read-from-memory", known: "a read shows what a crash takes back" },
  { mutant: "store-never-fails", known: "a failed store counted" },
  { mutant: "failure-counts", known: "a replica's failure counted toward W" },
  { mutant: "one-short", known: "a quorum one short" },
  { mutant: "copy-overwrites", known: "replicas overwrite instead of merging" },
  { mutant: "old-repair-overwrites", known: "read repair rolls a replica back" },
  {
    mutant: "repair-with-its-own",
    known: "read repair sends a replica its own value: Voldemort #92, #150",
  },
  {
    mutant: "repair-skips-the-empty",
    known: "read repair skips replicas that have nothing: Voldemort #150",
  },
  { mutant: "last-reply-wins", known: "a read answers the last reply, not the merge" },
  { mutant: "store-of-the-old-record", known: "the cache is updated, the disk is not" },
  {
    mutant: "session-unasked",
    known: "a session's read does not wait for what it has seen; Part 1 e",
  },
  { mutant: "delete-is-easily-content", known: "a delete taken for a repeated one" },
  { mutant: "hint-overwritten", known: "the next copy for an owner replaces its hint" },
  {
    mutant: "hint-lost-at-restart",
    known: "hints are forgotten at a restart: riak_core #154, riak_kv #847",
  },
  { mutant: "hint-deleted-on-send", known: "a hint deleted when it is sent" },
  { mutant: "full-fallback-acknowledges", known: "a copy for which there was no room counted" },
  { mutant: "seat-counted-twice", known: "a replica and its stand-in are counted for two" },
  { mutant: "suspicion-reassigns", known: "who is suspected loses its ranges to others" },
];
