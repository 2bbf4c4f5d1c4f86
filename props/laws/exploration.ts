/**
 * The laws of exploration: small worlds, exhausted (`src/explorer/`); and that the search may be believed.
 *
 * The larger scopes are in `props/explorer/`, for each mutant of these laws would have to wait for them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Model } from "../../src/explorer/model.ts";
import { type Scope, scopeOf } from "../../src/explorer/scope.ts";
import { SCOPES } from "../../src/explorer/scopes.ts";
import { explore } from "../../src/explorer/search.ts";
import { ofContainer } from "../../src/explorer/transcript.ts";
import { States } from "../../src/explorer/states.ts";
import { exhaust } from "../explorer/exhaust.ts";
import { PINS } from "../explorer/pins.ts";
import { example, exhaustive, type Law, random } from "../law.ts";

/** Scopes of a second or so. */
const SMALL = [
  ...["one-put", "pair", "pair-fails", "pair-damage", "pair-slow-reads"],
  ...["trio-loss", "trio-amnesia", "entry-twice", "entry-refused", "hints-two", "hints-full"],
];

/** Everything that can happen to two nodes, as often as scopes allow. */
const ANYTHING = scopeOf({
  ...{ name: "anything", what: "random walks", nodes: 3, n: 2, puts: 5, deletes: 1, gets: 3 },
  ...{ crashes: 3, wipes: 1, losses: 2, doubles: 2, failures: 2, timers: 3, slowReads: true },
});

/** The same where fallbacks stand in, and messages are known to be lost. */
const FALLBACKS = scopeOf({
  ...ANYTHING,
  ...{ name: "fallbacks", what: "random walks with fallbacks", slowReads: false, sloppy: true },
  ...{ doubles: 0, refusals: 3 },
});

/** X1 to X3. */
export const laws: readonly Law[] = [
  ...SMALL.map((name) =>
    exhaustive(
      "X1",
      `every state of ${name} keeps the laws, and there are as many as pinned`,
      () => {
        exhaust(name);
      },
    )
  ),
  example("X1", "every scope that has a name has a pin", () => {
    assertEquals(Object.keys(PINS), SCOPES.map(({ scope }) => scope.name));
  }),
  ...["pair-slow-reads", "entry-twice", "hints-two"].map((name) =>
    exhaustive("X2 X3", `${name}: two histories with one snapshot go on alike`, () => {
      const { scope } = SCOPES.find(({ scope }) => scope.name === name)!;
      // Without timers: each step is taken up to six times.
      const timers = name === "pair-slow-reads" ? 0 : scope.timers;
      const { audited, violation } = explore({ ...scope, timers }, { audit: true });
      assertEquals(violation, null);
      if (audited < 200) throw new Error(`only ${audited} steps had a second history`);
    })
  ),
  ...[ANYTHING, FALLBACKS].map((scope) =>
    random("X2 X3", `random histories with one snapshot go on alike: ${scope.what}`, (run) => {
      const model = new Model(scope, { audit: true });
      run.forAll(fc.array(fc.nat(999), { minLength: 40, maxLength: 60 }), (choices) => {
        walk(model, choices);
        return true;
      });
      const { audited } = model.world.steps;
      if (run.runs >= 40 && audited < 200) throw new Error(`only ${audited} second histories`);
    }, { runs: 40 })
  ),
  exhaustive("X3", "what symmetry leaves out are mirror images of what it leaves", () => {
    for (
      const given of [{ puts: 3 }, { nodes: 3, n: 3, puts: 2 }, { puts: 2, crashes: 1 }, {
        nodes: 3,
        n: 3,
        clients: 1,
        puts: 1,
        losses: 1,
      }]
    ) {
      const scope = scopeOf({ name: "mirror", what: "", ...given });
      const all = looks({ ...scope, symmetry: false });
      const left = looks(scope);
      assertEquals([...left.looks].sort(), [...all.looks].sort());
      if (left.states >= all.states) throw new Error("nothing is left out");
    }
  }),
  example("X3", "of two replicas symmetry leaves one state of each pair of mirror images", () => {
    const scope = scopeOf({ name: "mirror", what: "", puts: 3 });
    const [left, all] = [true, false].map((symmetry) => explore({ ...scope, symmetry }).states);
    // The first state is its own image.
    assertEquals(all, 2 * left! - 1);
  }),
];

/** Goes where the choices lead. */
function walk(model: Model, choices: readonly number[]): void {
  let state = model.world.initial();
  for (const choice of choices) {
    const nexts: number[][] = [];
    model.expand(state, (move, next, broken) => {
      if (broken !== null) throw new Error(`${move.kind}: ${broken}`);
      nexts.push([...next]);
    });
    const next = nexts[choice % Math.max(1, nexts.length)];
    if (next === undefined) return;
    const broken = model.world.broken(next);
    if (broken !== "") throw new Error(broken);
    state = next;
  }
}

/** How every state of a scope looks if names of nodes do not matter. */
function looks(scope: Scope): { readonly states: number; readonly looks: ReadonlySet<string> } {
  const model = new Model(scope);
  const { world } = model;
  const states = new States(world.initial().length);
  states.add(world.initial(), -1);
  const seen = new Set<string>();
  const renamings = permutations(world.place.ids.map((_, index) => index));
  const row: number[] = [];
  for (let at = 0; at < states.size; at++) {
    seen.add(look(model, states.read(at, row), renamings));
    model.expand(row, (_, next) => states.add(next, at));
  }
  return { states: states.size, looks: seen };
}

/** What can be seen of a state from outside, under the renaming of nodes that makes it least. */
function look({ world }: Model, state: readonly number[], renamings: readonly number[][]): string {
  const { flights, steps, judge } = world;
  const onTheWay = flights.in(state[world.bagAt]!).map((id) => flights.flights.at(id));
  const nodes = world.first.map((_, index) => {
    const cell = world.cell(state, index);
    const { record } = steps.disks.at(cell.disk);
    const [io] = cell.memory === 0 ? [] : steps.memory(cell).ios;
    const storing = io?.kind === "store" && io.record ? ofContainer(io.record.container) : "";
    const coming = onTheWay.filter(({ to }) => to === index)
      .map(({ said, from }) => `n${from + 1}. ${steps.said.at(said).message.kind}`).sort();
    return [record ? ofContainer(record.container) : "", storing, cell.boot, coming].join(" ");
  });
  const { dots, acknowledged } = judge.at(state[world.accountAt]!);
  const shared = [[...dots].map(([dot, put]) => `${dot}=${put}`).sort(), acknowledged].join(" ");
  const looks = renamings.map((renaming) => {
    const renamed = (text: string) => {
      const named = text.replaceAll(/n([0-9])\./g, (_, n) => `n${renaming[Number(n) - 1]! + 1}.`);
      return named.split(/[ ,|{}]/).sort().join(" "); // dots stand in the order of names
    };
    const at = renaming.map((_, place) => renaming.indexOf(place));
    return [...at.map((index) => renamed(nodes[index]!)), renamed(shared)].join("; ");
  });
  return looks.sort()[0]!;
}

function permutations(of: readonly number[]): number[][] {
  if (of.length <= 1) return [[...of]];
  return of.flatMap((first) =>
    permutations(of.filter((other) => other !== first)).map((rest) => [first, ...rest])
  );
}
