import { assert, assertEquals, assertThrows } from "@std/assert";
import { draw } from "./draw.ts";
import { minimise } from "./minimise.ts";
import { FormatError, type Plan } from "./plan.ts";
import { readPlan } from "./plan_schema.ts";
import { simulate } from "./simulate.ts";
import { replay, traced } from "./trace.ts";

const SMALL = { operations: 30 };

Deno.test("a plan is data: it comes through JSON, and runs as before", () => {
  const plan = draw(11, SMALL);
  const back: unknown = JSON.parse(JSON.stringify(plan));
  assertEquals(simulate(readPlan(back)).fingerprint, simulate(plan).fingerprint);
});

Deno.test("another seed is another world", () => {
  const worlds = [1, 2, 3, 4].map((seed) => simulate(draw(seed, SMALL)).fingerprint);
  assertEquals(new Set(worlds).size, 4);
});

function traceOf(plan: Plan): string {
  const lines: string[] = [];
  traced(plan, (line) => lines.push(line));
  return lines.join("\n") + "\n";
}

Deno.test("a trace plays again, line by line", () => {
  const text = traceOf(draw(5, SMALL));
  const { differs, report } = replay(text);
  assertEquals(differs, null);
  assertEquals(report.breaches, []);
});

Deno.test("a trace that was changed, cut or lengthened is found out, with the line", () => {
  const lines = traceOf(draw(5, SMALL)).trimEnd().split("\n");
  const changed = lines.with(7, lines[7]!.replace('"node":"n', '"node":"m'));
  assertEquals(replay(changed.join("\n")).differs?.line, 8);
  assertEquals(replay(lines.slice(0, -1).join("\n")).differs?.line, lines.length);
  assertEquals(replay([...lines, "{}"].join("\n")).differs?.line, lines.length + 1);
});

Deno.test("a trace of another version, or another file, is refused in words", () => {
  assertThrows(() => replay('{"trace":7,"plan":{}}'), FormatError, "version 1 wanted, got 7");
  assertThrows(() => replay('{"plan":{}}'), FormatError, "not the header of a trace");
  assertThrows(() => replay("hello"), FormatError, "not JSON");
  assertThrows(() => replay(""), FormatError, "not JSON");
});

Deno.test("minimising ends with a plan from which nothing can go", () => {
  const isSmall = ({ faults, intents }: Plan) => faults.length >= 2 && intents.length >= 3;
  const start = draw(7);
  assert(isSmall(start));
  const { plan } = minimise(start, isSmall);
  assertEquals([plan.faults.length, plan.intents.length], [2, 3]);
  assertEquals(plan.weather.loss, 0);
  assertEquals(plan.broken, []);
});

Deno.test("who refuses a put because its own clock has run away says so, and blames no context", () => {
  const plan = draw(1, SMALL);
  const clocks = plan.shape.clocks.map(() => ({ driftPpm: 0, aheadMs: 1e13 }));
  const failures = new Set<string>();
  simulate({ ...plan, shape: { ...plan.shape, clocks } }, {
    onlooker: {
      stepped({ effects }) {
        for (const effect of effects) {
          if (effect.kind !== "reply" || effect.reply.kind !== "failure") continue;
          failures.add(effect.reply.detail.replace(/\d+ ms$/, "... ms"));
        }
      },
    },
  });
  assert(failures.has("Cannot stamp the put: this node's wall clock shows ... ms"));
  assert(![...failures].some((detail) => detail.includes("context")), [...failures].join());
});
