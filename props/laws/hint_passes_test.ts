import { test } from "../test.ts";
import { laws } from "./hint_passes.ts";

test(laws);
