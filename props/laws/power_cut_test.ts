import { test } from "../test.ts";
import { laws } from "./power_cut.ts";

test(laws);
