/**
 * What a keeper counts that its hints hold, held to what is on its disk, whatever comes of stores and processes.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { NodeId } from "../../src/id.ts";
import type { Container } from "../../src/version/siblings.ts";
import { containers } from "../generators.ts";
import { type Law, random } from "../law.ts";
import { World } from "../world.ts";
import { arrive, NAME, ownersOf } from "./driving.ts";
import { Sometimes } from "./sometimes.ts";

/** One thing that happens at a keeper. Numbers are taken modulo what there is. */
type Happening =
  /** A copy comes that is to be kept for an owner. */
  | { readonly kind: "write"; readonly owner: number; readonly what: number }
  /** A round of handoff, in which owners take what they are sent, or are out of reach. */
  | { readonly kind: "handoff"; readonly reach: boolean }
  /** Something of what is under way comes to this end. */
  | { readonly kind: "happen" | "fail" | "land"; readonly which: number }
  | { readonly kind: "restart" };

const someHappening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      owner: fc.nat(1),
      what: fc.nat(3),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom("happen" as const, "happen" as const, "fail" as const, "land" as const),
      which: fc.nat(5),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("handoff" as const), reach: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant<Happening>({ kind: "restart" }) },
);

/** H14. */
export const laws: readonly Law[] = [
  random(
    "H14",
    "a keeper counts exactly what its disk keeps for others, whatever stores fail, land after all, or are lost with their process",
    (run) => {
      const seen = new Sometimes();
      const happenings = fc.array(someHappening, { maxLength: 24, size: "max" });
      run.forAll(containers(4), happenings, (held, happenings) => {
        seen.begin();
        new Keeping(held as Container[], seen).live(happenings);
        return true;
      });
      seen.demand(500, { kept: 200, "came home": 50, failed: 40, "landed after all": 20 });
    },
    { runs: 500 },
  ),
];

/** One keeper, of one key for two of its owners. */
class Keeping {
  readonly #world = new World({ nodes: 5 });
  readonly #held: readonly Container[];
  readonly #seen: Sometimes;
  readonly #owners: readonly NodeId[];
  readonly #keeper: NodeId;
  #requests = 0;

  constructor(held: readonly Container[], seen: Sometimes) {
    this.#held = held;
    this.#seen = seen;
    const { owners, others } = ownersOf(this.#world, 3);
    this.#owners = owners;
    this.#keeper = others[0]!;
  }

  live(happenings: readonly Happening[]): void {
    for (const happening of happenings) this.#happen(happening);
    this.#world.run();
    // A look that failed as well is made up for by the next one.
    for (const owner of [0, 1]) this.#write({ owner, what: 0 });
    this.#world.run();
    const { hints } = this.#world.machines.get(this.#keeper)!.disk;
    assertEquals(this.#counted(), { bytes: hints.restored.hintBytes, doubts: [] });
    this.#seen.saw("kept", hints.all.length);
    this.#seen.saw("came home", this.#world.marks.get("hint.dropped") ?? 0);
  }

  #happen(happening: Happening): void {
    const world = this.#world;
    switch (happening.kind) {
      case "write":
        return this.#write(happening);
      case "handoff": {
        world.wait(world.config.handoffMs);
        const isLost = (at: number) => world.pending[at]?.kind === "message" && !happening.reach;
        for (let at = world.pending.length - 1; at >= 0; at--) {
          if (isLost(at)) world.undelivered(at);
        }
        return;
      }
      case "restart":
        world.crash(this.#keeper);
        return world.restart(this.#keeper);
      default: {
        if (world.pending.length === 0) return;
        const at = happening.which % world.pending.length;
        const next = world.pending[at]!;
        const isStore = next.kind === "io" && next.effect.kind === "store";
        if (happening.kind === "happen" || !isStore) return world.happen(at);
        this.#seen.saw(happening.kind === "land" ? "landed after all" : "failed");
        if (happening.kind === "land") world.land(at, "failed");
        else world.fail(at);
      }
    }
  }

  #write({ owner, what }: Omit<Extract<Happening, { kind: "write" }>, "kind">): void {
    const hint = { owner: this.#owners[owner]!, seat: owner, w: 2 };
    const request = ++this.#requests;
    const container = this.#held[what]!;
    arrive(this.#world, {
      from: this.#owners[2]!,
      to: this.#keeper,
      message: { kind: "write", request, name: NAME, n: 3, container, hint },
    });
  }

  #counted(): unknown {
    const { replica } = this.#world.machines.get(this.#keeper)!.node.snapshot();
    return (replica as { readonly shelf: object }).shelf;
  }
}
