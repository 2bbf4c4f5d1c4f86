import { test } from "../test.ts";
import { laws } from "./handoff.ts";

test(laws);
