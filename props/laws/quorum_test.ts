import { test } from "../test.ts";
import { laws } from "./quorum.ts";

test(laws);
