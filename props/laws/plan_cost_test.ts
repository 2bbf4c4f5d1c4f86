import { test } from "../test.ts";
import { laws } from "./plan_cost.ts";

test(laws);
