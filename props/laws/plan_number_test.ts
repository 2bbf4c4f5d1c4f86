import { test } from "../test.ts";
import { laws } from "./plan_number.ts";

test(laws);
