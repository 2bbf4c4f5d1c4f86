import { test } from "../test.ts";
import { laws } from "./staged_steps.ts";

test(laws);
