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
    return oneOf(what, this.next(what), words);
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
    const isPair = (word: string) => word.includes("=");
    const pairs = this.#words.filter(isPair);
    this.#words.splice(0, Infinity, ...this.#words.filter((word) => !isPair(word)));
    return Object.fromEntries(pairs.map((pair) => {
      const at = pair.indexOf("=");
      const name = oneOf("an option", pair.slice(0, at), known);
      const value = pair.slice(at + 1);
      if (value === "") throw new Unplayable(`an option ${name}=VALUE wanted, got no value`);
      return [name, valueOf(value)];
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

function oneOf<Word extends string>(what: string, word: string, words: readonly Word[]): Word {
  const found = words.find((one) => one === word);
  if (found !== undefined) return found;
  const near = nearest(word, words).join(", ");
  throw new Unplayable(`${what} wanted, got ${word}; near ones: ${near}`);
}

function valueOf(text: string): number | boolean | string {
  if (text === "true" || text === "false") return text === "true";
  return /^\d+$/.test(text) ? Number(text) : text;
}
