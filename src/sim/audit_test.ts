import { assertEquals, assertThrows } from "@std/assert";
import { actor, objectName, version } from "../../props/generators.ts";
import { bootOf, type NodeId, type WriteId } from "../id.ts";
import type { Container } from "../version/siblings.ts";
import { Audit, Broken } from "./audit.ts";
import { History } from "./history.ts";

const ACTOR = actor("n1");
const name = objectName("b", "k");

/** What an audit says of containers that n1 stores one after another; w2 has overwritten w1. */
function judged(...containers: readonly Container[]): string {
  const history = new History();
  for (const [write, seen] of [["w1", []], ["w2", ["w1"]]] as const) {
    const begun = { client: 0, key: "k", session: false, startMs: 0, quorum: 1 };
    history.began({ ...begun, kind: "put", write, seen });
  }
  const audit = new Audit(history);
  const at = {
    id: "n1" as NodeId,
    boot: bootOf(ACTOR),
    held: () => undefined,
    seat: () => "its_own" as const,
  };
  const stored = { kind: "stored", store: 0, outcome: "durable" } as const;
  const look = () =>
    containers.forEach((container, store) => {
      const record = { container, mine: null };
      audit.stepped(at, stored, [{ kind: "store", store, name, owner: null, record }]);
    });
  return assertThrows(look, Broken).message;
}

/** A container that has seen so many events of n1, and shows these. */
function container(counter: number, ...live: readonly number[]): Container {
  return {
    clock: new Map([[ACTOR, counter]]),
    siblings: live.map((counter) => ({
      dot: { actor: ACTOR, counter },
      version: version("", { writeId: `w${counter}` as WriteId }),
    })),
  };
}

Deno.test("what is live and should not be is named, with what overwrote it; so is what is missing", () => {
  const first = container(1, 1);
  assertEquals(judged(first, container(2, 1, 2)), "V14: w2 overwrote w1, yet w1 is live, of k");
  assertEquals(
    judged(first, container(2, 2), container(1)),
    "V14: w1 is seen and not live, and nothing seen overwrote it, of k",
  );
  assertEquals(
    judged(container(1)),
    "V14: a clock has seen n1:00000000:1#1, which nobody issued, of k",
  );
});
