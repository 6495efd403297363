// The comma-separated content of a Delta3 element → fields, then values.  devlink3.md §8.1.
// The text is split undecoded and entities are decoded afterwards, so that `&#44;` never splits.

/** Fields read of one element; the longest section has 26, later releases append. */
export const MAXIMUM_FIELDS = 64;

const QUOTE_MARKS = ['"', "&quot;"] as const;

/** Decoded fields of an element's undecoded content. */
export function splitFields(content: string): string[] {
  const text = content.trim();
  const fields: string[] = [];
  for (let at = 0; at <= text.length && fields.length < MAXIMUM_FIELDS;) {
    const field = readField(text, at);
    fields.push(decodeEntities(field.raw));
    at = field.end + 1;
  }
  return fields;
}

interface RawField {
  readonly raw: string;
  /** Index of the comma after it, or the length of the text. */
  readonly end: number;
}

function readField(text: string, begin: number): RawField {
  let at = begin;
  while (isBlank(text, at)) at += 1;
  const mark = QUOTE_MARKS.find((candidate) => text.startsWith(candidate, at));
  const quoted = mark === undefined ? null : readQuoted(text, at + mark.length, mark);
  if (quoted !== null) return quoted;
  const comma = text.indexOf(",", begin);
  const end = comma < 0 ? text.length : comma;
  return { raw: text.slice(begin, end).trim(), end };
}

/** From after the opening mark; null when no mark closes the field, which then is a bare one. */
function readQuoted(text: string, begin: number, mark: string): RawField | null {
  let raw = "";
  let from = begin;
  for (;;) {
    const at = text.indexOf(mark, from);
    if (at < 0) return null;
    raw += text.slice(from, at);
    from = at + mark.length;
    const end = fieldEnd(text, from);
    if (end !== null) return { raw, end };
    // A doubled mark is one; a mark followed by anything else is a literal.
    if (text.startsWith(mark, from)) from += mark.length;
    raw += mark;
  }
}

/** Index of the comma, or of the end of the text, if only blanks come before it. */
function fieldEnd(text: string, from: number): number | null {
  let at = from;
  while (isBlank(text, at)) at += 1;
  return at === text.length || text[at] === "," ? at : null;
}

function isBlank(text: string, at: number): boolean {
  const character = text[at];
  return character === " " || character === "\t" || character === "\r" || character === "\n";
}

const ENTITY = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6}));/g;
const NAMED: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

/** The five named entities and numeric references; a stray `&` stays as it is. */
export function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(ENTITY, (whole, name?: string, decimal?: string, hex?: string) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
    const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : whole;
  });
}

const INTEGER = /^[+-]?\d{1,15}$/;

/** Fields by their number in the specification's tables, counted from 1. */
export class Fields {
  readonly #fields: readonly string[];
  /** Numbers of the fields that should have been integers. */
  readonly notIntegers: number[] = [];

  constructor(content: string) {
    this.#fields = splitFields(content);
  }

  get count(): number {
    return this.#fields.length;
  }

  /** "" when not set. */
  text(number: number): string {
    return this.#fields[number - 1] ?? "";
  }

  /** null when not set or not an integer. */
  integer(number: number): number | null {
    const text = this.text(number);
    if (text === "") return null;
    // Plus 0: there is no negative zero in a PBX.
    if (INTEGER.test(text)) return Number(text) + 0;
    this.notIntegers.push(number);
    return null;
  }
}
