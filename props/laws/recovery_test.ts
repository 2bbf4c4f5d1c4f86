import { test } from "../test.ts";
import { laws } from "./recovery.ts";

test(laws);
