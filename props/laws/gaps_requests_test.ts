import { test } from "../test.ts";
import { laws } from "./gaps_requests.ts";

test(laws);
