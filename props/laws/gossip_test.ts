import { test } from "../test.ts";
import { laws } from "./gossip.ts";

test(laws);
