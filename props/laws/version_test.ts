import { test } from "../test.ts";
import { laws } from "./version.ts";

test(laws);
