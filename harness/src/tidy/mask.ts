// Tells code from comments, strings and regular expressions in a TypeScript file, character by
// character. A light scanner is enough for tidy: it never needs types, and TypeScript 7 has no API.
// Pure; part of tidy (style.md, "Working habits").

/** What a file's characters are. Offsets are the same in `text` and `code`. */
export interface Masked {
  /** The text with comments and the contents of strings and regular expressions blanked. */
  readonly code: string;
  readonly comments: readonly MaskedComment[];
  /** One byte a character: is it inside a string, template or regular expression? */
  readonly isLiteral: Uint8Array;
}

/** A comment with its marks. */
export interface MaskedComment {
  readonly at: number;
  readonly text: string;
}

const REGEX_AFTER_WORD =
  /(?:^|[^\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|else|do|await|yield)$/;

/** Scans a whole file; anything that does not close runs to the end of the file. */
export function mask(text: string): Masked {
  return new Scanner(text).scan();
}

class Scanner {
  readonly #text: string;
  readonly #isLiteral: Uint8Array;
  readonly #comments: MaskedComment[] = [];
  #code = "";
  #at = 0;
  /** Open braces; "template" marks a `${` whose closing brace returns into its template. */
  readonly #braces: ("block" | "template")[] = [];

  constructor(text: string) {
    this.#text = text;
    this.#isLiteral = new Uint8Array(text.length);
  }

  scan(): Masked {
    while (this.#at < this.#text.length) this.#next();
    return { code: this.#code, comments: this.#comments, isLiteral: this.#isLiteral };
  }

  #next(): void {
    const two = this.#text.slice(this.#at, this.#at + 2);
    const char = two.charAt(0);
    if (two === "//" || (this.#at === 0 && two === "#!")) return this.#comment("\n", 0);
    if (two === "/*") return this.#comment("*/", 2);
    if (char === '"' || char === "'") return this.#quoted(char);
    if (char === "`") return this.#template();
    if (char === "/" && this.#mayBeginRegex()) return this.#regex();
    if (char === "{") this.#braces.push("block");
    if (char === "}" && this.#braces.pop() === "template") {
      this.#keep();
      return this.#templateRest();
    }
    return this.#keep();
  }

  #keep(): void {
    if (this.#at >= this.#text.length) return;
    this.#code += this.#text.charAt(this.#at);
    this.#at += 1;
  }

  #blank(isLiteral: boolean): void {
    if (this.#at >= this.#text.length) return;
    const char = this.#text.charAt(this.#at);
    this.#code += char === "\n" ? "\n" : " ";
    if (isLiteral) this.#isLiteral[this.#at] = 1;
    this.#at += 1;
  }

  #comment(end: string, included: number): void {
    const from = this.#at;
    const found = this.#text.indexOf(end, from + 2);
    const to = found < 0 ? this.#text.length : found + included;
    while (this.#at < to) this.#blank(false);
    this.#comments.push({ at: from, text: this.#text.slice(from, to) });
  }

  #quoted(quote: string): void {
    this.#keep();
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === quote || char === "\n") return this.#keep();
      if (char === "\\") this.#blank(true);
      this.#blank(true);
    }
  }

  #template(): void {
    this.#keep();
    this.#templateRest();
  }

  #templateRest(): void {
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === "`") return this.#keep();
      if (char === "$" && this.#text.charAt(this.#at + 1) === "{") {
        this.#keep();
        this.#keep();
        this.#braces.push("template");
        return;
      }
      if (char === "\\") this.#blank(true);
      this.#blank(true);
    }
  }

  #regex(): void {
    this.#keep();
    let isInClass = false;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === "\n") return;
      if (char === "/" && !isInClass) return this.#keep();
      if (char === "[") isInClass = true;
      if (char === "]") isInClass = false;
      if (char === "\\") this.#blank(true);
      this.#blank(true);
    }
  }

  #mayBeginRegex(): boolean {
    const before = this.#code.slice(-200).trimEnd();
    if (REGEX_AFTER_WORD.test(before)) return true;
    return before === "" || !/[\w$)\]}"'`]$/.test(before);
  }
}
