import { test } from "../test.ts";
import { laws } from "./kit.ts";

test(laws);
