/**
 * All wrong implementations.
 *
 * @module
 */
import { admission } from "./admission.ts";
import { clocks } from "./clocks.ts";
import { codec } from "./codec.ts";
import { exchange } from "./exchange.ts";
import { exploration } from "./exploration.ts";
import { forwards } from "./forwards.ts";
import { fullDisk } from "./full_disk.ts";
import { gossip } from "./gossip.ts";
import { handoff } from "./handoff.ts";
import { handover } from "./handover.ts";
import { harness } from "./harness.ts";
import { membership } from "./membership.ts";
import { merkle } from "./merkle.ts";
import type { Mutant } from "./mutant.ts";
import { oldCopies } from "./old_copies.ts";
import { operations } from "./operations.ts";
import { recovery } from "./recovery.ts";
import { replica } from "./replica.ts";
import { requests } from "./requests.ts";
import { ring } from "./ring.ts";
import { settle } from "./settle.ts";
import { settleTurns } from "./settle_turns.ts";
import { siblings } from "./siblings.ts";
import { splitRanges } from "./split_ranges.ts";
import { worlds } from "./worlds.ts";

/** Every mutant, by what it is about. */
export const mutants: readonly Mutant[] = [
  ...clocks,
  ...siblings,
  ...codec,
  ...replica,
  ...requests,
  ...forwards,
  ...handoff,
  ...ring,
  ...membership,
  ...gossip,
  ...operations,
  ...exchange,
  ...splitRanges,
  ...recovery,
  ...admission,
  ...fullDisk,
  ...settle,
  ...oldCopies,
  ...handover,
  ...settleTurns,
  ...exploration,
  ...merkle,
  ...harness,
  ...worlds,
];
