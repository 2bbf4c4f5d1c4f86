import { test } from "../test.ts";
import { laws } from "./gaps_outcomes.ts";
test(laws);
