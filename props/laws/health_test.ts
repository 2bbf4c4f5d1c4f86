import { test } from "../test.ts";
import { laws } from "./health.ts";

test(laws);
