import { runExamples } from "./docs_examples.ts";
import { NodeDouble, rawRequest } from "./node_double.ts";

Deno.test("every example of docs/http.md is true", async () => {
  const api = new NodeDouble().api();
  await runExamples((curl) => api(rawRequest(curl.method, curl.target, curl)));
});
