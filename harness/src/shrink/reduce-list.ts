// Delta debugging of one list: finds a part of it that still fails and from which nothing more can
// be taken. A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002;
// here over complements only, since halves alone seldom fail.

/** `fails` says of a part whether it still does; null = no more tries, what is found so far counts. */
export async function reduceList<T>(
  items: readonly T[],
  fails: (part: readonly T[]) => Promise<boolean | null>,
): Promise<readonly T[]> {
  let kept = items;
  let pieceCount = 1;
  while (kept.length > 0) {
    const size = Math.ceil(kept.length / pieceCount);
    let isReduced = false;
    // From the end: what comes last in a story is seldom needed for what comes before it.
    for (let start = (Math.ceil(kept.length / size) - 1) * size; start >= 0; start -= size) {
      const part = [...kept.slice(0, start), ...kept.slice(start + size)];
      const verdict = await fails(part);
      if (verdict === null) return kept;
      if (!verdict) continue;
      kept = part;
      isReduced = true;
    }
    if (size === 1 && !isReduced) return kept;
    pieceCount = Math.min(Math.max(1, kept.length), isReduced ? pieceCount : pieceCount * 2);
  }
  return kept;
}
