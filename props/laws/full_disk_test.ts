import { test } from "../test.ts";
import { laws } from "./full_disk.ts";

test(laws);
