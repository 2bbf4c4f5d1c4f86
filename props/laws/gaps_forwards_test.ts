import { test } from "../test.ts";
import { laws } from "./gaps_forwards.ts";
test(laws);
