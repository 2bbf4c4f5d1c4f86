/**
 * The words of one command of a transcript. They are taken from left to right; what is not there, or is left over, is an
 * error that says what was wanted.
 *
 * @module
 */
import { nearest } from "../../cmd/near.ts";

/** A command that cannot be played. */
export class Unplayable extends Error {
  /** Tells it from other errors. */
  override readonly name = "Unplayable";
}

/** What is left of a command. */
export class Words {
  readonly #words: string[];

  /** The words of `text`. Quotes keep blanks together. */
  constructor(text: string) {
    if ((text.match(/"/g)?.length ?? 0) % 2 > 0) {
      throw new Unplayable(`a closing quote wanted, got ${text}`);
    }
    this.#words = (text.match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((word) =>
      word.replaceAll('"', "")
    );
  }

  /** The next word, which must be there: `what` says what it is. */
  next(what: string): string {
    const word = this.#words.shift();
    if (word === undefined) throw new Unplayable(`${what} wanted, got nothing`);
    return word;
  }
  /** The next word, which must be one of these. */
  oneOf<Word extends string>(what: string, words: readonly Word[]): Word {
    const word = this.next(what);
    const found = words.find((one) => one === word);
    if (found === undefined) {
      const near = nearest(word, words).join(", ");
      throw new Unplayable(`${what} wanted, got ${word}; near ones: ${near}`);
    }
    return found;
  }
  /** The next word, which must be a `NAME=VALUE`. */
  pair(what: string): [name: string, value: string] {
    const word = this.next(what);
    const at = word.indexOf("=");
    if (at < 1) throw new Unplayable(`${what} wanted, got ${word}`);
    return [word.slice(0, at), word.slice(at + 1)];
  }

  /** Takes `word` if it is there, wherever. */
  flag(word: string): boolean {
    const at = this.#words.indexOf(word);
    if (at >= 0) this.#words.splice(at, 1);
    return at >= 0;
  }
  /** Takes `word` and the one behind it, if they are there; gives the latter. */
  after(word: string): string | undefined {
    const at = this.#words.indexOf(word);
    if (at < 0) return undefined;
    const [, behind] = this.#words.splice(at, 2);
    if (behind === undefined) throw new Unplayable(`a word behind ${word} wanted, got nothing`);
    return behind;
  }
  /** Takes every `NAME=VALUE` that is left; the names must be among `known`. Whole numbers and truths are read as such. */
  options(known: readonly string[]): Record<string, number | boolean | string> {
    const pairs = this.#words.filter((word) => word.includes("="));
    this.#words.splice(0, Infinity, ...this.#words.filter((word) => !word.includes("=")));
    return Object.fromEntries(pairs.map((pair) => {
      const words = new Words("");
      words.#words.push(...pair.split("=", 2));
      const name = words.oneOf("an option", known);
      return [name, valueOf(words.next(`a value of ${name}`))];
    }));
  }
  /** Takes all that is left. */
  rest(): string[] {
    return this.#words.splice(0);
  }
  /** Nothing may be left. */
  end(): void {
    if (this.#words.length > 0) {
      throw new Unplayable(`nothing more wanted, got ${this.#words.join(" ")}`);
    }
  }
}

function valueOf(text: string): number | boolean | string {
  if (text === "true" || text === "false") return text === "true";
  return /^\d+$/.test(text) ? Number(text) : text;
}
