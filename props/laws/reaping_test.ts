import { test } from "../test.ts";
import { laws } from "./reaping.ts";

test(laws);
