import { runExamples } from "./docs_examples.ts";
import { HttpNodes, rawRequest } from "../../../props/http_nodes.ts";

Deno.test("every example of docs/http.md is true", async () => {
  const api = new HttpNodes().api();
  await runExamples((curl) => api(rawRequest(curl.method, curl.target, curl)));
});
