/**
 * `/buckets/B/props`: what holds for a bucket (protocol.md, Part 2 f).
 *
 * A PUT sets what it names and leaves the rest; null puts a property back to its default; DELETE puts all back. A name
 * that is not known is refused with the nearest that is, for a bucket of which one believes something is worse than an
 * error. `n_val` is shown, and may be sent back as it is; to change it is a change of membership, not of a property.
 *
 * @module
 */
import { closestString } from "@std/text/closest-string";
import {
  type BucketProps,
  MAX_EXPIRES_IN_S,
  type Quorum,
  SETTABLE,
  type SettableProp,
} from "../../protocol/bucket_props.ts";
import { type Failure, failure, isFailure } from "../../protocol/error.ts";
import type { PropsPatch } from "../../protocol/event.ts";
import type { Answer } from "./answer.ts";
import { readBody } from "./body.ts";
import type { Api } from "./options.ts";
import { badRequest, problem, quoted } from "./problem.ts";
import { SECONDS_WANTED } from "./stored_headers.ts";
import { isQuorumWord, type Query, quorumWanted } from "./query.ts";

/** One request for a bucket's properties. */
export interface PropsCall {
  readonly api: Api;
  readonly request: Request;
  readonly type: string;
  readonly bucket: string;
  readonly query: Query;
}

/** Many times all the properties that there are. */
const MAX_PROPS_BYTES = 65_536;

const NAMES = Object.keys(SETTABLE) as SettableProp[];

/** GET: all properties, set or not. */
export async function getProps(call: PropsCall): Promise<Answer> {
  const props = await currentProps(call);
  if (isFailure(props)) return problem(props);
  return {
    status: 200,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ props }) + "\n",
  };
}

/** PUT. */
export async function putProps(call: PropsCall): Promise<Answer> {
  const given = await readProps(call);
  if (isFailure(given)) return problem(given);
  const current = await currentProps(call);
  if (isFailure(current)) return problem(current);
  const patch = patchOf(given, current);
  return isFailure(patch) ? problem(patch) : await setProps(call, patch);
}

/** DELETE: every property is at its default again. */
export function resetProps(call: PropsCall): Promise<Answer> {
  return setProps(call, Object.fromEntries(NAMES.map((name) => [name, null])));
}

async function setProps(call: PropsCall, patch: PropsPatch): Promise<Answer> {
  const { api, type, bucket, query } = call;
  const { timeoutMs } = query;
  const reply = await api.ask({ kind: "props_set", type, bucket, patch, timeoutMs });
  if (reply.kind === "failure") return problem(reply);
  return { status: 204, headers: {}, body: null };
}

async function currentProps({ api, type, bucket }: PropsCall): Promise<BucketProps | Failure> {
  const reply = await api.ask({ kind: "props_get", type, bucket });
  if (reply.kind === "failure") return reply;
  if (reply.kind === "props") return reply.props;
  throw new Error(`Cannot take the answer to props_get: props wanted, got ${reply.kind}`);
}

async function readProps({ api, request }: PropsCall): Promise<Record<string, unknown> | Failure> {
  const contentType = request.headers.get("content-type") ?? "";
  if (contentType.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    return failure(
      "unsupported_media",
      `Cannot read properties: application/json wanted, got ${quoted(contentType)}`,
    );
  }
  const { bodyTimeoutMs: timeoutMs } = api;
  const body = await readBody(request, { maxBytes: MAX_PROPS_BYTES, timeoutMs });
  if (isFailure(body)) return body;
  const value = parseJson(body);
  const { props, ...others } = isRecord(value) ? value : {};
  if (!isRecord(props)) return badRequest("read properties", '{"props": {...}} as JSON wanted');
  const [other] = Object.keys(others);
  // A property that stands beside "props" would be passed over, and its client believe that it holds.
  return other === undefined
    ? props
    : badRequest("read properties", 'nothing beside "props" wanted', other);
}

/** The change that was asked for, if it can be meant. */
function patchOf(given: Record<string, unknown>, current: BucketProps): PropsPatch | Failure {
  const patch: Record<string, Quorum | boolean | null> = {};
  for (const [name, value] of Object.entries(given)) {
    if (name === "n_val") {
      if (value === current.n_val) continue;
      return badRequest(
        "change n_val, which is a step of membership",
        `${current.n_val} wanted, got ${quoted(JSON.stringify(value))}`,
      );
    }
    const allowed = allowedValue(name, value, current.n_val);
    if (isFailure(allowed)) return allowed;
    patch[name] = allowed.value;
  }
  return patch;
}

function allowedValue(
  name: string,
  value: unknown,
  nVal: number,
): { value: Quorum | boolean | null } | Failure {
  const kind = Object.hasOwn(SETTABLE, name) ? SETTABLE[name as SettableProp] : undefined;
  const got = () => `, got ${quoted(JSON.stringify(value))}`;
  if (kind === undefined) {
    const near = closestString(name.slice(0, 64), [...NAMES, "n_val"]);
    return badRequest(`set property ${quoted(name)}`, `no such property; the nearest is ${near}`);
  }
  if (value === null) return { value };
  if (kind === "flag") {
    return typeof value === "boolean"
      ? { value }
      : badRequest(`set property ${name}`, `true or false wanted${got()}`);
  }
  if (kind === "seconds") {
    const fits = Number.isSafeInteger(value) && value as number >= 1 &&
      value as number <= MAX_EXPIRES_IN_S;
    return fits
      ? { value: value as number }
      : badRequest(`set property ${name}`, `${SECONDS_WANTED}, or null, wanted${got()}`);
  }
  if (isQuorumWord(value)) return { value };
  const { least } = kind;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) {
    return badRequest(`set property ${name}`, `${quorumWanted(least)}${got()}`);
  }
  if (value > nVal) {
    return failure(
      "quorum_impossible",
      `Cannot set property ${name}: at most n_val, which is ${nVal}, wanted, got ${value}`,
      { want: { [name]: value }, got: { n_val: nVal } },
    );
  }
  return { value };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    // Not UTF-8 or not JSON: to the caller both are "not an object".
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
