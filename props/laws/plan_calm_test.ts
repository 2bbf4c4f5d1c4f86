import { test } from "../test.ts";
import { laws } from "./plan_calm.ts";

test(laws);
