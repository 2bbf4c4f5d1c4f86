import { test } from "../test.ts";
import { laws } from "./forks.ts";

test(laws);
