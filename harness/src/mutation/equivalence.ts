// Mutants that change nothing anybody could see: those of equivalents.ts, found again by the text
// they change, wherever the line has moved to. Pure.
import type { Mutant } from "./mutants.ts";

export interface Equivalent {
  readonly file: string;
  /** The line of code, trimmed. */
  readonly at: string;
  /** As the survivor was printed: "a < b → a <= b". */
  readonly change: string;
  /** Why no test can tell the difference. */
  readonly why: string;
}

type Place = Pick<Mutant, "file" | "at" | "change">;

export function isEquivalent(mutant: Place, list: readonly Equivalent[]): boolean {
  return list.some((entry) => isOf(entry, mutant));
}

/** Entries whose code is no longer there: to be removed, or written anew. */
export function staleEntries(
  list: readonly Equivalent[],
  mutants: readonly Place[],
): readonly Equivalent[] {
  return list.filter((entry) => !mutants.some((mutant) => isOf(entry, mutant)));
}

function isOf({ file, at, change }: Equivalent, mutant: Place): boolean {
  return mutant.file === file && mutant.at === at && mutant.change === change;
}
