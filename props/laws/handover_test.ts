import { test } from "../test.ts";
import { laws } from "./handover.ts";

test(laws);
