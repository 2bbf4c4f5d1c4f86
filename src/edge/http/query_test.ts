import { isFailure } from "../../protocol/error.ts";
import { assertEquals } from "@std/assert";
import { parseQuery } from "./query.ts";

const limits = { maxRequestMs: 60_000 };

function detailOf(text: string): string | null {
  const query = parseQuery(text, limits);
  return isFailure(query) ? query.detail : null;
}

Deno.test("every parameter and its values", () => {
  assertEquals(
    parseQuery(
      "r=1&w=quorum&dw=0&pr=all&pw=0&rw=one&n_val=2&timeout=60000&sloppy_quorum=false" +
        "&notfound_ok=true&basic_quorum=false&returnbody=true&vtag=AbC_-",
      limits,
    ),
    {
      r: 1,
      w: "quorum",
      dw: 0,
      pr: "all",
      pw: 0,
      rw: "one",
      nVal: 2,
      timeoutMs: 60_000,
      sloppyQuorum: false,
      notfoundOk: true,
      basicQuorum: false,
      returnBody: true,
      vtag: "AbC_-",
    },
  );
  assertEquals(parseQuery("r=default", limits), { r: "default" });
  assertEquals(parseQuery("r=%31", limits), { r: 1 });
});

Deno.test("unknown names are passed over", () => {
  assertEquals(parseQuery("utm_source=x&R=0&&=&%zz=1&constructor=1&__proto__=2", limits), {});
  assertEquals(parseQuery("", limits), {});
});

Deno.test("unknown values are refused, with parameter, value and what is allowed", () => {
  assertEquals(
    detailOf("r=many"),
    "Cannot read parameter r: a whole number from 1 to n, or one of one, quorum, all, default " +
      'wanted, got "many"',
  );
  assertEquals(
    detailOf("timeout=60001"),
    'Cannot read parameter timeout: milliseconds from 1 to 60000 wanted, got "60001"',
  );
  assertEquals(
    detailOf("returnbody=yes"),
    'Cannot read parameter returnbody: true or false wanted, got "yes"',
  );
  for (
    const text of [
      "r=0",
      "w=0",
      "r=-1",
      "r=1.5",
      "r=1e3",
      "r=",
      "r",
      "r=+1",
      "r=0x1",
      "r=9999999999",
      "r=One",
      "pr=x",
      "n_val=0",
      "n_val=all",
      "timeout=0",
      "timeout=infinity",
      "notfound_ok=1",
      "vtag=",
      "r=%zz",
    ]
  ) assertEquals(typeof detailOf(text), "string", text);
});

Deno.test("a known name may stand once", () => {
  assertEquals(detailOf("r=1&r=2"), "Cannot read parameter r: once at most wanted, got two");
});

Deno.test("parameters that rotor does not honour are refused, not passed over", () => {
  for (const name of ["node_confirms", "sync_on_write", "asis"]) {
    assertEquals(
      detailOf(`${name}=1`),
      `Cannot read parameter ${name}: nothing wanted, for rotor does not support it, got "1"`,
    );
  }
});
