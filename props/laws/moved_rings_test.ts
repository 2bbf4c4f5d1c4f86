import { test } from "../test.ts";
import { laws } from "./moved_rings.ts";

test(laws);
