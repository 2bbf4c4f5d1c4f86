import { test } from "../test.ts";
import { laws } from "./merge.ts";

test(laws);
