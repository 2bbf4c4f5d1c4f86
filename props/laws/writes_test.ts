import { test } from "../test.ts";
import { laws } from "./writes.ts";

test(laws);
