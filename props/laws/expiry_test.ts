import { test } from "../test.ts";
import { laws } from "./expiry.ts";

test(laws);
