/**
 * Laws of the leaf, which is the digest of a container in a Merkle tree: it says what key, clock and live dots say, and
 * nothing else. Else replicas that hold the same would repair one another for ever.
 *
 * @module
 */
import { assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { containerDigest } from "../../src/version/digest.ts";
import { increment } from "../../src/version/version_vector.ts";
import { rotorSiblings } from "../adapters.ts";
import { actor, anyVersion, fewActors, name, objectName, richContainer } from "../generators.ts";
import { smallStates } from "../kit/siblings.ts";
import { exhaustive, type Law, random } from "../law.ts";

/** M17. */
export const laws: readonly Law[] = [
  random(
    "M17",
    "a leaf depends on key, clock and live dots: on no other field of a version",
    (run) => {
      const versions = fc.array(anyVersion, { minLength: 4, maxLength: 4 });
      run.forAll(name, richContainer, versions, (name, container, others) => {
        const siblings = container.siblings.map(({ dot }, i) => ({ dot, version: others[i % 4]! }));
        const leaf = containerDigest(name, container);
        assertEquals(containerDigest(name, { ...container, siblings }), leaf);
        return true;
      });
    },
  ),
  random("M17", "a leaf changes with the key, with the clock and with every live dot", (run) => {
    run.forAll(name, richContainer, fewActors, fc.nat(), (name, container, actor, n) => {
      const leaf = containerDigest(name, container);
      const { type, bucket, key } = name;
      const others = [
        // Bytes moved from one part of the name to the next are another name.
        containerDigest({ type, bucket: bucket + key[0], key: key.slice(1) }, container),
        containerDigest({ type: type + "\0", bucket, key }, container),
        containerDigest(name, { ...container, clock: increment(container.clock, actor) }),
      ];
      if (container.siblings.length > 0) {
        const gone = n % container.siblings.length;
        const siblings = container.siblings.filter((_, i) => i !== gone);
        others.push(containerDigest(name, { ...container, siblings }));
      }
      for (const other of others) assertNotEquals(other, leaf);
      return true;
    });
  }),
  exhaustive(
    "M17",
    "unequal containers of a key have unequal leaves, in all of a small scope",
    () => {
      const leaves = smallStates([actor("a"), actor("b")]).map(({ seen, live }) => {
        const writes = live.map((event) => ({ ...event, value: "v", deletes: false }));
        return containerDigest(objectName("b", "k"), rotorSiblings.of!(seen, writes));
      });
      assertEquals(leaves.length, (1 + 2 + 4) * (1 + 2));
      assertEquals(new Set(leaves).size, leaves.length);
    },
  ),
  random("M17", "a leaf does not depend on the order in which a clock was filled", (run) => {
    run.forAll(name, richContainer, (name, container) => {
      const backwards = new Map([...container.clock].reverse());
      assertEquals(
        containerDigest(name, { ...container, clock: backwards }),
        containerDigest(name, container),
      );
      return true;
    });
  }),
];
