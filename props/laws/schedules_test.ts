import { test } from "../test.ts";
import { laws } from "./schedules.ts";

test(laws);
