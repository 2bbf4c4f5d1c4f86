import { test } from "../test.ts";
import { laws } from "./ring.ts";

test(laws);
