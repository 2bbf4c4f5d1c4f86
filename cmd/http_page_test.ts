import { runExamples } from "../src/edge/http/docs_examples.ts";
import { TestCluster } from "./testing_cluster.ts";

Deno.test("every example of docs/http.md is true of real nodes", async () => {
  await using cluster = await TestCluster.start({ flags: ["--engine", "memory"] });
  await runExamples(({ target, ...curl }) => fetch(`${cluster.urls[0]}${target}`, curl));
});
