import { test } from "../test.ts";
import { laws } from "./codec.ts";

test(laws);
