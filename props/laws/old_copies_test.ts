import { test } from "../test.ts";
import { laws } from "./old_copies.ts";

test(laws);
