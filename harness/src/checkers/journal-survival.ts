// What of a journal a crash has left is never lost afterwards: the recorder goes on behind its last
// whole line (formats.md, "The journal": appended only). Compared with what lay on the disk when
// the process or the power was gone, line by line.
import type { RecordedFile, RunRecord } from "../record/run-record.ts";

/** The first line of each crash that is not where it was. */
export function checkSurvived(record: RunRecord, recording: RecordedFile): string[] {
  const { recordingKey, journal } = recording;
  const now = journal.map((line) => JSON.stringify(line));
  return record.survivors
    .filter((survivor) => survivor.recordingKey === recordingKey)
    .flatMap(({ lines, atMs }) => {
      const left = lines.map(plain);
      // A power cut has torn it: what is made of such a journal is judged elsewhere.
      if (left.some((line) => line === null)) return [];
      const at = left.findIndex((line, index) => line !== now[index]);
      if (at < 0) return [];
      const type = /"type":"(\w+)"/.exec(left[at] ?? "")?.[1] ?? "?";
      const when = `the crash at ${Math.round(atMs)} ms`;
      return [`journal line lost at ${when}: line ${at + 1} (${type}) stood in the file then`];
    });
}

/** As this reader would write it; null when it is no JSON. */
function plain(line: string): string | null {
  try {
    return JSON.stringify(JSON.parse(line));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
