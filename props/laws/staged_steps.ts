/**
 * The law of the steps that an operator may take: what is staged does what its name says. The oracle is a table of who is
 * what, kept by hand.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { NodeId } from "../../src/id.ts";
import { fold, type History } from "../../src/membership/history.ts";
import { firstRefused, type StagedStep, stepRefusal } from "../../src/membership/staged_steps.ts";
import { type Law, random } from "../law.ts";
import { outOf, ownersServe, registersOf, type Serving, someStep } from "./operations.ts";
import { NODES, planned, someFounding, taken } from "./planned_histories.ts";
import { Sometimes } from "./sometimes.ts";

/** The laws of this file. */
export const laws: readonly Law[] = [
  random(
    "G3 G30",
    "a step that is staged does what its name says, and any other would do nothing, or is forbidden",
    (run) => {
      const seen = new Sometimes();
      const someOrders = fc.array(fc.tuple(someStep, fc.nat(2).map((one) => one === 0)), {
        minLength: 4,
        maxLength: 14,
        size: "max",
      });
      run.forAll(someFounding, fc.subarray(NODES), someOrders, (founded, callers, orders) => {
        seen.begin();
        let book = founded;
        let staged: StagedStep[] = [];
        const table = new Table(founded);
        const serving = ownersServe(founded);
        for (const [step, commitsNow] of orders) {
          const view = fold(book);
          const registers = registersOf(founded, serving);
          registers.void(outOf(book));
          const outsiders = callers.map((node) => ({ node, addresses: [], heardMs: 0 }));
          const roster = { history: book, view, registers, outsiders };
          const grounds = { author: NODES[0]!, roster, w: 1 };
          const refusal = stepRefusal(step, staged, grounds);
          const isAllowed = table.allows(step, { callers, serving });
          assertEquals(refusal === null, isAllowed, `${JSON.stringify(step)}: ${refusal?.why}`);
          seen.saw(`${step.kind} ${isAllowed ? "taken" : "refused"}`);
          const alone = stepRefusal(step, [], grounds);
          if (step.kind === "remove" && !isAllowed && alone === null) seen.saw("lost together");
          if (isAllowed) {
            staged.push(step);
            table.take(step);
          }
          if (!commitsNow) continue;
          assertEquals(firstRefused(staged, grounds), null, "what could be staged can be planned");
          book = taken(book, [planned(book, staged)]);
          table.commit();
          staged = [];
          const { status, members, ring } = fold(book);
          assertEquals([...status].sort(), [...table.status].sort());
          for (const { node, zone, weight } of members.values()) {
            assertEquals([zone, weight], table.placed.get(node));
          }
          assert(ring.active.length > 0);
        }
        return true;
      });
      const each = ["join", "leave", "stay", "remove", "replace", "weight", "zone"];
      seen.demand(
        300,
        Object.fromEntries(
          each.flatMap((kind) => [[`${kind} taken`, 10], [`${kind} refused`, 10]]),
        ),
      );
    },
    { runs: 300 },
  ),
];

/** A table of who is what, kept by hand. */
class Table {
  readonly status: Map<NodeId, "in" | "leaving" | "out">;
  readonly placed: Map<NodeId, [zone: string, weight: number]>;
  readonly #n: number;
  /** Of the steps that are not committed yet. */
  #leaving: ReadonlySet<NodeId> = new Set();
  #members: ReadonlySet<NodeId>;
  #removed = new Set<NodeId>();
  #replaced = new Set<NodeId>();

  constructor({ genesis }: History) {
    this.#n = genesis.replicas;
    this.status = new Map(genesis.members.map(({ node }) => [node, "in"]));
    this.placed = new Map(genesis.members.map(({ node }) => [node, ["", 1]]));
    this.#members = new Set(this.status.keys());
  }

  commit(): void {
    this.#removed.clear();
    this.#replaced.clear();
    this.#leaving = new Set([...this.status].flatMap(([id, is]) => is === "leaving" ? [id] : []));
    this.#members = new Set([...this.status].flatMap(([id, is]) => is === "out" ? [] : [id]));
  }

  allows(
    step: StagedStep,
    { callers, serving }: { readonly callers: readonly NodeId[]; readonly serving: Serving },
  ): boolean {
    const is = (node: NodeId) => this.status.get(node);
    const isHere = (node: NodeId) => is(node) === "in" || is(node) === "leaving";
    const mayJoin = (node: NodeId) => is(node) === undefined && callers.includes(node);
    const active = [...this.status.values()].filter((status) => status === "in").length;
    switch (step.kind) {
      case "join":
        return mayJoin(step.node) && [1, 2].includes(step.weight);
      case "leave":
        return is(step.node) === "in" && active > this.#n;
      case "stay":
        return is(step.node) === "leaving";
      case "remove": {
        if (!isHere(step.node) || (is(step.node) === "in" && active === 1)) return false;
        const gone = new Set([...this.#removed, step.node]);
        const isLost = [...serving.values()].some((nodes) =>
          nodes.includes(step.node) && nodes.every((node) => gone.has(node) || is(node) === "out")
        );
        return step.acceptLoss || !isLost;
      }
      case "replace":
        return this.#members.has(step.old) && !this.#leaving.has(step.old) &&
          !this.#replaced.has(step.old) && step.old !== step.new && mayJoin(step.new);
      case "weight":
        return isHere(step.node) && [1, 2].includes(step.weight) &&
          this.placed.get(step.node)![1] !== step.weight;
      case "zone":
        return isHere(step.node) && this.placed.get(step.node)![0] !== step.zone;
    }
  }

  take(step: StagedStep): void {
    switch (step.kind) {
      case "join":
        this.placed.set(step.node, [step.zone, step.weight]);
        return void this.status.set(step.node, "in");
      case "leave":
        return void this.status.set(step.node, "leaving");
      case "stay":
        return void this.status.set(step.node, "in");
      case "remove":
        this.#removed.add(step.node);
        return void this.status.set(step.node, "out");
      case "replace":
        this.#replaced.add(step.old);
        this.placed.set(step.new, [...this.placed.get(step.old)!]);
        this.status.set(step.new, "in");
        if (this.status.get(step.old) === "in") this.status.set(step.old, "leaving");
        return;
      case "weight":
        return void (this.placed.get(step.node)![1] = step.weight);
      case "zone":
        return void (this.placed.get(step.node)![0] = step.zone);
    }
  }
}
