import { test } from "../test.ts";
import { laws } from "./registers.ts";

test(laws);
