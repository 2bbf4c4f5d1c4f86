import { test } from "../test.ts";
import { laws } from "./planned_changes.ts";

test(laws);
