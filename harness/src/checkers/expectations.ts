// expectations: what the scenario itself says must be true at its end.
import type { ExpectedCall, ExpectedRecording } from "@tapeline/scenarios";
import { findFrameTags } from "@tapeline/simulator/pbx";
import { entries, type RecordedFile, type RunRecord } from "../record/run-record.ts";
import type { Checker } from "./checker.ts";

export const expectationsChecker: Checker = {
  name: "expectations",
  check(record) {
    const { recordings, failedParts, calls, discards } = record.scenario.expects ?? {};
    return [
      ...(recordings === undefined ? [] : checkRecordings(record, recordings)),
      ...(failedParts === "any" ? [] : checkFailedParts(record, failedParts ?? [])),
      ...(calls === undefined ? [] : checkCalls(record, calls)),
      ...(discards === undefined ? [] : checkDiscards(record, discards)),
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
    if (recording === undefined) return [];
    return [
      ...checkOne(recording, wanted, index),
      ...checkVoices(record, recording, wanted).map((text) => `recording ${index + 1}: ${text}`),
      ...checkLink(found, wanted, index),
    ];
  });
}

/** A second: who is heard for less has only said goodbye while the next one came. */
const HEARD_FRAMES = 50;

/** Read from the bytes of the file alone: every frame of speech spells who is heard in it. */
function checkVoices(
  record: RunRecord,
  { audio }: RecordedFile,
  { voices }: ExpectedRecording,
): string[] {
  if (voices === undefined || audio === null) return [];
  const frames = new Map<number, number>();
  for (const { tag } of findFrameTags(audio)) {
    for (const voice of tag.voices) frames.set(voice, (frames.get(voice) ?? 0) + 1);
  }
  const names = new Map([...record.truth.voices].map(([party, voice]) => [voice, party]));
  const seconds = record.mode === "live" ? HEARD_FRAMES / 2 : HEARD_FRAMES;
  const heard = [...frames]
    .filter(([, count]) => count >= seconds)
    .map(([voice]) => names.get(voice) ?? `voice ${voice}`)
    .toSorted();
  const wanted = voices.toSorted();
  return heard.join() === wanted.join()
    ? []
    : [`the voices ${heard.join(", ") || "of nobody"} are heard, expected ${wanted.join(", ")}`];
}

function checkLink(
  found: readonly RecordedFile[],
  { linkedTo, gapAtMostMs }: ExpectedRecording,
  index: number,
): string[] {
  const line = (at: number) => {
    const recording = found[at];
    return recording === undefined ? undefined : entries(recording, "association").at(-1);
  };
  const own = line(index);
  const complaints: string[] = [];
  if (linkedTo !== undefined) {
    const linked = found.findIndex((_, at) => line(at)?.["callKey"] === own?.["callKey"]);
    const expected = linkedTo === 0 ? index : linkedTo - 1;
    if (linked !== expected) {
      complaints.push(`is linked to recording ${linked + 1}, expected ${expected + 1}`);
    }
  }
  const gapMs = own?.["gapMs"];
  if (gapAtMostMs !== undefined && !(typeof gapMs === "number" && gapMs <= gapAtMostMs)) {
    complaints.push(`has a gap of ${String(gapMs)} ms before it, expected at most ${gapAtMostMs}`);
  }
  return complaints.map((text) => `recording ${index + 1}: ${text}`);
}

/** What a line of the journal says as it stands; the rest is worked out from several. */
type PlainField = Exclude<keyof ExpectedRecording, "voices" | "linkedTo" | "gapAtMostMs">;

function checkOne(recording: RecordedFile, wanted: ExpectedRecording, index: number): string[] {
  const end = entries(recording, "end")[0];
  const association = entries(recording, "association").at(-1);
  const seen: Readonly<Record<PlainField, unknown>> = {
    outcome: end?.["outcome"],
    why: end?.["why"] ?? null,
    part: association?.["part"],
    extension: association?.["extension"],
    rung: association?.["rung"],
    recovered: end?.["recovered"] === true,
    rule: end?.["rule"] ?? null,
    pool: recording.stored[0]?.journal.at(-1)?.["pool"],
    drive: recording.stored[0]?.drive,
  };
  return (Object.keys(wanted) as PlainField[])
    .filter((field) => field in seen)
    .filter((field) => seen[field] !== wanted[field])
    .map(
      (field) =>
        `recording ${index + 1}: ${field} is ${String(seen[field])}, expected ${String(wanted[field])}`,
    );
}

/** A later row of the same call replaces an earlier one. */
function checkCalls({ calls }: RunRecord, expected: readonly ExpectedCall[]): string[] {
  const rows = new Map<unknown, Readonly<Record<string, unknown>>>();
  for (const row of calls) if (row["type"] === "call") rows.set(row["callKey"], row);
  if (rows.size !== expected.length) {
    return [`${rows.size} calls in calls.jsonl, expected ${expected.length}`];
  }
  return [...rows.values()].flatMap((row, index) =>
    Object.entries(expected[index] ?? {})
      .filter(([field, value]) => row[field] !== value)
      .map(
        ([field, value]) =>
          `call ${index + 1}: ${field} is ${String(row[field])}, expected ${String(value)}`,
      ),
  );
}

function checkDiscards({ calls }: RunRecord, expected: readonly (string | null)[]): string[] {
  const rules = calls.filter((row) => row["type"] === "discard").map((row) => row["rule"] ?? null);
  return JSON.stringify(rules) === JSON.stringify(expected)
    ? []
    : [`discards by ${JSON.stringify(rules)}, expected ${JSON.stringify(expected)}`];
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
