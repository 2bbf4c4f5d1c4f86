import { test } from "../test.ts";
import { laws } from "./claim.ts";

test(laws);
