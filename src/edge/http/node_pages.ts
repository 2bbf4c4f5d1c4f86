/**
 * The pages of a node itself: `/`, `/ping`, `/stats`, `/errors`.
 *
 * @module
 */
import { accepts } from "@std/http/negotiation";
import type { Answer } from "./answer.ts";
import { errorsPage, errorText, isErrorKind } from "./errors_page.ts";
import type { Api } from "./options.ts";
import { ERRORS_PATH, quoted } from "./problem.ts";
import { notFound } from "./representation.ts";

const RESOURCES: Readonly<Record<string, string>> = {
  object: "/buckets/{bucket}/keys/{key}",
  keys: "/buckets/{bucket}/keys",
  props: "/buckets/{bucket}/props",
  ping: "/ping",
  stats: "/stats",
  errors: ERRORS_PATH,
  status: "/admin/status",
  hints: "/admin/hints",
  aae: "/admin/aae",
  settle: "/admin/settle",
  stage: "/admin/stage",
  plan: "/admin/plan",
  commit: "/admin/commit",
  clear: "/admin/clear",
  ring: "/admin/ring",
  transfers: "/admin/transfers",
  locate: "/admin/locate/{bucket}/{key}",
  repair: "/admin/repair/{bucket}/{key}",
  repair_all: "/admin/repair{?after,timeout}",
};

/** `/`: what there is. */
export function rootPage(): Answer {
  const links = Object.entries(RESOURCES)
    .filter(([, path]) => !path.includes("{"))
    .map(([rel, path]) => `<${path}>; rel="${rel}"`);
  return {
    status: 200,
    headers: { "Content-Type": "application/json", Link: links.join(", ") },
    body: JSON.stringify(RESOURCES, null, 2) + "\n",
  };
}

/** `/ping`: this process answers. It says nothing about the cluster. */
export function pingPage(): Answer {
  return text("OK");
}

/** `/stats`: JSON, or for people, who say `Accept: text/plain`, the same on many lines. */
export async function statsPage(api: Api, request: Request): Promise<Answer> {
  const stats = await api.nodeStats();
  const forPeople = accepts(request, "application/json", "text/plain") === "text/plain";
  return forPeople ? text(JSON.stringify(stats, null, 2) + "\n") : {
    status: 200,
    headers: { "Content-Type": "application/json", Vary: "Accept" },
    body: JSON.stringify(stats) + "\n",
  };
}

/** `/errors` and `/errors/KIND`: what the `type` of a problem means. */
export function errorPage(kind: string | null): Answer {
  if (kind === null) return text(errorsPage(), "text/markdown; charset=utf-8");
  return isErrorKind(kind)
    ? text(errorText(kind))
    : notFound(`No error has the kind ${quoted(kind)}; ${ERRORS_PATH} lists them`, {});
}

function text(body: string, contentType = "text/plain; charset=utf-8"): Answer {
  return { status: 200, headers: { "Content-Type": contentType, Vary: "Accept" }, body };
}
