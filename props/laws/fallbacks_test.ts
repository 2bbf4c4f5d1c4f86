import { test } from "../test.ts";
import { laws } from "./fallbacks.ts";

test(laws);
