import { assert, assertEquals, assertMatch } from "@std/assert";
import { nodeId } from "../../id.ts";
import type { Config } from "../../protocol/config.ts";
import type { Envelope } from "../../protocol/envelope.ts";
import { failure } from "../../protocol/error.ts";
import { HttpNodes, rawRequest } from "../../../props/http_nodes.ts";
import { BOOT_A } from "../testing.ts";

/** Three nodes, of which the first is asked; these have called it. */
function start({ callers = ["n4", "n5"], config = {} }: {
  callers?: readonly string[];
  config?: Partial<Config>;
} = {}) {
  const nodes = new HttpNodes(config);
  const { world } = nodes;
  const to = world.ids[0]!;
  const { id: digest } = world.genesis;
  const call = (id: string) => {
    const { boot: toBoot } = world.machines.get(to)!;
    const envelope: Envelope = {
      ...{ cluster: digest, from: nodeId(id), fromBoot: BOOT_A, to, toBoot },
      toStampMs: world.monoMs,
      messages: [{
        kind: "gossip",
        request: 1,
        history: digest,
        rest: digest,
        addresses: [`${id}:1`],
      }],
    };
    world.step(to, { kind: "envelope", ticket: -1, envelope });
  };
  for (const id of callers) call(id);
  const api = nodes.api();
  const send = async (method: string, target: string, value?: object) => {
    const init = value === undefined ? {} : {
      body: JSON.stringify(value),
      headers: { "Content-Type": "application/json" },
    };
    const response = await api(rawRequest(method, `/admin/${target}`, init));
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text) };
  };
  /** Takes a step in three requests. */
  const take = async (step: object, force = false) => {
    const staged = await send("POST", "stage", step);
    assertEquals(staged.status, 200, staged.body.detail);
    const { body: { plan } } = await send("GET", "plan");
    return await send("POST", "commit", { plan, force });
  };
  return { nodes, world, send, take, call };
}

const JOIN = { kind: "join", node: "n4" };

Deno.test("a join: staged, planned, committed as it was planned, and shown", async () => {
  const { nodes, world, send } = start();
  const put = rawRequest("PUT", "/buckets/b/keys/k?w=3", { body: "v" });
  assertEquals((await nodes.api()(put)).status, 204);
  world.run();
  const outside = (await send("GET", "status")).body.members.slice(3);
  assertEquals(
    outside.map(({ node, status, forMs }: Record<string, unknown>) => [node, status, forMs]),
    [
      ["n4", "outside", 0],
      ["n5", "outside", 0],
    ],
  );
  const staged = await send("POST", "stage", JOIN);
  const steps = [{ ...JOIN, zone: "", weight: 1 }];
  assertEquals([staged.status, staged.body], [200, { node: "n1", steps }]);
  assertEquals((await send("GET", "stage")).body, staged.body);

  const { status, body: plan } = await send("GET", "plan");
  assertEquals(status, 200);
  assertMatch(plan.plan, /^[0-9a-f]{32}$/);
  const { history } = (await send("GET", "status")).body;
  assertEquals([plan.plannedOn, plan.steps, plan.moves], [history, steps, 2]);
  assertEquals([plan.losses, plan.warnings, plan.unsettled], [[], [], 0]);
  assertEquals(plan.members[3], {
    node: "n4",
    before: null,
    after: { status: "in", zone: "", weight: 1, owns: 0.75 },
  });
  assertEquals(plan.transfers.length, 6);
  let keys = 0;
  for (const { kind, from, to, keys: count, bytes } of plan.transfers) {
    assertEquals([kind, from.length, to, bytes], ["pass", 1, ["n4"], null]);
    keys += count;
  }
  assert(keys <= 1, "this node serves every range, and knows of one key");

  const ring = await send("GET", "ring");
  const owners = (ranges: { owners: string[] }[]) => ranges.map(({ owners }) => owners.length);
  assertEquals([ring.body.unsettled, owners(ring.body.ranges)], [0, Array(8).fill(3)]);
  const committed = await send("POST", "commit", { plan: plan.plan.slice(0, 12) });
  assertEquals([committed.status, committed.body.plan], [200, plan.plan]);
  assertEquals((await send("GET", "stage")).body.steps, []);
  const after = (await send("GET", "status")).body;
  assertEquals(after.history, committed.body.history);
  const [n4] = after.members.filter(({ node }: { node: string }) => node === "n4");
  assertEquals([n4.status, n4.owns, n4.serves, n4.takes, n4.gives], ["in", 0.75, 0, 6, 0]);
  assertEquals(after.unsettled, 6);
  const moving = (await send("GET", "ring")).body;
  assertEquals([moving.unsettled, moving.heads, moving.strategy, moving.n], [6, 1, 3, 3]);
  const { body: left } = await send("GET", "transfers");
  assertEquals([left.node, left.unsettled, left.transfers], ["n1", 6, plan.transfers]);
  // Nobody has heard of it yet, so nobody has asked for anything.
  assertEquals(left.moves, { arrivals: [], departures: [], drains: [], aside: 0 });
  const taken = moving.ranges.filter(({ owners }: { owners: string[] }) => owners.includes("n4"));
  assertEquals(taken.length, 6);
  for (const { unsettled, servers } of taken) assertEquals([unsettled, servers.length], [true, 3]);
});

Deno.test("what was shown is committed, or nothing: any other plan is stale", async () => {
  const { world, send } = start();
  const stale = async (plan: string, why: RegExp) => {
    const { status, body } = await send("POST", "commit", { plan });
    assertEquals([status, body.type, body.definite], [409, "/errors/stale_plan", true]);
    assertMatch(body.detail, why);
  };
  await stale("0123456789", /^Cannot commit plan 0123456789: nothing is staged at this node; /);
  await send("POST", "stage", JOIN);
  const { plan } = (await send("GET", "plan")).body;
  // Another operator stages something else at the same node.
  await send("POST", "stage", { kind: "weight", node: "n2", weight: 2 });
  await stale(plan, /since it was shown, the members have changed, or what is staged; plan anew$/);
  await send("POST", "clear");
  await send("POST", "stage", JOIN);
  const again = (await send("GET", "plan")).body;
  assertEquals(again.plan, plan, "the same steps on the same history are the same plan");
  // Another operator commits at another node, and that is heard here.
  const ticket = world.ask(world.ids[0]!, (ticket) => ({
    ...{
      kind: "commit",
      ticket,
      moves: [],
      steps: [{ kind: "zone", node: nodeId("n3"), zone: "x" }],
    },
    plannedOn: world.machines.get(world.ids[0]!)!.node.roster.history.digest,
  }));
  world.run();
  assertEquals(world.replies.get(ticket)?.kind, "committed");
  await stale(plan, /since it was shown/);
  const { body: { steps } } = await send("GET", "stage");
  assertEquals(steps.length, 1, "what is staged stays, to be planned anew");
  assertEquals((await send("GET", "plan")).status, 200);
  // Now the newcomer is joined by the other.
  const other = world.ask(world.ids[0]!, (ticket) => ({
    ...{ kind: "commit", ticket, moves: [], steps: [{ ...steps[0], node: nodeId("n4") }] },
    plannedOn: world.machines.get(world.ids[0]!)!.node.roster.history.digest,
  }));
  world.run();
  assertEquals(world.replies.get(other)?.kind, "committed");
  await stale(
    plan,
    /Cannot join n4: it is a member already; clear forgets what is staged; plan anew$/,
  );
});

Deno.test("a step that would not do what it says is refused in one sentence, and nothing is staged", async () => {
  const { send, take } = start();
  const refused = async (step: object, sentence: string) => {
    const { status, body } = await send("POST", "stage", step);
    assertEquals([status, body.detail], [409, sentence]);
    assertEquals([body.type, body.definite], ["/errors/step_refused", true]);
    assertEquals((await send("GET", "stage")).body.steps, []);
  };
  const few = "at least 3 members wanted, for n is 3, and 2 would be left";
  await refused({ kind: "leave", node: "n2" }, `Cannot let go of n2: ${few}`);
  await refused({ kind: "join", node: "n2" }, "Cannot join n2: it is a member already");
  await refused(
    { kind: "join", node: "n44" },
    "Cannot join n44: no node of that id has called here: start it with --seed; the nearest is n4",
  );
  await refused(
    { kind: "leave", node: "m2" },
    "Cannot let go of m2: there is no such member; the nearest is n2",
  );
  await refused({ kind: "stay", node: "n2" }, "Cannot keep n2: it is not leaving");
  const weights = "a whole weight from 1 to 1048576 wanted";
  for (const weight of [0, -1, 1.5]) {
    const sentence = `Cannot change the weight of n2: ${weights}, got ${weight}`;
    await refused({ kind: "weight", node: "n2", weight }, sentence);
  }
  await refused(
    { kind: "weight", node: "n2", weight: 1 },
    "Cannot change the weight of n2: its weight is 1 already",
  );
  await refused(
    { kind: "zone", node: "n2", zone: "" },
    "Cannot change the zone of n2: its zone is none already",
  );
  await refused(
    { kind: "replace", old: "n2", new: "n3" },
    "Cannot replace n2 by n3: n3: it is a member already",
  );
  await refused(
    { kind: "replace", old: "n2", new: "n2" },
    "Cannot replace n2 by n2: another node wanted in its place",
  );
  const noPlan = await send("GET", "plan");
  assertEquals([noPlan.status, noPlan.body.detail], [
    409,
    "Cannot plan: nothing is staged at this node",
  ]);
  assertEquals((await take(JOIN)).status, 200);
  assertEquals((await take({ kind: "leave", node: "n2" }, true)).status, 200);
  await refused({ kind: "leave", node: "n2" }, "Cannot let go of n2: it is leaving already");
  await refused(
    { kind: "replace", old: "n2", new: "n5" },
    "Cannot replace n2 by n5: it is leaving, and its ranges are given to others: join the new one instead",
  );
  assertEquals((await take({ kind: "remove", node: "n2" })).status, 200);
  await refused(
    { kind: "join", node: "n2" },
    "Cannot join n2: it has left for good, and ids never come back: start it anew, with another id",
  );
  await refused({ kind: "remove", node: "n2" }, "Cannot remove n2: it has left for good");
});

Deno.test("a removal that loses data must say so, and the plan says what is lost", async () => {
  const { send, take, call } = start();
  assertEquals((await take({ kind: "remove", node: "n3" })).status, 200);
  call("n4");
  await send("POST", "stage", { kind: "remove", node: "n2" });
  const { body: plan } = await send("GET", "plan");
  assertEquals(plan.losses.length, 8);
  assertEquals(
    [plan.losses[0].kind, plan.losses[0].removed, plan.losses[0].survivors],
    ["doubtful", ["n2"], ["n1"]],
  );
  assertEquals((await send("POST", "commit", { plan: plan.plan })).status, 200);
  const last = await send("POST", "stage", { kind: "remove", node: "n1", acceptLoss: true });
  assertEquals(last.body.detail, "Cannot remove n1: it is the last member");
  // It has nothing yet, but it would be there.
  assertEquals((await take(JOIN, true)).status, 200);
  const lost = await send("POST", "stage", { kind: "remove", node: "n1" });
  assertEquals(
    lost.body.detail,
    "Cannot remove n1: nobody else who is whole serves 8 of its ranges, and what is in them would be lost: " +
      "--accept-loss says that this is meant",
  );
  await send("POST", "stage", { kind: "remove", node: "n1", acceptLoss: true });
  const { body: accepted } = await send("GET", "plan");
  assertEquals(accepted.losses.map(({ kind }: { kind: string }) => kind), Array(8).fill("lost"));
  assertEquals(accepted.transfers[0].from, [], "the seats begin empty");
});

Deno.test("while data is on the move only what mends that is committed, or what is forced", async () => {
  const { send, take } = start();
  assertEquals((await take(JOIN)).status, 200);
  const join = { kind: "join", node: "n5", zone: "east", weight: 2 };
  const refused = await take(join);
  assertEquals([refused.status, refused.body.type], [409, "/errors/unsettled"]);
  assertMatch(refused.body.detail, /^Cannot commit: 6 ranges are on the move; /);
  const { body: { plan, unsettled } } = await send("GET", "plan");
  assertEquals(unsettled, 6);
  assertEquals((await send("POST", "commit", { plan, force: true })).status, 200);
  assertEquals((await take({ kind: "leave", node: "n5" }, true)).status, 200);
  assertEquals((await take({ kind: "stay", node: "n5" })).status, 200);
  assertEquals((await take({ kind: "remove", node: "n5" })).status, 200);
});

Deno.test("a plan warns of what is not as good as it could be", async () => {
  const { send, take } = start();
  assertEquals((await take(JOIN)).status, 200);
  const warned = async (step: object) => {
    await send("POST", "clear");
    await send("POST", "stage", step);
    return (await send("GET", "plan")).body.warnings;
  };
  assertEquals(await warned({ kind: "weight", node: "n2", weight: 3 }), [{
    kind: "weight_capped",
    says:
      "n2 has 50.0 % of the weight, and can own 25.0 % of the ranges: no node holds two copies of a key",
  }]);
  assertEquals(await warned({ kind: "zone", node: "n2", zone: "east" }), [{
    kind: "few_zones",
    says: "2 zones, so copies of each key share one: 3 zones would hold one each",
  }]);
  await send("POST", "stage", { kind: "remove", node: "n3" });
  await send("POST", "stage", { kind: "remove", node: "n4" });
  const { body: { warnings } } = await send("GET", "plan");
  assertEquals(warnings, [
    { kind: "few_nodes", says: "2 nodes, so each key has 2 copies and not 3" },
  ]);
});

Deno.test("where a key lives, and that of three nodes all have it", async () => {
  const { send } = start();
  const { status, body } = await send("GET", "locate/carts/mary");
  assertEquals(status, 200);
  assertEquals([body.position, body.rangeEnd, body.n], [
    "4708d54e7a7eb64781f5f8b312e60247",
    "60000000000000000000000000000000",
    3,
  ]);
  assertEquals(body.list.map(({ role, seat }: Record<string, unknown>) => [role, seat]), [
    ["primary", 0],
    ["primary", 1],
    ["primary", 2],
  ]);
  assertEquals(body.list[0].owner, true);
});

Deno.test("a body is read strictly, and who is no member changes nothing", async () => {
  const { nodes, send } = start();
  const bad = async (step: object, detail: string) => {
    const { status, body } = await send("POST", "stage", step);
    assertEquals([status, body.detail], [400, `Cannot read the step: ${detail}`]);
  };
  const kinds = "one of join, leave, stay, remove, replace, weight, zone";
  await bad({}, `kind: ${kinds} wanted`);
  await bad({ kind: "left", node: "n2" }, `kind: ${kinds} wanted`);
  await bad([], `${kinds} wanted`);
  await bad({ kind: "leave", node: "N 2" }, "node: the id of a node wanted");
  await bad({ kind: "leave", node: "n2", when: "now" }, 'Unrecognized key: "when"');
  await bad({ ...JOIN, weight: "2" }, "weight: a number wanted");
  const order = await send("POST", "commit", { plan: "abc" });
  assertEquals(order.status, 400);
  assertMatch(
    order.body.detail,
    /^Cannot read the commit: plan: the id of a plan, 8 to 32 hex digits/,
  );
  const text = await nodes.api()(rawRequest("POST", "/admin/stage", { body: "join n4" }));
  assertEquals(text.status, 415);
  assertEquals((await send("GET", "commit")).headers.get("Allow"), "POST");
  assertEquals((await send("GET", "clear")).headers.get("Allow"), "POST");
  assertEquals((await send("POST", "ring")).headers.get("Allow"), "GET, HEAD");
  assertEquals((await send("GET", "stage")).body.steps, []);
  // What the node itself says of a commit is passed on.
  await send("POST", "stage", JOIN);
  const { body: { plan } } = await send("GET", "plan");
  nodes.instead.push(failure("store_failed", "Cannot commit: the disk", { definite: false }));
  const failed = await send("POST", "commit", { plan });
  assertEquals([failed.status, failed.body.definite], [503, false]);
  assertEquals((await send("GET", "stage")).body.steps.length, 1);
});
