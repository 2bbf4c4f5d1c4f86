/**
 * Laws of the context token, which a client carries from a get to a put: opaque, bound to its key, sealed.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ContextError, decodeContext, encodeContext } from "../../src/protocol/codec.ts";
import { byteStrings, context, name } from "../generators.ts";
import { type Law, random } from "../law.ts";

const secret = fc.uint8Array({ minLength: 1, maxLength: 40 });

/** D16 and D21. */
export const laws: readonly Law[] = [
  random(
    "D16",
    "a context comes back from its token as it was, and the token fits into a header",
    (run) => {
      run.forAll(context, name, fc.array(secret, { maxLength: 2 }), (context, name, secrets) => {
        const token = encodeContext(context, name, secrets);
        assert(/^[A-Za-z0-9_-]+$/.test(token));
        assertEquals(decodeContext(token, name, secrets), context);
        const backwards = { ...context, clock: new Map([...context.clock].reverse()) };
        assertEquals(encodeContext(backwards, name, secrets), token);
        return true;
      });
    },
  ),
  random("D21", "a context of another key is refused", (run) => {
    run.forAll(context, name, name, fc.array(secret), (context, one, other, secrets) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other));
      const token = encodeContext(context, one, secrets);
      assertThrows(() => decodeContext(token, other, secrets), ContextError, "another key");
      return true;
    });
  }),
  random(
    "D21",
    "a forged context is refused: every changed byte shows, and so does another secret",
    (run) => {
      run.forAll(context, name, secret, fc.nat(), fc.integer({ min: 1, max: 255 }), (
        context,
        name,
        secret,
        at,
        flip,
      ) => {
        const token = encodeContext(context, name, [secret]);
        const bytes = Uint8Array.fromBase64(token, { alphabet: "base64url" });
        bytes[at % bytes.length]! ^= flip;
        const forged = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
        assertThrows(() => decodeContext(forged, name, [secret]), ContextError);
        const why = "not sealed by this cluster";
        assertThrows(
          () => decodeContext(token, name, [secret.map((b) => b ^ 1)]),
          ContextError,
          why,
        );
        assertThrows(() => decodeContext(token, name, []), ContextError, why);
        const keyless = encodeContext(context, name, []);
        assertThrows(() => decodeContext(keyless, name, [secret]), ContextError, why);
        return true;
      });
    },
  ),
  random(
    "D21",
    "a context under any secret of the list is taken, so that a secret can be changed",
    (run) => {
      run.forAll(context, name, secret, (context, name, old) => {
        const fresh = new Uint8Array([...old, 1]);
        const token = encodeContext(context, name, [old]);
        assertEquals(decodeContext(token, name, [fresh, old]), context);
        assertThrows(() => decodeContext(token, name, [fresh]), ContextError);
        assertEquals(
          encodeContext(context, name, [fresh, old]),
          encodeContext(context, name, [fresh]),
        );
        return true;
      });
    },
  ),
  random("D21", "any text is a context or a ContextError that says why", (run) => {
    const any = fc.oneof(fc.string(), byteStrings({ maxLength: 80 }), fc.base64String());
    const key = { type: "default", bucket: "b", key: "k" };
    run.forAll(any, (text) => {
      const error = assertThrows(() => decodeContext(text, key, []), ContextError);
      assert(error.message.startsWith("Cannot use this context: it is "), error.message);
      return true;
    });
  }, { runs: 500 }),
];
