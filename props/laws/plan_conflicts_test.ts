import { test } from "../test.ts";
import { laws } from "./plan_conflicts.ts";

test(laws);
