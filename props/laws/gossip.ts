/**
 * The laws of gossip: what any node knows every node comes to know, whatever was cut, held down, restarted or late; and of
 * what is over nothing comes back. Nodes are the rooms of production on a net of rounds; what they must know in the end
 * is kept beside them as a list of what was ever committed and set.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type NodeId, nodeId } from "../../src/id.ts";
import type { Revision, Step } from "../../src/protocol/change.ts";
import type { Message } from "../../src/protocol/message.ts";
import { example, type Law, random } from "../law.ts";
import { GossipNet, joinOf, memberOf, ROUND_MS, type Site } from "./gossip_net.ts";
import { Sometimes } from "./sometimes.ts";

/** Longer than anything here takes: one round in ten crosses a split, by chance. */
const MOST_ROUNDS = 400;

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "G4 G1",
    "after a split all come to know exactly what was committed and set on any side",
    (run) => {
      const seen = new Sometimes();
      run.forAll(someSplit, ({ size, side, acts }) => {
        seen.begin();
        const names = NAMES.slice(0, size);
        const sideOf = (id: string) => side.includes(names.indexOf(id));
        let split = true;
        const net = new GossipNet({
          founders: names,
          reaches: (from, to) => !split || sideOf(from) === sideOf(to),
        });
        const committed = new Set([net.genesis.id]);
        const set = new Map<string, boolean>();
        for (const { at, what, value } of acts) {
          const id = names[at % size]!;
          if (what === "set") {
            net.set(id, `b${id}`, value % 2 === 0);
            set.set(`b${id}`, value % 2 === 0);
          } else if (what === "round") net.rounds();
          else {
            const node = memberOf(names[value % size]!);
            const step: Step = what === "weight"
              ? { kind: "weight", node: node.node, weight: 1 + value % 4 }
              : { kind: "zone", node: node.node, zone: `z${value}` };
            const reply = net.commit(id, [step]);
            if (reply.kind === "committed") committed.add(reply.change);
          }
        }
        split = false;
        net.until(() => net.alike(), MOST_ROUNDS);
        for (const site of net.all) {
          const { book, registers } = site.membership;
          const authored = [...book.changes.values()].filter((change) =>
            change.kind === "genesis" || change.author !== null
          );
          assertEquals(new Set(authored.map(({ id }) => id)), committed);
          assertEquals(new Map(site.props.entries.map((one) => [one.bucket, one.value])), set);
          assertEquals(registers.said.length, size);
          for (const other of net.all) {
            assertEquals(registers.of(other.id), other.membership.register);
          }
        }
        const { heads } = net.all[0]!.membership.book;
        if (committed.size > 2) seen.saw("changes");
        if (set.size > 1) seen.saw("properties");
        if (heads.length > 1) seen.saw("forks");
        return true;
      });
      seen.demand(60, { changes: 15, properties: 10, forks: 3 });
    },
    { runs: 60 },
  ),
  example("G29", "two sides that hold each other down for ever come together all the same", () => {
    // The founders are out, so nobody is called for being a seed.
    for (let seed = 0; seed < 8; seed++) {
      let split = false;
      const left = (id: string) => ["c", "d"].includes(id);
      const net = new GossipNet({
        founders: ["a"],
        health: (at, of) => split || left(at) === left(of) ? "up" : "down",
        reaches: (from, to) => !split || left(from) === left(to),
      });
      for (const id of ["c", "d", "e", "f"]) net.start(id, { seeds: ["a"] });
      net.commit("a", ["c", "d", "e", "f"].map(joinOf));
      net.until(() => net.alike(), MOST_ROUNDS);
      net.commit("c", [{ kind: "remove", node: nodeId("a"), acceptLoss: false }]);
      net.stop("a");
      net.until(() => net.alike(), MOST_ROUNDS);
      split = true;
      net.commit("c", [{ kind: "weight", node: nodeId("c"), weight: 2 }]);
      net.commit("e", [{ kind: "weight", node: nodeId("e"), weight: 3 }]);
      net.rounds(20 + seed);
      assert(!net.alike(), "there was no split");
      split = false;
      net.until(() => net.alike(), MOST_ROUNDS);
      assertEquals(net.at("f").membership.view.members.get(nodeId("c"))?.weight, 2);
    }
  }),
  example("G15", "two parts that know nobody in common meet by a seed", () => {
    const reaches = (from: NodeId, to: NodeId) => split ? from === to : true;
    let split = true;
    const net = new GossipNet({ founders: ["s"], reaches });
    const before = net.at("s").disk;
    // s takes a in and is removed by it; an older copy of s takes b in, and is removed by that.
    const grow = (id: string, seeds: string[]) => {
      net.start("s", { disk: before });
      net.start(id, { seeds });
      net.commit("s", [joinOf(id)]);
      split = false;
      net.until(() => net.at(id).membership.away === null, MOST_ROUNDS);
      net.commit(id, [{ kind: "remove", node: nodeId("s"), acceptLoss: true }]);
      net.stop("s");
      split = true;
      const site = net.at(id);
      site.up = false;
      return site;
    };
    const [a, b] = [grow("a", ["s", "b"]), grow("b", ["s"])];
    a.up = b.up = true;
    assertEquals([a, b].map(({ membership: { members } }) => [...members].join()), ["a", "b"]);
    split = false;
    net.until(() => net.alike(), MOST_ROUNDS);
    assertEquals([...a.membership.members].sort(), ["a", "b"]);
  }),
  example(
    "G5",
    "who was removed never comes back by what others knew, and nobody else goes",
    () => {
      let split = false;
      const late = (id: string) => id === "c" || id === "d";
      const net = new GossipNet({
        founders: ["a", "b", "c", "d"],
        reaches: (from, to) => !split || late(from) === late(to),
      });
      net.until(() => net.alike(), MOST_ROUNDS);
      split = true; // d goes on believing in c
      net.commit("a", [{ kind: "remove", node: nodeId("c"), acceptLoss: false }]);
      net.rounds(20);
      const { membership } = net.at("d");
      assertEquals(membership.view.status.get(nodeId("c")), "in");
      assertEquals(membership.registers.of(nodeId("c"))?.generation, 1);
      net.start("c"); // it begins anew meanwhile, and says so with a newer register
      net.rounds(20);
      split = false;
      net.until(() => net.alike(net.all.filter(({ id }) => id !== "c")), MOST_ROUNDS);
      net.rounds(20);
      for (const site of net.all) {
        const { view, registers, members } = site.membership;
        assertEquals(view.status.get(nodeId("c")), "out");
        assertEquals(registers.of(nodeId("c")), undefined, `${site.id} still has a register of c`);
        assertEquals([...members], ["a", "b", "d"]);
      }
      assertEquals(net.at("c").membership.away, "it is no member any more");
    },
  ),
  example(
    "G6",
    "who is out is told the history that says so, then who serves what, and nothing else, and not heard",
    () => {
      const net = new GossipNet({ founders: ["a", "b", "c"], reaches: (_, to) => to !== "c" });
      net.set("a", "bucket", true);
      net.commit("a", [{ kind: "remove", node: nodeId("c"), acceptLoss: false }]);
      const [a, c] = [net.at("a"), net.at("c")];
      assertEquals(c.membership.away, null, "it has heard");
      const hello = calls(net, c);
      const answers = net.arrive(c.id, a, hello).flatMap((one) => one.kind === "send" ? [one] : []);
      const [told, ...more] = answers.map(({ message }) => message);
      const rumors = told?.kind === "gossip_rumors" ? told.rumors : [];
      assertEquals(new Set(rumors.map(({ kind }) => kind)), new Set(["change"]));
      assertEquals(more, []);
      net.arrive(a.id, c, told!);
      assertEquals(c.membership.away, "it is no member any more");
      // Now it knows: it hears that this is known, and to whom it may give what it still holds. What it says changes nothing.
      const heard = net.arrive(c.id, a, calls(net, c)).flatMap((one) =>
        one.kind === "send" ? [one.message] : []
      );
      assertEquals(heard.map(({ kind }) => kind), ["gossip_reply", "gossip_rumors"]);
      const [reply, roles] = heard;
      assertEquals(reply?.kind === "gossip_reply" && reply.groups, null);
      const kinds = roles?.kind === "gossip_rumors" ? roles.rumors.map(({ kind }) => kind) : [];
      assertEquals(new Set(kinds), new Set(["register"]));
      const before = a.knows;
      const entry = { type: "default", bucket: "x", prop: "r", value: 1, counter: 9 } as const;
      net.arrive(c.id, a, {
        kind: "gossip_rumors",
        rumors: [{ kind: "prop", entry: { ...entry, node: c.id } }],
        wanted: [`r${a.id}`],
      });
      assertEquals(a.knows, before);
    },
  ),
  example(
    "G6",
    "who has called and is no member is known, with where it is, until it is joined; nobody else is",
    () => {
      const net = new GossipNet({ founders: ["a", "b"], reaches: () => false });
      net.commit("a", [{ kind: "remove", node: nodeId("b"), acceptLoss: false }]);
      const x = net.start("x", { seeds: ["a"], address: "x:7" });
      const a = net.at("a");
      const known = () => a.gossip.outsiders.map(({ node, addresses }) => [node, ...addresses]);
      net.arrive(net.at("b").id, a, calls(net, net.at("b")));
      assertEquals(known(), [], "who is out may not come back");
      const hello = calls(net, x);
      net.arrive(x.id, a, hello);
      assertEquals(known(), [["x", "x:7"]]);
      net.arrive(x.id, a, { ...hello, addresses: ["x:8"] } as Message);
      assertEquals(known(), [["x", "x:8"]], "the last that it has said");
      net.commit("a", [joinOf("x")]);
      assertEquals(known(), []);
    },
  ),
  random(
    "G17",
    "restarts and disks that fail in the middle change nothing of what is known in the end",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.array(someTrouble, { minLength: 5, maxLength: 30 }), (troubles) => {
        seen.begin();
        const names = ["a", "b", "c"];
        const net = new GossipNet({ founders: names });
        const b = net.at("b");
        b.slow = true;
        for (const [i, { what, at }] of troubles.entries()) {
          const held = b.membership.history;
          const waits = b.storing.length > 0;
          if (what === "commit") {
            net.commit(at, [{ kind: "zone", node: nodeId("a"), zone: `z${i}` }]);
          } else if (what === "round") net.rounds();
          else if (what === "restart" && (b.disk.history.length > 0 || at !== "b")) {
            seen.saw(waits && at === "b" ? "restarts over a store" : "restarts");
            if (at === "b") b.storing.length = 0;
            net.stop(at);
            net.start(at);
          } else if (what === "fails" && b.membership.ready) {
            if (waits) seen.saw("failures");
            net.end(b, "failed");
          } else net.end(b, "durable");
          // What is read is on the disk: nothing is acted on that could be forgotten.
          const { book } = b.membership;
          const ids = new Set(b.disk.history.map(({ id }) => id));
          if (held !== book.digest) {
            for (const id of book.changes.keys()) assert(ids.has(id), "read before it was durable");
          }
        }
        b.slow = false;
        while (b.storing.length > 0) net.end(b, "durable");
        net.until(() => net.alike(), MOST_ROUNDS);
        return true;
      });
      seen.demand(60, { restarts: 20, "restarts over a store": 5, failures: 5 });
    },
    { runs: 60 },
  ),
  random(
    "G19",
    "when a fork has healed and been quiet, all make one merge, and after it none",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.integer({ min: 2, max: 5 }), fc.nat(3), fc.nat(3), (size, first, second) => {
        seen.begin();
        const names = NAMES.slice(0, size);
        let split = true;
        const side = (id: string) => names.indexOf(id) % 2;
        const reaches = (from: NodeId, to: NodeId) =>
          !split || side(from.slice(0, 1)) === side(to.slice(0, 1));
        const net = new GossipNet({ founders: names, partitions: 16, reaches });
        const commits = [
          { at: names[0]!, step: joinOf(`${names[0]}${first}`) },
          { at: names[1]!, step: joinOf(`${names[1]}${second}`) },
        ];
        for (const { at, step } of commits) {
          if (step.kind === "join") net.start(step.node, { seeds: [at] });
          net.commit(at, [step]);
        }
        net.rounds(5);
        split = false;
        net.until(() => net.alike(), MOST_ROUNDS);
        const quietFrom = net.round;
        const merged = () => net.all.every(({ membership }) => membership.book.heads.length === 1);
        const plans = net.all[0]!.membership.book.heads.length > 1;
        net.rounds(30);
        net.until(() => net.alike(), MOST_ROUNDS);
        const merges = net.all.map((site) => mergesOf(site));
        for (const some of merges) assertEquals(some, merges[0], "not everybody made the same");
        assert(merges[0]!.length <= 1, "merges go on");
        if (merges[0]!.length === 1) {
          seen.saw("merged");
          assert(merged(), "a merge left a fork");
          const owns = [...net.all[0]!.membership.view.owners.values()];
          const counts = [...net.all[0]!.membership.members].map((node) =>
            owns.filter((owner) => owner === node).length
          );
          assert(Math.max(...counts) - Math.min(...counts) <= 1, `uneven after it: ${counts}`);
        } else assert(!plans || quietFrom >= 0);
        return true;
      });
      seen.demand(30, { merged: 10 });
    },
    { runs: 30 },
  ),
  example("G19", "nobody merges too early, nor while one of them plans otherwise", () => {
    let split = true;
    const reaches = (from: NodeId, to: NodeId) => !split || from === to;
    const net = new GossipNet({ founders: ["a", "b"], partitions: 16, reaches });
    net.commit("a", [joinOf("x")]);
    net.commit("b", [joinOf("y")]);
    split = false;
    net.until(() => net.at("a").membership.book.heads.length === 2, MOST_ROUNDS);
    // x and y have joined and never spoken: how they plan nobody knows.
    net.rounds(40);
    assertEquals(mergesOf(net.at("a")), []);
    for (const id of ["x", "y"]) net.start(id, { seeds: ["a"] });
    const since = net.round;
    net.until(() => mergesOf(net.at("a")).length === 1, MOST_ROUNDS);
    assert((net.round - since) * ROUND_MS < 40_000, "it came late");
  }),
  example("G19", "a fork that is young is left alone", () => {
    let split = true;
    const reaches = (from: NodeId, to: NodeId) => !split || from === to;
    const net = new GossipNet({ founders: ["a", "b"], partitions: 16, reaches });
    for (const [at, id] of [["a", "x"], ["b", "y"]] as const) {
      net.start(id, { seeds: [at] });
      net.commit(at, [joinOf(id)]);
    }
    split = false;
    net.until(() => net.alike() && net.at("a").membership.book.heads.length === 2, MOST_ROUNDS);
    const since = net.round;
    net.rounds(5);
    assertEquals(mergesOf(net.at("a")), []);
    net.until(() => mergesOf(net.at("a")).length === 1, MOST_ROUNDS);
    assert(net.round - since >= 8, "it did not wait");
  }),
  example("G35", "what is alike costs the same few bytes in a cluster of any size", () => {
    const costs = [3, 12, 40].map((size) => {
      const founders = Array.from({ length: size }, (_, i) => `n${i}`);
      const net = new GossipNet({ founders, partitions: 64 });
      net.until(() => net.alike(), MOST_ROUNDS);
      net.weighs = true;
      net.rounds(10);
      return net.all.reduce((sum, { bytes }) => sum + bytes, 0) / size / 10;
    });
    for (const cost of costs) assert(cost < 450, `${costs} bytes a node and round`);
    assert(Math.max(...costs) < 1.2 * Math.min(...costs), `${costs} bytes a node and round`);
  }),
];

const NAMES = ["a", "b", "c", "d", "e", "f"];

const someSplit = fc.record({
  size: fc.integer({ min: 2, max: 6 }),
  side: fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1, maxLength: 5 }),
  acts: fc.array(
    fc.record({
      at: fc.nat(5),
      what: fc.constantFrom("weight", "zone", "set", "round"),
      value: fc.nat(9),
    }),
    { maxLength: 12 },
  ),
});

const someTrouble = fc.record({
  what: fc.constantFrom("commit", "round", "round", "restart", "fails", "lands", "lands"),
  at: fc.constantFrom("a", "b", "b", "c"),
});

/** The ids of merge changes that a node knows. */
function mergesOf({ membership: { book } }: Site): string[] {
  return [...book.changes.values()].filter((change): change is Revision =>
    change.kind === "revision" && change.author === null
  ).map(({ id }) => id).sort();
}

/** What a node says when it turns to another. */
function calls(net: GossipNet, site: Site): Message {
  for (;;) {
    const effects = net.do(site, (out) => site.gossip.onTimer(out));
    for (const effect of effects) if (effect.kind === "send") return effect.message;
  }
}
