import { test } from "../test.ts";
import { laws } from "./gaps_counts.ts";
test(laws);
