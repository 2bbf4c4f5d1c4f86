/**
 * The laws of data that moves: whoever crashes, whatever is lost, and whenever, who serves has what was acknowledged.
 *
 * @module
 */
import fc from "fast-check";
import { nodeId } from "../../src/id.ts";
import type { Step } from "../../src/protocol/change.ts";
import { type Law, random } from "../law.ts";
import { MovingWorld } from "./moving_world.ts";
import { Sometimes } from "./sometimes.ts";

const [N1, N3, N4] = [nodeId("n1"), nodeId("n3"), nodeId("n4")];
const JOIN = { kind: "join", node: N4, zone: "", weight: 1 } as const;
/** Changes by which seats pass on: of two seats each range has an owner more than it has seats, or loses one. */
const PASSES: readonly (readonly Step[])[] = [
  [JOIN],
  [{ kind: "leave", node: N3 }],
  [JOIN, { kind: "leave", node: N3 }],
  [JOIN, { kind: "leave", node: N1 }],
];

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "G21 G20 G25 G9 G10",
    "while seats pass on, whoever dies at whatever step, who serves one has all that was acknowledged for it",
    (run) => {
      const seen = new Sometimes();
      run.forAll(fc.integer(), fc.constantFrom(...PASSES), (seed, steps) => {
        seen.begin();
        const moving = new MovingWorld({ seed, nodes: 3 });
        if (steps.includes(JOIN)) moving.begin("n4");
        moving.commit(steps);
        for (let i = 0; i < 6; i++) moving.mix(150);
        moving.settle();
        moving.end();
        const count = (mark: string) => moving.world.marks.get(mark) ?? 0;
        if (count("handover.given") > 0) seen.saw("a seat was given");
        if (moving.acknowledged > 12) seen.saw("puts were acknowledged");
        return true;
      });
      seen.demand(60, { "a seat was given": 50, "puts were acknowledged": 40 });
    },
    { runs: 60 },
  ),
];
