/**
 * PUT, POST and DELETE of an object.
 *
 * A delete is a put of a tombstone. Both have a write id, which names the put wherever it is seen again; both may bring
 * a context (`X-Riak-Vclock`), which says what the client had seen: that is replaced, and everything else stays beside
 * the new version as a sibling.
 *
 * What is wrong with the headers is refused before the body is read, and the body is read whole before the node is
 * asked: whatever is wrong with a request, nothing of it is written. A condition is judged last, as near to the write
 * as can be.
 *
 * @module
 */
import { byteString, hex, type WriteId } from "../../id.ts";
import type { Reply } from "../../protocol/effect.ts";
import { type Failure, failure, isFailure } from "../../protocol/error.ts";
import type { NewVersion } from "../../protocol/message.ts";
import type { Context } from "../../version/context.ts";
import { showsOnly } from "../../version/view.ts";
import { type Answer, withHeaders } from "./answer.ts";
import { readBody } from "./body.ts";
import { conditionFailure, type Conditions, firstUnheld, nameWhatWasSeen } from "./conditions.ts";
import { problem } from "./problem.ts";
import { type Call, conditionsOf, read, readContext, readQuorums, VCLOCK } from "./reading.ts";
import { currentOf, type Finding, findingOf, show, upLink } from "./representation.ts";
import { readLifetime, readWriteId, storedHeaders } from "./stored_headers.ts";
import { bucketPath, checkName, percentEncode } from "./target.ts";

type PutReply = Extract<Reply, { readonly kind: "put" }>;

/** What the headers say of a write. */
interface Intent {
  readonly writeId: WriteId;
  readonly context: Context | undefined;
  readonly conditions: Conditions | null;
}

/** What a read before the write has found, and the time that it has left. */
interface Look {
  readonly finding: Finding;
  readonly leftMs: number;
}

const NO_BYTES = new Uint8Array(0);

/** PUT, and POST to a key. */
export function putObject(call: Call): Promise<Answer> {
  return withIntent(call, async ({ writeId, context, conditions }) => {
    const { request, query, api } = call;
    const kept = storedHeaders(request.headers, upLink(call.name.bucket));
    if (isFailure(kept)) return kept;
    const expiresInMs = readLifetime(request.headers);
    if (isFailure(expiresInMs)) return expiresInMs;
    const content = await readBody(request, {
      maxBytes: api.config.maxObjectBytes,
      timeoutMs: api.bodyTimeoutMs,
    });
    if (isFailure(content)) return content;
    const look = conditions === null ? null : await lookFirst(call, conditions);
    if (isFailure(look)) return look;
    const named = conditions !== null && nameWhatWasSeen(conditions);
    const reply = await put(call, {
      version: { tombstone: false, content, ...kept, expiresInMs, writeId },
      context: context ?? (named ? look?.finding.context : undefined),
      timeoutMs: look?.leftMs ?? query.timeoutMs,
    });
    return isFailure(reply) ? reply : written(call, reply, writeId);
  });
}

/** POST to a bucket: the server picks the key. */
export async function postToBucket(call: Call): Promise<Answer> {
  const key = randomBytes(16).toBase64({ alphabet: "base64url", omitPadding: true });
  const name = { ...call.name, key };
  const tooLong = checkName(name);
  if (tooLong !== null) return problem(tooLong);
  const answer = await putObject({ ...call, name });
  if (answer.status !== 200 && answer.status !== 204) return answer;
  const location = `${bucketPath(name.bucket)}/keys/${percentEncode(key)}`;
  return withHeaders({ ...answer, status: 201 }, { Location: location });
}

/**
 * DELETE. Without a context it reads first and deletes what that shows, as Riak does: else a plain `curl -X DELETE`
 * would put a tombstone beside the value.
 */
export function deleteObject(call: Call): Promise<Answer> {
  return withIntent(call, async ({ writeId, context, conditions }) => {
    const look = context !== undefined && conditions === null
      ? null
      : await lookFirst(call, conditions);
    if (isFailure(look)) return look;
    if (context === undefined && look?.finding.shown.kind === "nothing") {
      return show(look.finding, null);
    }
    const tombstone = { tombstone: true, content: NO_BYTES, contentType: "", headers: [] };
    const reply = await put(call, {
      version: { ...tombstone, expiresInMs: null, writeId },
      context: context ?? look?.finding.context,
      timeoutMs: look?.leftMs ?? call.query.timeoutMs,
    });
    return isFailure(reply) ? reply : noContent(call, reply, writeId);
  });
}

/** Reads the headers that every write may have, and says the write id whatever becomes of it. */
async function withIntent(
  call: Call,
  carryOut: (intent: Intent) => Promise<Answer | Failure>,
): Promise<Answer> {
  const given = readWriteId(call.request.headers);
  if (isFailure(given)) return problem(given);
  const writeId = given ?? byteString(randomBytes(16)) as WriteId;
  const context = readContext(call);
  const conditions = conditionsOf(call);
  const outcome = isFailure(context)
    ? context
    : isFailure(conditions)
    ? conditions
    : await carryOut({ writeId, context, conditions });
  const answer = isFailure(outcome) ? problem(outcome) : outcome;
  return withHeaders(answer, { "X-Rotor-Write-Id": hex(writeId) });
}

/** Reads the key before it is written, and judges the conditions. Both shares of the work are in one timeout. */
async function lookFirst(call: Call, conditions: Conditions | null): Promise<Look | Failure> {
  const { api, query } = call;
  const timeoutMs = query.timeoutMs ?? api.config.requestTimeoutMs;
  const startedMs = api.nowMs();
  const done = await read(call);
  // However it failed, it was a read: nothing is written.
  if (isFailure(done)) return { ...done, definite: true };
  const finding = findingOf(call, { ...done, quorums: readQuorums(done) });
  const unheld = conditions === null ? null : firstUnheld(conditions, currentOf(finding));
  if (unheld !== null) return conditionFailure(unheld);
  const leftMs = Math.floor(timeoutMs - (api.nowMs() - startedMs));
  return leftMs >= 1 ? { finding, leftMs } : failure(
    "timeout",
    `Cannot write: the read before it within ${timeoutMs} ms wanted, got none of that left`,
    { definite: true },
  );
}

async function put(
  { api, name, query }: Call,
  { version, context, timeoutMs }: {
    version: NewVersion;
    context: Context | undefined;
    timeoutMs: number | undefined;
  },
): Promise<PutReply | Failure> {
  const { dw, pw, nVal, sloppyQuorum } = query;
  const reply = await api.ask({
    kind: "put",
    ask: {
      name,
      version,
      seen: context,
      fastest: context?.fastest ?? undefined,
      w: query.w ?? (version.tombstone ? query.rw : undefined),
      dw,
      pw,
      nVal,
      sloppyQuorum,
      timeoutMs,
    },
  });
  if (reply.kind === "put" || reply.kind === "failure") return reply;
  throw new Error(`Cannot take the answer to a put: put or failure wanted, got ${reply.kind}`);
}

function written(call: Call, reply: PutReply, writeId: WriteId): Answer {
  if (call.query.returnBody !== true) return noContent(call, reply, writeId);
  // What Accept says comes too late: the value is written, and a 406 would read as if it were not.
  return show(findingAfter(call, reply), null);
}

/**
 * 204. The context of what is stored now covers values that the client was never shown, if there are any: siblings, or
 * what a delete found in the place of what it would have deleted. As `X-Riak-Vclock` the next put would send it back and
 * silence them. Then it is named as what it is still good for: a session, which makes the next GET see this write.
 */
function noContent(call: Call, reply: PutReply, writeId: WriteId): Answer {
  const { headers } = findingAfter(call, reply);
  // Without a body there is nothing that varies.
  const { Vary: _, [VCLOCK]: token, ...rest } = headers;
  const name = showsOnly(reply.view, writeId) ? VCLOCK : "X-Rotor-Session";
  return {
    status: 204,
    headers: { ...rest, ...(token === undefined ? {} : { [name]: token }) },
    body: null,
  };
}

function findingAfter(call: Call, reply: PutReply): Finding {
  const { container, view, coordinator, clipped, w, dw, pw } = reply;
  return findingOf(call, {
    container,
    view,
    fastest: coordinator,
    clipped,
    quorums: { w, dw, pw },
  });
}

function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}
