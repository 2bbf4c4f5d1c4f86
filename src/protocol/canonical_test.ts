import { assertEquals, assertThrows } from "@std/assert";
import { type Digest, hex, nodeId, type Position } from "../id.ts";
import { ChangeError, checkChange, historyDigest, makeGenesis, makeRevision } from "./canonical.ts";
import type { Genesis, Revision, Step } from "./change.ts";

const [a, b, c] = [nodeId("a"), nodeId("b"), nodeId("c")];
const START = "\0".repeat(16) as Position;
const HALF = ("\x80" + "\0".repeat(15)) as Position;

const GENESIS = makeGenesis({
  strategy: 3,
  partitions: 1,
  tokens: 0,
  replicas: 1,
  members: [{ node: a, zone: "", weight: 1 }],
  moves: [{ position: START, node: a }],
});

const EVERY_STEP: Step[] = [
  { kind: "join", node: b, zone: "east", weight: 2 },
  { kind: "leave", node: a },
  { kind: "stay", node: a },
  { kind: "left", node: a },
  { kind: "remove", node: a, acceptLoss: true },
  { kind: "replace", old: a, new: c },
  { kind: "weight", node: a, weight: 5 },
  { kind: "zone", node: a, zone: "west" },
  { kind: "nval", bucket: "k", n: 2 },
];

const REVISION = makeRevision({
  cluster: GENESIS.id,
  height: 1,
  parents: [GENESIS.id],
  base: GENESIS.id,
  author: a,
  wallMs: 1_700_000_000_000,
  steps: EVERY_STEP,
  moves: [{ position: HALF, node: null }, { position: START, node: b }],
});

// The bytes behind these were written, and hashed, by another program in another language.
Deno.test("ids are those of an independent encoder", () => {
  assertEquals(hex(GENESIS.id), "8c715054e2f018a12bd3bd9bf7d26804");
  assertEquals(hex(REVISION.id), "7ae4b0dc2110622df49349737075a5ed");
  const merge = makeRevision({
    cluster: GENESIS.id,
    height: 2,
    parents: [REVISION.id, GENESIS.id],
    base: GENESIS.id,
    author: null,
    wallMs: 0,
    steps: [],
    moves: [],
  });
  assertEquals(hex(merge.id), "9d2778a7c09d6cc2a49564cf9fd94196");
  assertEquals(hex(historyDigest([REVISION, GENESIS])), "017d48ec595e4f0171e51da54c18e0d3");
  assertEquals(historyDigest([GENESIS, REVISION]), historyDigest([REVISION, GENESIS]));
});

Deno.test("a change whose fields are not those of its id is refused", () => {
  checkChange(GENESIS);
  checkChange(REVISION);
  const forged: (Genesis | Revision)[] = [
    { ...GENESIS, replicas: 2 },
    { ...GENESIS, members: [{ node: a, zone: "", weight: 2 }] },
    { ...REVISION, wallMs: 0 },
    { ...REVISION, author: b },
    { ...REVISION, steps: EVERY_STEP.slice(1) },
    { ...REVISION, steps: EVERY_STEP.toReversed() },
    { ...REVISION, moves: [] },
    { ...REVISION, id: "x".repeat(16) as Digest },
  ];
  for (const change of forged) {
    assertThrows(() => checkChange(change), ChangeError, "its id is not");
  }
});

Deno.test("a genesis that makes no sense is refused in words", () => {
  const wrong: [Partial<Genesis>, string][] = [
    [{ partitions: 0 }, "partitions from 1 to 65536 wanted, got 0"],
    [{ replicas: 17 }, "replicas from 1 to 16 wanted, got 17"],
    [{ members: [] }, "at least one member wanted"],
    [{ members: [{ node: a, zone: "", weight: 0.5 }] }, "weight from 1 to 1048576 wanted, got 0.5"],
    [{ members: [a, a].map((node) => ({ node, zone: "", weight: 1 })) }, "members wanted sorted"],
    [{ moves: [{ position: START, node: b }] }, "a token goes to b, which is not a member"],
    [{ moves: [{ position: HALF, node: a }] }, "a token is not at a partition's end"],
    [{ strategy: 1, moves: [] }, "strategy 1 wants tokens"],
  ];
  for (const [parts, words] of wrong) {
    assertThrows(() => makeGenesis({ ...GENESIS, ...parts }), ChangeError, words);
  }
});

Deno.test("a revision that makes no sense is refused in words", () => {
  const wrong: [Partial<Revision>, string][] = [
    [{ height: 0 }, "height from 1"],
    [{ parents: [] }, "at least one parent wanted"],
    [{ parents: [GENESIS.id, GENESIS.id] }, "parents wanted sorted, each once"],
    [{ moves: [START, START].map((position) => ({ position, node: a })) }, "moves wanted sorted"],
    [{ moves: [{ position: "short" as Position, node: a }] }, "positions of 16 bytes wanted"],
    [{ author: null }, "a merge change has steps or a time"],
    [{ steps: [{ kind: "nval", bucket: "k", n: 0 }] }, "n from 1 to 16 wanted, got 0"],
    [{ steps: [{ kind: "replace", old: a, new: a }] }, "a cannot replace itself"],
  ];
  for (const [parts, words] of wrong) {
    assertThrows(() => makeRevision({ ...REVISION, ...parts }), ChangeError, words);
  }
});
