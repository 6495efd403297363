// expectations: what the scenario itself says must be true at its end.
import type { ExpectedRecording } from "@tapeline/scenarios";
import { entries, type RecordedFile, type RunRecord } from "../record/run-record.ts";
import type { Checker } from "./checker.ts";

export const expectationsChecker: Checker = {
  name: "expectations",
  check(record) {
    const { recordings, failedParts } = record.scenario.expects ?? {};
    return [
      ...(recordings === undefined ? [] : checkRecordings(record, recordings)),
      ...checkFailedParts(record, failedParts ?? []),
    ];
  },
};

function checkRecordings(record: RunRecord, expected: readonly ExpectedRecording[]): string[] {
  const found = record.recordings;
  if (found.length !== expected.length) {
    return [`${found.length} recordings, expected ${expected.length}`];
  }
  return expected.flatMap((wanted, index) => {
    const recording = found[index];
    return recording === undefined ? [] : checkOne(recording, wanted, index);
  });
}

function checkOne(recording: RecordedFile, wanted: ExpectedRecording, index: number): string[] {
  const end = entries(recording, "end")[0];
  const association = entries(recording, "association").at(-1);
  const seen: Readonly<Record<keyof ExpectedRecording, unknown>> = {
    outcome: end?.["outcome"],
    why: end?.["why"] ?? null,
    part: association?.["part"],
    extension: association?.["extension"],
    rung: association?.["rung"],
    recovered: end?.["recovered"] === true,
    pool: recording.stored[0]?.journal.at(-1)?.["pool"],
    drive: recording.stored[0]?.drive,
  };
  return (Object.keys(wanted) as (keyof ExpectedRecording)[])
    .filter((field) => seen[field] !== wanted[field])
    .map(
      (field) =>
        `recording ${index + 1}: ${field} is ${String(seen[field])}, expected ${String(wanted[field])}`,
    );
}

function checkFailedParts(record: RunRecord, expected: readonly string[]): string[] {
  const failed = record.calls
    .flatMap((row) => (Array.isArray(row["parts"]) ? (row["parts"] as unknown[]) : []))
    .map((part) => (part as { readonly why?: unknown }).why)
    .filter((why) => typeof why === "string");
  return failed.join() === expected.join()
    ? []
    : [`failed parts: ${failed.join(", ") || "none"}; expected ${expected.join(", ") || "none"}`];
}
