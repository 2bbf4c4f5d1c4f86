import { test } from "../test.ts";
import { laws } from "./versions_of_nodes.ts";

test(laws);
