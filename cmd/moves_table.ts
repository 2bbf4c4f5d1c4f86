/**
 * What one node takes and gives just now, for people: what each part waits for, and how fast keys come and go.
 *
 * A node counts its own keys. So of what it has given away it is known when all has gone, if that goes on as it does; of
 * what comes it is known how fast, and nobody knows how much there is.
 *
 * @module
 */
import type { MovesPage, MovingRange } from "../src/edge/moves_page.ts";
import { columns, showDuration } from "./columns.ts";

/** The same node, some time before. */
export interface Earlier {
  readonly moves: MovesPage;
  /** How long ago it said so. In ms. */
  readonly agoMs: number;
}

/** What it takes and gives; nothing if nothing moves. `earlier` tells how fast. */
export function movesLines(node: string, moves: MovesPage, earlier: Earlier | null): string[] {
  const { arrivals, departures, drains, aside } = moves;
  return [
    ...(arrivals.length === 0 ? [] : ["", `${node} takes:`, ...arrivalLines(moves)]),
    ...(departures.length === 0 ? [] : ["", `${node} gives:`, ...departureLines(moves)]),
    ...(drains.length === 0
      ? []
      : ["", `${node} has given away ${drains.length} ranges; ${keysIn(drains)} of them are here`]),
    ...(earlier === null ? [] : rateLines(moves, earlier)),
    ...(aside === 0 ? [] : [`${node} keeps ${aside} keys that are too old to be given to anybody`]),
  ];
}

/** Whether it can be said how fast keys come and go, by asking again. */
export function hasRate({ arrivals, drains }: MovesPage): boolean {
  return arrivals.length + drains.length > 0;
}

const WAITS_FOR = {
  mark: "its promise to tell what it stores",
  copies: "what it holds",
  seat: "it to let go",
  nothing: "nothing more",
} as const;

function arrivalLines({ arrivals }: MovesPage): string[] {
  const asked = arrivals.flatMap(({ from, keys }) =>
    from.map(({ node, waitsFor }) => ({ keys, says: [node, WAITS_FOR[waitsFor]] }))
  );
  const claims = arrivals.filter(({ from }) => from.every(({ waitsFor }) => waitsFor === "nothing"))
    .flatMap(({ claims, keys }) =>
      claims.map((node) => ({ keys, says: [node, "its word that it does not have the seat"] }))
    );
  return table(["FROM", "WAITS FOR"], [...asked, ...claims]);
}

const PHASES = {
  open: "what is here is fetched",
  closing: "writes wait for it to be let go",
  giving: "it is being let go",
  given: "it is let go; the taker will serve it",
} as const;

function departureLines({ departures }: MovesPage): string[] {
  return table(
    ["TO", "HOW", "NOW", "UNSENT"],
    departures.map(({ to, kind, phase, unsent, keys }) => ({
      keys,
      says: [to, kind, PHASES[phase], unsent === 0 ? "" : "some"],
    })),
  );
}

/** Those of which the same is said are one row. */
function table(
  heading: readonly string[],
  all: readonly { readonly keys: number | null; readonly says: readonly string[] }[],
): string[] {
  const groups = Map.groupBy(all, ({ says }) => says.join("\t"));
  const rows = [...groups].sort(([a], [b]) => a < b ? -1 : 1).map(([said, of]) => [
    ...said.split("\t"),
    `${of.length}`,
    shown(sum(of)),
  ]);
  const right = [heading.length, heading.length + 1];
  return columns([...heading, "RANGES", "KEYS HERE"], rows, { right });
}

/** How fast keys come and go. What began or ended meanwhile counts for nothing. */
function rateLines({ arrivals, drains }: MovesPage, { moves: before, agoMs }: Earlier): string[] {
  const come = grown(before.arrivals, arrivals);
  const gone = -grown(before.drains, drains);
  const rate = (keys: number) => `${Math.max(0, Math.round(1_000 * keys / agoMs))} keys a second`;
  const left = sum(drains);
  return [
    ...(arrivals.length === 0
      ? []
      : [`${rate(come)} come; how many there are to come is not known here`]),
    ...(drains.length === 0 || left === null ? [] : [
      gone <= 0
        ? `none go just now: those who serve them have not said yet that they have them`
        : `${rate(gone)} go: ${showDuration(agoMs * left / gone)} are left`,
    ]),
  ];
}

/** How many more keys are in the ranges that are in both. */
function grown(before: readonly MovingRange[], now: readonly MovingRange[]): number {
  const was = new Map(before.map(({ rangeEnd, n, keys }) => [`${n} ${rangeEnd}`, keys]));
  return now.reduce((all, { rangeEnd, n, keys }) => {
    const then = was.get(`${n} ${rangeEnd}`);
    return then == null || keys === null ? all : all + keys - then;
  }, 0);
}

function sum(all: readonly { readonly keys: number | null }[]): number | null {
  return all.reduce<number | null>(
    (total, { keys }) => total === null || keys === null ? null : total + keys,
    0,
  );
}

function keysIn(ranges: readonly MovingRange[]): string {
  const keys = sum(ranges);
  return keys === null ? "some keys" : `${keys} keys`;
}

function shown(keys: number | null): string {
  return keys === null ? "unknown" : `${keys}`;
}
