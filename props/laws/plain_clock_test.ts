import { test } from "../test.ts";
import { laws } from "./plain_clock.ts";

test(laws);
