import { test } from "../test.ts";
import { laws } from "./exploration.ts";

test(laws);
