// How much of the evidence goes onto a page. A suite of 50 runs stays below 5 MB, because pages are
// mailed and attached to tickets; what is left out is said on the page and stands in the run's own.

/** The limits of one page. */
export interface PageLimits {
  /** Cards for runs; failures come first, the matrix has all. */
  readonly runCards: number;
  /** Rows of all ladders together. */
  readonly ladderRows: number;
  /** Bytes of all message texts together. */
  readonly messageTextBytes: number;
  readonly messageTextBytesEach: number;
  /** Waveforms of all runs together. */
  readonly waveforms: number;
  /** Peaks of all waveforms together, and of each. */
  readonly peaks: number;
  readonly peaksEach: number;
  readonly spansEach: number;
  /** Findings of a run that are listed. */
  readonly findings: number;
  readonly findingCharacters: number;
  /** Characters of a run's reason, and of each check's detail. */
  readonly proseCharacters: number;
}

/** A suite's page. */
export const SUITE_LIMITS: PageLimits = {
  runCards: 300,
  ladderRows: 3_500,
  messageTextBytes: 1_600_000,
  messageTextBytesEach: 8_000,
  waveforms: 300,
  peaks: 120_000,
  peaksEach: 1_200,
  spansEach: 300,
  findings: 8,
  findingCharacters: 400,
  proseCharacters: 2_000,
};

/** The page of a single run. */
export const RUN_LIMITS: PageLimits = {
  runCards: 1,
  ladderRows: 5_000,
  messageTextBytes: 8_000_000,
  messageTextBytesEach: 64_000,
  waveforms: 100,
  peaks: 120_000,
  peaksEach: 1_200,
  spansEach: 2_000,
  findings: 60,
  findingCharacters: 4_000,
  proseCharacters: 100_000,
};

/** What each run or message of a page may take, once the total has been shared out. */
export interface PageShares {
  readonly ladderRows: number;
  readonly messageTextBytes: number;
  readonly waveforms: number;
  readonly peaks: number;
}

/** The greatest share that all can have when the small ones take only what they need. */
export function fairShare(needs: readonly number[], total: number): number {
  let left = total;
  const ascending = [...needs].sort((a, b) => a - b);
  for (const [index, need] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index));
    if (need > share) return share;
    left -= need;
  }
  return ascending.at(-1) ?? 0;
}
