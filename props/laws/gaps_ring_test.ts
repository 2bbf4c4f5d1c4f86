import { test } from "../test.ts";
import { laws } from "./gaps_ring.ts";
test(laws);
