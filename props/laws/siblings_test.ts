import { test } from "../test.ts";
import { laws } from "./siblings.ts";

test(laws);
