import { test } from "../test.ts";
import { laws } from "./gaps_curated.ts";

test(laws);
