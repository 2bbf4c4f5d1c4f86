import { test } from "../test.ts";
import { laws } from "./gaps_planner.ts";

test(laws);
