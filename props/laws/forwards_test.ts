import { test } from "../test.ts";
import { laws } from "./forwards.ts";

test(laws);
