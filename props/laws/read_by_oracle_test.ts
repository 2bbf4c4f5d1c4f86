import { test } from "../test.ts";
import { laws } from "./read_by_oracle.ts";

test(laws);
