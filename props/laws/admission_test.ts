import { test } from "../test.ts";
import { laws } from "./admission.ts";

test(laws);
