/**
 * Three real nodes behind the real HTTP API, without sockets, disks or time: for tests of the API. A request to the first
 * node is answered at once. A test may give an answer instead of the truth, for what three healthy nodes never say.
 *
 * @module
 */
import type { NodeId, ObjectName } from "../src/id.ts";
import { Admin } from "../src/edge/admin.ts";
import { Operations } from "../src/edge/operations.ts";
import { createApi } from "../src/edge/http/api.ts";
import type { ClientEvent } from "../src/edge/http/ask.ts";
import type { ApiOptions } from "../src/edge/http/options.ts";
import type { ScanOptions } from "../src/edge/driver_options.ts";
import type { HintTally } from "../src/edge/storage/hint_reader.ts";
import type { BucketProps } from "../src/protocol/bucket_props.ts";
import { type Config, DEFAULTS } from "../src/protocol/config.ts";
import type { Reply } from "../src/protocol/effect.ts";
import type { ScanResult, StoredHint } from "../src/protocol/event.ts";
import { type Container, EMPTY } from "../src/version/siblings.ts";
import { sizeOf } from "../src/replica/coordinate.ts";
import { pageOf } from "../src/sim/record_page.ts";
import { copiesOn, World } from "./world.ts";

/** Three nodes, of which the first is asked. */
export class HttpNodes {
  /** All that was asked, in order. */
  readonly asked: ClientEvent[] = [];
  /** Answered instead of the truth, one an ask. */
  readonly instead: Reply[] = [];
  readonly logged: unknown[] = [];
  /** True: what the first node's store keeps for others cannot be counted. */
  storeFails = false;
  /** Turns that a walk through the first node's records has waited for. */
  turns = 0;
  /** True: answers say that a default quorum was cut. */
  clipped = false;
  readonly #world: World;
  /** What operators do at the first node. */
  readonly operations: Operations;

  /** Three nodes that hold nothing. */
  constructor(config: Partial<Config> = {}) {
    this.#world = new World({ config });
    const { node } = this.#world.machines.get(this.#node)!;
    const ask = (event: ClientEvent) => Promise.resolve(this.ask(event));
    const { w } = this.#world.config;
    this.operations = new Operations({ id: this.#node, node, ask, w, entropy: () => "chance" });
    this.wallMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  }

  /** The wall clock of all nodes. */
  get wallMs(): number {
    return this.#world.wallMs;
  }
  set wallMs(wallMs: number) {
    this.#world.wallMs = wallMs;
  }

  /** The API on top of the first node. */
  api(options: Partial<ApiOptions> = {}): (request: Request) => Promise<Response> {
    return createApi({
      ask: (event) => Promise.resolve(this.ask(event)),
      config: DEFAULTS,
      secrets: [new Uint8Array([1, 2, 3])],
      nodeStats: () => Promise.resolve({ gets: 1, nested: { puts: 2 } }),
      admin: this.#admin(),
      operations: this.operations,
      own: {
        scan: (page) => Promise.resolve(this.#scan(page)),
        turn: () => Promise.resolve(void this.turns++),
      },
      log: (_sentence, error) => void this.logged.push(error),
      ...options,
    });
  }

  /** Answers at once. */
  ask(event: ClientEvent): Reply {
    this.asked.push(event);
    const instead = this.instead.shift();
    if (instead !== undefined) return instead;
    const ticket = this.#world.ask(this.#node, (ticket) => ({ ...event, ticket }));
    this.#world.run();
    // What nobody answers at once has to wait for its time: a session that no replica knows, say.
    if (!this.#world.replies.has(ticket)) this.#world.wait(DEFAULTS.maxRequestMs);
    const reply = this.#world.replies.get(ticket)!;
    return "clipped" in reply ? { ...reply, clipped: this.clipped } : reply;
  }

  /** What a key holds. */
  held(name: ObjectName): Container {
    return this.#world.onDisk(this.#node, name)?.container ?? EMPTY;
  }

  /** All of them. */
  get world(): World {
    return this.#world;
  }

  #admin(): Admin {
    const { node, boot, disk } = this.#world.machines.get(this.#node)!;
    return new Admin({
      id: this.#node,
      boot,
      node,
      monoMs: () => this.#world.monoMs,
      tallyHints: () => Promise.resolve(this.storeFails ? null : talliesOf(disk.hints.all)),
      marks: () => this.#world.marks,
      maxHintBytes: DEFAULTS.maxHintBytes,
      room: () => ({ full: node.load.isFull, usedBytes: null, maxBytes: null }),
      newer: () => [],
    });
  }

  /** What the first node's store gives of its own records. */
  #scan(page: ScanOptions): ScanResult {
    if (this.storeFails) return { kind: "failed", reason: "the test says so" };
    const { disk } = this.#world.machines.get(this.#node)!;
    const isDamaged = (key: string) => disk.damaged.has(key);
    return pageOf(copiesOn(disk), { kind: "scan_records", scan: 0, ...page }, isDamaged);
  }

  get #node(): NodeId {
    return this.#world.ids[0]!;
  }
}

/** What a store would count. */
function talliesOf(hints: readonly StoredHint[]): HintTally[] {
  const byOwner = Map.groupBy(hints, ({ owner }) => owner);
  return [...byOwner].map(([owner, hints]) => ({
    owner,
    copies: hints.length,
    bytes: hints.reduce((sum, { record }) => sum + sizeOf(record.container), 0),
  }));
}

/** What holds for a bucket of which nothing was set. */
export const DEFAULT_PROPS: BucketProps = (() => {
  const event = { kind: "props_get", type: "default", bucket: "b" } as const;
  const reply = new HttpNodes().ask(event);
  if (reply.kind !== "props") throw new Error("A node must know its bucket properties");
  return reply.props;
})();

/** A request whose target reaches the API as it stands here: `new Request` alone would normalise it. */
export function rawRequest(method: string, target: string, init: RequestInit = {}): Request {
  const request = new Request("http://h.example/", { ...init, method });
  return Object.defineProperty(request, "url", { value: `http://h.example${target}` });
}
