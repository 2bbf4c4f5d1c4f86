import { assertEquals } from "@std/assert";
import { OwnRecords } from "./own_records.ts";

/** Records of a store that holds nothing; `slept` is what each turn has waited, on a clock of its own. */
function start(gate: { isOn: boolean; size: number }) {
  const slept: number[] = [];
  let monoMs = 1_000;
  const own = new OwnRecords({
    store: { scanRecords: () => Promise.resolve({ kind: "records", records: [] }) },
    gate: () => gate,
    monoMs: () => monoMs,
    sleep: (ms) => {
      slept.push(ms);
      monoMs += ms;
      return Promise.resolve();
    },
  });
  return { own, slept, gate, pass: (ms: number) => void (monoMs += ms) };
}

Deno.test("turns come as often as the gate gives slices, and once a second if it gives none", async () => {
  const { own, slept, gate, pass } = start({ isOn: true, size: 4 });
  await own.turn();
  assertEquals(slept, [], "the first need not wait");
  await own.turn();
  assertEquals(slept, [25]);
  pass(10);
  await own.turn();
  assertEquals(slept, [25, 15], "what the key has taken counts");
  gate.size = 0;
  pass(500);
  await own.turn();
  assertEquals(slept, [25, 15], "its turn was over long ago");
  await own.turn();
  assertEquals(slept, [25, 15, 1_000]);
});

Deno.test("where background work never waits, nor does a walk; two walks share the turns", async () => {
  const open = start({ isOn: false, size: 0 });
  for (let i = 0; i < 3; i++) await open.own.turn();
  assertEquals(open.slept, []);
  const { own, slept } = start({ isOn: true, size: 1 });
  const walk = async () => {
    for (let i = 0; i < 2; i++) await own.turn();
  };
  await Promise.all([walk(), walk()]);
  assertEquals(slept, [100, 100, 100], "four turns take three periods");
});
