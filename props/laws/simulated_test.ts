import { test } from "../test.ts";
import { laws } from "./simulated.ts";

test(laws);
