import { test } from "../test.ts";
import { laws } from "./gaps_puts.ts";
test(laws);
