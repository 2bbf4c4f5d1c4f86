/**
 * G: membership. Who is in the cluster, who serves what, and how both change while requests go on.
 *
 * @module
 */
import type { Statement } from "./statement.ts";

const PART = { must: "M", open: "The ring changes shape" } as const;

/** The statements of group G. */
export const membership: readonly Statement[] = [
  {
    id: "G1",
    says:
      "Joining what two nodes know is commutative, associative and idempotent, and loses neither.",
    section: "4.8.1",
    must: "M",
  },
  {
    id: "G2",
    says: "One id, one content: no field of a change can be altered under its id.",
    section: "Part 2 a",
    must: "M",
  },
  {
    id: "G3",
    says: "A member's status is a function of the history, and out is for ever.",
    section: "4.8.1",
    must: "M",
  },
  {
    id: "G4",
    says: "When a split is healed, all views come to be the same in a bounded number of rounds.",
    section: "4.8.1",
    must: "M",
  },
  {
    id: "G5",
    says:
      "A node that has left never comes back by stale gossip, and a living one is never thrown out by it.",
    section: "4.8.1",
    must: "M",
  },
  {
    id: "G6",
    says:
      "Gossip of another cluster is ignored; who is out is told the history that says so; who is held down is heard.",
    section: "Part 2 e",
    must: "S",
  },
  {
    id: "G7",
    says: "Members are sorted and never none, and a history has a digest that says what it is.",
    section: "4.8.1",
    must: "S",
  },
  {
    id: "G8",
    says: "No read says that there is nothing because of a change of members.",
    section: "4.9",
    must: "M",
    more: "The ring changes shape",
  },
  {
    id: "G9",
    says:
      "After a migration the data of a key is at exactly its owners, and together they have all.",
    section: "4.9",
    must: "M",
  },
  {
    id: "G10",
    says:
      "A joiner serves only when its ranges have come; a leaver keeps its data until it has gone over, and ends when empty.",
    section: "4.9",
    must: "M",
  },
  {
    id: "G11",
    says:
      "(generation, seq) of a register only grows, a start raises it, and no value can freeze a node.",
    section: "Part 2 a",
    must: "M",
  },
  {
    id: "G12",
    says: "A crashed node comes to be suspected, and one that is back to be trusted.",
    section: "4.8.3",
    must: "M",
  },
  {
    id: "G13",
    says: "Suspicion is local: it changes who is asked, and never who owns.",
    section: "4.8.3",
    must: "M",
  },
  {
    id: "G14",
    says: "The plan that was shown is the ring that follows.",
    section: "4.8.1",
    must: "O",
    superseded: "G18",
  },
  {
    id: "G15",
    says: "Seeds keep the cluster from falling apart for ever.",
    section: "4.8.2",
    must: "M",
  },
  {
    id: "G16",
    says: "A change is read after all that its author knew, whatever the clocks say.",
    section: "Part 2 a",
    must: "M",
  },
  {
    id: "G17",
    says:
      "Any order, batching, repetition or restart of delivery gives the same digest and the same ring; no gap is read over.",
    section: "Part 2 a",
    must: "M",
  },
  {
    id: "G18",
    says:
      "The ring after a commit is the ring of its plan, and the ring of a history does not depend on the code that plans.",
    section: "Part 2 a",
    must: "M",
  },
  {
    id: "G19",
    says:
      "When a fork heals, each side moves what the other had moved and what evens it out, all make the same merge, and merges end.",
    section: "Part 2 a",
    must: "M",
  },
  {
    id: "G20",
    says: "Each seat of each range has at most one node that serves it.",
    section: "Part 2 a",
    must: "M",
  },
  {
    id: "G21",
    says:
      "Who serves a seat holds every version that was ever acknowledged for it, or a later one, or is recovering.",
    section: "Part 2 a",
    must: "M",
  },
  {
    id: "G22",
    says: "A register is written by its own node, and a role of an earlier tenure never counts.",
    section: "Part 2 a",
    must: "M",
  },
  {
    id: "G23",
    says: "Quorums count distinct seats, of as many as any reply has named.",
    section: "Part 2 c",
    must: "M",
  },
  {
    id: "G24",
    says:
      "A node that does not serve a range neither answers nor acknowledges for it, and the request arrives in two hops at most.",
    section: "Part 2 c",
    must: "M",
    more: "The ring changes shape",
  },
  {
    id: "G25",
    says: "No version is deleted by moving before those who serve it have said that they hold it.",
    section: "Part 2 a",
    must: "M",
  },
  {
    id: "G26",
    says: "A seat that is new or vacant is served only after all who serve the range were merged.",
    section: "Part 2 a",
    must: "M",
  },
  {
    id: "G27",
    says:
      "A node that is out but alive drains what is young enough and puts the rest aside; one that returns drains all.",
    section: "Part 2 a",
    ...PART,
  },
  {
    id: "G28",
    says: "Nothing is reaped in a range that is on the move, and a late drain brings nothing back.",
    section: "Part 2 g",
    ...PART,
  },
  {
    id: "G29",
    says: "Two sides that held one another down for any time come together again.",
    section: "Part 2 e",
    must: "M",
  },
  {
    id: "G30",
    says: "The ring is never empty, whatever leaves and removals meet.",
    section: "Part 2 a",
    must: "M",
  },
  {
    id: "G31",
    says: "A node that is behind its own register at a peer serves only when it has caught up.",
    section: "Part 2 d",
    must: "M",
  },
  {
    id: "G32",
    says:
      "A frame for another node is refused, and of two processes of one id at most one goes on.",
    section: "Part 2 d",
    must: "M",
  },
  {
    id: "G33",
    says:
      "A checkpoint leaves the same live changes, whether a concurrent one came before it or after; who is out stays out.",
    section: "Part 2 a",
    ...PART,
  },
  {
    id: "G34",
    says:
      "When n_val goes up or down, a read sees every acknowledged write whose W and its R are together above the greatest n between.",
    section: "Part 2 f",
    ...PART,
  },
  {
    id: "G35",
    says: "Idle gossip costs a node the same few bytes in a cluster of any size.",
    section: "Part 2 e",
    must: "M",
  },
  {
    id: "G36",
    says:
      "An abort at any point of a handover leaves the same data and the old ring or the new one.",
    section: "Part 2 d",
    must: "M",
  },
  {
    id: "G37",
    says: "Of two living boots of one node, peers that still hear the old one refuse the new.",
    section: "Part 1 h",
    must: "M",
    tests: ["src/edge/boots_test.ts", "src/edge/identity_test.ts"],
  },
];
