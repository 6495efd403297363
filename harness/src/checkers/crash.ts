// crash: what of a journal a crash has left is never lost afterwards: the recorder goes on behind
// its last whole line (formats.md, "The journal": appended only). Compared with what lay on the
// disk when the process or the power was gone, line by line.
import type { RecordedFile, RunRecord } from "../record/run-record.ts";
import { MAXIMUM_COMPLAINTS, type Checker } from "./checker.ts";

export const crashChecker: Checker = {
  name: "crash",
  check: (record) =>
    record.recordings
      .flatMap((recording) => {
        const { recordingKey } = recording;
        return checkSurvived(record, recording).map((text) => `${recordingKey}: ${text}`);
      })
      .slice(0, MAXIMUM_COMPLAINTS),
};

/** The first line of each crash that is not where it was. */
function checkSurvived(record: RunRecord, recording: RecordedFile): string[] {
  const { recordingKey, journal } = recording;
  const now = journal.map((line) => JSON.stringify(line));
  // What a kill left a power cut may still take: it is synced only every 10 s.
  const cutMs = record.life.findLast(({ kind }) => kind === "power")?.atMs ?? -Infinity;
  return record.survivors
    .filter((survivor) => survivor.recordingKey === recordingKey && survivor.atMs >= cutMs)
    .flatMap(({ lines, atMs }) => {
      const left = lines.map(plain);
      // A power cut has torn it: what is made of such a journal is judged elsewhere. Where a
      // recovery had made white space of the hole, and the next cut took back what followed, only
      // the lack of its header, which is never lost otherwise, tells so.
      if (left.some((line) => line === null)) return [];
      if (cutMs > -Infinity && !/"type":"header"/.test(left[0] ?? "")) return [];
      const at = left.findIndex((line, index) => line !== now[index]);
      if (at < 0) return [];
      const type = /"type":"(\w+)"/.exec(left[at] ?? "")?.[1] ?? "?";
      const when = `the crash at ${Math.round(atMs)} ms`;
      return [`journal line lost at ${when}: line ${at + 1}, "${type}", stood in the file then`];
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
