import { test } from "../test.ts";
import { laws } from "./lanes.ts";

test(laws);
