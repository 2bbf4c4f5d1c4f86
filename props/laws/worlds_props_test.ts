import { test } from "../test.ts";
import { laws } from "./worlds_props.ts";

test(laws);
