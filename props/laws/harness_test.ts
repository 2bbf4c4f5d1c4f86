import { test } from "../test.ts";
import { laws } from "./harness.ts";

test(laws);
