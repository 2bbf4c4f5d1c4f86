/**
 * Taking hints to where they belong (paper, section 4.6; protocol.md, Part 1 f).
 *
 * A hint is a copy that this node keeps for an *owner* that could not be reached. It is never dropped for age or space. It
 * goes when
 *
 * 1. its owner, serving the range, has made durable what was sent to it; or
 * 2. its owner does not serve the range any more, and every node that does, at least W of them, has made it durable; or
 * 3. its owner serves it and has been down for `hintSpreadAfterMs`, and every node that serves it and can be reached, at
 *    least W of them, has made it durable (in both cases it is *spread*).
 *
 * And it goes by comparison: what came to the hint after it was sent stays, and is taken there next time.
 *
 * For each owner there is a *pass* at a time:
 *
 * ```text
 *           at the start, when its owner is back, and every handoffMs if that is up, has left, or is to be spread
 *   idle ------------------------------------------------------------> scanning  (when it is given a slice)
 *    ^                                                                 |      ^
 *    |  nothing was there, or somebody did not answer          a page  v      | all of it is settled: the next page
 *    +-------------------------------------------------------------- carrying +
 * ```
 *
 * It needs no client and remembers nothing that it could not find out again: after a restart each member is scanned once,
 * and each owner of whom the disk says that there is something, for it may have left.
 * What is taken twice is merged twice, which changes nothing.
 *
 * What this room does not do: keep hints (`replica/`), decide who is down (`membership/health.ts`).
 *
 * @module
 */
import { compare, type Digest, type NodeId, type ObjectName } from "../id.ts";
import type { Slice, Slices } from "../protocol/background.ts";
import { type Config, lifeMs } from "../protocol/config.ts";
import type { ScanResult, StoredHint } from "../protocol/event.ts";
import type { Locator } from "../protocol/locator.ts";
import type { Message } from "../protocol/message.ts";
import type { RequestId } from "../protocol/terms.ts";
import type { CopyName, Outbox } from "../protocol/outbox.ts";
import { containerDigest } from "../version/digest.ts";

type WriteReply = Extract<Message, { kind: "write_reply" }>;

/** Hints that are under way at a time, for each owner. */
const PAGE = 16;
/** A pass that is not answered for so long begins anew. In ms. */
const PATIENCE_MS = 10_000;

/** What a {@linkcode Handoff} is made of. */
export interface HandoffOptions {
  readonly locator: Locator;
  readonly config: Pick<
    Config,
    "handoffMs" | "hintSpreadAfterMs" | "maxRequestMs" | "repairWaitMs"
  >;
  /** For whom there were hints on the disk at the start, members or not. */
  readonly found: readonly NodeId[];
  /** Before each page it waits its turn. */
  readonly slices: Slices;
  /** Numbers its scans and its messages. */
  readonly next: () => number;
  /** For how long a node has been held to be down; 0 if it is not. In ms. */
  readonly downForMs: (node: NodeId, out: Outbox) => number;
  /** A copy is where it belongs: it may go, if it is still this one. */
  readonly drop: (copy: CopyName, digest: Digest, out: Outbox) => void;
}

/** One hint on its way. */
interface Carried {
  readonly copy: CopyName;
  readonly digest: Digest;
  /** Who has not made it durable yet. */
  readonly waitsFor: Set<NodeId>;
}

/** The work on one owner's hints. */
interface Pass {
  /** Whether it began in the middle: when it has come to the end it goes on from the beginning. */
  wraps: boolean;
  /** How many hints of this page were sent, and how many of them are where they belong. */
  sent: number;
  settled: number;
  /** Leave to take this page; 0 if there is none. */
  slice: Slice;
  /** The scan that is outstanding, and since when; 0 if none. */
  scan: number;
  scanMs: number;
  /** Where the next page begins. */
  after: ObjectName | null;
  readonly carried: Map<RequestId, Carried>;
  /** When its last page began. */
  startedMs: number;
  /** Whether a hint of this pass stays where it is. */
  stays: boolean;
}

/** What a {@linkcode Handoff} holds in memory. */
export interface HandoffSnapshot {
  /** Owners for whom there may be hints, and what is on its way of them, by the number of the request. */
  readonly owners: readonly {
    readonly owner: NodeId;
    readonly pass: { readonly carried: readonly (readonly [RequestId, object])[] } | null;
  }[];
  /** Behind which hint of an owner the next pass begins. */
  readonly cursors: readonly (readonly [NodeId, ObjectName])[];
  /** Whether its timer is set. */
  readonly isTicking: boolean;
}

/** All hints of one node, as far as they are to be taken away. */
export class Handoff {
  readonly #options: HandoffOptions;
  /** Owners for whom there may be hints, and the work on them. */
  readonly #owners = new Map<NodeId, Pass | null>();
  /** Behind which hint the next pass begins, where the last one ended early: one that nobody takes holds up no others. */
  readonly #cursors = new Map<NodeId, ObjectName>();
  #isTicking = false;

  /** Nothing is known yet. */
  constructor(options: HandoffOptions) {
    this.#options = options;
  }

  /** Owners for whom there may be hints. */
  get owners(): NodeId[] {
    return [...this.#owners.keys()].sort(compare);
  }

  /** What it holds in memory. */
  snapshot(): HandoffSnapshot {
    const owners = [...this.#owners].map(([owner, pass]) => ({
      owner,
      pass: pass && {
        ...pass,
        // Which one it is makes no difference.
        slice: Math.sign(pass.slice),
        carried: [...pass.carried].map(([request, { waitsFor, ...carried }]) =>
          [request, { ...carried, waitsFor: [...waitsFor] }] as const
        ),
      },
    }));
    return { owners, cursors: [...this.#cursors], isTicking: this.#isTicking };
  }

  /** The node serves. Every member is looked after once, and whoever has left and is found on the disk. */
  onReady(out: Outbox): void {
    const { locator, found } = this.#options;
    for (const owner of new Set([...locator.members, ...found])) {
      if (owner !== locator.node) this.#begin(owner, out);
    }
    this.#tick(out);
  }

  /** A peer can be reached again: what was on its way there may be lost, so its pass begins anew, at once. */
  onBack(peer: NodeId, out: Outbox): void {
    if (this.#owners.has(peer)) this.#begin(peer, out);
  }

  /** A hint for an owner has been stored. */
  onKept(owner: NodeId, out: Outbox): void {
    const pass = this.#owners.get(owner);
    // A pass under way may be past it.
    if (pass) pass.stays = true;
    else this.#owners.set(owner, null);
    this.#tick(out);
  }

  /** Passes begin, where something can be done. */
  onTimer(out: Outbox): void {
    const { locator } = this.#options;
    this.#isTicking = false;
    for (const [owner, pass] of this.#owners) {
      // One that waits its turn has nobody to be impatient with.
      const isWaiting = pass?.slice === 0;
      if (pass !== null && (isWaiting || out.now.monoMs - pass.startedMs < PATIENCE_MS)) continue;
      const hasLeft = !locator.members.has(owner);
      const isDue = hasLeft || !locator.isDown(owner) || this.#isToSpread(owner, out);
      if (isDue) this.#begin(owner, out);
      else this.#rest(owner, pass, out);
    }
    this.#tick(out);
  }

  /** A page is here. */
  onScanned(scan: number, result: ScanResult, out: Outbox): void {
    const found = [...this.#owners].find(([, pass]) => pass?.scan === scan);
    if (!found?.[1]) return; // of a pass that was given up
    const [owner, pass] = found;
    const tookMs = out.now.monoMs - pass.scanMs;
    Object.assign(pass, { scan: 0, scanMs: 0 });
    // No copy is kept from one step to the next for longer than a request may: what was read long ago is read again.
    if (tookMs > lifeMs(this.#options.config)) this.#scan(owner, pass, out);
    else if (result.kind !== "hints") this.#rest(owner, pass, out);
    else if (result.hints.length === 0 && pass.wraps) {
      Object.assign(pass, { wraps: false, after: null });
      this.#scan(owner, pass, out);
    } else if (result.hints.length === 0) this.#end(owner, pass, out);
    else {
      Object.assign(pass, { after: result.hints.at(-1)!.name, sent: 0, settled: 0 });
      for (const hint of result.hints) this.#carry(pass, hint, out);
      this.#goOn(owner, pass, out);
    }
  }

  /** Somebody has stored what was taken to it. Returns whether it answers something of this room's. */
  onReply(from: NodeId, { request, standing, outcome }: WriteReply, out: Outbox): boolean {
    for (const [owner, pass] of this.#owners) {
      const carried = pass?.carried.get(request);
      if (!pass || !carried) continue;
      const isThere = outcome.kind === "stored" && outcome.durable && standing.seat !== null &&
        outcome.digest === carried.digest;
      if (isThere) carried.waitsFor.delete(from);
      else this.#giveUp(pass, request);
      if (carried.waitsFor.size === 0) {
        pass.carried.delete(request);
        pass.settled++;
        out.mark(from === owner ? "hint.delivered" : "hint.spread");
        this.#options.drop(carried.copy, carried.digest, out);
      }
      this.#goOn(owner, pass, out);
      return true;
    }
    return false;
  }

  /** Something did not arrive. Returns whether it was of this room. */
  onUndelivered(message: Message, out: Outbox): boolean {
    if (message.kind !== "write") return false;
    for (const [owner, pass] of this.#owners) {
      if (!pass?.carried.has(message.request)) continue;
      this.#giveUp(pass, message.request);
      this.#goOn(owner, pass, out);
      return true;
    }
    return false;
  }

  #begin(owner: NodeId, out: Outbox): void {
    const after = this.#cursors.get(owner) ?? null;
    this.#cursors.delete(owner);
    this.#leave(this.#owners.get(owner) ?? null, out);
    const pass = {
      ...{
        wraps: after !== null,
        sent: 0,
        settled: 0,
        slice: 0,
        scan: 0,
        scanMs: 0,
        after,
        carried: new Map(),
      },
      ...{ startedMs: out.now.monoMs, stays: false },
    };
    this.#owners.set(owner, pass);
    this.#scan(owner, pass, out);
  }

  /** Only while there is anybody to look after. */
  #tick(out: Outbox): void {
    if (this.#isTicking || this.#owners.size === 0) return;
    this.#isTicking = true;
    out.setTimer({ kind: "handoff" }, this.#options.config.handoffMs);
  }

  /** The next page, when it is its turn. */
  #scan(owner: NodeId, pass: Pass, out: Outbox): void {
    const { slices, next } = this.#options;
    this.#leave(pass, out);
    slices.ask("handoff", (slice, out) => {
      // It was given up while it waited.
      if (this.#owners.get(owner) !== pass) return slices.end(slice, out);
      const { monoMs } = out.now;
      Object.assign(pass, { slice, scan: next(), scanMs: monoMs, startedMs: monoMs });
      out.scanHints(pass.scan, owner, { after: pass.after, most: PAGE });
    }, out);
  }

  /** A page is done with. */
  #leave(pass: Pass | null, out: Outbox): void {
    if (pass === null || pass.slice === 0) return;
    const { slice } = pass;
    pass.slice = 0;
    this.#options.slices.end(slice, out);
  }

  /** Nothing more of this owner's in this round. */
  #rest(owner: NodeId, pass: Pass | null, out: Outbox): void {
    this.#owners.set(owner, null);
    this.#leave(pass, out);
  }

  /** Sends a hint to its owner; or, if that will not have it, to those who serve the key. */
  #carry(pass: Pass, { owner, name, record }: StoredHint, out: Outbox): void {
    const { locator } = this.#options;
    const { n = locator.nOf(name), w = 1 } = record.hint ?? {};
    const primaries = locator.list(name, n).filter(({ role }) => role === "primary")
      .map(({ node }) => node);
    const serves = primaries.includes(owner);
    const spreads = !serves || this.#isToSpread(owner, out);
    const reached = primaries.filter((node) => !locator.isDown(node));
    const to = spreads ? reached : [owner];
    // An owner that serves the key comes back and has what it has. One that does not is where nobody reads: then who is down
    // now would be left without a copy, and nobody would keep one for it.
    const isShort = !serves && reached.length < primaries.length;
    // Fewer than W copies would be fewer than its put was promised.
    if (isShort || to.length < (spreads ? Math.max(w, 1) : 1)) {
      pass.stays = true;
      return;
    }
    const { container } = record;
    const digest = containerDigest(name, container);
    const request = this.#options.next();
    pass.sent++;
    pass.carried.set(request, { copy: { name, owner }, digest, waitsFor: new Set(to) });
    for (const node of to) {
      out.send(node, { kind: "write", request, name, n, container, hint: null });
    }
  }

  /** The next page, when all of this one has been answered; but if nobody has taken any, that is enough for now. */
  #goOn(owner: NodeId, pass: Pass, out: Outbox): void {
    if (pass.carried.size > 0 || pass.scan !== 0) return;
    if (pass.sent === 0 || pass.settled > 0) return this.#scan(owner, pass, out);
    if (pass.after !== null) this.#cursors.set(owner, pass.after);
    this.#rest(owner, pass, out);
  }

  #giveUp(pass: Pass, request: RequestId): void {
    pass.carried.delete(request);
    pass.stays = true;
  }

  /** The last page was empty: if nothing was left behind, there is nothing for this owner. */
  #end(owner: NodeId, pass: Pass, out: Outbox): void {
    this.#leave(pass, out);
    if (pass.stays) this.#owners.set(owner, null);
    else this.#owners.delete(owner);
    if (!this.#isTicking || this.#owners.size > 0) return;
    this.#isTicking = false;
    out.cancelTimer({ kind: "handoff" });
  }

  #isToSpread(owner: NodeId, out: Outbox): boolean {
    const { config, downForMs } = this.#options;
    return downForMs(owner, out) >= config.hintSpreadAfterMs;
  }
}
