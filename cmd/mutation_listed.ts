/**
 * Mutants that no law need notice, each with the reason why nobody can.
 *
 * A line joins here only after somebody has tried to think of the law. "It is only slower" is a reason; "it cannot happen
 * at present" is not.
 *
 * @module
 */
import { LISTED as QUORUM } from "./mutation_listed_quorum.ts";
import { LISTED as RING } from "./mutation_listed_ring.ts";
import { LISTED as VERSION } from "./mutation_listed_version.ts";
import type { Listed } from "./mutation_report.ts";

/** All listings, by room. */
export const LISTED: readonly Listed[] = [...VERSION, ...RING, ...QUORUM];
