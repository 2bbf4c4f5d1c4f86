import { test } from "../test.ts";
import { laws } from "./gaps_version.ts";
test(laws);
