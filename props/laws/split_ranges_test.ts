import { test } from "../test.ts";
import { laws } from "./split_ranges.ts";

test(laws);
