/**
 * What a node still holds of ranges that it does not serve any more, and when it may go (protocol.md, Part 2 a7).
 *
 * Only evidence lets a copy go: whoever has taken the seat says, **as one who serves it**, that it holds exactly this, or
 * stores what it is sent. If nobody has taken it (the node was removed, or got a range that it need not have), or the one
 * who has is out, everybody who serves the range must say so. Rings decide where data goes next, never that it may go away.
 *
 * ```text
 *                     slice           a page is read          all of it is there, or was sent and stored
 *   released --> idle ------> reading ---------------> asking ------------------------------------------> idle
 *                  | nothing is left, and nobody is at work on a copy: no role any more
 *                  v
 *                none
 * ```
 *
 * A node that is out gives what is younger than G, and keeps the rest to itself, where it is: on its disk.
 *
 * A copy goes by comparison: what has been stored since it was read stays. Nothing of it is kept from one step to the next:
 * what must be sent is read again.
 *
 * @module
 */
import { type LeafKey, leafKey } from "../anti_entropy/merkle_tree_key.ts";
import { type Digest, nameBytes, type NodeId, type ObjectName } from "../id.ts";
import { positionOf } from "../ring/hash.ts";
import type { Slice, Slices } from "../protocol/background.ts";
import type { StoredCopy } from "../protocol/event.ts";
import type { Message } from "../protocol/message.ts";
import type { KeyAt, RequestId, TreeName } from "../protocol/terms.ts";
import type { Outbox } from "../protocol/outbox.ts";
import { containerDigest } from "../version/digest.ts";
import type { Container } from "../version/siblings.ts";
import { rangeOf, type Stage } from "./stage.ts";

type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** Copies that are worked on at a time. */
const FEW = 16;
/** Who is silent for so long is asked anew. In ms. */
const PATIENCE_MS = 5_000;

/** What a {@linkcode Drain} is made of. */
export interface DrainOptions {
  readonly stage: Stage;
  readonly slices: Slices;
  readonly next: () => number;
  /** Some keys of which there is something here, of a range, but for these; null if that is not known yet. */
  readonly leaves: (range: TreeName, most: number, but: ReadonlySet<LeafKey>) => LeafKey[] | null;
  /** G: what nobody has had for so long may have been deleted and forgotten. In ms. */
  readonly reapAfterMs: number;
  /** What is here of a key, durably; null if nothing. */
  readonly leafOf: (name: ObjectName, n: number) => Digest | null;
  /** Whether anybody is at work on a copy of a range. */
  readonly isAtWork: (range: TreeName) => boolean;
  /** A copy may go, if it is still this one, and not this node's to serve. */
  readonly drop: (name: ObjectName, digest: Digest, out: Outbox) => void;
}

/** A few copies that are being worked on. */
interface Piece {
  readonly range: TreeName;
  readonly targets: readonly NodeId[];
  slice: Slice;
  readonly sinceMs: number;
  /** The reading that is outstanding; 0 if none is. */
  find: number;
  /** True when what is read is to be sent. */
  sends: boolean;
  /** Whether any of it could go. */
  goes: boolean;
  /** By name: which copy, and who has not said that it holds it. */
  readonly open: Map<string, { readonly key: KeyAt; readonly lacks: Set<NodeId> }>;
  /** Who was asked what. */
  readonly asked: Map<RequestId, { readonly to: NodeId; readonly keys: readonly string[] }>;
}

/** What one node has passed on. */
export class Drain {
  readonly #options: DrainOptions;
  #piece: Piece | null = null;
  #waits = false;
  /** What is too old to be given to a cluster that this node is not of any more. */
  readonly #aside = new Set<LeafKey>();
  /** Which range is next. */
  #turn = 0;

  /** Nothing is under way. */
  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** How many keys it keeps to itself, because what it holds of them is too old. */
  get aside(): number {
    return this.#aside.size;
  }

  /** What it holds in memory. */
  snapshot(): object {
    const piece = this.#piece && {
      ...this.#piece,
      slice: Math.sign(this.#piece.slice),
      open: [...this.#piece.open].map(([name, { key, lacks }]) => [name, key.digest, [...lacks]]),
      asked: [...this.#piece.asked],
    };
    return { piece, waits: this.#waits, turn: this.#turn };
  }

  /** Goes on, if there is anything to be done and somebody to take it. */
  onTimer(out: Outbox): void {
    const piece = this.#piece;
    if (piece !== null && out.now.monoMs - piece.sinceMs >= PATIENCE_MS) this.#end(out);
    this.#goOn(out);
  }

  /** What is under way is given up. */
  clear(out: Outbox): void {
    this.#end(out);
  }

  /** Copies are here. Returns whether the number was one of these. */
  onFound(find: number, records: readonly StoredCopy[] | null, out: Outbox): boolean {
    const piece = this.#piece;
    if (piece === null || piece.find !== find) return false;
    piece.find = 0;
    if (records === null) this.#end(out); // the timer tries again
    else if (piece.sends) this.#sendAll(piece, records, out);
    else this.#askAll(piece, records, out);
    return true;
  }

  /** Somebody has passed these keys on, and asks whether they are here. */
  onAsk(from: NodeId, { request, n, keys }: MessageOf<"held_ask">, out: Outbox): void {
    const { leafOf } = this.#options;
    const held = keys.map(({ name, digest }) => leafOf(name, n) === digest);
    out.send(from, { kind: "held_reply", request, held });
  }

  /** Somebody says what it holds. */
  onHeldReply(from: NodeId, { request, held }: MessageOf<"held_reply">, out: Outbox): void {
    const piece = this.#piece;
    const asked = piece?.asked.get(request);
    if (!piece || asked?.to !== from || held.length !== asked.keys.length) return;
    piece.asked.delete(request);
    for (const [i, name] of asked.keys.entries()) if (held[i]) this.#has(piece, name, from, out);
    if (piece.asked.size > 0) return;
    if (piece.open.size === 0) return this.#over(out);
    piece.sends = true;
    piece.find = this.#options.next();
    const names = [...piece.open.values()].map(({ key: { name } }) => name);
    out.findRecords(piece.find, names.map((name) => leafKey(name, positionOf(name))));
  }

  /** A copy was stored, or was not. Returns whether it was one of these. */
  onReply(
    from: NodeId,
    { request, standing, outcome }: MessageOf<"write_reply">,
    out: Outbox,
  ): boolean {
    const piece = this.#piece;
    const asked = piece?.asked.get(request);
    if (!piece || asked?.to !== from || !piece.sends) return false;
    if (outcome.kind === "stored" && !outcome.durable) return true; // it will be, or fail
    piece.asked.delete(request);
    const [name] = asked.keys;
    const open = piece.open.get(name!);
    const isThere = outcome.kind === "stored" && standing.seat !== null &&
      outcome.digest === open?.key.digest;
    if (isThere) this.#has(piece, name!, from, out);
    if (piece.asked.size === 0) this.#over(out);
    return true;
  }

  /** Something did not arrive. Returns whether it was of this room. */
  onUndelivered(to: NodeId, message: Message, out: Outbox): boolean {
    if (message.kind !== "write" && message.kind !== "held_ask") return false;
    if (this.#piece?.asked.get(message.request)?.to !== to) return false;
    this.#end(out);
    return true;
  }

  /** The next piece, when it is its turn. */
  #goOn(out: Outbox): void {
    if (this.#piece !== null || this.#waits) return;
    if (this.#next(out) === null) return;
    this.#waits = true;
    this.#options.slices.ask("handover", (slice, out) => {
      this.#waits = false;
      const found = this.#next(out);
      if (found === null) return this.#options.slices.end(slice, out);
      const { range, targets, keys } = found;
      const find = this.#options.next();
      const rest = {
        open: new Map(),
        asked: new Map(),
        sends: false,
        goes: false,
        sinceMs: out.now.monoMs,
      };
      this.#piece = { range, targets, slice, find, ...rest };
      out.findRecords(find, keys);
    }, out);
  }

  /** The next range of which something is here that somebody may have; ranges of which nothing is left are given up. */
  #next(out: Outbox) {
    const { stage, leaves, isAtWork } = this.#options;
    const released = stage.roles.filter(({ role }) => role === "released").map(rangeOf);
    for (let i = 0; i < released.length; i++) {
      const range = released[(this.#turn + i) % released.length]!;
      const targets = this.#targetsOf(range);
      const keys = stage.isTurning(range) ? null : leaves(range, FEW, this.#aside);
      if (keys === null || targets === null) continue;
      if (keys.length > 0) {
        this.#turn += i;
        return { range, targets, keys };
      }
      if (isAtWork(range)) continue;
      out.mark("handover.drained");
      stage.turn(range, null, out);
    }
    return null;
  }

  /** Who must hold what is here before it may go; null if they cannot say so now. */
  #targetsOf(range: TreeName): NodeId[] | null {
    const { stage } = this.#options;
    const own = stage.own(range)!;
    const servers = stage.holders(range).filter(({ role }) => role.role === "serving")
      .map(({ node }) => node);
    const [taker] = own.peers;
    const targets = taker !== undefined && stage.members.has(taker)
      ? servers.filter((server) => server === taker)
      : servers;
    return targets.length === 0 || targets.some((node) => stage.isDown(node)) ? null : targets;
  }

  /** The copies of a piece were read: everybody is asked whether it has them. */
  #askAll(piece: Piece, records: readonly StoredCopy[], out: Outbox): void {
    for (const { name, record: { container } } of records) {
      if (this.#isTooOld(container, out)) {
        out.mark("handover.aside");
        this.#aside.add(leafKey(name, positionOf(name)));
        continue;
      }
      const key = { name, digest: containerDigest(name, container) };
      piece.open.set(nameBytes(name), { key, lacks: new Set(piece.targets) });
    }
    if (piece.open.size === 0) return this.#over(out);
    const names = [...piece.open.keys()];
    const keys = [...piece.open.values()].map(({ key }) => key);
    for (const to of piece.targets) {
      const request = this.#options.next();
      piece.asked.set(request, { to, keys: names });
      out.send(to, { kind: "held_ask", request, n: piece.range.n, keys });
    }
  }

  /** What somebody lacks is sent. */
  #sendAll(piece: Piece, records: readonly StoredCopy[], out: Outbox): void {
    for (const { name, record: { container } } of records) {
      const id = nameBytes(name);
      const open = piece.open.get(id);
      // What has changed since is looked at another time.
      if (open === undefined || containerDigest(name, container) !== open.key.digest) continue;
      for (const to of open.lacks) {
        const request = this.#options.next();
        piece.asked.set(request, { to, keys: [id] });
        const { n } = piece.range;
        out.send(to, { kind: "write", request, name, n, container, hint: null });
      }
    }
    if (piece.asked.size === 0) this.#over(out);
  }

  /**
   * Deletes are forgotten when all members agree, and who is out was not asked: what it has may be older than such a delete.
   * What is younger than G cannot have been deleted and forgotten.
   */
  #isTooOld({ siblings }: Container, { now: { wallMs } }: Outbox): boolean {
    const { stage, reapAfterMs } = this.#options;
    return stage.isOut &&
      siblings.some(({ version: { stamp } }) => stamp / 1_000 < wallMs - reapAfterMs);
  }

  #has(piece: Piece, name: string, node: NodeId, out: Outbox): void {
    const open = piece.open.get(name);
    if (open === undefined) return;
    open.lacks.delete(node);
    if (open.lacks.size > 0) return;
    piece.open.delete(name);
    piece.goes = true;
    this.#options.drop(open.key.name, open.key.digest, out);
  }

  /** This piece is done; the next one is of another range. If none of it could go, that is enough for now. */
  #over(out: Outbox): void {
    const goes = this.#piece?.goes === true;
    this.#turn++;
    this.#end(out);
    if (goes) this.#goOn(out);
  }

  #end(out: Outbox): void {
    if (this.#piece === null) return;
    const { slice } = this.#piece;
    this.#piece = null;
    this.#options.slices.end(slice, out);
  }
}
