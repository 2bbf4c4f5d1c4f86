import { test } from "../test.ts";
import { laws } from "./gaps_handed_over.ts";

test(laws);
