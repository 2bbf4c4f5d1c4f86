/**
 * What a request must get before it is answered: R, W and their kin as numbers (paper, section 4.5).
 *
 * A quorum counts **seats**: the k = min(n, active members) places of a key's range. A default quorum that is above k is
 * cut to k, and the answer says so; what a caller asked for explicitly is never cut, but refused.
 *
 * @module
 */
import type { BucketProps, Quorum } from "../protocol/bucket_props.ts";
import { type Failure, failure } from "../protocol/error.ts";

/** One quorum: how many, and whether it gives way where there are fewer seats. */
export interface Need {
  readonly want: number;
  /** True for a default: cut to the number of seats. */
  readonly yields: boolean;
}

/** The needs of a request, by the names that its client knows: `{ r, pr }` or `{ w, dw, pw }`. */
export type Needs<Name extends string> = Readonly<Record<Name, Need>>;

/** What a read must get. */
export type ReadNeeds = Needs<"r" | "pr">;
/** What a write must get. */
export type WriteNeeds = Needs<"w" | "dw" | "pw">;

/** A quorum as a number, of n replicas. `default` must have been replaced by what it stands for. */
export function countOf(quorum: Exclude<Quorum, "default">, n: number): number {
  switch (quorum) {
    case "one":
      return 1;
    case "quorum":
      return Math.floor(n / 2) + 1;
    case "all":
      return n;
    default:
      return quorum;
  }
}

/** A quorum as the request gave it (undefined or `default`: it did not), beside what holds instead. */
interface Said {
  readonly asked: Quorum | undefined;
  readonly otherwise: Exclude<Quorum, "default">;
  /** Primaries' quorums are a promise, whoever set them: they never yield. */
  readonly strict: boolean;
  readonly least: number;
}

/** R and PR of a read, or why they cannot be. @param list `n` replicas to ask, of which `seats` exist. */
export function readNeeds(
  asked: { readonly r?: Quorum | undefined; readonly pr?: Quorum | undefined },
  props: BucketProps,
  list: { readonly n: number; readonly seats: number },
): ReadNeeds | Failure {
  return resolve({
    r: { asked: asked.r, otherwise: concrete(props.r, "quorum"), strict: false, least: 1 },
    pr: { asked: asked.pr, otherwise: concrete(props.pr, 0), strict: true, least: 0 },
  }, list);
}

/** W, DW and PW of a write, or why they cannot be. A DW that nobody set is W. */
export function writeNeeds(
  asked: { readonly w: Quorum; readonly dw: Quorum; readonly pw: Quorum },
  props: BucketProps,
  list: { readonly n: number; readonly seats: number },
): WriteNeeds | Failure {
  const w = { asked: asked.w, otherwise: concrete(props.w, "quorum"), strict: false, least: 1 };
  const durable = props.dw === "default" ? w : { ...w, asked: undefined, otherwise: props.dw };
  return resolve({
    w,
    dw: { ...durable, asked: asked.dw === "default" ? durable.asked : asked.dw, least: 0 },
    pw: { asked: asked.pw, otherwise: concrete(props.pw, 0), strict: true, least: 0 },
  }, list);
}

/** How many a need wants where there are `seats` seats. */
export function cut(need: Need, seats: number): number {
  return need.yields ? Math.min(need.want, seats) : need.want;
}

/** Whether any need gave way. */
export function isClipped(needs: Readonly<Record<string, Need>>, seats: number): boolean {
  return Object.values(needs).some((need) => cut(need, seats) < need.want);
}

function concrete(
  quorum: Quorum,
  otherwise: Exclude<Quorum, "default">,
): Exclude<Quorum, "default"> {
  return quorum === "default" ? otherwise : quorum;
}

function resolve<Name extends string>(
  said: Record<Name, Said>,
  { n, seats }: { readonly n: number; readonly seats: number },
): Needs<Name> | Failure {
  const needs: Partial<Record<Name, Need>> = {};
  for (const name of Object.keys(said) as Name[]) {
    const { asked, otherwise, strict, least } = said[name];
    const explicit = asked !== undefined && asked !== "default";
    const want = countOf(explicit ? asked : otherwise, n);
    if (explicit && (!Number.isSafeInteger(want) || want < least || want > n)) {
      const detail = `Cannot wait for ${name} ${want}: ${least} to n ${n} wanted`;
      return failure("quorum_impossible", detail, { want: { [name]: want }, got: { n } });
    }
    const yields = !explicit && !strict;
    if (!yields && want > seats) {
      const detail = `Cannot wait for ${name} ${want}: the key's range has ${seats} seats`;
      return failure("not_enough_nodes", detail, { want: { [name]: want }, got: { seats } });
    }
    needs[name] = { want, yields };
  }
  return needs as Needs<Name>;
}
