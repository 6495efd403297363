// journal: the grammar of formats.md: header first, stamps that never run back, end last.
import type { RecordedFile, RunRecord } from "../record/run-record.ts";
import type { Checker } from "./checker.ts";

const TYPES = new Set([
  ...["header", "sip", "media", "association", "event", "pause", "resume", "pauseRequest"],
  ...["gap", "rule", "statistics", "end", "stored"],
]);

export const journalChecker: Checker = {
  name: "journal",
  check(record: RunRecord) {
    return record.recordings.flatMap((recording) =>
      checkJournal(recording).map((text) => `${recording.recordingKey}: ${text}`),
    );
  },
};

function checkJournal({ journal }: RecordedFile): string[] {
  const complaints: string[] = [];
  if (journal[0]?.type !== "header") complaints.push("does not begin with a header");
  if (!journal.some(({ type }) => type === "sip")) complaints.push("holds no SIP message (R20)");
  let last = { elapsedMs: 0, sample: 0 };
  for (const [index, line] of journal.entries()) {
    if (!TYPES.has(line.type)) complaints.push(`line ${index + 1} has the type ${line.type}`);
    if (index > 0 && line.type === "header") complaints.push("has a second header");
    if (line.elapsedMs < last.elapsedMs) complaints.push(`time runs back at line ${index + 1}`);
    if (line.sample < last.sample) complaints.push(`samples run back at line ${index + 1}`);
    if (Number.isNaN(Date.parse(line.at))) complaints.push(`line ${index + 1} has no time`);
    last = { elapsedMs: line.elapsedMs, sample: line.sample };
  }
  const end = journal.findIndex(({ type }) => type === "end");
  const after = end < 0 ? [] : journal.slice(end + 1);
  if (after.some(({ type }) => type !== "stored")) complaints.push("goes on after its end");
  return complaints;
}
