import { assert, assertEquals } from "@std/assert";
import { type Boot, type NodeId, nodeId } from "../id.ts";
import { makeRevision } from "../protocol/canonical.ts";
import type { Change, Genesis, Register } from "../protocol/change.ts";
import { DEFAULTS } from "../protocol/config.ts";
import type { Effect } from "../protocol/effect.ts";
import type { Restored } from "../protocol/event.ts";
import { Outbox } from "../protocol/outbox.ts";
import { found } from "./found.ts";
import { History } from "./history.ts";
import { Membership } from "./membership.ts";
import { NOTHING } from "./recall.ts";

const [a, b, c] = [nodeId("a"), nodeId("b"), nodeId("c")];
const EMPTY: Restored = { history: [], register: null, props: [] };

function genesisOf(nodes: NodeId[], { partitions = 4, replicas = 2 } = {}): Genesis {
  const members = nodes.map((node) => ({ node, zone: "", weight: 1 }));
  return found({ partitions, replicas, members });
}

const GENESIS = genesisOf([a, b, c]);

/** One start of one process, on a disk that it may find things on. */
class Bench {
  readonly membership: Membership;
  #stores = 0;
  #boot: string;
  readonly #node: NodeId;

  constructor(node: NodeId, { genesis = GENESIS, boot = "1" } = {}) {
    this.#boot = boot;
    this.#node = node;
    const next = () => ++this.#stores;
    this.membership = new Membership({
      ...{ node, addresses: [`${node}:1`], genesis, next },
      config: DEFAULTS,
    });
  }

  start(restored: Restored): Effect[] {
    const boot = this.#boot.padEnd(8, ".") as Boot;
    return this.do((out) =>
      this.membership.onStart({ kind: "start", boot, seed: 1, restored }, out)
    );
  }
  stored(effects: Effect[], outcome: "durable" | "buffered" | "failed" = "durable"): Effect[] {
    const [effect] = effects;
    if (effect?.kind !== "store_meta") throw new Error(`a store wanted, got ${effect?.kind}`);
    return this.do((out) => assert(this.membership.onStored(effect.store, outcome, out)));
  }
  do(step: (out: Outbox) => void): Effect[] {
    const out = new Outbox(this.#node, { monoMs: 0, wallMs: 1 });
    step(out);
    // Who begins on an empty disk asks what others remember of it: nothing.
    const asked = out.effects.flatMap((effect) =>
      effect.kind === "send" && effect.message.kind === "gossip_recall" ? [effect.to] : []
    );
    const answered = asked.flatMap((other) =>
      this.do((out) => this.membership.onRecalled(other, NOTHING, out))
    );
    const left = asked.length === 0
      ? out.effects
      : out.effects.filter(({ kind }) => kind === "store_meta" || kind === "halt");
    return [...left, ...answered];
  }
}

/** What a store holds after a first start. */
function founded(node: NodeId, genesis = GENESIS): Restored & { register: Register } {
  const bench = new Bench(node, { genesis });
  bench.stored(bench.stored(bench.start(EMPTY)));
  return { history: [genesis], register: bench.membership.register!, props: [] };
}

function halted(effects: Effect[]): string {
  assertEquals(effects.map(({ kind }) => kind), ["halt"]);
  return effects[0]!.kind === "halt" ? effects[0]!.reason : "";
}

const end = GENESIS.moves[0]!.position;

Deno.test("a first start stores the history, then the register, and only then says its roles", () => {
  const on = new Bench(a);
  const history = on.start(EMPTY);
  assertEquals(history, [
    { kind: "store_meta", store: 1, value: { kind: "history", changes: [GENESIS] } },
  ]);
  assertEquals(on.membership.standing(end, 2).seat, null);
  const register = on.stored(history);
  assertEquals(register.length, 1);
  assertEquals(on.membership.register, null, "said before it was durable");
  assertEquals(on.membership.serves(end, 2), null);
  assert(!on.membership.ready);
  on.stored(register);
  assert(on.membership.ready);
  const { register: said } = on.membership;
  assertEquals([said?.generation, said?.seq, said?.addresses], [1, 1, ["a:1"]]);
  assertEquals(on.membership.standing(end, 2), {
    seat: 0,
    seats: 2,
    recovering: true, // it may have been wiped
    history: on.membership.history,
    registerSeq: 1,
  });
  assertEquals(on.membership.serves(end, 2)?.tenure, 1);
  assertEquals(on.membership.serves(end, 3), null, "no role for an n that is not in use");
  assertEquals([...on.membership.members], [a, b, c]);
  assertEquals(on.membership.cluster, GENESIS.id);
});

Deno.test("what is only buffered is not said", () => {
  const bench = new Bench(a);
  const history = bench.start(EMPTY);
  assertEquals(bench.stored(history, "buffered"), []);
  const register = bench.stored(history);
  bench.stored(register, "buffered");
  assert(!bench.membership.ready);
  bench.stored(register);
  assert(bench.membership.ready);
});

Deno.test("a later start keeps its roles under a higher generation, and its own nonce and addresses", () => {
  const before = founded(b);
  const bench = new Bench(b, { boot: "2" });
  const [effect, ...rest] = bench.start({ ...before, register: { ...before.register, seq: 9 } });
  assertEquals(rest, []);
  if (effect?.kind !== "store_meta" || effect.value.kind !== "register") {
    throw new Error("register");
  }
  const { register } = effect.value;
  assertEquals([register.generation, register.seq, register.nonce], [2, 1, "2......."]);
  assertEquals(register.roles, before.register.roles);
  bench.stored([effect]);
  assertEquals(bench.membership.register, register);
});

Deno.test("a crash between history and register goes on where it was", () => {
  const bench = new Bench(c);
  const register = bench.start({ ...EMPTY, history: [GENESIS] });
  bench.stored(register);
  assert(bench.membership.ready);
  assertEquals(bench.membership.register, founded(c).register);
});

Deno.test("a history that went on is folded", () => {
  const leave: Change = makeRevision({
    ...History.of(GENESIS).next(),
    author: a,
    wallMs: 0,
    steps: [{ kind: "remove", node: c, acceptLoss: true }],
    moves: [],
  });
  const before = founded(a);
  const bench = new Bench(a);
  bench.stored(bench.start({ ...before, history: [leave, GENESIS] }));
  assertEquals([...bench.membership.members], [a, b]);
  assertEquals(bench.membership.cluster, GENESIS.id);
  assertEquals(bench.membership.ring.active.map(({ node }) => node), [a, b]);
  // Who is out starts all the same: it may have to give others what it holds.
  const gone = new Bench(c);
  gone.stored(gone.start({ ...founded(c), history: [GENESIS, leave] }));
  assertEquals(gone.membership.away, "it is no member any more");
});

Deno.test("a store that was founded otherwise is refused, and every difference is named", () => {
  const refusal = (genesis: Genesis) => halted(new Bench(a, { genesis }).start(founded(a)));
  assertEquals(
    refusal(genesisOf([a, b, c], { replicas: 3 })),
    "Cannot start a: n 3 was given, but this store was made with n 2",
  );
  assertEquals(
    refusal(genesisOf([a, b], { partitions: 8 })),
    "Cannot start a: partitions 8 was given, but this store was made with partitions 4; " +
      "members a, b were given, but this store was made with members a, b, c",
  );
  const east = [a, b, c].map((node) => ({ node, zone: "east", weight: node === a ? 2 : 1 }));
  assertEquals(
    refusal(found({ partitions: 4, replicas: 2, members: east })),
    "Cannot start a: members a (zone east, weight 2), b (zone east), c (zone east) were given, " +
      "but this store was made with members a, b, c",
  );
});

Deno.test("another node's directory is refused", () => {
  assertEquals(
    halted(new Bench(b).start(founded(a))),
    "Cannot start b: this data directory belongs to node a, not b",
  );
});

Deno.test("a node that the cluster was not founded with is refused", () => {
  assertEquals(
    halted(new Bench(nodeId("x")).start(EMPTY)),
    "Cannot start x: it is not a member (members: a, b, c)",
  );
});

Deno.test("a store that does not hang together is refused", () => {
  const before = founded(a);
  assertEquals(
    halted(new Bench(a).start({ ...before, history: [] })),
    "Cannot start a: its store has a register, but no history",
  );
  assertEquals(
    halted(new Bench(a).start({ ...before, history: [{ ...GENESIS, replicas: 1 }] })),
    "Cannot start a: its stored history is damaged: " +
      "Cannot take the change: its id is not that of its fields",
  );
});

Deno.test("a store that fails at the start ends the process, and no role is ever said", () => {
  const first = new Bench(a);
  assertEquals(
    halted(first.stored(first.start(EMPTY), "failed")),
    "Cannot start a: its store did not take the history",
  );
  const second = new Bench(a);
  assertEquals(
    halted(second.stored(second.stored(second.start(EMPTY)), "failed")),
    "Cannot start a: its store did not take the register",
  );
  assertEquals([second.membership.ready, second.membership.register], [false, null]);
});

Deno.test("stores of others are not taken for its own", () => {
  const bench = new Bench(a);
  bench.start(EMPTY);
  assertEquals(bench.do((out) => assert(!bench.membership.onStored(99, "durable", out))), []);
});
