/**
 * G37: of two living boots of one node, who still hears the old one refuses the new.
 */
import { assertEquals } from "@std/assert";
import { type Boot, nodeId } from "../id.ts";
import { Boots } from "./boots.ts";

const A = nodeId("a");
const [OLD, NEW] = ["old-----", "new-----"] as [Boot, Boot];
const PROBE = { kind: "probe", request: 1 } as const;
const batch = (fromBoot: Boot) => ({ from: A, fromBoot, messages: [PROBE] });

Deno.test("G37 a batch of another process waits until the known one was asked; it is a twin only if that answers", async () => {
  for (const answer of [OLD, NEW, null]) {
    let asked = 0;
    const boots = new Boots({
      known: () => OLD,
      ask: () => {
        asked++;
        return Promise.resolve(answer);
      },
    });
    assertEquals(await boots.isTwin(batch(NEW)), answer === OLD);
    assertEquals(asked, 1);
    assertEquals(await boots.isTwin(batch(NEW)), answer === OLD);
    assertEquals(asked, 2, "it may have ended since");
  }
});

Deno.test("G37 nobody is asked about the known process, about a first one, or for a hello", () => {
  let known: Boot | null = OLD;
  const ask = () => {
    throw new Error("nobody is to be asked");
  };
  const boots = new Boots({ known: () => known, ask });
  assertEquals(boots.isTwin(batch(OLD)), false);
  assertEquals(boots.isTwin({ ...batch(NEW), messages: [] }), false);
  known = null;
  assertEquals(boots.isTwin(batch(NEW)), false);
});

Deno.test("G37 whoever comes while it is asked waits for the same answer", async () => {
  const { promise, resolve } = Promise.withResolvers<Boot | null>();
  let asked = 0;
  const ask = () => {
    asked++;
    return promise;
  };
  const boots = new Boots({ known: () => OLD, ask });
  const both = [NEW, "third---" as Boot].map((boot) => boots.isTwin(batch(boot)));
  resolve(OLD);
  assertEquals(await Promise.all(both), [true, true]);
  assertEquals(asked, 1);
});
