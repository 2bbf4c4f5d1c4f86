import { test } from "../test.ts";
import { laws } from "./settle_late.ts";

test(laws);
