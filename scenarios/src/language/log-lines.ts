// Log lines of the recorder, as a scenario that proves logging reads them (R18, R19).

/** On each line of a recording. */
export const TAGS = ["sipCallId", "recordingId", "liveStreamId"] as const;

export type LogFacts = Readonly<Record<string, unknown>>;

/** Lines as JSON. */
export function parsedLines(lines: readonly string[]): LogFacts[] {
  return lines.map((line) => JSON.parse(line) as LogFacts);
}

/** Those in which one of the names stands; an empty name is none. */
export function linesNaming(lines: readonly string[], names: readonly string[]): LogFacts[] {
  const wanted = names.filter((name) => name !== "");
  return parsedLines(lines.filter((line) => wanted.some((name) => line.includes(name))));
}
