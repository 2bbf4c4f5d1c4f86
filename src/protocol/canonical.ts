/**
 * Changes as bytes, written by hand, one way only: what their ids are hashes of (protocol.md, Part 2 a1 and Part 3).
 *
 * A change's id is the first 16 bytes of the SHA-256 of all its other fields. So two changes with one id are one change
 * (law G2), nobody can alter a change that others have named as a parent, and whoever receives one recomputes its id
 * ({@linkcode checkChange}) before believing it.
 *
 * The bytes, in this order:
 *
 * ```text
 * genesis  = 0x01 0x01 | int strategy | int partitions | int tokens | int replicas | list(member) | list(move)
 * revision = 0x01 0x02 | id cluster | int height | list(id parent) | id base | maybe(text author) | int wallMs
 *          | list(step) | list(move)
 * member   = text node | text zone | int weight
 * move     = 16 bytes position | maybe(text node)
 * step     = join 0x01 member               | leave 0x02 text node         | stay 0x03 text node
 *          | left 0x04 text node            | remove 0x05 text node, flag acceptLoss
 *          | replace 0x06 text old, text new | weight 0x07 text node, int  | zone 0x08 text node, text
 *          | nval 0x09 text bucket, int n
 * int      = u64, big-endian          text  = u32 length, bytes          id   = 16 bytes
 * list     = int count, its items     maybe = 0x00, or 0x01 and the item flag = 0x00 or 0x01
 * ```
 *
 * The first byte is the format's version, the second the kind. Members are sorted by node, moves by position, parents
 * by id; steps stand in the order in which they are done.
 *
 * These bytes are hashed and never read back; what travels and what is stored is the codec's.
 *
 * @module
 */
import { ByteWriter, compare, type Digest, digestOf } from "../id.ts";
import { MAX_WEIGHT } from "../ring/claim.ts";
import { equalEnds } from "../ring/partition.ts";
import type { Change, Genesis, Member, Move, Revision, Step } from "./change.ts";
import { MAX_N, MAX_PARTITIONS } from "./config.ts";

/** A change that is not what it says it is, or that makes no sense by itself. */
export class ChangeError extends Error {
  /** The class's name. */
  override name = "ChangeError";
}

const FORMAT = 1;
const KINDS = { genesis: 1, revision: 2 } as const;
const STEP_KINDS = {
  join: 1,
  leave: 2,
  stay: 3,
  left: 4,
  remove: 5,
  replace: 6,
  weight: 7,
  zone: 8,
  nval: 9,
} as const satisfies Record<Step["kind"], number>;

/**
 * Founds a cluster: sorts what must be sorted and names the result.
 *
 * @throws {ChangeError} If it cannot be a genesis.
 *
 * @example The same cluster has the same name everywhere
 * ```ts
 * import { makeGenesis } from "./canonical.ts";
 * import { hex, nodeId } from "../id.ts";
 * import { equalEnds } from "../ring/partition.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const node = nodeId("a");
 * const genesis = makeGenesis({
 *   strategy: 3,
 *   partitions: 1,
 *   tokens: 0,
 *   replicas: 1,
 *   members: [{ node, zone: "", weight: 1 }],
 *   moves: [{ position: equalEnds(1)[0]!, node }],
 * });
 * assertEquals(hex(genesis.id), "8c715054e2f018a12bd3bd9bf7d26804");
 * ```
 */
export function makeGenesis(parts: Omit<Genesis, "kind" | "id">): Genesis {
  const body: Omit<Genesis, "id"> = {
    kind: "genesis",
    strategy: parts.strategy,
    partitions: parts.partitions,
    tokens: parts.tokens,
    replicas: parts.replicas,
    members: parts.members.toSorted((a, b) => compare(a.node, b.node)),
    moves: sortedMoves(parts.moves),
  };
  checkGenesis(body);
  return { ...body, id: genesisId(body) };
}

/** A later change: sorts what must be sorted and names the result. @throws {ChangeError} If it cannot be one. */
export function makeRevision(parts: Omit<Revision, "kind" | "id">): Revision {
  const body: Omit<Revision, "id"> = {
    kind: "revision",
    cluster: parts.cluster,
    height: parts.height,
    parents: parts.parents.toSorted(compare),
    base: parts.base,
    author: parts.author,
    wallMs: parts.wallMs,
    steps: parts.steps,
    moves: sortedMoves(parts.moves),
  };
  checkRevision(body);
  return { ...body, id: revisionId(body) };
}

/** The id of a change with these fields. */
function changeId(change: Omit<Genesis, "id"> | Omit<Revision, "id">): Digest {
  return change.kind === "genesis" ? genesisId(change) : revisionId(change);
}

/** The id of a genesis with these fields, and so of its cluster. */
function genesisId(genesis: Omit<Genesis, "id">): Digest {
  const out = new ByteWriter().u8(FORMAT).u8(KINDS.genesis)
    .u64(genesis.strategy).u64(genesis.partitions).u64(genesis.tokens).u64(genesis.replicas);
  writeList(out, genesis.members, writeMember);
  writeList(out, genesis.moves, writeMove);
  return digestOf(out.toBytes());
}

function revisionId(revision: Omit<Revision, "id">): Digest {
  const out = new ByteWriter().u8(FORMAT).u8(KINDS.revision)
    .raw(revision.cluster).u64(revision.height);
  writeList(out, revision.parents, (to, parent) => to.raw(parent));
  writeMaybe(out.raw(revision.base), revision.author);
  out.u64(revision.wallMs);
  writeList(out, revision.steps, writeStep);
  writeList(out, revision.moves, writeMove);
  return digestOf(out.toBytes());
}

/** One digest for a set of changes, whatever their order: `H(0x01 | int count | ids, sorted)`. */
export function historyDigest(changes: Iterable<{ readonly id: Digest }>): Digest {
  const ids = [...changes].map(({ id }) => id).sort(compare);
  const out = new ByteWriter().u8(FORMAT).u64(ids.length);
  for (const id of ids) out.raw(id);
  return digestOf(out.toBytes());
}

/**
 * Checks a change that came from elsewhere: that it makes sense by itself, and that its id is that of its fields. How it
 * stands to its parents is the history's to check.
 *
 * @throws {ChangeError} With what was wanted and what was got.
 */
export function checkChange(change: Change): void {
  if (change.kind === "genesis") checkGenesis(change);
  else checkRevision(change);
  want(changeId(change) === change.id, "its id is not that of its fields");
}

function checkGenesis(genesis: Omit<Genesis, "id">): void {
  const { strategy, partitions, tokens, replicas, members, moves } = genesis;
  want([1, 2, 3].includes(strategy), `strategy 1, 2 or 3 wanted, got ${strategy}`);
  wantInteger("partitions", partitions, { least: 1, most: MAX_PARTITIONS });
  wantInteger("tokens", tokens, { least: 0, most: MAX_PARTITIONS });
  wantInteger("replicas", replicas, { least: 1, most: MAX_N });
  want(members.length > 0, "at least one member wanted, got none");
  wantAscending("members", members.map(({ node }) => node));
  for (const { weight } of members) wantInteger("weight", weight, { least: 1, most: MAX_WEIGHT });
  checkMoves(moves);
  const nodes = new Set(members.map(({ node }) => node));
  const stranger = moves.find(({ node }) => node !== null && !nodes.has(node));
  want(stranger === undefined, `a token goes to ${stranger?.node}, which is not a member`);
  if (strategy !== 3) want(moves.length > 0, `strategy ${strategy} wants tokens, got none`);
  else {
    const ends = new Set(equalEnds(partitions));
    want(moves.every((move) => ends.has(move.position)), "a token is not at a partition's end");
  }
}

function checkRevision(revision: Omit<Revision, "id">): void {
  const { height, parents, author, wallMs, steps, moves } = revision;
  wantInteger("height", height, { least: 1, most: Number.MAX_SAFE_INTEGER });
  wantInteger("wallMs", wallMs, { least: 0, most: Number.MAX_SAFE_INTEGER });
  want(parents.length > 0, "at least one parent wanted, got none");
  wantAscending("parents", parents);
  checkMoves(moves);
  for (const step of steps) checkStep(step);
  // A merge change is made by every node for itself: whatever could differ between them must be empty.
  if (author === null) {
    want(steps.length === 0 && wallMs === 0, "a merge change has steps or a time");
  }
}

function checkStep(step: Step): void {
  if (step.kind === "join" || step.kind === "weight") {
    wantInteger("weight", step.weight, { least: 1, most: MAX_WEIGHT });
  }
  if (step.kind === "nval") wantInteger("n", step.n, { least: 1, most: MAX_N });
  if (step.kind === "replace") want(step.old !== step.new, `${step.old} cannot replace itself`);
}

function checkMoves(moves: readonly Move[]): void {
  wantAscending("moves", moves.map(({ position }) => position));
  const odd = moves.find(({ position }) => position.length !== 16);
  want(odd === undefined, `positions of 16 bytes wanted, got one of ${odd?.position.length}`);
}

function wantInteger(field: string, got: number, { least, most }: { least: number; most: number }) {
  const fits = Number.isSafeInteger(got) && got >= least && got <= most;
  want(fits, `${field} from ${least} to ${most} wanted, got ${got}`);
}

function wantAscending(field: string, values: readonly string[]): void {
  const sorted = values.every((value, i) => i === 0 || values[i - 1]! < value);
  want(sorted, `${field} wanted sorted, each once`);
}

function want(holds: boolean, what: string): asserts holds {
  if (!holds) throw new ChangeError(`Cannot take the change: ${what}`);
}

function sortedMoves(moves: readonly Move[]): Move[] {
  return moves.toSorted((a, b) => compare(a.position, b.position));
}

function writeList<Item>(
  out: ByteWriter,
  items: readonly Item[],
  write: (out: ByteWriter, item: Item) => void,
): void {
  out.u64(items.length);
  for (const item of items) write(out, item);
}

function writeMaybe(out: ByteWriter, text: string | null): void {
  if (text === null) out.u8(0);
  else out.u8(1).longBytes(text);
}

function writeMember(out: ByteWriter, { node, zone, weight }: Member): void {
  out.longBytes(node).longBytes(zone).u64(weight);
}

function writeMove(out: ByteWriter, { position, node }: Move): void {
  writeMaybe(out.raw(position), node);
}

function writeStep(out: ByteWriter, step: Step): void {
  out.u8(STEP_KINDS[step.kind]);
  switch (step.kind) {
    case "join":
      return writeMember(out, step);
    case "leave":
    case "stay":
    case "left":
      out.longBytes(step.node);
      return;
    case "remove":
      out.longBytes(step.node).u8(step.acceptLoss ? 1 : 0);
      return;
    case "replace":
      out.longBytes(step.old).longBytes(step.new);
      return;
    case "weight":
      out.longBytes(step.node).u64(step.weight);
      return;
    case "zone":
      out.longBytes(step.node).longBytes(step.zone);
      return;
    case "nval":
      out.longBytes(step.bucket).u64(step.n);
  }
}
