import { test } from "../test.ts";
import { laws } from "./plan_outlines.ts";

test(laws);
