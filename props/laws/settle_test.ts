import { test } from "../test.ts";
import { laws } from "./settle.ts";

test(laws);
