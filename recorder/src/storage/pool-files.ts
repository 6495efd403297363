// Names in a pool (formats.md, "Drive pool"): `<drive>/<yyyy>/<mm>/<dd>/<recordingKey>.spx` and
// `.vrtx`, with `.part` at the end until complete. Directory dates are UTC, taken from the key,
// so that every attempt at a recording goes to the same place. `.hold` is a legal hold; `.erase`
// says that an erasure has begun, so that the next start finishes what a crash interrupted.

/** The endings of a recording's files, the later ones depending on the earlier ones. */
export const ENDINGS = {
  audioPart: ".spx.part",
  audio: ".spx",
  journalPart: ".vrtx.part",
  journal: ".vrtx",
} as const;

/** What is said of a recording beside its files, in the pool or in the live directory. */
export const MARKS = { hold: ".hold", erase: ".erase" } as const;

export type Mark = (typeof MARKS)[keyof typeof MARKS];
export type Ending = (typeof ENDINGS)[keyof typeof ENDINGS] | Mark;

/** Longest first, because `.spx` also ends nothing that ends in `.part`. */
const ALL: readonly Ending[] = [
  MARKS.hold,
  MARKS.erase,
  ENDINGS.journalPart,
  ENDINGS.audioPart,
  ENDINGS.journal,
  ENDINGS.audio,
];

/** Key and ending of a file of ours; null for foreign names. */
export function parsePoolFile(
  name: string,
): { readonly key: string; readonly ending: Ending } | null {
  const ending = ALL.find((candidate) => name.endsWith(candidate));
  if (ending === undefined || name.length === ending.length) return null;
  return { key: name.slice(0, -ending.length), ending };
}

/** Year, month and day of a recording's directory. */
export function dayOf(recordingKey: string, startTimeMs: number): [string, string, string] {
  // A recordingKey is a UUID, "-", and the start in epoch ms (formats.md, "Identity").
  const timeMs = beganTimeMs(recordingKey) ?? startTimeMs;
  const day = new Date(timeMs).toISOString();
  return [day.slice(0, 4), day.slice(5, 7), day.slice(8, 10)];
}

/** Directory of a recording on a drive. */
export function directoryOf(drivePath: string, recordingKey: string): string {
  return [drivePath, ...dayOf(recordingKey, 0)].join("/");
}

/** When a recording began, as its key says; null for a key of another make. */
export function beganTimeMs(recordingKey: string): number | null {
  const inKey = /-(\d{1,15})$/.exec(recordingKey)?.[1];
  return inKey === undefined ? null : Number(inKey);
}

const LONGEST_KEY = 100;

/** Keys come from people too: nothing that could be a path. */
export function isRecordingKey(text: string): boolean {
  return text.length <= LONGEST_KEY && /^[0-9A-Za-z-]{1,80}-\d{1,15}$/.test(text);
}
