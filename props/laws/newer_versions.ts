/**
 * The laws of clusters in which not everybody runs the same version: what a later one has written is told from damage, and
 * who cannot read it stays where it is, in words.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { nodeId } from "../../src/id.ts";
import { planChange } from "../../src/membership/plan.ts";
import { SPEAKS } from "../../src/membership/register.ts";
import { makeRevision } from "../../src/protocol/canonical.ts";
import type { Revision } from "../../src/protocol/change.ts";
import {
  CodecError,
  decodeEnvelope,
  encodeEnvelope,
  FORMAT,
  UnknownVersionError,
} from "../../src/protocol/codec.ts";
import type { Message } from "../../src/protocol/message.ts";
import { drawFrom } from "../../src/ring/tokens.ts";
import { envelope } from "../message_generators.ts";
import { example, type Law, random } from "../law.ts";
import { GossipNet, joinOf, type Site } from "./gossip_net.ts";

type Rumors = Extract<Message, { kind: "gossip_rumors" }>;

/** Where the messages stand in a batch. */
const MESSAGES = 6;
const MOST_ROUNDS = 400;

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "V10",
    "a kind above all that are known is of a newer rotor, and no other damage is taken for that",
    (run) => {
      const some = envelope.filter(({ messages }) => messages.length > 0);
      const tag = fc.oneof(fc.integer({ min: 1_000, max: 2 ** 40 }), fc.constantFrom(...ODD));
      run.forAll(some, fc.nat(), tag, (envelope, at, tag) => {
        const raw = decode(encodeEnvelope(envelope).subarray(1)) as unknown[][];
        const messages = raw[MESSAGES] as unknown[][];
        messages[at % messages.length]![0] = tag;
        const bytes = new Uint8Array([FORMAT, ...encode(raw)]);
        const error = assertThrows(() => decodeEnvelope(bytes), CodecError);
        assertEquals(error instanceof UnknownVersionError, typeof tag === "number" && tag >= 1_000);
        return true;
      });
      assertEquals(SPEAKS.wire, FORMAT);
    },
  ),
  example("V10", "what stands beside a rumor of a newer rotor is read", () => {
    const net = new GossipNet({ founders: ["a", "b"] });
    const known = joining(net.at("a"), "c");
    const [told] = asNewer([known, joining(net.at("b"), "d")], [1]);
    assertEquals(told.rumors[0], { kind: "change", change: known });
    const unknown = told.rumors[1];
    if (unknown?.kind !== "unknown") throw new Error(`a change that was read: ${unknown?.kind}`);
    assertEquals(unknown.isChange, true);
    assertMatch(
      unknown.why,
      /^Cannot decode envelope\.messages\[0\]\.rumors\[1\]\.change\.steps\[0\]\.kind: it is of a newer rotor/,
    );
  }),
  random(
    "G17 G2",
    "who cannot read a change goes on with what it knows, and commits nothing on it",
    (run) => {
      run.forAll(fc.boolean(), fc.boolean(), (isFork, isFirst) => {
        const net = new GossipNet({ founders: ["a", "b"] });
        net.until(() => net.alike(), MOST_ROUNDS);
        const [a, b] = [net.at("a"), net.at("b")];
        const strange = joining(a, "c");
        const book = a.membership.book.take([strange]);
        if (book.kind !== "taken") throw new Error("a change on all heads was not taken");
        // What stands on it, and what does not.
        const child = makeRevision({ ...strange, ...book.history.next(), steps: [joinOf("e")] });
        const beside = joining(a, "d");
        const all = [strange, child, ...(isFork ? [beside] : [])];
        const [told] = asNewer(isFirst ? all : all.toReversed(), [all.indexOf(strange)], isFirst);
        const before = b.membership.history;
        net.arrive(a.id, b, told);
        const { view, book: after } = b.membership;
        assert(
          !after.changes.has(strange.id) && !after.changes.has(child.id),
          "a gap was read over",
        );
        assertEquals(view.status.has(nodeId("e")), false);
        // A batch is taken whole or not at all: what stands beside the gap comes by itself.
        assertEquals(b.membership.history, before);
        if (isFork) {
          net.arrive(a.id, b, { ...told, rumors: [{ kind: "change", change: beside }] });
          assertEquals(b.membership.view.status.get(nodeId("d")), "in");
        }
        const refused = commit(net, b);
        assertEquals(refused.kind === "failure" && [refused.error, refused.definite], [
          "stale_plan",
          true,
        ]);
        assert(refused.kind === "failure" && refused.detail.includes("a knows a change that this"));
        // A newer program on the same disk reads it.
        net.start("b");
        net.arrive(a.id, b, { ...told, rumors: all.map((change) => ({ kind: "change", change })) });
        assertEquals(b.membership.view.status.get(nodeId("e")), "in");
        assertEquals(commit(net, b).kind, "committed");
        return true;
      });
    },
    { runs: 10 },
  ),
];

/** Tags that no version has. */
const ODD: readonly unknown[] = [-1, 0.5, "read", null, []];

/** A node plans that another joins. */
function joining(site: Site, id: string): Revision {
  const steps = [joinOf(id)];
  const { book } = site.membership;
  return planChange(book, { author: site.id, wallMs: 0, steps, draw: drawFrom(id) });
}

function commit(net: GossipNet, site: Site) {
  const { steps, moves } = joining(site, "z");
  const plannedOn = site.membership.history;
  net.do(site, (out) => site.membership.commit(1, { plannedOn, steps, moves }, out));
  return site.replies.at(-1)!;
}

/** What is read of a batch that tells these changes, where in some of them a step is of a kind that is not known yet. */
function asNewer(
  changes: readonly Revision[],
  strange: readonly number[],
  isFirst = true,
): [Rumors] {
  const rumors = changes.map((change) => ({ kind: "change" as const, change }));
  const message: Rumors = { kind: "gossip_rumors", rumors, wanted: [] };
  const batch = { ...fc.sample(envelope, { numRuns: 1, seed: 1 })[0]!, messages: [message] };
  const raw = decode(encodeEnvelope(batch).subarray(1)) as unknown[];
  // deno-lint-ignore no-explicit-any
  const told = (raw as any)[MESSAGES][0][1];
  for (const i of strange) {
    const at = isFirst ? i : changes.length - 1 - i;
    told[at][1].at(-2)[0][0] = 1_000;
  }
  const [read] = decodeEnvelope(new Uint8Array([FORMAT, ...encode(raw)])).messages;
  return [read as Rumors];
}
