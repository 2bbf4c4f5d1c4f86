import { test } from "../test.ts";
import { laws } from "./bucket_props.ts";

test(laws);
