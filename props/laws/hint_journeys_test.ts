import { test } from "../test.ts";
import { laws } from "./hint_journeys.ts";

test(laws);
