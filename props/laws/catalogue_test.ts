import { groups } from "../registry.ts";
import { test } from "../test.ts";

test(groups.flatMap(({ name, laws }) => name === "catalogue" ? laws : []));
