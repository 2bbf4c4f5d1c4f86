import { draw } from "../src/sim/draw.ts";
import { simulate } from "../src/sim/simulate.ts";
import { minimise } from "../src/sim/minimise.ts";
const p = draw(Number(Deno.args[0])); const r = simulate(p); const law = r.breaches[0].law;
const { plan, runs } = minimise(p, (q) => simulate(q).breaches.some((b) => b.law === law));
console.log(runs, JSON.stringify({ ...plan }, null, 1).slice(0, 6000)); const rr = simulate(plan);
console.log(rr.breaches); for (const o of rr.history.operations) console.log(JSON.stringify(o));
