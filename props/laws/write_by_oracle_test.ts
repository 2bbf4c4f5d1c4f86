import { test } from "../test.ts";
import { laws } from "./write_by_oracle.ts";

test(laws);
