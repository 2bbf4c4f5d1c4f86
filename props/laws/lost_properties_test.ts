import { test } from "../test.ts";
import { laws } from "./lost_properties.ts";

test(laws);
