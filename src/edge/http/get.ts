/**
 * GET and HEAD of an object. `X-Riak-Vclock` on the request is a session: what its client has seen, which the answer
 * must have seen too, else the request fails (protocol.md, Part 1 e).
 *
 * @module
 */
import { isFailure } from "../../protocol/error.ts";
import type { Answer } from "./answer.ts";
import { conditionFailure, firstUnheld } from "./conditions.ts";
import { problem, quoted } from "./problem.ts";
import { type Call, conditionsOf, read, readContext, readQuorums } from "./reading.ts";
import { currentOf, findingOf, notFound, notModified, picked, show } from "./representation.ts";

/** Answers GET; HEAD is answered alike, and loses its body later. */
export async function getObject(call: Call): Promise<Answer> {
  const session = readContext(call);
  if (isFailure(session)) return problem(session);
  const conditions = conditionsOf(call);
  if (isFailure(conditions)) return problem(conditions);
  const done = await read(call, session?.clock);
  if (isFailure(done)) return problem(done);

  const { vtag } = call.query;
  const whole = findingOf(call, { ...done, quorums: readQuorums(done) });
  const finding = vtag === undefined ? whole : picked(whole, vtag);
  if (finding === null) {
    return notFound(`No sibling of this key has the vtag ${quoted(vtag ?? "")}`, whole.headers);
  }
  const unheld = conditions === null ? null : firstUnheld(conditions, currentOf(finding));
  if (unheld === null) return show(finding, call.request);
  if (unheld.header !== "If-None-Match" && unheld.header !== "If-Modified-Since") {
    return problem(conditionFailure(unheld), finding.headers);
  }
  // What makes a write fail tells a reader that its copy is good: of what would be shown now, not of what is gone.
  const shown = show(finding, call.request);
  return shown.status === 200 || shown.status === 300 ? notModified(finding) : shown;
}
