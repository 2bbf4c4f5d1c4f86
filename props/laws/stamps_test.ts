import { test } from "../test.ts";
import { laws } from "./stamps.ts";

test(laws);
