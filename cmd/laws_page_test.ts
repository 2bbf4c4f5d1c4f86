import { assertEquals } from "@std/assert";
import { lawsPage } from "../props/page.ts";
import { titleOf } from "../props/law.ts";
import { groups } from "../props/registry.ts";

const ROOT = new URL("..", import.meta.url);

Deno.test("docs/laws.md is what the catalogue, the laws and the mutants say: deno task laws", () => {
  assertEquals(Deno.readTextFileSync(new URL("docs/laws.md", ROOT)), lawsPage());
});

Deno.test("the registry has every file of laws, and every file of laws is run by its test", () => {
  const files = [...Deno.readDirSync(new URL("props/laws", ROOT))].map(({ name }) => name);
  const tests = files.filter((name) => name.endsWith("_test.ts"));
  const named = groups.map(({ name }) => `${name}_test.ts`);
  assertEquals(tests.sort(), named.sort());
  for (const name of files) {
    if (name.endsWith("_test.ts")) continue;
    const text = Deno.readTextFileSync(new URL(`props/laws/${name}`, ROOT));
    const hasLaws = /^export (const laws\b|function lawsOf)/m.test(text);
    assertEquals(hasLaws, named.includes(name.replace(/\.ts$/, "_test.ts")), name);
  }
});

Deno.test("no file has two laws of one title", () => {
  for (const { name, laws } of groups) {
    const titles = laws.map(titleOf);
    assertEquals(titles.filter((title, i) => titles.indexOf(title) !== i), [], name);
  }
});
