/**
 * A node for the tests of this folder: it keeps one real container a key and the real cells of bucket properties, so that
 * contexts, siblings, deletes, views and defaults are the real ones, and has no replicas, no time and no failures but
 * those that a test gives it.
 *
 * @module
 */
import { actorOf, type Boot, nameBytes, nodeId, type ObjectName } from "../../id.ts";
import { PropCells } from "../../membership/prop_cells.ts";
import { Props } from "../../membership/props.ts";
import type { BucketProps } from "../../protocol/bucket_props.ts";
import { DEFAULTS } from "../../protocol/config.ts";
import type { Reply } from "../../protocol/effect.ts";
import { failure } from "../../protocol/error.ts";
import { type Container, EMPTY, greatestStamp, write } from "../../version/siblings.ts";
import { descends, FRESH } from "../../version/version_vector.ts";
import { view } from "../../version/view.ts";
import { createApi } from "./api.ts";
import type { ClientEvent } from "./ask.ts";
import type { ApiOptions } from "./options.ts";

const NODE = nodeId("double");

/** What holds for a bucket of which nothing was set: what a real node says of one. */
export const DEFAULT_PROPS: BucketProps = new Props({ node: NODE, config: DEFAULTS, next: () => 0 })
  .effective("default", "");

/** The node. */
export class NodeDouble {
  /** All that was asked, in order. */
  readonly asked: ClientEvent[] = [];
  /** Answered instead of the truth, one an ask. */
  readonly instead: Reply[] = [];
  readonly logged: unknown[] = [];
  /** The wall clock of the writes. */
  wallMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  clipped = false;
  sessionReset = false;
  readonly #containers = new Map<string, Container>();
  readonly #cells = new PropCells();
  #seq = 0;

  /** The API on top of this node. */
  api(options: Partial<ApiOptions> = {}): (request: Request) => Promise<Response> {
    return createApi({
      ask: (event) => Promise.resolve(this.ask(event)),
      config: DEFAULTS,
      secrets: [new Uint8Array([1, 2, 3])],
      nodeStats: () => ({ gets: 1, nested: { puts: 2 } }),
      log: (_sentence, error) => void this.logged.push(error),
      ...options,
    });
  }

  /** Answers at once. */
  ask(event: ClientEvent): Reply {
    this.asked.push(event);
    const instead = this.instead.shift();
    if (instead !== undefined) return instead;
    switch (event.kind) {
      case "get":
        return this.#get(event.ask);
      case "put":
        return this.#put(event.ask);
      case "props_get":
        return { kind: "props", props: this.#propsOf(event.bucket) };
      case "props_set": {
        const { type, bucket, patch } = event;
        this.#cells.join(this.#cells.entriesFor({ type, bucket, patch, node: NODE }));
        return { kind: "props", props: this.#propsOf(bucket) };
      }
    }
  }

  /** What a key holds. */
  held(name: ObjectName): Container {
    return this.#containers.get(nameBytes(name)) ?? EMPTY;
  }

  #propsOf(bucket: string): BucketProps {
    return this.#cells.effective("default", bucket, DEFAULT_PROPS);
  }

  #viewOf(name: ObjectName) {
    const { allow_mult, last_write_wins } = this.#propsOf(name.bucket);
    const latestOnly = last_write_wins || !allow_mult;
    return view(this.held(name), { latestOnly, wallMs: this.wallMs });
  }

  #get({ name, r, session }: Extract<ClientEvent, { kind: "get" }>["ask"]): Reply {
    if (typeof r === "number" && r > 3) {
      return failure("quorum_impossible", `Cannot read with r ${r}: at most n_val, 3, wanted`);
    }
    const container = this.held(name);
    if (session !== undefined && !descends(container.clock, session) && !this.sessionReset) {
      return failure("session_unmet", "Cannot answer: what the session has seen is not here");
    }
    return {
      kind: "get",
      container,
      view: this.#viewOf(name),
      fastest: NODE,
      sessionReset: this.sessionReset,
      r: 2,
      pr: 0,
      clipped: this.clipped,
      participants: [],
    };
  }

  #put({ name, version, seen }: Extract<ClientEvent, { kind: "put" }>["ask"]): Reply {
    const held = this.held(name);
    const stamp = Math.max(greatestStamp(held), seen?.stamp ?? 0, this.wallMs * 1000) + 1;
    const dot = { actor: actorOf(NODE, "bootboot" as Boot, this.#seq++), counter: 1 };
    const made = { ...version, lastModifiedMs: this.wallMs, stamp };
    const container = write(held, seen?.clock ?? FRESH, dot, made);
    this.#containers.set(nameBytes(name), container);
    return {
      kind: "put",
      container,
      view: this.#viewOf(name),
      coordinator: NODE,
      w: 2,
      dw: 2,
      pw: 0,
      clipped: this.clipped,
      participants: [],
    };
  }
}

/** A request whose target reaches the API as it stands here: `new Request` alone would normalise it. */
export function rawRequest(method: string, target: string, init: RequestInit = {}): Request {
  const request = new Request("http://h.example/", { ...init, method });
  return Object.defineProperty(request, "url", { value: `http://h.example${target}` });
}
