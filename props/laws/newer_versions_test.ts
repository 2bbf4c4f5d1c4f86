import { test } from "../test.ts";
import { laws } from "./newer_versions.ts";

test(laws);
