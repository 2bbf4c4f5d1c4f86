import { test } from "../test.ts";
import { laws } from "./settle_stragglers.ts";

test(laws);
