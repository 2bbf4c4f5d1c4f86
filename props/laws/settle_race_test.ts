import { test } from "../test.ts";
import { laws } from "./settle_race.ts";

test(laws);
