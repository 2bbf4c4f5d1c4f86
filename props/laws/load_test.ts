import { test } from "../test.ts";
import { laws } from "./load.ts";

test(laws);
