import { test } from "../test.ts";
import { laws } from "./heard_registers.ts";

test(laws);
