/**
 * Settling where something is late: old copies that were on their way, or in the memory of a request, when everybody first
 * agreed that a key is deleted. They arrive anywhere, as late as they may, to be kept for others or not; processes start
 * again; who keeps a copy is written to, and what is written goes to yet another node.
 *
 * Whatever happens: once the key is gone, what was deleted is live nowhere, in no record and in no hint.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Boot, NodeId } from "../../src/id.ts";
import { type Container, write } from "../../src/version/siblings.ts";
import { FRESH } from "../../src/version/version_vector.ts";
import { actor, version } from "../generators.ts";
import { type Law, schedule } from "../law.ts";
import type { World } from "../world.ts";
import { NAME } from "./driving.ts";
import {
  arriveLate,
  brings,
  copiesOn,
  D_MS,
  deleted,
  M_MS,
  pass,
  QUIET_MS,
  type Stage,
  TIMES,
} from "./settle_stage.ts";
import { Sometimes } from "./sometimes.ts";

/** Something late. Times count from the moment at which everybody first agreed; nodes are taken modulo what there is. */
type Straggler =
  /** An old copy arrives that a request held until `sentMs`; it queued, and then it travelled. */
  | {
    readonly kind: "copy";
    readonly to: number;
    readonly owner: number;
    readonly sentMs: number;
    readonly queuedMs: number;
    readonly ageMs: number;
  }
  /** Somebody writes at a node that keeps an old copy for another. What comes of it goes to yet another node alone. */
  | {
    readonly kind: "hop";
    readonly to: number;
    readonly owner: number;
    readonly atMs: number;
    readonly heldMs: number;
    readonly ageMs: number;
  }
  | { readonly kind: "restart"; readonly node: number; readonly atMs: number };

const STEP_MS = 50;
const time = (mostMs: number) => fc.nat(Math.floor(mostMs / STEP_MS)).map((i) => i * STEP_MS);
/** Messages may be older than they may be. Then they are refused. */
const ageMs = fc.oneof(time(M_MS / 2), fc.constant(M_MS / 2), time(4 * M_MS));

const stragglers: fc.Arbitrary<Straggler[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("copy" as const),
        to: fc.nat(4),
        owner: fc.nat(2),
        sentMs: time(D_MS),
        queuedMs: time(M_MS / 2),
        ageMs,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("hop" as const),
        to: fc.nat(4),
        owner: fc.nat(2),
        atMs: time(3 * QUIET_MS),
        heldMs: time(D_MS),
        ageMs,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("restart" as const),
        node: fc.nat(4),
        atMs: time(3 * QUIET_MS),
      }),
    },
  ),
  { minLength: 1, maxLength: 6, size: "max" },
);

/** S10, S16, S17. */
export const laws: readonly Law[] = [
  schedule(
    "S16 S17 S10",
    "once a deleted key is gone, nothing brings back what was deleted: no copy that was late, no hint, no restart",
    (run) => {
      const seen = new Sometimes();
      run.forAll(
        stragglers,
        fc.record({
          /** Which replicas have not heard of the delete. */
          behind: fc.constantFrom<readonly number[]>([], [], [], [1], [2], [1, 2]),
          /** Whether somebody keeps an old copy for a replica when all begins. */
          hinted: fc.boolean(),
          handoffMs: fc.constantFrom(STEP_MS, 700, 20_000),
        }),
        (late, { behind, hinted, handoffMs }) => {
          seen.begin();
          const stage = deleted({ handoffMs });
          new Play(stage, seen).run(late, { behind, hinted });
          return true;
        },
      );
      const least = [
        "reaped",
        "touched",
        "hop",
        "hinted",
        "refused",
        "old boot",
        "too old",
      ];
      seen.demand(200, Object.fromEntries(least.map((what) => [what, 1])));
    },
    { runs: 200 },
  ),
];

/** One play of it. */
class Play {
  readonly #stage: Stage;
  readonly #seen: Sometimes;
  #isGone = false;

  constructor(stage: Stage, seen: Sometimes) {
    this.#stage = stage;
    this.#seen = seen;
  }

  run(
    late: readonly Straggler[],
    { behind, hinted }: { readonly behind: readonly number[]; readonly hinted: boolean },
  ): void {
    const { world, owners: [, ...replicas], others, old, dead } = this.#stage;
    for (const which of behind) {
      const { disk } = world.machines.get(replicas[which - 1]!)!;
      disk.records.set([...disk.records.keys()][0]!, { container: old, mine: null });
    }
    if (hinted) this.#keep(others[0]!, replicas[0]!);
    world.onStep = (_, __, effects) => {
      for (const effect of effects) {
        if (effect.kind !== "store") continue;
        if (effect.record === null && effect.owner === null) this.#isGone = true;
        else if (effect.record) this.#look(effect.record.container);
      }
    };
    const agenda = [...late.entries()].flatMap(([i, one]) => this.#planned(one, i));
    const boots = new Map<NodeId, { boot: Boot; fromMs: number }[]>();
    const beganMs = world.monoMs + TIMES.settleMs;
    pass(world, TIMES.settleMs, STEP_MS);
    const note = () => {
      for (const id of world.ids) {
        const { boot } = world.machines.get(id)!;
        const known = boots.get(id) ?? [];
        if (known.at(-1)?.boot !== boot) known.push({ boot, fromMs: world.monoMs });
        boots.set(id, known);
      }
    };
    note();
    const lastMs = Math.max(...agenda.map(({ atMs }) => atMs), 3 * QUIET_MS);
    for (let ms = 0; ms <= lastMs; ms += STEP_MS) {
      for (const { atMs, happen } of agenda) {
        if (atMs !== ms) continue;
        happen((id, sentMs) => ({
          sentMs: beganMs + sentMs,
          toBoot: boots.get(id)!.findLast(({ fromMs }) => fromMs <= beganMs + sentMs)?.boot ??
            boots.get(id)![0]!.boot,
        }));
        world.run();
        note();
      }
      pass(world, STEP_MS, STEP_MS);
      note();
    }
    // Long after that whatever is still kept for others goes home.
    for (let i = 0; i < 3; i++) pass(world, 20_000, 10_000);
    if (this.#isGone) {
      for (const { container } of copiesOn(world)) this.#look(container);
      this.#seen.saw("reaped");
    }
    if (behind.length > 0) assertEquals(this.#isGone, false, "S10: a replica had not heard");
    assert(!brings(old, dead));
    if ((world.marks.get("settle.refused") ?? 0) > 0) this.#seen.saw("refused");
    if (world.refusals.includes("wrong_boot")) this.#seen.saw("old boot");
    if (world.refusals.includes("too_old")) this.#seen.saw("too old");
    const touched = world.sent.some(({ message }) =>
      message.kind === "settle_reply" && message.answers.includes("touched")
    );
    if (touched) this.#seen.saw("touched");
  }

  /** When the key has gone somewhere, what was deleted must not be live anywhere. */
  #look(container: Container): void {
    const { old, dead } = this.#stage;
    if (!this.#isGone) return;
    assert(!brings(old, container), `S16: what was deleted is back`);
    assert(dead.clock.size > 0);
  }

  #keep(at: NodeId, owner: NodeId): void {
    const { world, old } = this.#stage;
    this.#seen.saw("hinted");
    const hint = { owner, seat: 1, w: 1 };
    const { boot } = world.machines.get(at)!;
    arriveLate(world, {
      ...{ from: owner, to: at, toBoot: boot, sentMs: world.monoMs },
      message: { kind: "write", request: 1, name: NAME, n: 3, container: old, hint },
    });
    world.run();
  }

  /** What is done when. `then` says which process was there when something was sent. */
  #planned(one: Straggler, index: number): {
    readonly atMs: number;
    readonly happen: (
      then: (id: NodeId, sentMs: number) => { readonly sentMs: number; readonly toBoot: Boot },
    ) => void;
  }[] {
    const { world, owners, old } = this.#stage;
    const { ids } = world;
    if (one.kind === "restart") {
      const id = ids[one.node % ids.length]!;
      const happen = () => {
        world.crash(id);
        world.restart(id);
      };
      return [{ atMs: one.atMs, happen }];
    }
    const to = ids[one.to % ids.length]!;
    const owner = owners[one.owner % owners.length]!;
    const from = ids.find((id) => id !== to && id !== owner)!;
    const hint = owners.includes(to) ? null : { owner, seat: 0, w: 1 };
    const copy = (container: Container) =>
      ({ kind: "write", request: 7, name: NAME, n: 3, container, hint }) as const;
    if (one.kind === "copy") {
      const leavesMs = one.sentMs + one.queuedMs;
      return [{
        atMs: leavesMs + one.ageMs,
        happen: (then) => {
          arriveLate(world, { from, to, message: copy(old), ...then(to, leavesMs) });
        },
      }];
    }
    // What a node makes that keeps an old copy: it is known when it is made, and arrives later.
    let made: Container | null = null;
    const dot = { actor: actor("hop", index), counter: 1 };
    return [
      {
        atMs: one.atMs,
        happen: () => {
          const keeper = ids.find((id) => id !== to && kept(world, id, old) !== null);
          if (keeper === undefined) return;
          made = write(kept(world, keeper, old)!, FRESH, dot, version(`x${index}`));
          this.#seen.saw("hop");
        },
      },
      {
        atMs: one.atMs + one.heldMs + one.ageMs,
        happen: (then) => {
          if (made === null) return;
          arriveLate(world, { from, to, message: copy(made), ...then(to, one.atMs + one.heldMs) });
        },
      },
    ];
  }
}

/** What a node keeps for another, if that brings back what was deleted. */
function kept(world: World, id: NodeId, old: Container): Container | null {
  const hints = world.machines.get(id)!.disk.hints.all;
  return hints.map(({ record }) => record.container).find((one) => brings(old, one)) ?? null;
}
