/**
 * One short name for each value, the same for equal values: how the explorer knows that it has been somewhere before.
 *
 * Values are plain data: snapshots of nodes, messages, records. Each part is named once and then stands for itself by its
 * number, so that the name of a whole node is a few dozen characters.
 *
 * What is left out, because no rule of the core reads it in the scopes that are explored:
 * - stamps and times of versions: they decide between siblings in last-writer-wins buckets alone, which no scope has;
 * - `participants` and `detail` of answers: they are for people;
 * - `numbers`: where a node's request numbers go on. Only their being new matters.
 *
 * And what is sorted, because its order decides at most the order of effects: requests that run, those who wait for one
 * store, replicas whose answers are in, seats that are counted.
 *
 * Law X2 holds all of this to account: two states with one name must behave alike.
 *
 * @module
 */
import type { Container } from "../version/siblings.ts";
import { Interner } from "./interner.ts";

const LEFT_OUT: ReadonlySet<string> = new Set([
  ...["stamp", "last", "lastModifiedMs", "participants", "detail", "numbers"],
]);
/** Fields whose values nothing ever changes, and which hold no number of the node's own: each is named once. */
const UNCHANGING: ReadonlySet<string> = new Set([
  "register",
  "order",
  "needs",
  "list",
  "ask",
  "asker",
]);
const UNORDERED: ReadonlySet<string> = new Set(["running", "waiters", "holds", "seatsFor"]);

/** Names values. Two values of two different instances cannot be compared by their names. */
export class Canonical {
  readonly #parts = new Interner<null>();
  readonly #strings = new Map<string, string>();
  readonly #containers = new Interner<Container>();
  /** A container is a value that nothing changes, so one look at each is enough. */
  readonly #known = new WeakMap<object, number>();
  readonly #unchanging = new WeakMap<object, string>();

  /** How many different containers there are. */
  get containers(): number {
    return this.#containers.size;
  }

  /** The number of a container. */
  container(value: Container): number {
    let id = this.#known.get(value);
    if (id === undefined) {
      const { clock, siblings } = value;
      id = this.#containers.of(this.name([clock, siblings]), value);
      this.#known.set(value, id);
    }
    return id;
  }

  /** One of the containers that have this number. */
  containerAt(id: number): Container {
    return this.#containers.at(id);
  }

  /** The name of a value. Numbers that `numbers` knows go by what it calls them. */
  name(value: unknown, numbers?: ReadonlyMap<number, number>): string {
    switch (typeof value) {
      case "number": {
        const called = numbers?.get(value);
        return called === undefined ? String(value) : `r${called}`;
      }
      case "boolean":
      case "undefined":
        return String(value);
      case "string": {
        let name = this.#strings.get(value);
        if (name === undefined) this.#strings.set(value, name = `s${this.#strings.size}`);
        return name;
      }
      case "object":
        return value === null ? "null" : this.#object(value, numbers);
      default:
        throw new TypeError(`Cannot name a ${typeof value}: plain data wanted`);
    }
  }

  #object(value: object, numbers?: ReadonlyMap<number, number>): string {
    if (Array.isArray(value)) return this.#list(value, false, numbers);
    if (value instanceof Uint8Array) return this.#part("u", value.join());
    if (value instanceof Map) {
      const entries = [...value].map(([key, of]) =>
        `${this.name(key, numbers)}:${this.name(of, numbers)}`
      );
      return this.#part("m", entries.sort().join());
    }
    if (value instanceof Set) throw new TypeError("Cannot name a Set: an array wanted");
    if (isContainer(value)) return `c${this.container(value)}`;
    let text = "";
    for (const [key, of] of Object.entries(value)) {
      if (of === undefined || LEFT_OUT.has(key)) continue;
      const name = UNCHANGING.has(key) && typeof of === "object" && of !== null
        ? this.#once(of)
        : Array.isArray(of)
        ? this.#list(of, UNORDERED.has(key), numbers)
        : this.name(of, numbers);
      text += `${key}:${name},`;
    }
    return this.#part("o", text);
  }

  #once(value: object): string {
    let name = this.#unchanging.get(value);
    if (name === undefined) {
      name = this.name(value);
      this.#unchanging.set(value, name);
    }
    return name;
  }

  #list(
    values: readonly unknown[],
    unordered: boolean,
    numbers?: ReadonlyMap<number, number>,
  ): string {
    const names = values.map((one) => this.name(one, numbers));
    return this.#part("a", (unordered ? names.sort() : names).join());
  }

  #part(kind: string, text: string): string {
    return `${kind}${this.#parts.of(kind + text, null)}`;
  }
}

function isContainer(value: object): value is Container {
  return "clock" in value && "siblings" in value;
}
