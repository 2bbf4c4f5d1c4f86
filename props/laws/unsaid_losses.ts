/**
 * Nodes that have met a record that cannot be read, and whose flag is not durable yet (protocol.md, Part 1 e, Recovery): from
 * that moment on they tell nobody that they are whole, and they say it until it is stored.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { NodeId, WriteId } from "../../src/id.ts";
import type { Message } from "../../src/protocol/message.ts";
import { ask, texts } from "../asks.ts";
import { Disasters } from "../disasters.ts";
import { example, exhaustive, type Law } from "../law.ts";
import type { Pending } from "../pending.ts";
import { World } from "../world.ts";
import { NAME, ownersOf, PATH, put, runLosing, wasPut } from "./driving.ts";

const WRITE = "w".repeat(16) as WriteId;

/** The laws of this file. */
export const laws: readonly Law[] = [
  exhaustive(
    "S14 S21",
    "whoever was wiped does not count by the word of a node that has met damage, however slow the store of its flag is: every seat",
    () => {
      const came = { recovering: 0, told: 0 };
      for (const seat of [0, 1, 2, 3, 4]) {
        for (const isSlow of [true, false]) {
          const config = { n: 5, r: 3, w: 3, exchangeMs: 10_000, probeMs: 1_000 };
          const world = new World({ nodes: 5, config });
          world.run();
          const { owners } = ownersOf(world, 5);
          const [x, p, q, r, s] = owners.map((_, i) => owners[(i + seat) % 5]!) as [
            ...[NodeId, NodeId, NodeId, NodeId, NodeId],
          ];
          const ticket = world.put(q, { ...ask(PATH, "x", WRITE), w: 3 });
          runLosing(world, (_, to, kind) => kind === "write" && (to === r || to === s));
          wasPut(world.replies.get(ticket));
          // Three had it: one is away, one finds its record damaged, one is wiped.
          world.crash(q);
          world.damage(p, NAME);
          world.crash(p);
          world.restart(p);
          new Disasters(world).befall(x, "wipe", NAME);
          const held = live(world, { ms: 70_000, away: q, slow: isSlow ? p : null });
          if (held.length > 0) came.told++;
          if (recovers(world, x)) came.recovering++;
          const read = world.get(r, { name: NAME, r: 3 });
          live(world, { ms: 1_000, away: q, slow: null });
          const reply = world.replies.get(read);
          if (reply?.kind === "get") assertEquals(texts(reply), ["x"]);
          else assert(recovers(world, x), `${x} counts, and has nothing: ${JSON.stringify(reply)}`);
          // What is slow is done some time, and whoever was away is back.
          world.pending.push(...held);
          world.restart(q);
          live(world, { ms: 60_000, away: null, slow: null });
          for (const id of world.ids) {
            assert(!recovers(world, id) && world.onDisk(id, NAME) !== undefined, `${id} at last`);
          }
        }
      }
      assertEquals(came, { recovering: 10, told: 5 });
    },
  ),
  example(
    "S14 S21",
    "an exchange in whose middle the peer meets damage ends with nothing: the next one is told of it",
    () => {
      const world = new World({ nodes: 3, config: { exchangeMs: 1_000, partitions: 1 } });
      const { owners: [x, p] } = ownersOf(world, 3);
      put(world, "x", { w: 3 });
      world.damage(p!, NAME);
      new Disasters(world).befall(x!, "wipe", NAME);
      const isOf = (one: Pending, kind: Message["kind"]) =>
        one.kind === "message" && one.from === x && one.to === p && one.message.kind === kind;
      while (!world.pending.some((one) => isOf(one, "places"))) world.happen();
      // A client reads the key there, before that arrives: the leaf goes.
      const [places] = world.pending.splice(
        world.pending.findIndex((one) => isOf(one, "places")),
        1,
      );
      world.get(p!, { name: NAME, r: 1 });
      const io = () => world.pending.findIndex((one) => one.kind === "io" && one.node === p);
      for (let i = io(); i >= 0; i = io()) world.happen(i);
      assert(recovers(world, p!), "it knows");
      const before = world.sent.length;
      world.pending.unshift(places!);
      world.happen();
      const told = world.sent.slice(before).filter(({ from, to }) => from === p && to === x);
      const replies = told.flatMap(({ message }) =>
        message.kind === "places_reply" ? [message] : []
      );
      assertEquals(replies.map(({ summaries }) => summaries), [null]);
      assertEquals(world.marks.get("exchange.overtaken"), 1);
      // Whoever is told so need not wait until it has lost its patience.
      const failed = world.marks.get("exchange.failed") ?? 0;
      const answer = world.pending.findIndex((one) =>
        one.kind === "message" && one.message.kind === "places_reply"
      );
      world.happen(answer);
      assertEquals(world.marks.get("exchange.failed"), failed + 1);
      live(world, { ms: 30_000, away: null, slow: null });
      for (const id of world.ids) {
        assert(!recovers(world, id) && world.onDisk(id, NAME) !== undefined, `${id} at last`);
      }
    },
  ),
  example(
    "S21",
    "that a range recovers is said again until it is stored, whoever may or may not read the key",
    () => {
      for (const failures of [0, 1, 2, 5]) {
        const world = new World({ nodes: 3, config: { exchangeMs: 1_000 } });
        const [p] = world.ids as [NodeId];
        put(world, "x", { w: 3 });
        world.damage(p, NAME);
        world.crash(p);
        world.restart(p);
        let stores = 0;
        for (let passedMs = 0; passedMs < 10_000; passedMs += 100) {
          while (world.pending.length > 0) {
            const [next] = world.pending as [Pending];
            if (next.kind === "message" && next.from === p && next.message.kind === "roots") {
              world.fail(0); // it learns nothing of what it has lost
            } else if (!isRegisterOf(p, next)) world.happen();
            else if (stores++ > 0 && stores - 1 <= failures) world.fail(0);
            else world.happen();
          }
          world.wait(100);
        }
        assert(stores > failures + 1, `${stores} stores, ${failures} failures`);
        assert(recovers(world, p), `after ${failures} failures`);
      }
    },
  ),
];

/** Time goes by, and all happens, but what is said to those who are away and the registers of who is slow: these come back. */
function live(
  world: World,
  { ms, away, slow }: {
    readonly ms: number;
    readonly away: NodeId | null;
    readonly slow: NodeId | null;
  },
): Pending[] {
  const held: Pending[] = [];
  // A process begins with its first.
  let isFirst = true;
  for (let passedMs = 0; passedMs < ms; passedMs += 100) {
    for (let next = world.pending[0]; next; next = world.pending[0]) {
      if (next.kind === "message" && next.to === away) world.undelivered(0);
      else if (slow !== null && isRegisterOf(slow, next) && !isFirst) {
        held.push(world.pending.shift()!);
      } else {
        if (slow !== null && isRegisterOf(slow, next)) isFirst = false;
        world.happen();
      }
    }
    world.wait(100);
  }
  return held;
}

function isRegisterOf(node: NodeId, next: Pending): boolean {
  return next.kind === "io" && next.node === node && next.effect.kind === "store_meta";
}

function recovers(world: World, id: NodeId): boolean {
  const { roles } = world.machines.get(id)!.node.register!;
  return roles.some(({ recovering }) => recovering);
}
