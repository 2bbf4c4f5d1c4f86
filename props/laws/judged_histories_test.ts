import { test } from "../test.ts";
import { laws } from "./judged_histories.ts";

test(laws);
