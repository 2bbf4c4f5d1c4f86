import { draw } from "../src/sim/draw.ts";
import { simulate } from "../src/sim/simulate.ts";
const p = draw(Number(Deno.args[0])); const [from,to]=[Number(Deno.args[1]),Number(Deno.args[2])]; const only=Deno.args[3];
const s=(v:unknown)=>JSON.stringify(v,(_,x)=>x instanceof Map?[...x].map(([k,v])=>[String(k).slice(0,3),v]):x instanceof Uint8Array?undefined:x)?.slice(0,230);
const r=simulate(p,{onlooker:{stepped(st){ if(st.atMs<from||st.atMs>to||(only&&st.node!==only)) return; const msgs=st.event.kind==="envelope"?st.event.envelope.messages.filter(m=>!m.kind.startsWith("prob")&&!m.kind.startsWith("props")):[]; if(st.event.kind==="envelope"&&msgs.length===0) return; if(st.event.kind==="timer"&&st.event.timer.kind==="probe") return; console.log(st.atMs.toFixed(1),st.node,st.event.kind, st.event.kind==="envelope"?st.event.envelope.from+" "+s(msgs):s(st.event)); for(const e of st.effects) if(e.kind!=="verdict") console.log("      ",e.kind, s(e)); }}});
console.log(r.breaches, JSON.stringify(p.shape.config), JSON.stringify(p.broken), r.virtualMs);
