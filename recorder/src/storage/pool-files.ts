// Names in a pool (formats.md, "Drive pool"): `<drive>/<yyyy>/<mm>/<dd>/<recordingKey>.spx` and
// `.vrtx`, with `.part` at the end until complete. Directory dates are UTC, taken from the key,
// so that every attempt at a recording goes to the same place.

/** The endings of a recording's files, the later ones depending on the earlier ones. */
export const ENDINGS = {
  audioPart: ".spx.part",
  audio: ".spx",
  journalPart: ".vrtx.part",
  journal: ".vrtx",
} as const;

export type Ending = (typeof ENDINGS)[keyof typeof ENDINGS];

/** Longest first, because `.spx` also ends nothing that ends in `.part`. */
const ALL: readonly Ending[] = [
  ENDINGS.journalPart,
  ENDINGS.audioPart,
  ENDINGS.journal,
  ENDINGS.audio,
];

/** Key and ending of a file of ours; null for foreign names and holds. */
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
  const inKey = /-(\d{1,15})$/.exec(recordingKey)?.[1];
  const timeMs = inKey === undefined ? startTimeMs : Number(inKey);
  const day = new Date(timeMs).toISOString();
  return [day.slice(0, 4), day.slice(5, 7), day.slice(8, 10)];
}
