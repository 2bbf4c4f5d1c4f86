/**
 * Letting newcomers into a local cluster: what an operator does by hand with `rotor admin join`, `plan` and `commit`, at the
 * first node.
 *
 * All of them are one change. A newcomer is known to the node that is asked when it has called there, which takes a moment;
 * data that is still on the move takes longer. What does not come about is said, and the cluster goes on without: the
 * newcomers wait, and can be joined by hand.
 *
 * @module
 */
import type { NodeStatus } from "../src/edge/admin.ts";
import type { PlanPage, StagePage } from "../src/edge/operations.ts";
import { type AdminFlags, ask } from "./admin_request.ts";
import { Refusal } from "./outcome.ts";

/** A newcomer calls every node, some each second, and is told so; nobody waits longer for that. In ms. */
const GOSSIP_LIMIT_MS = 20_000;
/** How often it is tried. In ms. */
const TRY_EVERY_MS = 200;

/** A node that waits. */
export interface Newcomer {
  readonly id: string;
  /** Where it is asked. */
  readonly url: string;
}

/** Joins these nodes by the node at `url`. Null if they are members now and know it, else why not. */
export async function joinAll(
  url: string,
  newcomers: readonly Newcomer[],
): Promise<string | null> {
  const flags: AdminFlags = { url };
  try {
    // Whoever was joined and has not heard of it yet only has to wait.
    const { members } = await ask<NodeStatus>({ method: "GET", path: "/admin/status" }, flags);
    const isIn = (id: string) => members.some(({ node, status }) => node === id && status === "in");
    const unknown = newcomers.filter(({ id }) => !isIn(id));
    for (const { id } of unknown) await stage(id, flags);
    if (unknown.length > 0) await commit(flags);
    for (const { id, url } of newcomers) {
      await tried(async () => {
        const { standing } = await ask<NodeStatus>({ method: "GET", path: "/admin/status" }, {
          url,
        });
        if (standing !== "in") throw new Refusal(`${id} has not heard of its join`);
      });
    }
    return null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.message;
  }
}

async function stage(node: string, flags: AdminFlags): Promise<void> {
  const body = { kind: "join", node };
  await tried(() => ask<StagePage>({ method: "POST", path: "/admin/stage", body }, flags));
}

async function commit(flags: AdminFlags): Promise<void> {
  try {
    const { plan } = await ask<PlanPage>({ method: "GET", path: "/admin/plan" }, flags);
    const body = { plan, force: false };
    await ask({ method: "POST", path: "/admin/commit", body, done: "committed" }, flags);
  } catch (error) {
    // What was staged here was staged for this. That the node has gone meanwhile is no further news.
    await ask<StagePage>({ method: "POST", path: "/admin/clear" }, flags).catch((failed) => {
      if (!(failed instanceof Refusal)) throw failed;
    });
    throw error;
  }
}

/** Does it again and again until it is not refused, or time is up. */
async function tried(once: () => Promise<unknown>): Promise<void> {
  const untilMs = performance.now() + GOSSIP_LIMIT_MS;
  for (;;) {
    try {
      await once();
      return;
    } catch (error) {
      if (!(error instanceof Refusal) || performance.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
    }
  }
}
