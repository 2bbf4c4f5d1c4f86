import { test } from "../test.ts";
import { laws } from "./settle_rest.ts";

test(laws);
