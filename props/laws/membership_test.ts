import { test } from "../test.ts";
import { laws } from "./membership.ts";

test(laws);
