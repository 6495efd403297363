// audio: every spoken frame that reached the recorder stands once, at its sample; every other
// sample is fill that the journal explains; what was paused is fill; no byte of another call is
// anywhere.
import { ALAW_TO_ULAW, findFrameTags, type TruthLeg } from "@tapeline/simulator/pbx";
import type { RecordedFile, RunRecord } from "../record/run-record.ts";
import { checkLength } from "./audio-length.ts";
import { MAXIMUM_COMPLAINTS, type Checker } from "./checker.ts";
import { isMixed, isWithheld, rivalsOf, ssrcsOf } from "./doubtful-source.ts";
import { findNotTone, findSound, SILENCE } from "./fill.ts";
import {
  dutiesOf,
  forgottenSsrcs,
  isLeftToPower,
  isNamelessByPower,
  type DutyFrame,
} from "./frame-duty.ts";
import {
  gapSpans,
  legOf,
  overlaps,
  pausedSpans,
  placeFrames,
  type Span,
} from "../record/leg-audio.ts";
import { SAMPLES_PER_MS } from "../record/placed-frame.ts";
import { checkMediaLines } from "./media-lines.ts";
import { begunAnew, checkOneFile } from "./one-file.ts";
import { checkPauseEdges } from "./pause-edges.ts";
import { isAmbiguous } from "./unnamed-source.ts";

const PCMA = 8;
const CROSSED = "audio of another call";

export const audioChecker: Checker = {
  name: "audio",
  check(record) {
    const complaints = record.recordings.flatMap((recording) => checkRecording(record, recording));
    // What got into one call is missing in the other: first where it is.
    const crossed = complaints.filter((text) => text.includes(CROSSED));
    const others = complaints.filter((text) => !text.includes(CROSSED));
    return [...crossed, ...checkOneFile(record), ...others];
  },
};

function checkRecording(record: RunRecord, recording: RecordedFile): string[] {
  const { audio, recordingKey } = recording;
  if (audio === null) return [];
  const leg = legOf(record, recording);
  if (leg === null) {
    if (isNamelessByPower(record, recording)) return checkOneLeg(recording, audio);
    return [`${recordingKey} is no call that the IP Office made`];
  }
  if (isLeftToPower(record, leg)) {
    return checkForeign(audio, leg).map((text) => `${recordingKey}: ${text}`);
  }
  const placement = placeFrames(record, leg, recording);
  const rivals = rivalsOf(record, recording);
  if (isMixed(record, recording, rivals)) {
    const named = ssrcsOf(rivals);
    const isWhole = rivals.every((rival) => rival.recording !== null);
    const recordings = [recording, ...rivals.map((rival) => rival.recording)];
    const unplaced = placement.unplaced.filter(
      ({ arrivedMs }) => !isWithheld(record, recordings, arrivedMs),
    );
    const complaints = [
      ...checkForeign(audio, leg, new Set(rivals.map((rival) => rival.leg.leg))),
      ...checkPauses(recording, audio),
      ...forgottenSsrcs(record, leg, { ...placement, unplaced })
        .filter((ssrc) => isWhole && !named.has(ssrc))
        .map((ssrc) => `packets of SSRC ${ssrc} arrived and no media line names it`),
    ];
    return complaints.slice(0, MAXIMUM_COMPLAINTS).map((text) => `${recordingKey}: ${text}`);
  }
  const duties = dutiesOf(record, leg, recording, placement);
  const isInDoubt = isAmbiguous(record, leg, recording);
  const forgotten = isInDoubt ? [] : forgottenSsrcs(record, leg, placement);
  const complaints = [
    ...checkForeign(audio, leg),
    ...checkPauseEdges(record, recording, { leg, duties }),
    ...checkPauses(recording, audio),
    ...checkMediaLines(record, recording, { leg, placement }),
    ...forgotten.map((ssrc) => `packets of SSRC ${ssrc} arrived and no media line names it`),
    ...checkFrames(recording, audio, duties),
    ...checkLength(record, leg, { duties, samples: audio.length }),
  ];
  // Told of a file that is wrong: it says what has become of it.
  const told = complaints.length === 0 ? [] : [...begunAnew(recording, audio, leg), ...complaints];
  return told.slice(0, MAXIMUM_COMPLAINTS).map((text) => `${recordingKey}: ${text}`);
}

/** Whose audio it is nobody knows any more; it is one call's all the same. */
function checkOneLeg({ recordingKey }: RecordedFile, audio: Uint8Array): string[] {
  const legs = new Set(findFrameTags(audio).map(({ tag }) => tag.leg));
  return legs.size <= 1 ? [] : [`${recordingKey}: holds the legs ${[...legs].join(", ")}`];
}

/** Every tag that can be read at any offset must be of this leg, or its rivals, and none twice. */
function checkForeign(
  audio: Uint8Array,
  leg: TruthLeg,
  rivals: ReadonlySet<number> = new Set(),
): string[] {
  const complaints: string[] = [];
  const seen = new Map<string, number>();
  for (const { offset, tag } of findFrameTags(audio)) {
    if (tag.leg !== leg.leg && !rivals.has(tag.leg)) {
      complaints.push(
        `${CROSSED}: a frame of leg ${tag.leg} stands at sample ${offset} of leg ${leg.leg}`,
      );
      continue;
    }
    const key = `${tag.leg} ${tag.frame}`;
    const before = seen.get(key);
    if (before !== undefined) {
      complaints.push(`frame ${tag.frame} stands at sample ${before} and again at ${offset}`);
    }
    seen.set(key, offset);
  }
  return complaints;
}

function checkPauses(recording: RecordedFile, audio: Uint8Array): string[] {
  return pausedSpans(recording).flatMap(({ from, to, fill }) => {
    const paused = audio.subarray(from, Math.min(to, audio.length));
    const found = findFrameTags(paused)[0];
    if (found !== undefined) {
      return [
        `voice frame ${found.tag.frame} stands in the paused span, at ${from + found.offset}`,
      ];
    }
    const at = fill === "tone" ? findNotTone(paused) : findSound(paused);
    return at < 0 ? [] : [`sample ${from + at} is paused and not ${fill}`];
  });
}

/** What explains a sample. */
const NOTHING = 0;
const VOICE = 1;
/** Paused, or a packet that was changed on the way: whatever stands there is right. */
const FREE = 2;

function checkFrames(
  recording: RecordedFile,
  audio: Uint8Array,
  duties: readonly DutyFrame[],
): string[] {
  const explained = new Uint8Array(audio.length);
  for (const { from, to } of pausedSpans(recording)) explained.fill(FREE, from, to);
  const gaps = gapSpans(recording);
  const complaints: string[] = [];
  const missing: DutyFrame[] = [];
  for (const item of duties) {
    if (item.duty === "absent") continue;
    if (item.isCorrupted) cover(explained, item, FREE);
    else if (holds(audio, item, explained)) cover(explained, item, VOICE);
    else if (item.duty === "kept") {
      const { frame, sample } = item;
      missing.push(item);
      const gap = gaps.find(({ from, to }) => sample < to && sample + expected(item).length > from);
      const why = gap === undefined ? "no gap there" : `gap: ${gap.cause}`;
      complaints.push(`frame ${frame.tag.frame} arrived and is not at sample ${sample} (${why})`);
    } else if (item.mayBeTorn) coverParts(explained, item, { audio, gaps });
  }
  const rest = { explained, untellable: untellable(duties, audio.length) };
  return [...checkLast(duties, missing), ...complaints, ...checkRest(recording, audio, rest)];
}

/**
 * 1 where a power cut may have taken the line of a gap and left its fill, neither being synced: at
 * packets that never came, between those that it may have torn.
 */
function untellable(duties: readonly DutyFrame[], samples: number): Uint8Array {
  const mask = new Uint8Array(samples);
  const torn = duties.filter(({ mayBeTorn }) => mayBeTorn);
  const endOf = (item: DutyFrame): number => item.sample + expected(item).length;
  const from = torn.reduce((least, { sample }) => Math.min(least, sample), Infinity);
  const to = torn.reduce((most, item) => Math.max(most, endOf(item)), -Infinity);
  if (to > from) mask.fill(1, Math.max(0, from), to);
  for (const item of torn) mask.fill(0, Math.max(0, item.sample), Math.max(0, endOf(item)));
  return mask;
}

/** Nothing but the end of the call is missing: said as such, being a kind of fault of its own. */
function checkLast(duties: readonly DutyFrame[], missing: readonly DutyFrame[]): string[] {
  const kept = duties.filter(({ duty }) => duty === "kept");
  const ordered = kept.toSorted((left, right) => left.sample - right.sample);
  const last = ordered.slice(ordered.length - missing.length);
  if (missing.length === 0 || !last.every((item) => missing.includes(item))) return [];
  const samples = last.reduce((sum, item) => sum + expected(item).length, 0);
  return [`the last ${Math.round(samples / SAMPLES_PER_MS)} ms of the call are missing`];
}

/** True when the frame stands at its place, as far as that is not paused. */
function holds(audio: Uint8Array, item: DutyFrame, explained: Uint8Array): boolean {
  const bytes = expected(item);
  if (bytes.length === 0) return false;
  if (isSame(audio, item.sample, bytes)) return true;
  for (let index = 0; index < bytes.length; index += 1) {
    const at = item.sample + index;
    if (explained[at] !== FREE && audio[at] !== bytes[index]) return false;
  }
  return true;
}

/** As nearly all are: compared in one go. */
function isSame(audio: Uint8Array, from: number, bytes: Uint8Array): boolean {
  const to = from + bytes.length;
  if (from < 0 || to > audio.length) return false;
  return Buffer.compare(audio.subarray(from, to), bytes) === 0;
}

function cover(explained: Uint8Array, item: DutyFrame, by: number): void {
  const end = Math.min(item.sample + expected(item).length, explained.length);
  for (let at = Math.max(item.sample, 0); at < end; at += 1) {
    if (explained[at] === NOTHING) explained[at] = by;
  }
}

/** What a power cut has left of a frame stands at its place; the rest must be told as a gap. */
function coverParts(
  explained: Uint8Array,
  item: DutyFrame,
  { audio, gaps }: { readonly audio: Uint8Array; readonly gaps: readonly Span[] },
): void {
  for (const [index, byte] of expected(item).entries()) {
    const at = item.sample + index;
    const isLeft = explained[at] === NOTHING && audio[at] === byte;
    if (isLeft && !overlaps(gaps, at, at + 1)) explained[at] = VOICE;
  }
}

/** The bytes that a frame leaves in a µ-law file. */
function expected({ frame }: DutyFrame): Uint8Array {
  const payload = frame.payload ?? new Uint8Array(0);
  return frame.payloadType === PCMA
    ? payload.map((code) => ALAW_TO_ULAW[code] ?? SILENCE)
    : payload;
}

/** Samples without a frame are silence, and each lies in a gap; samples with one lie in none. */
function checkRest(
  recording: RecordedFile,
  audio: Uint8Array,
  rest: { readonly explained: Uint8Array; readonly untellable: Uint8Array },
): string[] {
  const isGap = new Uint8Array(audio.length);
  const complaints: string[] = [];
  for (const { from, to, cause } of gapSpans(recording)) {
    isGap.fill(1, from, to);
    if (to > audio.length && !isRecovered(recording))
      complaints.push(`its gap (${cause}) at ${from} ends behind the file`);
  }
  const { noise, untold, denied } = findUnexplained({ ...rest, audio, isGap });
  if (noise >= 0) complaints.push(`sample ${noise} is neither a frame that arrived nor fill`);
  if (untold >= 0) complaints.push(`sample ${untold} is fill and no gap in the journal says why`);
  if (denied >= 0) complaints.push(`the journal has a gap at sample ${denied}, where voice stands`);
  return complaints;
}

/** The first sample of each kind of trouble; -1 = none. One plain loop: it sees every sample. */
function findUnexplained(samples: {
  readonly audio: Uint8Array;
  readonly explained: Uint8Array;
  readonly isGap: Uint8Array;
  readonly untellable: Uint8Array;
}): { readonly noise: number; readonly untold: number; readonly denied: number } {
  const { audio, explained, isGap, untellable } = samples;
  let [noise, untold, denied] = [-1, -1, -1];
  for (let at = audio.length - 1; at >= 0; at -= 1) {
    if (explained[at] === NOTHING) {
      if (audio[at] !== SILENCE) noise = at;
      if (isGap[at] === 0 && untellable[at] === 0) untold = at;
    } else if (explained[at] === VOICE && isGap[at] === 1) {
      denied = at;
    }
  }
  return { noise, untold, denied };
}

/** The fill of a gap may be lost with the process, and its line not. */
function isRecovered({ journal }: RecordedFile): boolean {
  return journal.some(({ type, recovered }) => type === "end" && recovered === true);
}
