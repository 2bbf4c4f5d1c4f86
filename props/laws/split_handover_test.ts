import { test } from "../test.ts";
import { laws } from "./split_handover.ts";

test(laws);
