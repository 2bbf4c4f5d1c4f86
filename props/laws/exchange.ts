/**
 * The laws of anti-entropy between real nodes (paper, section 4.7): replicas that were given different things become equal
 * by comparing their trees, without one read, and then say nothing more than their roots.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type LeafKey, leafKey } from "../../src/anti_entropy/merkle_tree_key.ts";
import {
  type Digest,
  nameBytes,
  type NodeId,
  type ObjectName,
  type WriteId,
} from "../../src/id.ts";
import { fold, History } from "../../src/membership/history.ts";
import type { Message } from "../../src/protocol/message.ts";
import { positionOf } from "../../src/ring/hash.ts";
import { preferenceList } from "../../src/ring/preference_list.ts";
import { containerDigest, LEAF_VERSION } from "../../src/version/digest.ts";
import { ask, nameOf } from "../asks.ts";
import { Disasters } from "../disasters.ts";
import { example, type Law, schedule } from "../law.ts";
import { World } from "../world.ts";
import { arrive, cutOf, NAME, ownersOf, PATH, runLosing } from "./driving.ts";

const EXCHANGE_MS = 1_000;
const PATHS = ["b/k1", "b/k2", "b/k3"];

/** One thing that makes replicas unlike. Numbers are taken modulo what there is. */
interface Harm {
  readonly kind: "put" | "delete" | "wipe" | "vanish" | "damage" | "restart";
  readonly node: number;
  readonly key: number;
  /** Which messages of the put are lost, one after the other. */
  readonly lost: readonly boolean[];
}

const harms = fc.array(
  fc.record({
    kind: fc.constantFrom<Harm["kind"]>(
      ...["put", "put", "put", "delete", "wipe", "vanish", "damage", "restart"] as const,
    ),
    node: fc.nat(4),
    key: fc.nat(2),
    lost: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  }),
  { maxLength: 12, size: "max" },
);

/** A leaf of nothing that there is. */
const WRONG = "not a real digest".slice(0, 16) as Digest;
/** A leaf that says what the disk does not hold. At one node all are right: else nobody could see it. */
const lies = fc.record({
  node: fc.nat(1),
  key: fc.nat(2),
  kind: fc.constantFrom("gone", "other", "more"),
});

/** The laws of this file. */
export const laws: readonly Law[] = [
  example(
    "M10",
    "a node that stores its register more often than it compares compares all the same",
    () => {
      const config = { exchangeMs: 4_000, tickMs: 500, gossipMs: 500 };
      const world = new World({ nodes: 3, config });
      const [a, b] = world.ids as [NodeId, NodeId];
      world.put(a, { ...ask(PATH, "x", "w".repeat(16) as WriteId), w: 2 });
      runLosing(world, (_, to, kind) => kind === "write" && to === b);
      assert(world.onDisk(b, NAME) === undefined);
      for (let ms = 0; ms < 8_000; ms += 250) {
        world.wait(250);
        world.run();
      }
      assert(world.onDisk(b, NAME) !== undefined);
    },
  ),
  schedule(
    "M10 M11 M16",
    "replicas of any history become equal without a read, and then tell each other roots alone",
    (run) => {
      run.forAll(fc.constantFrom(3, 5), harms, (nodes, harms) => {
        const world = new World({ nodes, config: { exchangeMs: EXCHANGE_MS } });
        harm(world, harms);
        rounds(world, 3 * nodes);
        for (const path of PATHS) {
          const states = new Set(replicas(world, path).map((id) => stateOf(world, id, path)));
          assertEquals(states.size, 1, `M10: the replicas of ${path} differ`);
        }
        const before = world.sent.length;
        rounds(world, nodes);
        const said = new Set(world.sent.slice(before).map(({ message }) => message.kind));
        const isRoots = (kind: Message["kind"]) => ["roots", "roots_reply"].includes(kind);
        assert([...said].every(isRoots), `M11: equal replicas say ${[...said]}`);
        return true;
      });
    },
    { runs: 150 },
  ),
  example(
    "M16",
    "a disk that was wiped has everything again, and nobody has read anything",
    () => {
      const world = new World({ nodes: 3, config: { exchangeMs: EXCHANGE_MS } });
      const [a] = world.ids as [NodeId];
      PATHS.forEach((path, i) => put(world, a, path, `v${i}`));
      world.run();
      new Disasters(world).befall(a, "wipe", nameOf(PATHS[0]!));
      assertEquals(world.onDisk(a, nameOf(PATHS[0]!)), undefined);
      const before = world.sent.length;
      world.run();
      for (const path of PATHS) assert(world.onDisk(a, nameOf(path)) !== undefined, path);
      const kinds = world.sent.slice(before).map(({ message }) => message.kind);
      assert(!kinds.includes("read"));
    },
  ),
  example(
    "M16 H5",
    "a replica that was silent when its put reached W has no hint anywhere, and gets what it missed without a read",
    () => {
      const world = new World({ nodes: 5, config: { exchangeMs: EXCHANGE_MS } });
      const { owners: [x, , z] } = ownersOf(world, 3);
      const ticket = world.put(x!, ask(PATH, "v", "w".repeat(16) as WriteId));
      runLosing(world, (_, to) => to === z);
      assertEquals(world.replies.get(ticket)?.kind, "put");
      assertEquals([...world.machines.values()].flatMap(({ disk }) => disk.hints.all), []);
      assertEquals(world.onDisk(z!, NAME), undefined);
      const before = world.sent.length;
      rounds(world, 5);
      assertEquals(stateOf(world, z!, PATH), stateOf(world, x!, PATH));
      const kinds = world.sent.slice(before).map(({ message }) => message.kind);
      assert(!kinds.includes("read"));
    },
  ),
  example(
    "M11",
    "a store that failed and has landed nevertheless is repaired once, and not for ever",
    () => {
      const world = new World({ nodes: 3, config: { exchangeMs: EXCHANGE_MS } });
      const [a] = world.ids as [NodeId];
      put(world, a, PATHS[0]!, "v");
      while (!world.pending.some((next) => next.kind === "io" && next.effect.kind === "store")) {
        world.happen();
      }
      const index = world.pending.findIndex((next) =>
        next.kind === "io" && next.effect.kind === "store"
      );
      world.land(index, "failed");
      world.run();
      rounds(world, 6);
      const before = repairsIn(world.sent);
      rounds(world, 3);
      assertEquals(repairsIn(world.sent), before);
    },
  ),
  schedule(
    "M13 M11 M5",
    "leaves that are not what the disk holds are found by comparing, and mended from the data",
    (run) => {
      run.forAll(fc.array(lies, { minLength: 1, maxLength: 6 }), (lies) => {
        const world = new World({ nodes: 3, config: { exchangeMs: EXCHANGE_MS } });
        const [first] = world.ids as [NodeId];
        for (const path of PATHS) put(world, first, path, `v of ${path}`);
        world.run();
        for (const { node, key, kind } of lies) {
          const name = nameOf(PATHS[key]!);
          for (const { tree } of world.machines.get(world.ids[node]!)!.node.trees!.plots) {
            const leaf = leafKey(name, positionOf(name));
            if (tree.get(leaf) === null) continue;
            if (kind === "gone") tree.remove(leaf);
            else if (kind === "other") tree.put(leaf, WRONG);
            else tree.put((leaf.slice(0, 15) + "\0") as LeafKey, WRONG);
          }
        }
        rounds(world, 9);
        const roots = world.ids.map((id) =>
          world.machines.get(id)!.node.trees!.plots.map(({ end, tree }) => [end, tree.root()])
            .filter(([, root]) => root !== null).sort()
        );
        for (const id of world.ids) {
          world.crash(id);
          world.restart(id);
        }
        world.run();
        const rebuilt = world.ids.map((id) =>
          world.machines.get(id)!.node.trees!.plots.map(({ end, tree }) => [end, tree.root()])
            .sort()
        );
        assertEquals(roots, rebuilt, "M5");
        const before = repairsIn(world.sent);
        rounds(world, 3);
        assertEquals(repairsIn(world.sent), before, "M11");
        return true;
      });
    },
    { runs: 60 },
  ),
  example(
    "M19",
    "whoever makes leaves of another version is not compared with: nothing is repaired, and nobody is whole by it",
    () => {
      const world = new World({ nodes: 3, config: { exchangeMs: EXCHANGE_MS } });
      const [a, b] = world.ids as [NodeId, NodeId];
      put(world, a, PATHS[0]!, "v");
      world.run();
      const before = world.sent.length;
      const [end] = world.machines.get(a)!.node.trees!.plots.map(({ end }) => end);
      const roots = [{ end: end!, n: 3, root: WRONG }];
      const cut = cutOf(world);
      const said = { kind: "roots", request: 1, leaves: LEAF_VERSION + 1, cut, roots } as const;
      arrive(world, { from: b, to: a, message: said });
      world.run();
      assertEquals(world.sent.length, before, "nothing is answered");
      assertEquals(world.marks.get("exchange.other_leaves"), 1);
      // A node that recovers, and whose leaves nobody else makes, does so still, and says whom it waits for.
      new Disasters(world).befall(b, "wipe", nameOf(PATHS[0]!));
      for (let ms = 0; ms < 30_000; ms += 500) {
        while (world.pending.length > 0) {
          const next = world.pending[0]!;
          if (next.kind === "message" && next.from === b && next.message.kind === "roots") {
            world.pending[0] = { ...next, message: { ...next.message, leaves: LEAF_VERSION + 1 } };
          }
          world.happen();
        }
        world.wait(500);
      }
      const { recovery } = world.machines.get(b)!.node.trees!;
      assert(recovery.ranges > 0);
      assertEquals(recovery.waitsFor.map(({ peer }) => peer), world.ids.filter((id) => id !== b));
      const { records } = world.machines.get(b)!.disk;
      assertEquals(records.size, 0, "nothing is repaired");
    },
  ),
  schedule(
    "M12 H13",
    "trees are compared of ranges that both hold, and copies go to primaries alone",
    (run) => {
      run.forAll(harms, (harms) => {
        const world = new World({ nodes: 5, config: { exchangeMs: EXCHANGE_MS } });
        const { ring } = fold(History.of(world.genesis));
        harm(world, harms);
        rounds(world, 6);
        for (const { from, to, message } of world.sent) {
          if (message.kind === "roots") {
            for (const { end, n } of message.roots) {
              const owners = ring.owners(end, n);
              assert(owners.includes(from) && owners.includes(to), `M12: ${from} tells ${to}`);
            }
          }
          for (const name of copiesIn(message)) {
            const owners = preferenceList(ring, positionOf(name), world.config.n)
              .filter(({ role }) => role === "primary").map(({ node }) => node);
            assert(owners.includes(to), `H13: ${to} is sent what it does not serve`);
          }
        }
        return true;
      });
    },
    { runs: 50 },
  ),
];

function harm(world: World, harms: readonly Harm[]): void {
  const disasters = new Disasters(world);
  harms.forEach(({ kind, node, key, lost }, i) => {
    const id = world.ids[node % world.ids.length]!;
    const path = PATHS[key % PATHS.length]!;
    if (kind === "put" || kind === "delete") {
      put(world, id, path, kind === "put" ? `v${i}` : null);
      let seen = 0;
      while (world.pending.length > 0) {
        const isCopy = (next: typeof world.pending[number]) =>
          next.kind === "message" && next.message.kind === "write";
        if (isCopy(world.pending[0]!) && lost[seen++ % lost.length]) world.fail(0);
        else world.happen();
      }
      // What waits for an answer that never comes gives up.
      world.wait(world.config.maxRequestMs);
      return world.run();
    }
    if (kind === "damage") world.damage(id, nameOf(path));
    else if (kind === "restart") {
      world.crash(id);
      world.restart(id);
    } else disasters.befall(id, kind, nameOf(path));
    world.run();
    // Whoever reads a record that has gone bad, or is gone, finds out: a tree is no better than what is known.
    if (kind === "damage" || kind === "vanish") {
      world.crash(id);
      world.restart(id);
      world.run();
    }
  });
}

/** Every node compares its trees with a peer, so often. */
function rounds(world: World, count: number): void {
  for (let i = 0; i < count; i++) {
    world.wait(EXCHANGE_MS);
    world.run();
  }
}

let puts = 0;
function put(world: World, at: NodeId, path: string, text: string | null): void {
  const writeId = String(++puts).padStart(16, "0") as WriteId;
  world.put(at, { ...ask(path, text, writeId), w: 1, dw: 1, sloppyQuorum: false });
}

function replicas(world: World, path: string): NodeId[] {
  const { ring } = fold(History.of(world.genesis));
  return preferenceList(ring, positionOf(nameOf(path)), world.config.n)
    .filter(({ role }) => role === "primary").map(({ node }) => node);
}

function stateOf(world: World, id: NodeId, path: string): string {
  const name = nameOf(path);
  const record = world.onDisk(id, name);
  // What has gone bad is absent.
  const isSound = record && !world.machines.get(id)!.disk.damaged.has(nameBytes(name));
  return isSound ? containerDigest(name, record.container) : "nothing";
}

/** The keys of which a message brings a copy that nobody has to keep for another. */
function copiesIn(message: Message): ObjectName[] {
  if (message.kind === "repair") return [message.name];
  return message.kind === "want_reply" ? message.copies.map(({ name }) => name) : [];
}

function repairsIn(sent: readonly { readonly message: Message }[]): number {
  return sent.flatMap(({ message }) => copiesIn(message)).length;
}
