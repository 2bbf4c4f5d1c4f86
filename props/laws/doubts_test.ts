import { test } from "../test.ts";
import { laws } from "./doubts.ts";

test(laws);
