/**
 * The failure detector: by itself beside an oracle that looks at all that has happened, and in clusters in which nodes crash
 * and come back without any client.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type NodeId, nodeId, type WriteId } from "../../src/id.ts";
import { Detector, type Health } from "../../src/membership/health.ts";
import type { Message } from "../../src/protocol/message.ts";
import { Outbox } from "../../src/protocol/outbox.ts";
import { ask } from "../asks.ts";
import { example, type Law, random } from "../law.ts";
import { World } from "../world.ts";
import { healthOf, holdDown, NAME, ownersOf, PATH, runRefusing, wasPut } from "./driving.ts";
import { Sometimes } from "./sometimes.ts";

const PROBE_MS = 1000;
const DOWN_AFTER_MS = 2500;

/** G12, G13. */
export const laws: readonly Law[] = [
  random("G12", "what is held of a peer is what its troubles and its signs come to", (run) => {
    const seen = new Sometimes();
    run.forAll(someLife, fc.boolean(), (life, isNeighbour) => {
      seen.begin();
      new Watching(isNeighbour, seen).live(life);
      return true;
    });
    seen.demand(500, { suspect: 300, down: 100, "up again": 50, "trusted again": 20 });
  }, { runs: 500 }),
  example(
    "G12",
    "a crash is noticed and a recovery too, by probes alone, by everybody who shares a range with the node",
    () => {
      const config = { probeMs: PROBE_MS, downAfterMs: DOWN_AFTER_MS };
      for (const nodes of [2, 3, 5]) {
        const world = new World({ nodes, config });
        const [gone, ...others] = world.ids as [NodeId, ...NodeId[]];
        const goesBy = (rounds: number) => {
          for (let i = 0; i < rounds; i++) {
            world.wait(PROBE_MS);
            world.run();
          }
        };
        const held = () => others.map((by) => healthOf(world, by, gone));
        goesBy(25);
        assertEquals(new Set(held()), new Set(["up"]));
        world.crash(gone);
        goesBy(6); // the next probe is the 30th round's
        assertEquals(new Set(held()), new Set(["suspect"]), "one probe was silent");
        goesBy(4);
        assertEquals(new Set(held()), new Set(["down"]));
        goesBy(100);
        world.restart(gone);
        world.run();
        goesBy(1);
        assertEquals(new Set(held()), new Set(["down"]), "one answer is not enough");
        goesBy(2);
        assertEquals(new Set(held()), new Set(["up"]));
        for (const by of world.ids) {
          for (const of of world.ids) assertEquals(healthOf(world, by, of), "up");
        }
      }
    },
  ),
  example(
    "G12",
    "who is well, and shares no range, is not probed at all; who is well is, rarely",
    () => {
      const probed = (neighbours: readonly string[]) => {
        let requests = 0;
        const config = { probeMs: PROBE_MS, downAfterMs: DOWN_AFTER_MS };
        const next = () => ++requests;
        const detector = new Detector({ node: nodeId("a"), config, next, onUp: () => {} });
        detector.onReady(neighbours.map(nodeId), outAt(0));
        const sent: string[] = [];
        for (let i = 1; i <= 20; i++) {
          const out = outAt(i * PROBE_MS);
          detector.onTimer(out);
          for (const effect of out.effects) {
            if (effect.kind !== "send") continue;
            sent.push(`${i} ${effect.to}`);
            const { request } = effect.message as Extract<Message, { kind: "probe" }>;
            detector.onProbeReply(effect.to, { kind: "probe_reply", request }, out);
          }
        }
        return sent;
      };
      assertEquals(probed([]), []);
      assertEquals(probed(["a", "b", "c"]), ["10 b", "10 c", "20 b", "20 c"], "never itself");
    },
  ),
  example(
    "G13",
    "whom a node suspects it tells nobody, and nobody owns anything else for it",
    () => {
      const world = new World({ nodes: 5 });
      const { owners: [x, y, z], others } = ownersOf(world, 3);
      const before = world.ids.map((id) => rolesOf(world, id));
      world.sent.length = 0; // what the founding said
      holdDown(world, [x!], [y!, z!]);
      assertEquals([y!, z!].map((id) => healthOf(world, x!, id)), ["down", "down"]);
      assertEquals(
        world.sent.filter(({ message }) => message.kind !== "props"),
        [],
        "told to nobody",
      );
      // A put there goes to who stands in, for those whom it passes over.
      const ticket = world.put(x!, { ...ask(PATH, "x", "w".repeat(16) as WriteId), w: 3 });
      runRefusing(world, []);
      wasPut(world.replies.get(ticket));
      for (const id of others) {
        assertEquals(world.onDisk(id, NAME), undefined, "it is kept, and not owned");
        assertEquals(world.machines.get(id)!.disk.hints.all.length, 1);
        for (const peer of [y!, z!]) assertEquals(healthOf(world, id, peer), "up");
      }
      assertEquals(world.ids.map((id) => rolesOf(world, id)), before);
      // Who is asked is all that has changed: another node asks the owners themselves.
      world.sent.length = 0;
      world.get(y!, { name: NAME });
      const asked = world.sent.filter(({ message }) => message.kind === "read").map(({ to }) => to);
      assertEquals(asked, [x!, z!]);
    },
  ),
];

/** What a node holds durably and in memory of who serves what. */
function rolesOf(world: World, id: NodeId) {
  const { node, disk } = world.machines.get(id)!;
  return structuredClone([node.snapshot().membership, disk.restored.register]);
}

/** One thing that happens to a detector and its one peer. */
type Happening =
  /** Something certainly did not arrive, or was silent for too long. */
  | "trouble"
  /** It answers something else than a probe. */
  | "sign"
  /** It answers the probe that is under way. */
  | "probe answered"
  | "probe undelivered"
  /** It answers a probe that nobody waits for any more. */
  | "old answer"
  /** Probing comes round. */
  | "round"
  /** Half of downAfterMs goes by. */
  | "wait";

const someLife = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant("trouble" as Happening) },
    { weight: 1, arbitrary: fc.constantFrom<Happening>("sign", "old answer", "probe undelivered") },
    { weight: 3, arbitrary: fc.constantFrom<Happening>("probe answered") },
    { weight: 5, arbitrary: fc.constantFrom<Happening>("round", "wait") },
  ),
  { maxLength: 40, size: "max" },
);

/** What the oracle remembers: everything. */
type Told = { readonly what: "trouble" | "sign" | "answer"; readonly atMs: number };

/** One detector, and an oracle that reads its whole life anew each time. */
class Watching {
  readonly #detector: Detector;
  readonly #isNeighbour: boolean;
  readonly #seen: Sometimes;
  readonly #life: Told[] = [];
  /** Of whom it said that they are up again. */
  readonly #backs: NodeId[] = [];
  #requests = 0;
  #probe = 0;
  #nowMs = 0;

  constructor(isNeighbour: boolean, seen: Sometimes) {
    this.#isNeighbour = isNeighbour;
    this.#seen = seen;
    this.#detector = new Detector({
      node: nodeId("a"),
      config: { probeMs: PROBE_MS, downAfterMs: DOWN_AFTER_MS },
      next: () => ++this.#requests,
      onUp: (peer) => this.#backs.push(peer),
    });
    this.#detector.onReady(isNeighbour ? [nodeId("b")] : [], outAt(0));
  }

  live(life: readonly Happening[]): void {
    let was: Health = "up";
    for (const happening of life) {
      const out = outAt(this.#nowMs);
      this.#happen(happening, out);
      const { health, sinceMs } = judged(this.#life);
      assertEquals(
        this.#detector.of(nodeId("b")),
        health,
        this.#life.map(({ what }) => what).join(),
      );
      const downForMs = health === "down" ? this.#nowMs - sinceMs : 0;
      assertEquals(this.#detector.downForMs(nodeId("b"), outAt(this.#nowMs)), downForMs);
      if (health !== was) {
        this.#seen.saw(health === "up" ? "up again" : health);
        if (was === "down") this.#seen.saw("trusted again");
        const marks = out.effects.flatMap((effect) => effect.kind === "mark" ? [effect.name] : []);
        assertEquals(marks.at(-1), `health.${health}`);
      }
      const isBack = health === "up" && was !== "up";
      assertEquals(this.#backs.splice(0), isBack ? [nodeId("b")] : []);
      was = health;
    }
  }

  #happen(happening: Happening, out: Outbox): void {
    const peer = nodeId("b");
    const tell = (what: Told["what"]) => this.#life.push({ what, atMs: this.#nowMs });
    switch (happening) {
      case "trouble":
        tell("trouble");
        return this.#detector.onTrouble(peer, out);
      case "sign":
        // Whoever has shown that it is well need not answer its probe any more.
        if (judged(this.#life).health === "suspect") this.#probe = 0;
        tell("sign");
        return this.#detector.onSign(peer, out);
      case "old answer":
        return this.#detector.onProbeReply(peer, { kind: "probe_reply", request: 999_999 }, out);
      case "probe undelivered":
        if (this.#probe === 0) return;
        this.#detector.onUndelivered(peer, { kind: "probe", request: this.#probe });
        this.#probe = 0;
        tell("trouble");
        return this.#detector.onTrouble(peer, out);
      case "probe answered": {
        if (this.#probe === 0) return;
        tell("answer");
        const request = this.#probe;
        this.#probe = 0;
        return this.#detector.onProbeReply(peer, { kind: "probe_reply", request }, out);
      }
      case "wait":
        this.#nowMs += DOWN_AFTER_MS / 2;
        return;
      case "round": {
        this.#nowMs += PROBE_MS;
        const round = outAt(this.#nowMs);
        // A probe that nothing has come of by now was silent.
        if (this.#probe !== 0) tell("trouble");
        this.#probe = 0;
        this.#detector.onTimer(round);
        out.effects.push(...round.effects.filter(({ kind }) => kind === "mark"));
        const probes = round.effects.flatMap((effect) =>
          effect.kind === "send" && effect.message.kind === "probe" ? [effect.message] : []
        );
        const { health } = judged(this.#life);
        // Whoever is not up is probed each time; others never, or rarely.
        if (health !== "up") assertEquals(probes.length, 1);
        else if (!this.#isNeighbour) assertEquals(probes, []);
        assert(probes.length <= 1);
        this.#probe = probes[0]?.request ?? 0;
      }
    }
  }
}

/** The state diagram of `health.ts`, walked from the beginning. */
function judged(life: readonly Told[]): { readonly health: Health; readonly sinceMs: number } {
  let health: Health = "up";
  let [sinceMs, answers] = [0, 0];
  for (const { what, atMs } of life) {
    if (what === "trouble") {
      answers = 0;
      if (health === "up") [health, sinceMs] = ["suspect", atMs];
      else if (health === "suspect" && atMs - sinceMs >= DOWN_AFTER_MS) health = "down";
    } else if (health === "suspect") health = "up";
    else if (health === "down" && what === "answer" && ++answers === 2) health = "up";
  }
  return { health, sinceMs };
}

function outAt(monoMs: number): Outbox {
  return new Outbox(nodeId("a"), { monoMs, wallMs: monoMs });
}
