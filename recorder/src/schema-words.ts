// How a zod schema of the configuration carries a detail and its remedy in one message;
// config-problems.ts takes them apart again. A leaf: the rules have a schema of their own.

/** `a detail | a remedy`. */
export const SEPARATOR = " | ";

export function because(detail: string, remedy: string): string {
  return `${detail}${SEPARATOR}${remedy}`;
}
