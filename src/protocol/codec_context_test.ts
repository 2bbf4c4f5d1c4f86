/**
 * A context token, pinned, and the sentences that bad ones get; the laws are in `props/codec_laws_test.ts`.
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
  // A token has one text: bits that belong to no byte must be 0.
  const [short] = [encodeContext({ ...context, fastest: null }, name, [secret])];
  const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".indexOf(
    short!.at(-1)!,
  );
  if (short!.length % 4 !== 0) {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    refused(short!.slice(0, -1) + alphabet[last + 1], "it is not base64url");
  }
});

Deno.test("without a secret a checksum catches a mistake, and whoever makes one up is still checked", () => {
  const token = encodeContext(context, name, []);
  assertEquals(decodeContext(token, name, []), context);
  const bad = { ...context, clock: new Map([["no actor" as never, 1]]) };
  assertThrows(
    () => decodeContext(encodeContext(bad, name, []), name, []),
    ContextError,
    "an actor wanted",
  );
});
