import { test } from "../test.ts";
import { laws } from "./merkle_tree.ts";

test(laws);
