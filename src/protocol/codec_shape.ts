/**
 * The building blocks of the codec: shapes that say, once and for both directions, how a value stands in MessagePack.
 *
 * A {@linkcode Shape} packs a value that it trusts and unpacks one that it does not: what comes from the network or the
 * disk is checked field by field, and the first thing that is wrong is named by its path, what was wanted and what was
 * got. Products are arrays, not maps: **the order in which a shape lists its fields is the order on the wire**, and
 * every array has exactly as many elements as fields. Names and digests are MessagePack strings (their chars are
 * 0–255), contents are its byte arrays.
 *
 * Types keep shapes honest: a field that a type has and its shape lacks, or the other way round, does not compile.
 *
 * @module
 */

/** Bytes that are not what they should be. The message is one sentence that names the first thing wrong. */
export class CodecError extends Error {
  /** Tells it from other errors. */
  override readonly name: string = "CodecError";
}

/**
 * Bytes that a later version of rotor has written: a format byte above the known ones, or a kind of something that is not
 * known yet. They are no damage: whoever has such bytes on the disk must leave them as they are.
 */
export class UnknownVersionError extends CodecError {
  /** Tells it from other errors. */
  override readonly name = "UnknownVersionError";
}

/** How a `T` stands in MessagePack. */
export interface Shape<T> {
  /** The value as MessagePack is to have it. Trusts its argument. */
  readonly pack: (value: T) => unknown;
  /** The value, checked. `what` is its path, for the error. @throws {CodecError} If it is not a `T`. */
  readonly unpack: (raw: unknown, what: string) => T;
}

/** The shape of a product, whose fields can also stand inside a longer array. */
export interface Fields<T> extends Shape<T> {
  readonly packInto: (out: unknown[], value: T) => void;
  /** Reads the fields from `raw[from]` on; they must be the rest of `raw`. */
  readonly unpackFrom: (raw: readonly unknown[], from: number, what: string) => T;
}

/** Throws the one kind of error that decoding has. */
export function refuse(what: string, wanted: string, got: unknown): never {
  throw new CodecError(`Cannot decode ${what}: ${wanted} wanted, got ${describe(got)}`);
}

/** A value that MessagePack already has as it should be; `check` says whether it is one. */
function leaf<T>(wanted: string, check: (raw: unknown) => boolean): Shape<T> {
  return {
    pack: (value) => value,
    unpack: (raw, what) => check(raw) ? raw as T : refuse(what, wanted, raw),
  };
}

/** True or false. */
export const flag: Shape<boolean> = leaf("true or false", (raw) => typeof raw === "boolean");

/** A whole number; without limits, 0 to 2^53-1. */
export function whole(
  { min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {},
): Shape<number> {
  const wanted = `a whole number from ${min} to ${max}`;
  return leaf(
    wanted,
    (raw) =>
      Number.isSafeInteger(raw) && (raw as number) >= min && (raw as number) <= max &&
      !Object.is(raw, -0),
  );
}

/** A time: a number from 0, not necessarily whole, for monotonic clocks give fractions. */
export const time: Shape<number> = leaf(
  "a finite number from 0",
  (raw) => Number.isFinite(raw) && (raw as number) >= 0 && !Object.is(raw, -0),
);

/** A text for people, of any characters. */
export const text: Shape<string> = leaf("a text", (raw) => typeof raw === "string");

/** A byte string of `min` to `max` bytes; `check` may want more of it, which `wanted` then says. */
export function byteText<T extends string>(
  { min = 0, max = Number.MAX_SAFE_INTEGER, wanted, check = () => true }: {
    min?: number;
    max?: number;
    wanted?: string;
    check?: (text: string) => boolean;
  } = {},
): Shape<T> {
  const bounds = min === max
    ? `${min}`
    : max < Number.MAX_SAFE_INTEGER
    ? `${min} to ${max}`
    : "any";
  return leaf(
    wanted ?? `a string of ${bounds} bytes`,
    (raw) =>
      typeof raw === "string" && raw.length >= min && raw.length <= max && isByteString(raw) &&
      check(raw),
  );
}

/** Contents. Unpacked ones are a copy, so that a small value does not keep a large batch alive. */
export const bytes: Shape<Uint8Array> = {
  pack: (value) => value,
  unpack: (raw, what) => raw instanceof Uint8Array ? raw.slice() : refuse(what, "bytes", raw),
};

/** One of a few constants, which stand for themselves. `wanted` names them where they are many. */
export function oneOf<const T extends string | number | boolean | null>(
  values: readonly T[],
  wanted = `one of ${values.join(", ")}`,
): Shape<T> {
  const set = new Set<unknown>(values);
  return leaf(wanted, (raw) => set.has(raw));
}

/** A value, or null. */
export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return {
    pack: (value) => value === null ? null : shape.pack(value),
    unpack: (raw, what) => raw === null ? null : shape.unpack(raw, what),
  };
}

/** What either shape takes; the second is tried where `first` says that the value is not its own. */
export function either<A, B>(
  first: Shape<A>,
  isFirst: (value: unknown) => boolean,
  second: Shape<B>,
): Shape<A | B> {
  return {
    pack: (value) => isFirst(value) ? first.pack(value as A) : second.pack(value as B),
    unpack: (raw, what) => isFirst(raw) ? first.unpack(raw, what) : second.unpack(raw, what),
  };
}

/** Any number of values. */
export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return {
    pack: (values) => values.map((value) => shape.pack(value)),
    unpack: (raw, what) =>
      array(raw, what).map((element, i) => shape.unpack(element, `${what}[${i}]`)),
  };
}

/** A product: its fields in the order in which they are listed here. */
export function fields<T extends object>(
  shapes: { readonly [K in keyof T]-?: Shape<T[K]> },
): Fields<T> {
  const keys = Object.keys(shapes) as (keyof T & string)[];
  const packInto = (out: unknown[], value: T) => {
    for (const key of keys) out.push(shapes[key].pack(value[key]));
  };
  const unpackFrom = (raw: readonly unknown[], from: number, what: string) => {
    if (raw.length !== from + keys.length) {
      refuse(what, `a list of ${from + keys.length} fields`, raw);
    }
    const value: Partial<T> = {};
    for (const [i, key] of keys.entries()) {
      value[key] = shapes[key].unpack(raw[from + i], `${what}.${key}`);
    }
    return value as T;
  };
  return {
    packInto,
    unpackFrom,
    pack: (value) => {
      const out: unknown[] = [];
      packInto(out, value);
      return out;
    },
    unpack: (raw, what) => unpackFrom(array(raw, what), 0, what),
  };
}

/** For each kind of a union: the number that stands for it on the wire, and the other fields. */
export type Variants<T extends { readonly kind: string }> = {
  readonly [K in T["kind"]]: readonly [
    tag: number,
    fields: Fields<Omit<Extract<T, { readonly kind: K }>, "kind">>,
  ];
};

/** A sum: the tag of the kind, then the fields of that kind. A tag, once given, is never given to another kind. */
export function union<T extends { readonly kind: string }>(variants: Variants<T>): Shape<T> {
  const byKind = new Map<string, readonly [number, Fields<object>]>(
    Object.entries(variants as Record<string, readonly [number, Fields<object>]>),
  );
  const byTag = new Map(
    [...byKind].map(([kind, [tag, fields]]) => [tag as unknown, { kind, fields }]),
  );
  if (byTag.size !== byKind.size) {
    throw new Error(`Cannot make a union: one tag a kind wanted, got ${[...byKind.keys()]}`);
  }
  return {
    pack: (value) => {
      const [tag, fields] = byKind.get(value.kind)!;
      const out: unknown[] = [tag];
      fields.packInto(out, value);
      return out;
    },
    unpack: (raw, what) => {
      const elements = array(raw, what);
      const variant = byTag.get(elements[0]);
      if (variant === undefined) refuseTag(what, [...byTag.keys()] as number[], elements[0]);
      const { kind, fields } = variant;
      return { kind, ...fields.unpackFrom(elements, 1, what) } as T;
    },
  };
}

/** Tags are given in order and for ever: one above all that are known is of a later version, any other is none. */
function refuseTag(what: string, known: readonly number[], got: unknown): never {
  if (!Number.isSafeInteger(got) || (got as number) < Math.max(...known)) {
    return refuse(`${what}.kind`, `one of ${known}`, got);
  }
  throw new UnknownVersionError(
    `Cannot decode ${what}.kind: it is of a newer rotor, at most ${
      Math.max(...known)
    } wanted, got ${got}`,
  );
}

/** Checks that `raw` is a list. */
export function array(raw: unknown, what: string): readonly unknown[] {
  return Array.isArray(raw) ? raw : refuse(what, "a list", raw);
}

/** True if every char is a byte. */
function isByteString(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 255) return false;
  return true;
}

/** Short words for what was got: never long, whatever it is. */
function describe(got: unknown): string {
  if (got instanceof Uint8Array) return `${got.length} bytes`;
  if (Array.isArray(got)) return `a list of ${got.length}`;
  if (typeof got !== "string") return String(got);
  return got.length > 32 ? `a string of ${got.length}` : JSON.stringify(got);
}
