/**
 * `/admin`: how this node stands, for whoever looks after it. `docs/http.md` says what each page has.
 *
 * The pages only look. `POST /admin/repair/BUCKET/KEY` does something, though nothing that could be wrong: it is a read
 * that asks all replicas and waits for all, and a read repairs whoever it has seen behind. What it found is its answer;
 * if not all could be asked it says so as any read does, with everybody who was asked, and those who answered are repaired
 * all the same.
 *
 * @module
 */
import type { Quorum } from "../../protocol/bucket_props.ts";
import { isFailure } from "../../protocol/error.ts";
import { vtag } from "../../version/digest.ts";
import type { Answer } from "./answer.ts";
import type { AdminPages, Api } from "./options.ts";
import { problem } from "./problem.ts";
import type { Call } from "./reading.ts";

/** One of the pages. */
export async function adminPage({ admin }: Api, page: keyof AdminPages): Promise<Answer> {
  const shown = await admin[page]();
  return isFailure(shown) ? problem(shown) : json(shown);
}

/** Reads a key from all its replicas, so that those who are behind are repaired, and says what they hold. */
export async function repairObject({ api, name, query: { timeoutMs } }: Call): Promise<Answer> {
  const readAll = (r: Quorum) => api.ask({ kind: "get", ask: { name, r, timeoutMs } });
  let reply = await readAll("all");
  if (isFailure(reply) && reply.error === "not_enough_nodes" && reply.got.seats) {
    // "All" is n, and a quorum that is said is never cut: here all that there are is meant. Nobody was asked yet.
    reply = await readAll(reply.got.seats);
  }
  if (isFailure(reply)) {
    const detail = reply.detail.replace(/^Cannot read:/, "Cannot repair every replica:");
    // Whoever has answered is repaired: then it cannot be said that nothing was written.
    return problem({ ...reply, detail, definite: reply.participants.length === 0 });
  }
  if (reply.kind !== "get") {
    throw new Error(`Cannot take the answer to a get: get or failure wanted, got ${reply.kind}`);
  }
  return json({
    replicas: reply.participants,
    versions: reply.container.siblings.map(({ dot, version }) => ({
      vtag: vtag(dot),
      deleted: version.tombstone,
      lastModified: new Date(version.lastModifiedMs).toISOString(),
    })),
  });
}

function json(value: object): Answer {
  return {
    status: 200,
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store" },
    body: JSON.stringify(value) + "\n",
  };
}
