import { test } from "../test.ts";
import { laws } from "./settle_turns.ts";

test(laws);
