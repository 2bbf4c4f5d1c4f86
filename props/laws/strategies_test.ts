import { test } from "../test.ts";
import { laws } from "./strategies.ts";

test(laws);
