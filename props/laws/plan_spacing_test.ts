import { test } from "../test.ts";
import { laws } from "./plan_spacing.ts";

test(laws);
