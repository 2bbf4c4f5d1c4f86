import { assert, assertEquals, assertThrows } from "@std/assert";
import { draw } from "./draw.ts";
import { FormatError } from "./plan.ts";
import { MOST, readPlan } from "./plan_schema.ts";
import { simulate } from "./simulate.ts";

type Path = readonly (string | number)[];

/** Three nodes and all kinds of faults; the rest is drawn. */
function whole(): Record<string, unknown> {
  const { shape, ...rest } = draw(3, { operations: 4 });
  const [atMs, forMs, node, from, to] = [5, 10, 0, 0, 1];
  const link = { atMs, forMs, from, to };
  return JSON.parse(JSON.stringify({
    ...rest,
    shape: {
      ...shape,
      clocks: Array.from({ length: 3 }, () => ({ driftPpm: 0, aheadMs: 0 })),
      clients: Array.from({ length: 4 }, () => ({ session: true })),
      keys: 3,
      config: { n: 3, r: 2, w: 2, partitions: 8 },
    },
    intents: rest.intents.map((intent) => ({ ...intent, node: 1, client: 0, key: 0, quorum: 2 })),
    faults: [
      { kind: "partition", atMs, forMs, side: [0] },
      { kind: "slow_link", ...link, times: 3 },
      { kind: "lossy_link", ...link, share: 0.5 },
      { kind: "damage", atMs, node, key: 0 },
      { kind: "clock", atMs, node, byMs: -5 },
    ],
    broken: [{ node: 2, how: "down" }],
  }));
}

/** A plan with one thing changed; a field that is undefined is left out. */
function edited(path: Path, value: unknown): unknown {
  const plan = whole();
  let within: Record<string | number, unknown> = plan;
  for (const step of path.slice(0, -1)) within = within[step] as typeof within;
  within[path.at(-1)!] = value;
  return JSON.parse(JSON.stringify(plan));
}

function pathsOf(value: unknown): Path[] {
  if (typeof value !== "object" || value === null) return [[]];
  return [
    [],
    ...Object.entries(value).flatMap(([key, one]) => pathsOf(one).map((p) => [key, ...p])),
  ];
}

Deno.test("every plan that is drawn comes through, the very same object", () => {
  for (let seed = 0; seed < 300; seed++) {
    const plan = draw(seed, { operations: 30 });
    assert(readPlan(plan) === plan);
  }
  assertEquals(simulate(readPlan(whole())).breaches, []);
});

Deno.test("what is wrong in a plan is named: where, what was wanted, what was got", () => {
  const config = ["shape", "config"];
  const [intent, fault] = [["intents", 2], ["faults", 1]];
  const wrong: readonly (readonly [Path, unknown, string])[] = [
    [["weather"], undefined, "weather: an object wanted, got nothing"],
    [["weather", "fog"], 1, "weather.fog: no such field wanted, got 1"],
    [["weather", "loss"], 1.5, "weather.loss: a share from 0 to 1 wanted, got 1.5"],
    [["weather", "delayMs"], [5, 1], "weather.delayMs: a least that is not above the most wanted"],
    [["weather", "diskMs", 1], 101, "weather.diskMs.1: a time in ms from 0 to 100 wanted, got 101"],
    [["seed"], 2 ** 32, "seed: a whole number from 0 to 4294967295 wanted, got 4294967296"],
    [["calmAtMs"], -1, "calmAtMs: a time in ms from 0 to 1000000000 wanted, got -1"],
    [["shape", "keys"], 65, "shape.keys: a whole number from 1 to 64 wanted, got 65"],
    [["shape", "clocks"], [], "shape.clocks: a list of 1 to 16 nodes' clocks wanted, got []"],
    [["shape", "clocks"], Array(17).fill({ driftPpm: 0, aheadMs: 0 }), "a list of 1 to 16 nodes'"],
    [["shape", "clients"], Array(65).fill({ session: true }), "a list of 1 to 64 clients wanted"],
    [["shape", "clocks", 0, "driftPpm"], 100_001, "shape.clocks.0.driftPpm: a number from -100000"],
    [["shape", "clients", 1, "session"], 1, "shape.clients.1.session: true or false wanted, got 1"],
    [[...config, "n"], 4, "shape.config.n: at most the 3 nodes wanted, got 4"],
    [
      [...config, "r"],
      4,
      "shape.config: Cannot use this configuration: r is 4, above n, which is 3",
    ],
    [[...config, "nn"], 4, "shape.config.nn: no such field wanted, got 4"],
    [
      [...config, "w"],
      "2",
      'shape.config.w: a whole number from 1 to 9007199254740991 wanted, got "2"',
    ],
    [
      [...intent, "client"],
      4,
      "intents.2.client: the number of a client from 0 to 3 wanted, got 4",
    ],
    [[...intent, "node"], 3, "intents.2.node: the number of a node from 0 to 2 wanted, got 3"],
    [[...intent, "key"], 3, "intents.2.key: the number of a key from 0 to 2 wanted, got 3"],
    [[...intent, "kind"], "puts", 'intents.2.kind: one of get, put, delete wanted, got "puts"'],
    [
      [...intent, "context"],
      null,
      "intents.2.context: one of latest, stale, none wanted, got null",
    ],
    [[...intent, "quorum"], 4, "intents.2.quorum: a quorum from 1 to 3 wanted, got 4"],
    [[...intent, "timeoutMs"], 60_001, "intents.2.timeoutMs: a time in ms from 1 to 60000 wanted"],
    [[...intent, "retries"], 17, "intents.2.retries: a whole number from 0 to 16 wanted, got 17"],
    [fault, 7, "faults.1: an object wanted, got 7"],
    [[...fault, "kind"], "quake", "faults.1.kind: one of crash, power_cut, pause, partition,"],
    [[...fault, "to"], 3, "faults.1.to: the number of a node from 0 to 2 wanted, got 3"],
    [["faults", 0, "side"], [0, 0], "faults.0.side: each node once wanted, got [0,0]"],
    [
      ["broken", 0, "how"],
      "sad",
      'broken.0.how: one of down, cut_off, full_disk wanted, got "sad"',
    ],
  ];
  for (const [path, value, sentence] of wrong) {
    const error = assertThrows(() => readPlan(edited(path, value)), FormatError);
    assert(error.message.startsWith("Cannot read the plan: "), error.message);
    assert(error.message.includes(sentence), `${sentence} wanted, got ${error.message}`);
  }
});

Deno.test("a plan of another version, or none at all, is refused in words", () => {
  assertThrows(() => readPlan({ version: 2 }), FormatError, "version 1 wanted, got 2");
  for (const none of [[], null, 7, "plan", {}]) {
    assertThrows(() => readPlan(none), FormatError, "an object with a version wanted");
  }
});

Deno.test("whatever stands in whatever field, it is refused in words, or it is a world that runs", () => {
  const odd = [undefined, null, -1, 0, 0.5, 3, 1e300, "", "x", true, [], {}, [[]], {
    kind: "crash",
  }];
  let refused = 0;
  let ran = 0;
  for (const path of pathsOf(whole()).filter(({ length }) => length > 0)) {
    for (const value of odd) {
      try {
        const { breaches } = simulate(readPlan(edited(path, value)));
        const thrown = breaches.filter(({ law }) => law === "rule");
        assertEquals(thrown, [], `${path.join(".")} = ${JSON.stringify(value)}`);
        ran++;
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        refused++;
      }
    }
  }
  assert(refused > 500 && ran > 100, `${refused} refused, ${ran} run`);
});

Deno.test("at the bounds a world still runs", () => {
  const plan = draw(1, { operations: 10 });
  const shape = {
    ...plan.shape,
    clocks: Array.from({ length: MOST.nodes }, (_, i) => ({
      driftPpm: (i % 2 ? 1 : -1) * MOST.driftPpm,
      aheadMs: 0,
    })),
    clients: Array.from({ length: MOST.clients }, () => ({ session: true })),
    keys: MOST.keys,
  };
  const { breaches } = simulate(readPlan({ ...plan, shape }));
  assertEquals(breaches, []);
});
