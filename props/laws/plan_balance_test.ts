import { test } from "../test.ts";
import { laws } from "./plan_balance.ts";

test(laws);
