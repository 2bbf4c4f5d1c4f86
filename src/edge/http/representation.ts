/**
 * How an object is shown: to GET, and to a PUT with `returnbody=true`.
 *
 * | shown | answer |
 * | --- | --- |
 * | one value | 200 with its own headers and media type |
 * | siblings, a tombstone among them or not | 300: plain list, parts or JSON, by `Accept` |
 * | only tombstones | 404 with the context and `X-Riak-Deleted: true` |
 * | nothing | 404, with the context if there ever was something |
 *
 * @module
 */
import { accepts } from "@std/http/negotiation";
import type { NodeId, ObjectName } from "../../id.ts";
import { encodeContext } from "../../protocol/codec.ts";
import { failure } from "../../protocol/error.ts";
import { type Context, contextOf } from "../../version/context.ts";
import { vtag } from "../../version/digest.ts";
import type { Container, Sibling } from "../../version/siblings.ts";
import type { Answer, AnswerHeaders } from "./answer.ts";
import type { Current } from "./conditions.ts";
import { problem, quoted } from "./problem.ts";
import { type Call, VCLOCK } from "./reading.ts";
import { entityTag, lastModifiedMs, type Shown, shownOf, tagOfShown } from "./shown.ts";
import {
  httpDate,
  jsonSiblings,
  multipartSiblings,
  plainSiblings,
  type SiblingsBody,
  versionHeaders,
} from "./sibling_bodies.ts";
import { bucketPath } from "./target.ts";

/** Siblings come in these media types, the preferred first: Riak's two, then rotor's own. */
const SIBLINGS_TYPES = ["text/plain", "multipart/mixed", "application/json"] as const;

/** What a node has answered about a key, as far as showing it goes. */
export interface Answered {
  readonly container: Container;
  readonly view: readonly Sibling[];
  /** The replica that the context shall remember. */
  readonly fastest: NodeId | null;
  /** Whether default quorums were cut, and to what. */
  readonly clipped: boolean;
  readonly quorums: Readonly<Record<string, number>>;
  readonly sessionReset?: boolean;
}

/** An object, ready to be shown. */
export interface Finding {
  readonly name: ObjectName;
  readonly container: Container;
  readonly context: Context;
  readonly shown: Shown;
  /** What every answer about the object says. */
  readonly headers: AnswerHeaders;
}

/** Prepares what a node has answered. */
export function findingOf({ api, name }: Call, answered: Answered): Finding {
  const { container, view, fastest } = answered;
  const context = contextOf(container, fastest);
  const headers: AnswerHeaders = {
    Vary: "Accept, Accept-Encoding",
    Link: upLink(name.bucket),
    ...quorumHeaders(answered),
  };
  if (container.clock.size > 0) headers[VCLOCK] = encodeContext(context, name, api.secrets);
  if (answered.sessionReset === true) headers["X-Rotor-Session"] = "reset";
  return { name, container, context, shown: shownOf(view), headers };
}

/** The same object, of which only one sibling is shown; null if it has none of this vtag. */
export function picked(finding: Finding, wanted: string): Finding | null {
  const { shown } = finding;
  if (shown.kind === "nothing") return finding;
  const siblings = shown.kind === "one" ? [shown.sibling] : shown.siblings;
  const sibling = siblings.find(({ dot }) => vtag(dot) === wanted);
  return sibling === undefined ? null : { ...finding, shown: shownOf([sibling]) };
}

/** What conditions are judged by. */
export function currentOf({ name, container, shown }: Finding): Current {
  return {
    entityTag: entityTag(shown, name, container),
    lastModifiedMs: lastModifiedMs(shown),
    clock: container.clock,
  };
}

/**
 * Shows an object.
 *
 * @param asked The request whose `Accept` is minded; null if it is too late to refuse (the value is written).
 */
export function show(finding: Finding, asked: Request | null): Answer {
  const { shown } = finding;
  switch (shown.kind) {
    case "nothing":
      return notFound(
        shown.deleted ? "The value of this key was deleted" : "This key has no value",
        shown.deleted ? { ...finding.headers, "X-Riak-Deleted": "true" } : finding.headers,
      );
    case "one":
      return showOne(finding, shown.sibling, asked);
    case "many":
      return showMany(finding, shown.siblings, asked);
  }
}

/** 304: what brings a cache's copy up to date, without a body. */
export function notModified(finding: Finding): Answer {
  const { entityTag, lastModifiedMs } = currentOf(finding);
  return {
    status: 304,
    headers: {
      ...finding.headers,
      ...(entityTag === undefined ? {} : { ETag: entityTag }),
      ...(lastModifiedMs === undefined ? {} : { "Last-Modified": httpDate(lastModifiedMs) }),
    },
    body: null,
  };
}

/** 404. */
export function notFound(detail: string, headers: AnswerHeaders): Answer {
  return problem(failure("not_found", detail), headers);
}

/** The link from an object to its bucket. */
export function upLink(bucket: string): string {
  return `<${bucketPath(bucket)}>; rel="up"`;
}

/**
 * `X-Rotor-Quorum`, a dictionary of RFC 9651: says that default quorums were cut to the seats that there are, because
 * the cluster has fewer nodes than n.
 */
function quorumHeaders(
  { clipped, quorums }: Pick<Answered, "clipped" | "quorums">,
): AnswerHeaders {
  if (!clipped) return {};
  const members = Object.entries(quorums).map(([name, count]) => `${name}=${count}`);
  return { "X-Rotor-Quorum": [...members, "clipped"].join(", ") };
}

function showOne(finding: Finding, sibling: Sibling, asked: Request | null): Answer {
  const { contentType, content } = sibling.version;
  if (asked !== null && !isAccepted(asked, contentType)) {
    return notAcceptable(`${quoted(contentType)}, which it was stored as,`, finding.headers);
  }
  return {
    status: 200,
    headers: { ...finding.headers, ...versionHeaders(sibling) },
    body: content,
  };
}

function showMany(
  finding: Finding,
  siblings: readonly Sibling[],
  asked: Request | null,
): Answer {
  const type = asked === null
    ? SIBLINGS_TYPES[0]
    : accepts(asked, ...SIBLINGS_TYPES) as typeof SIBLINGS_TYPES[number] | undefined;
  if (type === undefined) return notAcceptable(SIBLINGS_TYPES.join(", "), finding.headers);
  const tag = tagOfShown(siblings, finding.name, finding.container);
  const { contentType, body } = bodyOf[type](siblings, tag, finding.headers[VCLOCK] ?? "");
  const modifiedMs = lastModifiedMs(finding.shown) ?? 0;
  return {
    status: 300,
    headers: {
      ...finding.headers,
      "Content-Type": contentType,
      ETag: `"${tag}"`,
      "Last-Modified": httpDate(modifiedMs),
    },
    body,
  };
}

const bodyOf: Record<
  typeof SIBLINGS_TYPES[number],
  (siblings: readonly Sibling[], tag: string, vclock: string) => SiblingsBody
> = {
  "text/plain": (siblings) => plainSiblings(siblings),
  "multipart/mixed": (siblings, tag) => multipartSiblings(siblings, tag),
  "application/json": (siblings, _tag, vclock) => jsonSiblings(siblings, vclock),
};

/** Most clients take anything, which needs no negotiation. */
function isAccepted(asked: Request, contentType: string): boolean {
  const accept = asked.headers.get("accept");
  return accept === null || accept === "*/*" || accepts(asked, contentType) !== undefined;
}

function notAcceptable(offer: string, headers: AnswerHeaders): Answer {
  return problem(
    failure("not_acceptable", `Cannot give what Accept names: it can be had as ${offer} only`),
    headers,
  );
}
