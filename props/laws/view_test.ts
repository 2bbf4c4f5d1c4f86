import { test } from "../test.ts";
import { laws } from "./view.ts";

test(laws);
