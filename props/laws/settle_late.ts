/**
 * No room keeps a copy from one step to the next for longer than a request may: D counts on it. Timers may be late, for a
 * process may stand still; then it is the room that has to look at the clock.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { leafKey } from "../../src/anti_entropy/merkle_tree_key.ts";
import { nameBytes, type WriteId } from "../../src/id.ts";
import { fold, History } from "../../src/membership/history.ts";
import { positionOf } from "../../src/ring/hash.ts";
import { ask } from "../asks.ts";
import { example, type Law } from "../law.ts";
import { arrive, NAME, PATH } from "./driving.ts";
import { D_MS, deleted, keep } from "./settle_stage.ts";

/** S16, S18. */
export const laws: readonly Law[] = [
  example(
    "S16 S18",
    "nobody sends on what was read, or gathered, longer than D ago: a timer may be late, a copy may not",
    () => {
      const { world, owners: [a, b, c], others: [keeper], old } = deleted({ settleMs: 2 ** 40 });
      // Time that goes by while a process stands still: no timer of it comes.
      const standStill = () => {
        world.monoMs += D_MS + 1;
        world.wallMs += D_MS + 1;
      };
      const copies = (then: () => void) => {
        const before = world.sent.length;
        then();
        return world.sent.slice(before).flatMap(({ message }) =>
          ("container" in message && message.container !== null) || message.kind === "want_reply"
            ? [message.kind]
            : []
        );
      };
      const happen = (kind: string) =>
        world.happen(
          world.pending.findIndex((next) =>
            next.kind === "io" ? next.effect.kind === kind : next.message.kind === kind
          ),
        );
      // A hint that was read long ago is read again.
      keep({ world, owners: [a, c, b], others: [], old, dead: old }, keeper!);
      for (const isLate of [true, false]) {
        if (isLate) {
          world.wait(world.config.handoffMs);
          standStill();
        }
        const sent = copies(() => happen("scan_hints"));
        assertEquals(sent, isLate ? [] : ["write"]);
      }
      world.run();
      // A copy that a peer wants, and that was read long ago, is read again.
      const keys = [leafKey(NAME, positionOf(NAME))];
      const end = fold(History.of(world.genesis)).ring.rangeEnd(positionOf(NAME));
      arrive(world, { from: b, to: a, message: { kind: "want", request: 1, end, n: 3, keys } });
      for (const isLate of [true, false]) {
        if (isLate) standStill();
        assertEquals(copies(() => happen("find_records")), isLate ? [] : ["want_reply"]);
      }
      world.run();
      // A read that has gathered for too long repairs nobody.
      for (const isLate of [true, false]) {
        world.machines.get(c)!.disk.records.set(nameBytes(NAME), { container: old, mine: null });
        world.get(a, { name: NAME, r: 1 });
        const late = () =>
          world.pending.findIndex((next) =>
            next.kind === "message" && next.from === c && next.message.kind === "read_reply"
          );
        while (late() < 0 || world.pending.length > 1) world.happen(late() === 0 ? 1 : 0);
        if (isLate) standStill();
        const [reply] = world.pending.splice(0);
        if (reply?.kind !== "message") throw new Error("no reply is late");
        const sent = copies(() => arrive(world, reply));
        assertEquals(sent, isLate ? [] : ["repair"]);
        world.wait(world.config.maxRequestMs);
        world.run();
      }
      // A put whose time is up asks nobody else to keep its copy.
      for (const isLate of [true, false]) {
        const writeId = (isLate ? "l" : "n").repeat(16) as WriteId;
        world.put(a, { ...ask(PATH, "x", writeId), w: 3 });
        while (world.pending.some(({ kind }) => kind === "io")) {
          world.happen(world.pending.findIndex(({ kind }) => kind === "io"));
        }
        if (isLate) standStill();
        const to = world.pending.findIndex((next) => next.kind === "message" && next.to === b);
        const sent = copies(() => world.undelivered(to));
        assertEquals(sent, isLate ? [] : ["write"]);
        world.run();
        world.wait(world.config.maxRequestMs);
        world.run();
      }
    },
  ),
];
