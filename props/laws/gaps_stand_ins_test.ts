import { test } from "../test.ts";
import { laws } from "./gaps_stand_ins.ts";
test(laws);
