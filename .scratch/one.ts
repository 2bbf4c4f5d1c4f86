import { draw } from "../src/sim/draw.ts";
import { simulate } from "../src/sim/simulate.ts";
for (const a of Deno.args) {
  const p = draw(Number(a));
  const r = simulate(p);
  console.log(
    a,
    JSON.stringify(p.broken),
    JSON.stringify(p.shape.config),
    p.calmAtMs,
    r.virtualMs,
    r.breaches,
    r.counts.get("fault.damage"),
    JSON.stringify(p.faults.slice(-3)),
  );
}
