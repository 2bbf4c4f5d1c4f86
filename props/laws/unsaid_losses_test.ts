import { test } from "../test.ts";
import { laws } from "./unsaid_losses.ts";

test(laws);
