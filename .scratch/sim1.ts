import { draw } from "../src/sim/draw.ts";
import { simulate } from "../src/sim/simulate.ts";
const [from, to, audited] = [Number(Deno.args[0]), Number(Deno.args[1]), Deno.args[2] !== "raw"];
let steps = 0; const counts = new Map<string, number>(); let bad = 0;
const t0 = performance.now();
let acked=0, inv=0;
for (let seed = from; seed < to; seed++) {
  const r = simulate(draw(seed), { audited });
  steps += r.steps;
  for (const [k, v] of r.counts) counts.set(k, (counts.get(k) ?? 0) + v);
  acked += r.history.operations.filter(o=>o.ending==="ok").length; inv += r.staleness.inversions;
  if (r.breaches.length && bad++ < 6) console.log(seed, r.steps, r.breaches.slice(0, 3));
}
const ms = performance.now() - t0;
console.log({ seeds: to - from, steps, ms, perS: steps / ms * 1000, bad, acked, inv });
console.log([...counts].sort().map(([k, v]) => `${k} ${v}`).join("\n"));
