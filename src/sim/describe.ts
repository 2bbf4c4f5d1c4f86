/**
 * What a trace says: one readable line for whatever nodes hold, send, want or answer. Transcripts, the simulator and the
 * explorer print the same lines, so that whoever can read one can read them all.
 *
 * The notation is that of docs/protocol.md. `{n1:2,n2:1}|milk@n1:2` is a container: a clock that has seen two events of n1
 * and one of n2, and one live version, milk, which was written by the second event of n1.
 *
 * Actors have short names there (`names.ts`). Request numbers and write ids are left out; a trace of one key and few requests is clearer without them.
 *
 * Nothing here decides anything, and nothing here is read back.
 *
 * @module
 */
import { byteString, hex, type NodeId, type WriteId } from "../id.ts";
import type { PropEntry } from "../protocol/bucket_props.ts";
import type { Effect, Reply } from "../protocol/effect.ts";
import { ERRORS, type Failure, type Participant } from "../protocol/error.ts";
import type { PutAsk, StoredRecord, Timer } from "../protocol/event.ts";
import type { Message, PutDone, PutOrder, Settling } from "../protocol/message.ts";
import type { KeyAt } from "../protocol/terms.ts";
import type { Container, Seen, Sibling } from "../version/siblings.ts";
import { showsOnly } from "../version/view.ts";
import { type Names, shown } from "./names.ts";

/** Longer contents are shown by their length. */
const MOST_SHOWN = 40;

/** A version's value: as it is, if that is a short text; a delete as `(deleted)`. */
export function describeValue({ version }: Sibling | { readonly version: Valued }): string {
  if (version.tombstone) return "(deleted)";
  const { content } = version;
  return content.length > MOST_SHOWN ? `<${content.length} bytes>` : shown(byteString(content));
}

/**
 * What one key holds.
 *
 * @example Two blind writes through one node
 * ```ts
 * import { describeContainer } from "./describe.ts";
 * import { Names } from "./names.ts";
 * import { EMPTY, write } from "../version/siblings.ts";
 * import { FRESH } from "../version/version_vector.ts";
 * import { actor, version } from "../../props/generators.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const n1 = actor("n1", 0);
 * const mary = write(EMPTY, FRESH, { actor: n1, counter: 1 }, version("milk"));
 * const both = write(mary, FRESH, { actor: n1, counter: 2 }, version("bread"));
 * assertEquals(describeContainer(both, new Names()), "{n1:2}|milk@n1:1,bread@n1:2");
 * ```
 */
export function describeContainer({ clock, siblings }: Container, names: Names): string {
  const live = siblings.map((sibling) => `${describeValue(sibling)}@${names.dot(sibling.dot)}`);
  return `${names.clock(clock)}|${live.join()}`;
}

/** What a node keeps of one key; `mine` is the dot that it itself may count on from. */
export function describeRecord(record: StoredRecord | null, names: Names): string {
  if (record === null) return "nothing";
  const container = describeContainer(record.container, names);
  return record.mine ? `${container}, mine ${names.dot(record.mine)}` : container;
}

/** What a client or an entry node wants written. */
export function describePut(put: PutAsk | PutOrder, names: Names): string {
  const { name, version, seen } = put;
  const what = version.tombstone
    ? `delete ${names.key(name)}`
    : `put ${names.key(name)}=${describeValue({ version })}`;
  return `${what}, ${describeSeen(seen ?? null, names)}`;
}

/** What becomes of a seat. */
const PROMOTED = {
  given: "it is yours",
  again: "not yet",
  unknown: "I do not know of that",
} as const;

/** What a message says. Who sends it to whom stands before it. */
export function describeMessage(message: Message, names: Names): string {
  switch (message.kind) {
    case "read":
      return `read ${names.key(message.name)}${
        message.asFallback ? ", whatever is kept of it" : ""
      }`;
    case "read_reply":
      return readOutcome(message, names) + (message.standing.recovering ? ", recovering" : "");
    case "write":
    case "repair": {
      const owner = message.kind === "write" ? message.hint?.owner ?? null : null;
      return `${message.kind} ${names.key(message.name)} ${
        describeContainer(message.container, names)
      }${keptFor(owner)}`;
    }
    case "write_reply":
      return writeOutcome(message) + (message.standing.recovering ? ", recovering" : "");
    case "forward":
      return `forward ${describePut(message.order, names)}`;
    case "forward_reply":
      return `forwarded put ${describeOutcome(message.outcome, names)}`;
    case "status":
      return `what became of the put of ${message.ageMs} ms ago?`;
    case "status_reply":
      return message.state === "fenced"
        ? "fenced: it was never begun, and never will be"
        : "it may be running";
    case "foreign":
      return `any copy of ${names.key(message.name)} that is not yours to serve?`;
    case "foreign_reply":
      return message.container
        ? `a foreign copy ${describeContainer(message.container, names)}`
        : "no foreign copy";
    case "props":
      return `bucket properties ${message.entries.map(propEntry).join(", ")}`.trimEnd();
    case "props_reply":
      return "bucket properties are durable here";
    case "roots":
      return `the roots of ${message.roots.length} trees`;
    case "roots_reply":
      return `${message.differing.length} of the trees differ` +
        (message.whole ? "" : ", recovering");
    case "places":
      return `what stands at ${message.paths.length} places of a tree?`;
    case "places_reply":
      return message.summaries === null
        ? "begin anew: something was lost here"
        : `${message.summaries.length} places of a tree`;
    case "want":
      return `${message.keys.length} copies, please`;
    case "want_reply":
      return `${message.copies.length} copies, ${message.gone.length} are not here` +
        (message.whole ? "" : ", recovering");
    case "amnesia":
      return "does a put still count on what I may have lost?";
    case "amnesia_reply":
      return message.clear ? "no put counts on that" : "a put may still count on that";
    case "settle_ask":
      return `${message.since === null ? "" : "once more: "}may ${keysAt(message.keys, names)} ${
        doneWith(message.how)
      }?`;
    case "settle_reply":
      return message.answers.join(", ") || "nothing was asked";
    case "settle_do":
      return `${keysAt(message.keys, names)} may ${doneWith(message.how)}`;
    case "take":
      return `I am to have seat ${message.seat}${message.passes ? ", yours" : ""}`;
    case "take_reply":
      return message.mark === null ? "not now, or not to you" : "what I store is kept in mind";
    case "promote":
      return "I have what you held: the seat, please";
    case "promote_reply":
      return PROMOTED[message.ending];
    case "claim":
      return `what are you for ${message.ranges.length} ranges?`;
    case "claim_reply":
      return message.stations === null
        ? "I cannot say"
        : message.stations.map((station) =>
          station === null ? "nothing" : `${station.role} seat ${station.seat}`
        ).join(", ") || "nothing was asked";
    case "held_ask":
      return `do you hold ${keysAt(message.keys, names)}?`;
    case "held_reply":
      return message.held.map((is) => is ? "yes" : "no").join(", ") || "nothing was asked";
    case "probe":
      return "are you there?";
    case "probe_reply":
      return "I am";
    case "gossip":
      return "this much is known here";
    case "gossip_reply":
      return message.groups === null ? "the same is known here" : "something else is known here";
    case "gossip_held":
      return `${message.held.length} things are known where we differ`;
    case "gossip_rumors":
      return `${message.rumors.length} things that are news; ${message.wanted.length} are wanted`;
    case "gossip_recall":
      return "what do you remember of me?";
    case "gossip_recalled":
      return message.tick === 0 ? "nothing" : `that your store has lived until ${message.tick}`;
  }
}

/**
 * What a client is told.
 *
 * @param writeId What the client has written, if it is known: it tells an answer that gives a context from one that would
 * cover what its client was never shown.
 */
export function describeReply(reply: Reply, names: Names, writeId: WriteId | null = null): string {
  switch (reply.kind) {
    case "get": {
      const { view, container, participants, sessionReset } = reply;
      const context = container.clock.size === 0 ? [] : [`context ${names.clock(container.clock)}`];
      return [
        `${found(view)}${hidden(view, container)}`,
        `${nodesThat(participants, ["found", "absent"])} answered`,
        ...context,
        ...(sessionReset ? ["the session begins anew"] : []),
      ].join("; ");
    }
    case "put": {
      const { view, container } = reply;
      const shows = container.siblings.length === 0
        ? "nothing was left to delete"
        : !isNothing(view) && (view.length > 1 || (writeId !== null && !showsOnly(view, writeId)))
        ? `${view.length === 1 ? "another value" : `${view.length} siblings`}: ${
          view.map(describeValue).join(", ")
        }`
        : `context ${names.clock(container.clock)}`;
      return `${doneBy(reply)}; ${shows}${hidden(view, container)}`;
    }
    case "props":
      return `bucket properties ${
        Object.entries(reply.props).map(([prop, value]) => `${prop}=${value}`).join(" ")
      }`;
    case "committed":
      return `committed ${hex(reply.change).slice(0, 8)}`;
    case "failure":
      return describeFailure(reply);
  }
}

/** Why it failed, what was wanted and got, and who said what. Indefinite: it may have happened nevertheless. */
export function describeFailure(failed: Failure): string {
  const { error, definite, want, got, participants, detail } = failed;
  const counts = Object.keys(want).filter((name) => (got[name] ?? 0) < want[name]!)
    .map((name) => `${name} ${got[name] ?? 0} of ${want[name]}`);
  const said = participants.map(({ node, said }) => `${node} ${said}`);
  const why = counts.length + said.length === 0 ? detail : [...counts, ...said].join(", ");
  return `${ERRORS[error].status} ${error}, ${definite ? "definite" : "indefinite"}: ${why}`;
}

/** What a node is woken for. */
export function describeTimer({ kind }: Timer): string {
  switch (kind) {
    case "deadline":
      return "time is up for a request";
    case "linger":
      return "an answered read stops gathering replies";
    case "patience":
      return "the coordinator of a forwarded put is silent";
    case "stand_in":
      return "replicas that are silent are stood in for";
    case "handoff":
      return "hints are taken to their owners";
    case "exchange":
      return "trees are compared with a peer's";
    case "gossip":
      return "a peer is gossiped with";
    case "gate":
      return "background work waits its turn";
    case "settle":
      return "what may be reaped is looked for";
    case "handover":
      return "what moves to other owners goes on";
    case "probe":
      return "peers are probed";
    case "props_retry":
      return "bucket properties are told again";
  }
}

/** What a node wants done; who wants it stands before it. */
export function describeEffect(effect: Effect, names: Names): string {
  switch (effect.kind) {
    case "send":
      return `-> ${effect.to} ${describeMessage(effect.message, names)}`;
    case "fetch":
      return `reads ${names.key(effect.name)}`;
    case "store":
      return effect.record === null
        ? `removes ${names.key(effect.name)}${keptFor(effect.owner)}`
        : `stores ${names.key(effect.name)} ${describeContainer(effect.record.container, names)}${
          keptFor(effect.owner)
        }`;
    case "peer":
      return `finds ${effect.node} at ${effect.addresses.join(", ")}`;
    case "scan_records":
      return "reads a page of its records";
    case "find_records":
      return `reads ${effect.keys.length} of its records`;
    case "scan_hints":
      return `looks for what it keeps for ${effect.owner}`;
    case "store_meta":
      return `stores its ${effect.value.kind}`;
    case "reply":
      return `answers ${describeReply(effect.reply, names)}`;
    case "verdict":
      return effect.verdict.refused ? `refuses the batch: ${effect.verdict.refused}` : "takes it";
    case "set_timer":
      return `sets a timer: ${describeTimer(effect.timer)}, at ${effect.atMs} ms`;
    case "cancel_timer":
      return `cancels a timer: ${describeTimer(effect.timer)}`;
    case "mark":
      return `notes ${effect.name}`;
    case "ready":
      return "is ready";
    case "halt":
      return `halts: ${effect.reason}`;
  }
}

function doneWith(how: Settling): string {
  return how === "reap" ? "go" : "forget who has written nothing that is left";
}

function keysAt(keys: readonly KeyAt[], names: Names): string {
  return keys.map(({ name }) => names.key(name)).join(", ");
}

function keptFor(owner: NodeId | null): string {
  return owner === null ? "" : ` for ${owner}`;
}

type Valued = Pick<PutAsk["version"], "tombstone" | "content">;
type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

function describeSeen(seen: Seen | null, names: Names): string {
  return seen === null ? "blind" : `having seen ${names.clock(seen.clock)}`;
}

function describeOutcome(outcome: PutDone | Failure, names: Names): string {
  if (outcome.kind === "failure") return describeFailure(outcome);
  return `${doneBy(outcome)}; ${describeContainer(outcome.container, names)}`;
}

function readOutcome({ outcome }: MessageOf<"read_reply">, names: Names): string {
  switch (outcome.kind) {
    case "found":
      return `holds ${describeContainer(outcome.container, names)}`;
    case "absent":
      return "holds nothing";
    case "damaged":
      return "holds a damaged record";
    case "not_serving":
      return "does not serve the key";
    case "failed":
      return `could not read: ${outcome.reason}`;
  }
}

function writeOutcome({ outcome }: MessageOf<"write_reply">): string {
  switch (outcome.kind) {
    case "stored":
      return outcome.durable ? "stored it" : "took it, not durable yet";
    case "not_serving":
      return "does not serve the key";
    case "failed":
      return `could not store it: ${outcome.reason}`;
  }
}

function doneBy({ participants }: PutDone): string {
  return `done, ${nodesThat(participants, ["stored"])} stored it`;
}

function nodesThat(participants: readonly Participant[], said: Participant["said"][]): string {
  return participants.filter((one) => said.includes(one.said)).map(({ node }) => node).join(" ");
}

function found(view: readonly Sibling[]): string {
  if (isNothing(view)) return "not found";
  const values = view.map(describeValue).join(", ");
  return view.length === 1 ? `found ${values}` : `found ${view.length} siblings: ${values}`;
}

function isNothing(view: readonly Sibling[]): boolean {
  return view.every(({ version }) => version.tombstone);
}

function hidden(view: readonly Sibling[], { siblings }: Container): string {
  const more = siblings.length - view.length;
  return more > 0 ? ` (hidden: ${more})` : "";
}

function propEntry({ bucket, prop, value }: PropEntry): string {
  return `${shown(bucket)}.${prop}=${value}`;
}
