/**
 * Clients of a world on a seed: they get, put and delete as the plan says, at nodes that may be down, with contexts that may
 * be old, give up, ask elsewhere, and repeat what they know nothing of. What becomes of it goes into a {@linkcode History}.
 *
 * A client that was refused definitely may try the same write elsewhere, under the same name. One that knows nothing may
 * not: if it repeats its put, that is another write.
 *
 * @module
 */
import type { WriteId } from "../id.ts";
import type { Reply } from "../protocol/effect.ts";
import type { Ticket } from "../protocol/event.ts";
import { type Container, greatestStamp, type Seen } from "../version/siblings.ts";
import { merge } from "../version/version_vector.ts";
import { Broken } from "./audit.ts";
import type { Loss } from "./checker.ts";
import { CountedCopies } from "./counted_copies.ts";
import type { History, Operation, WriteName } from "./history.ts";
import type { Intent } from "./plan.ts";
import type { ClientEvent, World } from "./world.ts";

/** What an answer has left a client with. */
interface Known {
  readonly seen: Seen;
  /** The writes that it was shown. */
  readonly writes: readonly WriteName[];
}

/** Everything that one client knows of one key, oldest first. */
interface Memory {
  readonly contexts: Known[];
  /** What a session carries: all that it was ever shown, in one. */
  session: Known | null;
}

/** Who does what the plan says. */
export class Clients {
  readonly #world: World;
  readonly #history: History;
  readonly #losses: readonly Loss[];
  readonly #copies: CountedCopies;
  readonly #memories = new Map<string, Memory>();
  #writes = 0;

  /** They have seen nothing. `losses` grows with what disks lose. */
  constructor(world: World, history: History, losses: readonly Loss[]) {
    this.#world = world;
    this.#history = history;
    this.#losses = losses;
    this.#copies = new CountedCopies(world);
  }

  /** They will do what these say, each at its time. */
  intend(intents: readonly Intent[]): void {
    for (const intent of intents) this.#world.agenda.at(intent.atMs, () => this.#begin(intent));
  }

  #begin(intent: Intent, repeated?: Known | null): void {
    const { agenda, plan } = this.#world;
    const { client, kind } = intent;
    const { session } = plan.shape.clients[client]!;
    const known = repeated === undefined ? this.#contextFor(intent, session) : repeated;
    const write = kind === "get" ? null : `w${++this.#writes}`.padStart(16, "0");
    const operation = this.#history.began({
      client,
      kind,
      key: this.#world.nameOf(intent.key).key,
      write,
      seen: known?.writes ?? [],
      session,
      startMs: agenda.nowMs,
      quorum: intent.quorum,
    });
    const end = (ending: Operation["ending"]) => {
      if (operation.endMs !== Infinity) return;
      operation.endMs = agenda.nowMs;
      operation.ending = ending;
      this.#world.note(`client.${kind}.${ending}`);
      if (ending === "unknown" && intent.again && kind !== "get") {
        this.#world.note("client.again");
        this.#begin({ ...intent, again: false }, known);
      }
    };
    agenda.after(intent.timeoutMs, () => end("unknown"));
    this.#attempt({ intent, known, operation, end, tries: 0 });
  }

  #attempt(doing: {
    readonly intent: Intent;
    readonly known: Known | null;
    readonly operation: Operation;
    readonly end: (ending: Operation["ending"]) => void;
    readonly tries: number;
  }): void {
    const { intent, known, operation, end, tries } = doing;
    const at = this.#world.machine(intent.node + tries);
    const refused = () => {
      if (operation.endMs !== Infinity || tries >= intent.retries) return end("refused");
      this.#world.note("client.retried");
      // What was refused definitely may be tried elsewhere: it is still the same write.
      this.#attempt({ ...doing, tries: tries + 1 });
    };
    const event = (ticket: Ticket) => eventOf(this.#world, intent, { ticket, known, operation });
    const asked = this.#world.ask(at, event, {
      hungUp: () => end("unknown"),
      answered: (reply) => {
        if (operation.endMs !== Infinity) return;
        if (reply.kind === "failure") {
          this.#world.note(`failure.${reply.error}`);
          return reply.definite ? refused() : end("unknown");
        }
        if (reply.kind !== "get" && reply.kind !== "put") throw new Error(`Got ${reply.kind}`);
        operation.sloppy = reply.participants.some(({ role, said }) =>
          role === "fallback" && (said === "stored" || said === "found")
        );
        operation.reset = reply.kind === "get" && reply.sessionReset;
        // What was destroyed is forgotten: the session begins anew with this answer.
        if (operation.reset) this.#memory(intent).session = null;
        operation.shown = this.#learn(intent, reply.container);
        if (reply.kind === "put") this.#count(operation, intent, reply.container);
        end("ok");
      },
    });
    if (!asked) {
      this.#world.note("client.nobody_listens");
      refused();
    }
  }

  /**
   * A write that is acknowledged is durable for W of its replicas (laws Q5, H5), if no disk has lost anything.
   *
   * @throws {Broken} If it is not.
   */
  #count({ write, startMs }: Operation, { key, quorum }: Intent, container: Container): void {
    if (this.#losses.some(({ atMs }) => atMs >= startMs)) return;
    const name = this.#world.nameOf(key);
    const holders = this.#copies.holders({ name, write: write!, container });
    if (holders === null || holders.length >= quorum) return;
    const what = holders.length === 0 ? "of nobody" : `of ${holders.join(", ")} alone`;
    throw new Broken(
      "Q5",
      `${write} of ${name.key} was acknowledged with W ${quorum}, and stands on disks ${what}, or is kept for them`,
    );
  }

  /** Keeps what an answer showed. */
  #learn(intent: Intent, container: Container): WriteName[] {
    const writes = container.siblings.map(({ version }) => version.writeId as string);
    const seen = { clock: container.clock, stamp: greatestStamp(container) };
    const memory = this.#memory(intent);
    memory.contexts.push({ seen, writes });
    const { session } = memory;
    memory.session = session === null ? { seen, writes } : {
      seen: {
        clock: merge(session.seen.clock, seen.clock),
        stamp: Math.max(session.seen.stamp, seen.stamp),
      },
      writes: [...new Set([...session.writes, ...writes])],
    };
    return writes;
  }

  #contextFor(intent: Intent, session: boolean): Known | null {
    const memory = this.#memory(intent);
    if (session) return memory.session;
    switch (intent.context) {
      case "none":
        return null;
      case "latest":
        return memory.contexts.at(-1) ?? null;
      case "stale":
        return memory.contexts[Math.floor(memory.contexts.length / 2)] ?? null;
    }
  }

  #memory({ client, key }: Intent): Memory {
    const id = `${client} ${key}`;
    let memory = this.#memories.get(id);
    if (memory === undefined) this.#memories.set(id, memory = { contexts: [], session: null });
    return memory;
  }
}

function eventOf(
  world: World,
  { kind, key, quorum, strict, timeoutMs }: Intent,
  { ticket, known, operation }: { ticket: Ticket; known: Known | null; operation: Operation },
): ClientEvent {
  const name = world.nameOf(key);
  if (kind === "get") {
    const session = operation.session ? known?.seen.clock : undefined;
    const ask = { name, r: quorum, sloppyQuorum: !strict, timeoutMs, session };
    return { kind: "get", ticket, ask };
  }
  const write = operation.write!;
  // The value is the write's name, so that whoever reads a trace can tell them apart.
  const text = kind === "put" ? write.replace(/^0+/, "") : "";
  const content = Uint8Array.from(text, (char) => char.charCodeAt(0));
  const version = {
    tombstone: kind === "delete",
    content,
    contentType: kind === "put" ? "text/plain" : "",
    headers: [],
    expiresInMs: null,
    writeId: write as WriteId,
  };
  const quorums = { w: quorum, dw: quorum, sloppyQuorum: !strict };
  const ask = { name, version, seen: known?.seen, ...quorums, timeoutMs };
  return { kind: "put", ticket, ask };
}

/** The writes that a reply shows. */
export function writesIn(reply: Extract<Reply, { container: Container }>): WriteName[] {
  return reply.container.siblings.map(({ version }) => version.writeId as string);
}
