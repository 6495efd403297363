// audio: every spoken frame that reached the recorder stands once, at its sample; what was lost is
// fill of the same length; what was paused is fill; no byte of another call is anywhere.
import { findFrameTags, type TruthLeg } from "@tapeline/simulator/pbx";
import { count, entries, type RecordedFile, type RunRecord } from "../record/run-record.ts";
import { MAXIMUM_COMPLAINTS, type Checker } from "./checker.ts";
import {
  FRAME_SAMPLES,
  gapSpans,
  legOf,
  overlaps,
  pausedSpans,
  placeFrames,
  type PlacedFrame,
  type Span,
} from "./leg-audio.ts";

/** Frames that may be missing around a crash: 500 ms (design.md §5). */
const CRASH_FRAMES = 25;

export const audioChecker: Checker = {
  name: "audio",
  check(record) {
    return record.recordings.flatMap((recording) => checkRecording(record, recording));
  },
};

function checkRecording(record: RunRecord, recording: RecordedFile): string[] {
  const { audio, recordingKey } = recording;
  if (audio === null) return [];
  const leg = legOf(record, recording);
  if (leg === null) return [`${recordingKey} is no call that the IP Office made`];
  const complaints = [
    ...checkLength(recording, audio),
    ...checkForeign(audio, leg),
    ...checkPauses(recording, audio),
    ...checkFrames(record, recording, leg),
  ];
  return complaints.slice(0, MAXIMUM_COMPLAINTS).map((text) => `${recordingKey}: ${text}`);
}

function checkLength(recording: RecordedFile, audio: Uint8Array): string[] {
  const end = entries(recording, "end")[0];
  if (end === undefined) return ["has no end line"];
  const samples = count(end, "samples");
  return samples === audio.length ? [] : [`has ${audio.length} bytes, its journal says ${samples}`];
}

/** Every tag that can be read at any offset must be of this leg, and none twice. */
function checkForeign(audio: Uint8Array, leg: TruthLeg): string[] {
  const complaints: string[] = [];
  const seen = new Map<number, number>();
  for (const { offset, tag } of findFrameTags(audio)) {
    if (tag.leg !== leg.leg) {
      complaints.push(`a frame of leg ${tag.leg} stands at sample ${offset} of leg ${leg.leg}`);
      continue;
    }
    const before = seen.get(tag.frame);
    if (before !== undefined) {
      complaints.push(`frame ${tag.frame} stands at sample ${before} and again at ${offset}`);
    }
    seen.set(tag.frame, offset);
  }
  return complaints;
}

function checkPauses(recording: RecordedFile, audio: Uint8Array): string[] {
  return pausedSpans(recording).flatMap(({ from, to }) => {
    const paused = audio.subarray(from, Math.min(to, audio.length));
    const found = findFrameTags(paused)[0];
    return found === undefined
      ? []
      : [`voice frame ${found.tag.frame} stands in the paused span, at ${from + found.offset}`];
  });
}

function checkFrames(record: RunRecord, recording: RecordedFile, leg: TruthLeg): string[] {
  const audio = recording.audio ?? new Uint8Array(0);
  const pauses = pausedSpans(recording);
  const gaps = gapSpans(recording);
  const excused = excusedFrames(record, recording, leg);
  const complaints: string[] = [];
  const placed = placeFrames(record, leg, recording);
  if (placed.length === 0 && leg.frames.length > 0 && audio.length > 0) {
    complaints.push("no frame of the leg can be placed");
  }
  for (const item of placed) {
    if (overlaps(pauses, item.sample, item.sample + FRAME_SAMPLES)) continue;
    const isThere = holds(audio, item);
    if (item.arrivedMs === null) {
      if (isThere) complaints.push(`frame ${item.frame.tag.frame} was lost and yet is there`);
      continue;
    }
    if (isThere || excused.has(item.frame.tag.frame)) continue;
    complaints.push(complaintOf(item, gaps));
  }
  return complaints;
}

function holds(audio: Uint8Array, { frame, sample }: PlacedFrame): boolean {
  const { payload } = frame;
  if (payload === null || sample < 0 || sample + payload.length > audio.length) return false;
  for (let index = 0; index < payload.length; index += 1) {
    if (audio[sample + index] !== payload[index]) return false;
  }
  return true;
}

function complaintOf({ frame, sample }: PlacedFrame, gaps: readonly (Span & { cause: string })[]) {
  const gap = gaps.find((span) => sample < span.to && sample + FRAME_SAMPLES > span.from);
  const why = gap === undefined ? "no gap there" : `gap: ${gap.cause}`;
  return `frame ${frame.tag.frame} arrived and is not at sample ${sample} (${why})`;
}

/** Frames that need not be there: outside the dialog, around a restart, too late to be used. */
function excusedFrames(
  record: RunRecord,
  recording: RecordedFile,
  leg: TruthLeg,
): ReadonlySet<number> {
  const excused = new Set<number>();
  const placed = placeFrames(record, leg, recording);
  const restarts = gapSpans(recording).filter(({ cause }) => cause === "restart");
  let newest = -Infinity;
  for (const { frame, sample, arrivedMs } of placed) {
    const isOutside =
      arrivedMs !== null && ((leg.endedMs !== null && arrivedMs >= leg.endedMs) || sample < 0);
    const isAtRestart = restarts.some(
      ({ from, to }) =>
        sample < to && sample + FRAME_SAMPLES > from - CRASH_FRAMES * FRAME_SAMPLES * 0,
    );
    const isLate = arrivedMs !== null && frame.sentMs + 200 < arrivedMs && arrivedMs > newest;
    if (isOutside || isAtRestart || isLate) excused.add(frame.tag.frame);
    newest = Math.max(newest, arrivedMs ?? -Infinity);
  }
  return excused;
}
