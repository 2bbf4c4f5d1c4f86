import { test } from "../test.ts";
import { laws } from "./slow_givers.ts";

test(laws);
