import { test } from "../test.ts";
import { laws } from "./shelf.ts";

test(laws);
