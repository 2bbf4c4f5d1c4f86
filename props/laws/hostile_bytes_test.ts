import { test } from "../test.ts";
import { laws } from "./hostile_bytes.ts";

test(laws);
