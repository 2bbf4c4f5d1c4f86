/**
 * A context token, pinned, and the sentences that bad ones get; the laws are in `props/laws/context_token.ts`.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { clockOf, objectName } from "../../props/generators.ts";
import { nodeId } from "../id.ts";
import { ContextError, decodeContext, encodeContext } from "./codec.ts";

const name = objectName("fruit", "apple");
const context = { clock: clockOf({ b: 3, a: 2 }), stamp: 7, fastest: nodeId("a") };
const secret = Uint8Array.from("cluster secret", (char) => char.charCodeAt(0));

/** What the platform, and not the library, makes of the token's bytes. */
async function sealed(body: Uint8Array<ArrayBuffer>, how: "hmac" | "checksum"): Promise<string> {
  const domain = how === "hmac" ? "rotor context" : "rotor context, no secret";
  const bytes = new Uint8Array([...Uint8Array.from(domain, (c) => c.charCodeAt(0)), ...body]);
  if (how === "checksum") return hexOf(await crypto.subtle.digest("SHA-256", bytes));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  return hexOf(await crypto.subtle.sign("HMAC", key, bytes));
}
const hexOf = (buffer: ArrayBuffer) => new Uint8Array(buffer).toHex().slice(0, 32);

Deno.test("a token is these bytes and a seal over them", async () => {
  const nameHash = hexOf(
    await crypto.subtle.digest(
      "SHA-256",
      Uint8Array.fromHex(
        "00000007" + "64656661756c74" + "00000005" + "6672756974" + "00000005" + "6170706c65",
      ),
    ),
  );
  const body = Uint8Array.fromHex(
    "01" + nameHash + "0000000000000007" + "0161" + "00000002" +
      "0e" + "0161" + "0000000000000001" + "00000001" + "0000000000000002" +
      "0e" + "0162" + "0000000000000001" + "00000001" + "0000000000000003",
  );
  for (const [secrets, how] of [[[secret], "hmac"], [[], "checksum"]] as const) {
    const token = encodeContext(context, name, secrets);
    const bytes = Uint8Array.fromBase64(token, { alphabet: "base64url" }).toHex();
    assertEquals(bytes, body.toHex() + await sealed(body, how));
  }
});

Deno.test("what is not a token is refused with a sentence that says why", () => {
  const refused = (token: string, why: string) =>
    assertEquals(
      assertThrows(() => decodeContext(token, name, [secret]), ContextError).message,
      `Cannot use this context: ${why}`,
    );
  const token = encodeContext(context, name, [secret]);
  refused("", "it is too short");
  refused("AAAA", "it is too short");
  refused("not base64!", "it is not base64url");
  refused(token + "=", "it is not base64url");
  refused("A", "it is not base64url");
  refused("B" + token.slice(1), "it is of a newer format");
  refused("A" + "A".repeat(99), "it is of an unknown format");
  refused(token.slice(0, -4), "it is not sealed by this cluster, or it was changed on the way");
  refused(encodeContext(context, objectName("fruit", "pear"), [secret]), "it is of another key");
  // 92 bytes: two bits of the last char belong to no byte. They must be 0, so that a token has one text.
  const spare = encodeContext({ ...context, fastest: null }, name, [secret]);
  const next = String.fromCharCode(spare.charCodeAt(spare.length - 1) + 1);
  refused(spare.slice(0, -1) + next, "it is not base64url");
});

Deno.test("without a secret a checksum catches a mistake", () => {
  const token = encodeContext(context, name, []);
  assertEquals(decodeContext(token, name, []), context);
  const mistaken = token.slice(0, 40) + (token[40] === "A" ? "B" : "A") + token.slice(41);
  assertThrows(() => decodeContext(mistaken, name, []), ContextError, "not sealed");
});

Deno.test("whoever makes a checksum up is still checked", async () => {
  const good = Uint8Array.fromBase64(encodeContext(context, name, []), { alphabet: "base64url" });
  const head = good.toHex().slice(0, 2 * 17); // version and name
  const [a, b] = ["61", "62"].map((node) => `0e01${node}000000000000000100000001`);
  const [stamp, nobody, one, two] = ["0000000000000007", "00", "00000001", "00000002"];
  const forge = async (rest: string) => {
    const body = Uint8Array.fromHex(head + rest);
    return Uint8Array.fromHex(body.toHex() + await sealed(body, "checksum"))
      .toBase64({ alphabet: "base64url", omitPadding: true });
  };
  const good1 = await forge(stamp + nobody + one + a + "0000000000000001");
  assertEquals(decodeContext(good1, name, []).clock, clockOf({ a: 1 }));
  const bad: [string, string][] = [
    ["", "it ends too early"],
    [stamp!.slice(2), "it ends too early"],
    [stamp + "05" + "61", "it ends too early"],
    [stamp + "0141" + "00000000", "a node id wanted"],
    ["0020000000000000" + nobody + "00000000", "a whole number from 0"],
    [stamp + nobody + "ffffffff" + a + "0000000000000001", "it ends too early"],
    [stamp + nobody + one + a + "0000000000000000", "a whole number from 1"],
    [stamp + nobody + one + a + "0020000000000000", "a whole number from 1"],
    [stamp + nobody + one + "0161" + "0000000000000001", "an actor wanted"],
    [stamp + nobody + two + b + "0000000000000001" + a + "0000000000000001", "do not ascend"],
    [stamp + nobody + two + a + "0000000000000001" + a + "0000000000000002", "do not ascend"],
    [stamp + nobody + one + a + "0000000000000001" + "00", "it does not end where it should"],
  ];
  for (const [rest, why] of bad) {
    const token = await forge(rest);
    assertThrows(() => decodeContext(token, name, []), ContextError, why);
  }
});
