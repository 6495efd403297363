// Which mutants are tried: so many of each area as its share of all of them, but not too few, and
// the same ones under the same seed. Pure. A mutant's place in the order hangs on its own text
// alone, so code that changes elsewhere does not change the choice.
import { createHash } from "node:crypto";

/** Of each area, if it has as many. */
export const AREA_MIN_MUTANTS = 30;

interface Candidate {
  readonly key: string;
  readonly area: string;
}

/** About `count` of them, never less while there are as many; in the order of the given list. */
export function sample<M extends Candidate>(
  mutants: readonly M[],
  { seed, count }: { readonly seed: string; readonly count: number },
): readonly M[] {
  const chosen = new Set<M>();
  for (const [area, share] of shares(mutants, count)) {
    const own = mutants.filter((mutant) => mutant.area === area);
    const drawn = own.map((mutant) => ({ mutant, lot: lotOf(seed, mutant) }));
    drawn.sort((a, b) => (a.lot < b.lot ? -1 : 1));
    for (const { mutant } of drawn.slice(0, share)) chosen.add(mutant);
  }
  return mutants.filter((mutant) => chosen.has(mutant));
}

/** How many of each area: proportional, rounded up, at least AREA_MIN_MUTANTS. */
export function shares(mutants: readonly Candidate[], count: number): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { area } of mutants) sizes.set(area, (sizes.get(area) ?? 0) + 1);
  return new Map(
    [...sizes].map(([area, size]) => {
      const proportional = Math.ceil((count * size) / mutants.length);
      return [area, Math.min(size, Math.max(AREA_MIN_MUTANTS, proportional))];
    }),
  );
}

function lotOf(seed: string, { key }: Candidate): string {
  return createHash("sha256").update(`${seed}\n${key}`).digest("hex");
}
