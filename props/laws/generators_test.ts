import { test } from "../test.ts";
import { laws } from "./generators.ts";

test(laws);
