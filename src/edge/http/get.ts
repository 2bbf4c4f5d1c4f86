/**
 * GET and HEAD of an object, and how an object is shown, which a PUT with `returnbody=true` does alike.
 *
 * | shown | answer |
 * | --- | --- |
 * | one value | 200 with its own headers and media type, or 406 if `Accept` excludes that |
 * | siblings, a tombstone among them or not | 300 as plain list, parts or JSON, by `Accept`; `?vtag=` picks one |
 * | only tombstones | 404 with the context and `X-Riak-Deleted: true` |
 * | nothing, ever | 404 without context |
 *
 * @module
 */
import { accepts } from "@std/http/negotiation";
import type { GetDone } from "../../protocol/effect.ts";
import { type Failure, failure } from "../../protocol/error.ts";
import { vtag } from "../../version/digest.ts";
import type { Container, Sibling } from "../../version/siblings.ts";
import type { Answer, AnswerHeaders } from "./answer.ts";
import { type Current, firstUnheld, readConditions } from "./conditions.ts";
import { isFailure, problem, quoted, sentence } from "./problem.ts";
import { type Call, openContext, read, readContext, VCLOCK, vclockOf } from "./reading.ts";
import { entityTag, lastModifiedMs, type Shown, shownOf } from "./shown.ts";
import {
  jsonSiblings,
  multipartSiblings,
  plainSiblings,
  SIBLINGS_TYPES,
  type SiblingsBody,
  versionHeaders,
} from "./sibling_bodies.ts";
import { bucketPath } from "./target.ts";

const VARY = "Accept, Accept-Encoding";

/** What a key holds and what of it is shown, with the headers that every answer about it has. */
export interface Finding {
  readonly shown: Shown;
  readonly container: Container;
  /** The context's token. */
  readonly vclock: string;
  readonly headers: AnswerHeaders;
}

/** GET, and HEAD but for the body. */
export async function getObject(call: Call): Promise<Answer> {
  const { request, name, query } = call;
  const session = readContext(call, VCLOCK);
  if (isFailure(session)) return problem(session);
  const conditions = readConditions(request.headers, (token, header) => {
    const context = openContext(token, name, call.api.secrets, header);
    return isFailure(context) ? context : context.clock;
  });
  if (isFailure(conditions)) return problem(conditions);

  const done = await read(call, session?.clock);
  if (isFailure(done)) return problem(done);
  const found = findingOf(call, done);
  const { shown } = query.vtag === undefined ? found : { shown: pick(done.view, query.vtag) };
  if (shown === null) return unknownVtag(query.vtag ?? "", found.headers);
  const finding: Finding = { ...found, shown };
  if (conditions !== null) {
    const unheld = firstUnheld(conditions, currentOf(call, finding));
    if (unheld?.header === "If-None-Match" || unheld?.header === "If-Modified-Since") {
      return notModified(call, finding);
    }
    if (unheld !== null) {
      return problem(unheldFailure(unheld), finding.headers);
    }
  }
  return show(call, finding) ?? notAcceptable(finding);
}
