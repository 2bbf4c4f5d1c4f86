/**
 * `/admin`: how this node stands, for whoever looks after it. `docs/http.md` says what each page has.
 *
 * The pages only look. `POST /admin/repair/BUCKET/KEY` does something, though nothing that could be wrong: it is a read
 * that asks all replicas and waits for all, and a read repairs whoever it has seen behind. What it found is its answer;
 * if not all could be asked it says so as any read does, with everybody who was asked, and those who answered are repaired
 * all the same.
 *
 * `POST /admin/repair` does so with every key that this node holds, one after the other, each when its turn has come. A walk
 * through a large store takes long, so one request goes only so far, and says where the next is to go on: nothing is kept
 * in between, and whoever walks may stop, or begin anew, at any time.
 *
 * @module
 */
import { compare, nameBytes, type ObjectName } from "../../id.ts";
import type { Quorum } from "../../protocol/bucket_props.ts";
import type { GetDone } from "../../protocol/effect.ts";
import { type Failure, failure, isFailure } from "../../protocol/error.ts";
import { positionOf } from "../../ring/hash.ts";
import { vtag } from "../../version/digest.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import type { AdminPages, Api } from "./options.ts";
import { problem } from "./problem.ts";
import type { Query } from "./query.ts";
import type { Call } from "./reading.ts";
import { showName } from "./target.ts";

/** Records that are read at a time: they come with their values. */
const PAGE = 16;
/** A request that walks begins no key after so long. In ms. */
const WALK_MS = 5_000;
/** Keys that are named of those that could not be repaired. */
const MOST_NAMED = 20;

/** One of the pages. */
export async function adminPage({ admin }: Api, page: keyof AdminPages): Promise<Answer> {
  const shown = await admin[page]();
  return isFailure(shown) ? problem(shown) : jsonAnswer(shown);
}

/** Reads a key from all its replicas, so that those who are behind are repaired, and says what they hold. */
export async function repairObject({ api, name, query: { timeoutMs } }: Call): Promise<Answer> {
  const reply = await readAll({ api, name, timeoutMs });
  // Whoever has answered is repaired: then it cannot be said that nothing was written.
  if (isFailure(reply)) return problem({ ...reply, definite: reply.participants.length === 0 });
  return jsonAnswer({
    replicas: reply.participants,
    versions: reply.container.siblings.map(({ dot, version }) => ({
      vtag: vtag(dot),
      deleted: version.tombstone,
      lastModified: new Date(version.lastModifiedMs).toISOString(),
    })),
  });
}

/** Repairs what this node holds, key after key, as far as one request goes. */
export async function repairAll(
  { api, query }: { readonly api: Api; readonly query: Query },
): Promise<Answer> {
  const { timeoutMs } = query;
  const untilMs = api.nowMs() + WALK_MS;
  let after = query.after ?? null;
  let [keys, missing, failed] = [0, 0, 0];
  const failures: { readonly object: string; readonly detail: string }[] = [];
  const walked = (next: ObjectName | null) =>
    jsonAnswer({ keys, missing, failed, failures, next: next && showName(next) });
  for (;;) {
    const page = await api.own.scan({ after, most: PAGE });
    if (page.kind !== "records") {
      const detail = "Cannot repair all: the store cannot be read";
      return problem(failure("store_failed", detail, { definite: keys === 0 }));
    }
    const names = [...page.damaged ?? [], ...page.records.map(({ name }) => name)].sort(inStore);
    if (names.length === 0) return walked(null);
    for (const name of names) {
      await api.own.turn();
      const reply = await readAll({ api, name, timeoutMs, sloppyQuorum: false });
      keys++;
      for (const { said } of reply.participants) {
        if (said === "absent" || said === "damaged") missing++;
      }
      if (isFailure(reply)) {
        failed++;
        if (failures.length < MOST_NAMED) {
          failures.push({ object: showName(name), detail: reply.detail });
        }
      }
      after = name;
      // Not before the first one: each request goes on.
      if (api.nowMs() >= untilMs) return walked(after);
    }
  }
}

/** Reads a key from all its replicas, which repairs whoever is behind. */
async function readAll(
  { api, name, ...asked }: {
    readonly api: Api;
    readonly name: ObjectName;
    readonly timeoutMs: number | undefined;
    readonly sloppyQuorum?: boolean;
  },
): Promise<GetDone | Failure> {
  const readFrom = async (r: Quorum) => {
    const reply = await api.ask({ kind: "get", ask: { name, r, ...asked } });
    if (reply.kind === "get" || reply.kind === "failure") return reply;
    throw new Error(`Cannot take the answer to a get: get or failure wanted, got ${reply.kind}`);
  };
  let reply = await readFrom("all");
  if (isFailure(reply) && reply.error === "not_enough_nodes" && reply.got.seats) {
    // "All" is n, and a quorum that is said is never cut: here all that there are is meant. Nobody was asked yet.
    reply = await readFrom(reply.got.seats);
  }
  if (!isFailure(reply)) return reply;
  return {
    ...reply,
    detail: reply.detail.replace(/^Cannot read:/, "Cannot repair every replica:"),
  };
}

/** The order in which the store gives records. */
function inStore(a: ObjectName, b: ObjectName): number {
  return compare(positionOf(a) + nameBytes(a), positionOf(b) + nameBytes(b));
}
