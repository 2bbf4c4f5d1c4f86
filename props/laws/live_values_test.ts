import { test } from "../test.ts";
import { laws } from "./live_values.ts";

test(laws);
