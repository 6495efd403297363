// Exit codes of both command lines (design.md §7).
export const EXIT = { ok: 0, failed: 1, usage: 2, bug: 70 } as const;

/** What the user typed cannot be done: told in one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
