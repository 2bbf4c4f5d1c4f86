import { test } from "../test.ts";
import { laws } from "./reads.ts";

test(laws);
