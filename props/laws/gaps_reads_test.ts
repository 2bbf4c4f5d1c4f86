import { test } from "../test.ts";
import { laws } from "./gaps_reads.ts";
test(laws);
