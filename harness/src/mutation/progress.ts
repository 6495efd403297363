// How far a long run is and how long it still needs, as each of its lines begins. Pure.

/** "[12/400, 58 min left]": at the pace so far; `done` at least 1. */
export function progressText(run: {
  readonly done: number;
  readonly total: number;
  readonly elapsedMs: number;
}): string {
  const { done, total, elapsedMs } = run;
  const leftSeconds = Math.ceil(((total - done) * elapsedMs) / done / 1000);
  const left = leftSeconds < 120 ? `${leftSeconds} s` : `${Math.ceil(leftSeconds / 60)} min`;
  return `[${done}/${total}, ${left} left]`;
}
