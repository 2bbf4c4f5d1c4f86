import { assert, assertEquals, assertThrows } from "@std/assert";
import { draw } from "./draw.ts";
import { minimise } from "./minimise.ts";
import { FormatError, type Plan } from "./plan.ts";
import { readPlan } from "./plan_schema.ts";
import { simulate } from "./simulate.ts";
import { Node } from "../node.ts";
import { DEFAULTS } from "../protocol/config.ts";
import type { Breach } from "./checker.ts";
import { Story } from "./story.ts";
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

Deno.test("Q14 is asked when every request has had its time, whenever a client begins", () => {
  const drawn = draw(3, { operations: 1 });
  const { maxRequestMs } = DEFAULTS;
  const calmAtMs = 1_000;
  // The first moment at which nothing of the storm may be under way, were there no clients in the calm.
  for (
    const atMs of [calmAtMs + maxRequestMs, calmAtMs + maxRequestMs + 4_999, 10 * maxRequestMs]
  ) {
    const intent = { ...drawn.intents[0]!, kind: "get", atMs, timeoutMs: 10_000 } as const;
    const weather = { ...drawn.weather, delayMs: [50, 60] as const, loss: 0, duplicates: 0 };
    const plan: Plan = { ...drawn, weather, faults: [], broken: [], intents: [intent], calmAtMs };
    const { breaches, counts } = simulate(plan);
    assertEquals(breaches, [], `${atMs}`);
    assertEquals(counts.get("client.get.ok"), 1);
  }
});

Deno.test("a step that throws is the last of its trace, and the report names it", () => {
  const { step } = Node.prototype;
  let left = 100;
  Node.prototype.step = function (event, now) {
    if (--left === 0) throw new Error("a made-up rule is broken");
    return step.call(this, event, now);
  };
  try {
    const lines: string[] = [];
    const told: string[] = [];
    const story = new Story();
    const { breaches } = traced(
      draw(5, SMALL),
      (line) => lines.push(line),
      (step) => told.push(...story.lines(step)),
    );
    const { node, atMs, event, effects, threw } = JSON.parse(lines.at(-2)!);
    assertEquals([effects, threw], [[], "a made-up rule is broken"]);
    assert(told.at(-1)?.includes(`${node} throws`), told.at(-1));
    const [{ law, what, at = "", stack = "" }] = breaches as [Breach];
    assertEquals([law, what, breaches.length], ["rule", "a made-up rule is broken", 1]);
    assert(at.startsWith(`${node} at ${atMs.toFixed(3)} ms`), at);
    assert(at.includes(event.kind === "envelope" ? event.envelope.from : event.kind), at);
    assert(stack.includes("simulate_test.ts"), stack);
  } finally {
    Node.prototype.step = step;
  }
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
