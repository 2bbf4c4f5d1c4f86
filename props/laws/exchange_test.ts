import { test } from "../test.ts";
import { laws } from "./exchange.ts";

test(laws);
