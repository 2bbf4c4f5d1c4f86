import { test } from "../test.ts";
import { laws } from "./settle_witness.ts";

test(laws);
