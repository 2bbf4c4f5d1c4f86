/**
 * What a DW below W can lose, at real nodes: some of them say that a copy is stored when it is only in memory, and then the
 * power goes. Whatever a disk that writes later would have landed never lands: that is the worst that it can do.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { NodeId, WriteId } from "../../src/id.ts";
import { ask, texts } from "../asks.ts";
import { type Law, negative } from "../law.ts";
import { World } from "../world.ts";
import { NAME, PATH, refusal, runLosing, wasGot, wasPut } from "./driving.ts";

/** S22, for every W, every DW up to it, every coordinator, whoever buffers, and every read after that. */
export const laws: readonly Law[] = [
  negative(
    "S22",
    "when the power goes everywhere DW disks have what was acknowledged, and it may be no more: without them it is gone, and exactly the R with R + DW <= N can miss it",
    (run) => {
      for (let w = 1; w <= N; w++) {
        for (let dw = 0; dw <= w; dw++) {
          const { fewest, stale } = afterPowerCuts({ w, dw });
          // No more is lost than may be, and that much is.
          assertEquals(fewest, dw, `W ${w}, DW ${dw}: so few disks have it`);
          const wanted = [1, 2, 3].filter((r) => r + dw <= N);
          assertEquals([...stale].sort(), wanted, `W ${w}, DW ${dw}: R that miss it`);
          const lost = dw === 0 ? "it is gone" : `${dw} disks less, and it is gone`;
          run.note(
            `W ${w}, DW ${dw}: ${lost}; it is missed by R of ${wanted.join(", ") || "none"}`,
          );
        }
      }
    },
  ),
];

const N = 3;
const WRITE = "w".repeat(16) as WriteId;

/** A put, as often as it can go, each time with a power cut behind it. */
function afterPowerCuts({ w, dw }: { readonly w: number; readonly dw: number }) {
  let fewest = N;
  const stale = new Set<number>();
  const { ids } = new World({ nodes: N });
  for (const at of ids) {
    for (const buffering of subsets(ids)) {
      const world = new World({ nodes: N });
      const put = world.put(at, { ...ask(PATH, "x", WRITE), w, dw });
      runBuffering(world, buffering);
      const reply = world.replies.get(put);
      if (N - buffering.length < dw) {
        assertEquals(refusal(reply).error, "quorum_unmet");
        continue;
      }
      wasPut(reply);
      for (const id of ids) world.crash(id);
      for (const id of ids) world.restart(id);
      world.run();
      const holders = ids.filter((id) => world.onDisk(id, NAME) !== undefined);
      assert(holders.length >= dw, `only ${holders} have it, but ${dw} disks were promised`);
      fewest = Math.min(fewest, holders.length);
      for (const reader of ids) {
        for (const silent of subsets(ids.filter((id) => id !== reader))) {
          if (!shows(world, reader, silent)) stale.add(N - silent.length);
        }
      }
      for (const id of holders.slice(0, dw)) world.machines.get(id)!.disk.records.clear();
      assertEquals(shows(world, at, []), holders.length > dw, `${dw} disks less`);
    }
  }
  return { fewest, stale };
}

/** Whether a read that waits for all but the silent ones shows x. It leaves no trace: what it repairs helps no other. */
function shows(world: World, reader: NodeId, silent: readonly NodeId[]): boolean {
  const disks = world.ids.map((id) => world.machines.get(id)!.disk);
  const before = disks.map(({ records }) => new Map(records));
  const ticket = world.get(reader, { name: NAME, r: N - silent.length });
  const isSilent = (from: NodeId, _: NodeId, kind: string) =>
    kind === "read_reply" && silent.includes(from);
  runLosing(world, isSilent);
  const shown = texts(wasGot(world.replies.get(ticket)));
  world.wait(world.config.repairWaitMs);
  runLosing(world, isSilent);
  disks.forEach((disk, i) => disk.records = before[i]!);
  if (shown.length > 0) assertEquals(shown, ["x"]);
  return shown.length > 0;
}

/** All that is pending happens, but what these nodes store stays in memory. */
function runBuffering(world: World, buffering: readonly NodeId[]): void {
  for (let next = world.pending[0]; next; next = world.pending[0]) {
    if (next.kind === "io" && next.effect.kind === "store" && buffering.includes(next.node)) {
      world.pending.shift();
      const { store } = next.effect;
      world.step(next.node, { kind: "stored", store, outcome: "buffered" });
    } else world.happen();
  }
}

function subsets<Item>(items: readonly Item[]): Item[][] {
  return Array.from(
    { length: 2 ** items.length },
    (_, bits) => items.filter((_, i) => bits & (1 << i)),
  );
}
