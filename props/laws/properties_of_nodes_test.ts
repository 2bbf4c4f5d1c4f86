import { test } from "../test.ts";
import { laws } from "./properties_of_nodes.ts";

test(laws);
