import { test } from "../test.ts";
import { laws } from "./context_token.ts";

test(laws);
