/**
 * Laws of the kit: rotor's ring and quorums keep its laws too, it lets naive implementations pass that are right, and it
 * tells those that are wrong, by id.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { rotorQuorum, rotorRing } from "../adapters.ts";
import { candidates } from "../kit/naive.ts";
import { quorumLaws } from "../kit/quorum.ts";
import { report } from "../kit/report.ts";
import { ringLaws } from "../kit/ring.ts";
import { example, type Law } from "../law.ts";

/** The seed that candidates are tried with, so that which laws they break is no matter of chance. */
const SEED = 1;

/** The kit's laws of rings and quorums, held against rotor's; and T5 for the kit. */
export const laws: readonly Law[] = [
  ...quorumLaws(rotorQuorum),
  ...ringLaws(rotorRing),
  ...candidates.map(({ name, laws, breaks }) =>
    example("T5", breaks.length > 0 ? `the kit tells ${name}` : `the kit passes ${name}`, () => {
      const broken = report(laws, { seed: SEED }).filter(({ ok }) => !ok);
      assertEquals([...new Set(broken.map(({ law }) => law.ids[0]))], [...breaks]);
    })
  ),
];
