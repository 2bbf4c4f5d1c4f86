/**
 * S: the whole. What a client may rely on, over any history of a cluster.
 *
 * @module
 */
import type { Statement } from "./statement.ts";

/** The statements of group S. */
export const system: readonly Statement[] = [
  {
    id: "S1",
    says:
      "No acknowledged write is lost: once all is healed, every acknowledged value is there that no put had seen and replaced.",
    section: "1",
    must: "M",
  },
  {
    id: "S2",
    says:
      "Once all is healed, exactly the expected siblings are there: nothing lost, nothing risen.",
    section: "4.4",
    must: "M",
  },
  {
    id: "S3",
    says:
      "A write of which nobody knows may or may not appear; once it was seen, it is kept like an acknowledged one.",
    section: "4.5",
    must: "M",
  },
  {
    id: "S4",
    says: "No value is read that was never written.",
    section: "4.5",
    must: "M",
  },
  {
    id: "S5",
    says:
      "One put makes at most one dot; a client that repeats one of unknown end may make a second.",
    section: "Part 1 a",
    must: "M",
  },
  {
    id: "S6",
    says: "A read beside other requests answers what was possible at some moment of its duration.",
    section: "4.5",
    must: "S",
  },
  {
    id: "S7",
    says: "How often and how long reads are stale is reported; no bound is promised.",
    section: "6.3",
    must: "S",
  },
  {
    id: "S8",
    says: "Strict quorums alone keep the four guarantees of a session.",
    section: "4.5",
    must: "O",
    superseded: "S20: the claim is false even for strict quorums",
  },
  {
    id: "S9",
    says: "When all is quiet and connected, the replicas of each key come to be identical.",
    section: "4.4",
    must: "M",
  },
  {
    id: "S10",
    says:
      "A deleted key stays deleted, and one that is made again is not eaten by its old tombstone, which goes only when all" +
      " primaries have it.",
    section: "4.4",
    must: "M",
  },
  {
    id: "S11",
    says: "On every replica the history of dots has no cycle and no gap.",
    section: "4.4",
    must: "M",
  },
  {
    id: "S12",
    says:
      "An acknowledged write survives any number of crashes, and the loss of all but one of the disks that had to have it.",
    section: "2.3",
    must: "M",
  },
  {
    id: "S13",
    says:
      "The store is a map: after any writes, reads, crashes and reopenings it holds what it said.",
    section: "5",
    must: "M",
    tests: [
      "src/edge/storage/conformance.ts",
      "src/edge/storage/store_conformance.ts",
      "src/edge/storage/group_commit_test.ts",
    ],
  },
  {
    id: "S14",
    says: "A replica that comes back empty breaks neither S1 nor S2.",
    section: "4.7",
    must: "M",
  },
  {
    id: "S15",
    says: "While W nodes can be reached, puts succeed in time, with the exceptions of Q15.",
    section: "4.6",
    must: "M",
  },
  {
    id: "S16",
    says: "An event that was dead at all primaries is live nowhere later.",
    section: "Part 1 c",
    must: "M",
  },
  {
    id: "S17",
    says: "Each of the ten weaker ways of reaping is shown to bring something back.",
    section: "Part 1 c",
    must: "M",
  },
  {
    id: "S18",
    says: "A message for another boot, or above its age, changes nothing.",
    section: "Part 1 c",
    must: "M",
  },
  {
    id: "S19",
    says: "Restoring a backup that is young enough brings nothing back; an older one is refused.",
    section: "Part 1 c",
    must: "M",
  },
  {
    id: "S20",
    says:
      "With session contexts clients read their writes, never go back, and write after what they read, under any quorum;" +
      " without them a read that goes back is found.",
    section: "Part 1 e",
    must: "M",
  },
  {
    id: "S21",
    says: "A damaged record is absent, and never empty with its clock.",
    section: "Part 1 g",
    must: "M",
    tests: ["src/edge/storage/damage_test.ts", "src/edge/storage/newer_test.ts"],
  },
  {
    id: "S22",
    says: "What a DW below W can lose is found, and it is no more than that.",
    section: "Part 1 h",
    must: "M",
  },
  {
    id: "S23",
    says: "A large value is never torn by a crash, and pieces that nobody needs are swept.",
    section: "Part 1 h",
    must: "M",
    tests: ["src/edge/storage/crash_test.ts", "src/edge/storage/kill_test.ts"],
  },
  {
    id: "S24",
    says: "A second process on one store shuts the first out at its next commit.",
    section: "Part 1 h",
    must: "M",
    tests: ["src/edge/storage/record_store_test.ts", "cmd/serve_test.ts"],
  },
  {
    id: "S25",
    says:
      "A node whose disk is full only reads: it refuses copies and puts, definitely and without a dot, others take its place, and it takes its share again when there is room.",
    section: "2.3",
    must: "M",
    tests: ["src/edge/storage/quota_test.ts", "cmd/full_disk_test.ts"],
  },
];
