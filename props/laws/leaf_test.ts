import { test } from "../test.ts";
import { laws } from "./leaf.ts";

test(laws);
