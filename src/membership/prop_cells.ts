/**
 * The lattice of bucket properties (protocol.md, Part 2 f): one cell for each (bucket, property), in which the greatest
 * entry holds. No clock decides, and no order of arrival.
 *
 * Entries of a cell are ordered by (counter, node, value). A setter's counter is above all that it knows for the cell,
 * so who has seen a value and sets another one wins. The value decides only between two entries of one node with one
 * counter, which a node makes if its disk has gone back in time: then, too, everybody must hold the same one.
 *
 * Joining is taking the greater entry of each cell: commutative, associative, idempotent. So any order and any number
 * of deliveries gives every node the same cells. A deleted property is an entry whose value is null; it stays, or the
 * deleted value would come back from a node that had not heard.
 *
 * @module
 */
import { compare, type NodeId } from "../id.ts";
import {
  type BucketProps,
  MAX_EXPIRES_IN_S,
  type PropEntry,
  type PropValue,
  type Quorum,
  SETTABLE,
  type SettableProp,
} from "../protocol/bucket_props.ts";
import { type Failure, failure } from "../protocol/error.ts";
import type { PropsPatch } from "../protocol/event.ts";

/**
 * Most buckets that may have properties of their own, deleted ones counted. All cells are stored as one value and greet
 * a peer as one message: at 9 cells a bucket and 900 bytes a name that stays below 10 MB.
 */
export const MAX_PROP_BUCKETS = 1_000;

const WORDS: readonly PropValue[] = ["one", "quorum", "all", "default"] satisfies Quorum[];

/** The total order of the entries of one cell. */
export function compareEntries(a: PropEntry, b: PropEntry): number {
  return a.counter - b.counter || compare(a.node, b.node) ||
    compare(JSON.stringify(a.value), JSON.stringify(b.value));
}

/** Names a cell. */
export function cellName({ type, bucket, prop }: Omit<PropEntry, "value" | "counter" | "node">) {
  return `${prop} ${bucketName(type, bucket)}`;
}

/** Names a bucket; the length keeps ("ab", "c") and ("a", "bc") apart. */
function bucketName(type: string, bucket: string): string {
  return `${type.length} ${type}${bucket}`;
}

/**
 * Why a patch cannot be, or null. Quorums are 0 to n, and r and w at least 1: no request could be served with less.
 */
export function patchFault(patch: PropsPatch, n: number): Failure | null {
  for (const [prop, value] of Object.entries(patch)) {
    if (!Object.hasOwn(SETTABLE, prop)) {
      const names = Object.keys(SETTABLE).join(", ");
      return failure("bad_request", `Cannot set ${prop}: one of ${names} wanted`);
    }
    if (value === null) continue;
    const kind = SETTABLE[prop as SettableProp];
    const got = JSON.stringify(value);
    if (kind === "flag") {
      if (typeof value === "boolean") continue;
      return failure("bad_request", `Cannot set ${prop}: true or false wanted, got ${got}`);
    }
    if (kind === "seconds") {
      if (isLifetime(value)) continue;
      const range = `1 to ${MAX_EXPIRES_IN_S} seconds`;
      return failure("bad_request", `Cannot set ${prop}: ${range} wanted, got ${got}`);
    }
    if (WORDS.includes(value)) continue;
    if (!Number.isSafeInteger(value) || (value as number) < kind.least) {
      const range = `${kind.least} to ${n}, ${WORDS.join(", ")}`;
      return failure("bad_request", `Cannot set ${prop}: ${range} wanted, got ${got}`);
    }
    if ((value as number) > n) {
      const detail = `Cannot set ${prop}: at most the bucket's n_val ${n} wanted, got ${got}`;
      return failure("quorum_impossible", detail, {
        want: { [prop]: value as number },
        got: { n_val: n },
      });
    }
  }
  return null;
}

function isLifetime(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1 &&
    (value as number) <= MAX_EXPIRES_IN_S;
}

/**
 * All cells that one node knows.
 *
 * @example Two settings meet; the later one holds, whichever came first
 * ```ts
 * import { PropCells } from "./prop_cells.ts";
 * import { nodeId } from "../id.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const cell = { type: "default", bucket: "carts", prop: "allow_mult" } as const;
 * const first = { ...cell, value: false, counter: 1, node: nodeId("b") };
 * const later = { ...cell, value: true, counter: 2, node: nodeId("a") };
 *
 * const cells = new PropCells();
 * assertEquals(cells.join([later, first]), [later]);
 * assertEquals(cells.get(cell), later);
 * ```
 */
export class PropCells {
  readonly #buckets = new Map<string, Map<SettableProp, PropEntry>>();
  /** Made when asked for, since every request asks. */
  readonly #effective = new Map<string, BucketProps>();

  /** Takes what is greater than what is held. @returns That. */
  join(entries: readonly PropEntry[]): PropEntry[] {
    return entries.filter((entry) => {
      const held = this.get(entry);
      if (held !== undefined && compareEntries(entry, held) <= 0) return false;
      const name = bucketName(entry.type, entry.bucket);
      const cells = this.#buckets.get(name) ?? new Map<SettableProp, PropEntry>();
      this.#buckets.set(name, cells.set(entry.prop, entry));
      this.#effective.delete(name);
      return true;
    });
  }

  /** What holds in a cell. */
  get(cell: Pick<PropEntry, "type" | "bucket" | "prop">): PropEntry | undefined {
    return this.#buckets.get(bucketName(cell.type, cell.bucket))?.get(cell.prop);
  }

  /** Everything, sorted: equal cells give equal lists. */
  entries(): PropEntry[] {
    return [...this.#buckets.values()].flatMap((cells) => [...cells.values()]).sort((a, b) =>
      compare(a.type, b.type) || compare(a.bucket, b.bucket) || compare(a.prop, b.prop)
    );
  }

  /** What is held and greater than, or missing in, what somebody else has. */
  newerThan(theirs: readonly PropEntry[]): PropEntry[] {
    const known = new Map(theirs.map((entry) => [cellName(entry), entry]));
    return this.entries().filter((entry) => {
      const other = known.get(cellName(entry));
      return other === undefined || compareEntries(entry, other) > 0;
    });
  }

  /** True if one more bucket would be one too many. */
  refuses(type: string, bucket: string): boolean {
    return this.#buckets.size >= MAX_PROP_BUCKETS && !this.#buckets.has(bucketName(type, bucket));
  }

  /**
   * The entries that make a patch hold: each with a counter above what is known for its cell. To delete what is not
   * there takes none.
   */
  entriesFor(
    { type, bucket, patch, node }: {
      readonly type: string;
      readonly bucket: string;
      readonly patch: PropsPatch;
      readonly node: NodeId;
    },
  ): PropEntry[] {
    return (Object.keys(SETTABLE) as SettableProp[]).flatMap((prop): PropEntry[] => {
      const value = patch[prop];
      const held = this.get({ type, bucket, prop });
      if (value === undefined || (value === null && held === undefined)) return [];
      return [{ type, bucket, prop, value, counter: 1 + (held?.counter ?? 0), node }];
    });
  }

  /** All properties of a bucket: what is set, over the defaults. */
  effective(type: string, bucket: string, defaults: BucketProps): BucketProps {
    const name = bucketName(type, bucket);
    const cells = this.#buckets.get(name);
    if (cells === undefined) return defaults;
    const known = this.#effective.get(name);
    if (known !== undefined) return known;
    // "default" is what holds if nobody sets it; only dw has a default that is another property's value.
    const set = [...cells.values()].filter(({ prop, value }) =>
      value !== null && (value !== "default" || prop === "dw")
    );
    const props = {
      ...defaults,
      ...Object.fromEntries(set.map(({ prop, value }) => [prop, value])),
    };
    this.#effective.set(name, props);
    return props;
  }
}
