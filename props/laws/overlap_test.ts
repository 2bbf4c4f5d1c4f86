import { test } from "../test.ts";
import { laws } from "./overlap.ts";

test(laws);
