import { assertEquals } from "@std/assert";
import { leafKey } from "../anti_entropy/merkle_tree_key.ts";
import { type Digest, nodeId, type Position } from "../id.ts";
import type { Begin } from "../protocol/background.ts";
import type { Role } from "../protocol/change.ts";
import { Outbox } from "../protocol/outbox.ts";
import { Departures } from "./departures.ts";
import type { Stage } from "./stage.ts";

const [A, B] = [nodeId("a"), nodeId("b")];
const END = "z".repeat(16) as Position;
const RANGE = { end: END, n: 1 };
const HISTORY = "h".repeat(16) as Digest;
const KEY = leafKey({ type: "default", bucket: "b", key: "k" }, "k".repeat(16) as Position);

/** `a` serves the only range, which is to be `b`'s. */
const STAGE: Stage = {
  node: A,
  isReady: true,
  isConfirmed: true,
  history: HISTORY,
  members: new Set([A, B]),
  ranges: [RANGE],
  owners: () => [B],
  holders: () => [],
  own: (): Role => ({
    ...{ rangeStart: END, rangeEnd: END, n: 1, role: "serving", seat: 0, seats: 1, tenure: 1 },
    ...{ recovering: false, peers: [] },
  }),
  roles: [],
  isTurning: () => false,
  turn: () => {},
  isWhole: true,
  isOut: false,
  acceptsLoss: false,
  isDown: () => false,
};

Deno.test("while writes wait for a range to be passed on, what is unsent goes at once, whoever else waits for a turn", () => {
  const asked: Begin[] = [];
  let number = 0;
  const departures = new Departures({
    stage: STAGE,
    // However long clients are too many: nobody has a turn.
    slices: { ask: (_, begin) => asked.push(begin), end: () => {} },
    next: () => ++number,
  });
  const step = (what: (out: Outbox) => void) => {
    const out = new Outbox(A, { wallMs: 0, monoMs: 0 });
    what(out);
    return out.effects.map(({ kind }) => kind);
  };
  const take = { kind: "take", request: 1, ...RANGE, seat: 0, passes: true, seats: 1 } as const;
  step((out) => departures.onTake(B, { ...take, history: HISTORY }, out));
  // While the newcomer fetches, what is stored waits for its turn.
  assertEquals(step((out) => departures.onStored(RANGE, KEY, out)), []);
  assertEquals(asked.length, 1);
  assertEquals(departures.overview.map(({ phase, unsent }) => [phase, unsent]), [["open", 1]]);

  const promote = { kind: "promote", request: 2, mark: 1 } as const;
  assertEquals(step((out) => departures.onPromote(B, promote, out)), ["find_records"]);
  assertEquals(departures.overview.map(({ phase }) => phase), ["closing"]);
  // The turn that comes then is not needed any more.
  assertEquals(step((out) => asked[0]!(1, out)), []);
});
