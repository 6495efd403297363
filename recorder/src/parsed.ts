// The result of every parser: bad input is a value, never an exception (style.md, "Error model").

export interface Problem {
  /** Stable machine word, lower case with hyphens: "truncated", "bad-header". */
  readonly code: string;
  /** Byte offset, line number or field path at which it was seen. */
  readonly at: number | string;
  /** One sentence for a person. */
  readonly detail: string;
}

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function refused(
  code: string,
  at: number | string,
  detail: string,
): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: { code, at, detail } };
}
