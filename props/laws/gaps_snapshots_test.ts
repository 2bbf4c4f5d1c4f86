import { test } from "../test.ts";
import { laws } from "./gaps_snapshots.ts";
test(laws);
