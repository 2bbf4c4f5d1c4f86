/**
 * What operators do over HTTP: `/admin/stage`, `/admin/clear`, `/admin/plan`, `/admin/commit`, `/admin/ring`,
 * `/admin/locate/B/K`. `docs/http.md` describes them.
 *
 * Bodies are read strictly: a name that is not known is refused, for a step that does less than its operator believes is
 * worse than none. What a step means here is `stage.ts`'s to say.
 *
 * @module
 */
import { z } from "zod";
import { type NodeId, nodeId, type ObjectName } from "../../id.ts";
import type { StagedStep } from "../../membership/staged_steps.ts";
import { type Failure, failure, isFailure } from "../../protocol/error.ts";
import { type CommitOrder, MIN_PLAN_DIGITS } from "../stage.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import { readBody } from "./body.ts";
import type { Api } from "./options.ts";
import { badRequest, problem, quoted } from "./problem.ts";

/** Many times what a step or an order needs. */
const MAX_BYTES = 4_096;

const NODE = z.string({ error: "the id of a node" })
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, { error: "the id of a node" })
  .transform((text): NodeId => nodeId(text));
const NUMBER = z.number({ error: "a number" });
const TEXT = z.string({ error: "a text" });
const FLAG = z.boolean({ error: "true or false" });

const STEP = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("join"),
    node: NODE,
    zone: TEXT.default(""),
    weight: NUMBER.default(1),
  }),
  z.strictObject({ kind: z.literal("leave"), node: NODE }),
  z.strictObject({ kind: z.literal("stay"), node: NODE }),
  z.strictObject({ kind: z.literal("remove"), node: NODE, acceptLoss: FLAG.default(false) }),
  z.strictObject({ kind: z.literal("replace"), old: NODE, new: NODE }),
  z.strictObject({ kind: z.literal("weight"), node: NODE, weight: NUMBER }),
  z.strictObject({ kind: z.literal("zone"), node: NODE, zone: TEXT }),
], { error: "one of join, leave, stay, remove, replace, weight, zone" });

const ORDER = z.strictObject({
  plan: z.string({ error: "the id of a plan" }).regex(
    new RegExp(`^[0-9a-f]{${MIN_PLAN_DIGITS},32}$`),
    { error: `the id of a plan, ${MIN_PLAN_DIGITS} to 32 hex digits` },
  ),
  force: FLAG.default(false),
});

/** `GET /admin/stage`, `POST /admin/stage`. */
export async function stagePage(api: Api, request: Request): Promise<Answer> {
  if (request.method !== "POST") return jsonAnswer(api.operations.staged());
  const step = await readJson(api, request, { what: "step", schema: STEP });
  return isFailure(step) ? problem(step) : answerOf(api.operations.stage(step as StagedStep));
}

/** `POST /admin/clear`. */
export function clearPage(api: Api): Answer {
  return jsonAnswer(api.operations.clear());
}

/** `GET /admin/plan`. */
export function planPage(api: Api): Answer {
  return answerOf(api.operations.plan());
}

/** `POST /admin/commit`. */
export async function commitPage(api: Api, request: Request): Promise<Answer> {
  const order = await readJson(api, request, { what: "commit", schema: ORDER });
  if (isFailure(order)) return problem(order);
  return answerOf(await api.operations.commit(order as CommitOrder));
}

/** `GET /admin/transfers`. */
export function transfersPage(api: Api): Answer {
  return jsonAnswer(api.operations.transfers());
}

/** `GET /admin/ring`. */
export function ringPage(api: Api): Answer {
  return jsonAnswer(api.operations.ring());
}

/** `GET /admin/locate/B/K`. */
export function locatePage(api: Api, name: ObjectName): Answer {
  return jsonAnswer(api.operations.locate(name));
}

function answerOf(shown: object | Failure): Answer {
  return isFailure(shown) ? problem(shown) : jsonAnswer(shown);
}

async function readJson(
  api: Api,
  request: Request,
  { what, schema }: { readonly what: string; readonly schema: z.ZodType },
): Promise<unknown | Failure> {
  const contentType = request.headers.get("content-type") ?? "";
  if (contentType.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    return failure(
      "unsupported_media",
      `Cannot read the ${what}: application/json wanted, got ${quoted(contentType)}`,
    );
  }
  const { bodyTimeoutMs: timeoutMs } = api;
  const body = await readBody(request, { maxBytes: MAX_BYTES, timeoutMs });
  if (isFailure(body)) return body;
  const read = schema.safeParse(parsed(body));
  if (read.success) return read.data;
  const { path, message, code } = read.error.issues[0]!;
  if (code === "unrecognized_keys") return badRequest(`read the ${what}`, message);
  const at = path.length === 0 ? "" : `${path.join(".")}: `;
  return badRequest(`read the ${what}`, `${at}${message} wanted`);
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    // Not UTF-8 or not JSON: to the schema both are nothing.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
