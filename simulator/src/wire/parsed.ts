// The result of every parser of the simulator: bad input is a value, never an exception.
// A sibling of the recorder's own type on purpose: the simulator shares no code with it (style.md).

/** What is wrong with an input. */
export interface Problem {
  /** Stable machine word, lower case with hyphens. */
  readonly code: string;
  /** Byte offset, line number or field name at which it was seen. */
  readonly at: number | string;
  /** One sentence for a person. */
  readonly detail: string;
}

export type Refused = { readonly ok: false; readonly problem: Problem };

export type Parsed<T> = { readonly ok: true; readonly value: T } | Refused;

export function parsed<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function refused(code: string, at: number | string, detail: string): Refused {
  return { ok: false, problem: { code, at, detail } };
}
