import { test } from "../test.ts";
import { laws } from "./settle_list.ts";

test(laws);
