import { laws } from "./old_copies.ts";
import { test } from "../test.ts";

test(laws);
