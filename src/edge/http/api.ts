/**
 * The HTTP API: Riak's, with its weaknesses mended. `docs/http.md` describes it for those who use it.
 *
 * A request is taken apart (`target.ts`, `query.ts`), goes to the room of its resource and method, and comes back as an
 * answer. Nothing in here throws at the caller: what can be refused is a value, and what must not happen is logged and
 * answered with 500.
 *
 * @module
 */
import { type Failure, failure, isFailure } from "../../protocol/error.ts";
import { adminPage, repairAll, repairObject } from "./admin_pages.ts";
import { type Answer, toResponse } from "./answer.ts";
import { getObject } from "./get.ts";
import { errorPage, pingPage, rootPage, statsPage } from "./node_pages.ts";
import {
  clearPage,
  commitPage,
  locatePage,
  planPage,
  ringPage,
  stagePage,
  transfersPage,
} from "./operations_pages.ts";
import { type Api, type ApiOptions, withDefaults } from "./options.ts";
import { problem, quoted } from "./problem.ts";
import { getProps, putProps, resetProps } from "./props.ts";
import { deleteObject, postToBucket, putObject } from "./put.ts";
import { parseQuery, type Query } from "./query.ts";
import type { Call } from "./reading.ts";
import { parseTarget, type Resource } from "./target.ts";

export type { Ask, ClientEvent } from "./ask.ts";
export type { ApiOptions } from "./options.ts";

const READ = ["GET", "HEAD"];
/** What each resource can do. */
const METHODS: Readonly<Record<Resource["kind"], readonly string[]>> = {
  object: [...READ, "PUT", "POST", "DELETE"],
  keys: ["POST"],
  props: [...READ, "PUT", "DELETE"],
  repair: ["POST"],
  repair_all: ["POST"],
  admin: READ,
  stage: [...READ, "POST"],
  clear: ["POST"],
  plan: READ,
  commit: ["POST"],
  ring: READ,
  transfers: READ,
  locate: READ,
  errors: READ,
  ping: READ,
  stats: READ,
  root: READ,
};

/**
 * The API of one node.
 *
 * @example A node that is starting
 * ```ts
 * import { createApi } from "./api.ts";
 * import { DEFAULTS } from "../../protocol/config.ts";
 * import { failure } from "../../protocol/error.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const nothing = () => Promise.resolve({});
 * const api = createApi({
 *   ask: () => Promise.resolve(failure("not_ready", "This node is starting")),
 *   config: DEFAULTS,
 *   secrets: [],
 *   nodeStats: nothing,
 *   admin: { status: nothing, hints: nothing, aae: nothing, settle: nothing },
 *   operations: {
 *     ...{ stage: () => ({}), staged: () => ({}), clear: () => ({}), plan: () => ({}) },
 *     ...{ commit: nothing, transfers: () => ({}), ring: () => ({}), locate: () => ({}) },
 *   },
 *   own: {
 *     scan: () => Promise.resolve({ kind: "records", records: [] }),
 *     turn: () => Promise.resolve(),
 *   },
 * });
 * const response = await api(new Request("http://localhost/buckets/fruit/keys/apple"));
 * assertEquals(response.status, 503);
 * assertEquals((await response.json()).type, "/errors/not_ready");
 * ```
 */
export function createApi(options: ApiOptions): (request: Request) => Promise<Response> {
  const api = withDefaults(options);
  return async (request) => {
    try {
      return toResponse(await handle(api, request), request.method);
    } catch (error) {
      api.log(`Cannot answer ${request.method} ${quoted(request.url)}: a fault in rotor`, error);
      return toResponse(problem(internal(request.method)), request.method);
    }
  };
}

function handle(api: Api, request: Request): Answer | Promise<Answer> {
  const target = parseTarget(request.url, request.headers.get("host"));
  if (isFailure(target)) return problem(target);
  const { resource } = target;
  const methods = METHODS[resource.kind];
  if (!methods.includes(request.method)) {
    const detail = `Cannot ${request.method} this: one of ${methods.join(", ")} wanted`;
    return problem(failure("method_not_allowed", detail), { Allow: methods.join(", ") });
  }
  switch (resource.kind) {
    case "ping":
      return pingPage();
    case "root":
      return rootPage();
    case "stats":
      return statsPage(api, request);
    case "admin":
      return adminPage(api, resource.page);
    case "stage":
      return stagePage(api, request);
    case "clear":
      return clearPage(api);
    case "plan":
      return planPage(api);
    case "commit":
      return commitPage(api, request);
    case "ring":
      return ringPage(api);
    case "transfers":
      return transfersPage(api);
    case "locate":
      return locatePage(api, resource.name);
    case "errors":
      return errorPage(resource.error);
  }
  const query = parseQuery(target.query, api.config);
  return isFailure(query) ? problem(query) : askNode(api, request, { resource, query });
}

function askNode(
  api: Api,
  request: Request,
  { resource, query }: {
    resource: Extract<Resource, { kind: "object" | "keys" | "props" | "repair" | "repair_all" }>;
    query: Query;
  },
): Promise<Answer> {
  if (resource.kind === "props") {
    const call = { api, request, type: resource.type, bucket: resource.bucket, query };
    switch (request.method) {
      case "PUT":
        return putProps(call);
      case "DELETE":
        return resetProps(call);
      default:
        return getProps(call);
    }
  }
  if (resource.kind === "keys") {
    const { type, bucket } = resource;
    return postToBucket({ api, request, name: { type, bucket, key: "" }, query });
  }
  if (resource.kind === "repair_all") return repairAll({ api, query });
  const call: Call = { api, request, name: resource.name, query };
  if (resource.kind === "repair") return repairObject(call);
  switch (request.method) {
    case "PUT":
    case "POST":
      return putObject(call);
    case "DELETE":
      return deleteObject(call);
    default:
      return getObject(call);
  }
}

/** A fault of rotor. A read writes nothing, so that it certainly did not happen. */
function internal(method: string): Failure {
  const detail = "An assertion of this node failed; its log says which";
  return failure("internal", detail, { definite: READ.includes(method) });
}
