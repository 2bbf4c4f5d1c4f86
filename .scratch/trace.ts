import { draw } from "../src/sim/draw.ts";
import { simulate } from "../src/sim/simulate.ts";
const p = draw(Number(Deno.args[0]));
const from = Number(Deno.args[1]), to = Number(Deno.args[2]);
const s = (v: unknown) =>
  JSON.stringify(
    v,
    (_, x) =>
      x instanceof Map
        ? [...x].map(([k, v]) => [String(k).slice(0, 3), v])
        : x instanceof Uint8Array
        ? undefined
        : x,
  )?.slice(0, 300);
const r = simulate(p, {
  onlooker: {
    stepped(st) {
      if (st.atMs >= from && st.atMs <= to) {
        console.log(
          st.atMs.toFixed(2),
          st.node,
          st.event.kind,
          st.event.kind === "envelope"
            ? st.event.envelope.from + " " + s(st.event.envelope.messages)
            : s(st.event),
        );
        for (const e of st.effects) console.log("      ", e.kind, s(e));
      }
    },
  },
});
console.log(r.breaches);
