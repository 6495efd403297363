// One call is one recording, one part and one `.ul`, whatever its audio does: no change of SSRC,
// source or timestamps begins another (formats.md, "The live pair"). What stands where is read from
// the bytes: every spoken frame spells the leg that it is of.
import { findFrameTags, type TruthLeg } from "@tapeline/simulator/pbx";
import { legOf } from "../record/leg-audio.ts";
import type { JournalEntry, RecordedFile, RunRecord } from "../record/run-record.ts";

/** A recorder that takes a change of the SSRC for the end of the call says BYE at its next tick. */
const HUNG_UP_BY_MS = 320;

interface AudioFile {
  readonly name: string;
  /** null = none that can be told. */
  readonly leg: number | null;
}

export function checkOneFile(record: RunRecord): string[] {
  return [
    ...checkFiles(record),
    ...record.recordings.flatMap(checkOnePart),
    ...record.recordings.flatMap((recording) => checkHungUp(record, recording)),
  ];
}

function checkFiles(record: RunRecord): string[] {
  const holders = new Map<number, AudioFile[]>();
  for (const file of audioFiles(record)) {
    if (file.leg !== null) holders.set(file.leg, [...(holders.get(file.leg) ?? []), file]);
  }
  const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
  return [...holders].flatMap(([number, files]) => {
    const leg = legs.find((each) => each.leg === number);
    if (files.length < 2 || leg === undefined) return [];
    const names = files.map(({ name }) => name).join(", ");
    const why = hasChangedSsrc(leg) ? ": a change of its SSRC began another" : "";
    return [`SIP call ${leg.sipCallId} has ${files.length} audio files, ${names}${why}`];
  });
}

/** The number that the call of a recording has among the parts, told again behind another SSRC. */
function checkOnePart({ recordingKey, journal }: RecordedFile): string[] {
  let told: JournalEntry | null = null;
  let [ssrc, isOther]: [unknown, boolean] = [null, false];
  for (const line of journal) {
    if (line.type === "media") {
      isOther ||= ssrc !== null && line["ssrc"] !== ssrc;
      ssrc = line["ssrc"];
    }
    if (line.type !== "association") continue;
    if (told !== null && isOther && isOfSameEnd(told, line) && line["part"] !== told["part"]) {
      const parts = `part ${String(told["part"])} became part ${String(line["part"])}`;
      return [`${recordingKey}: ${parts}: a change of its SSRC began another`];
    }
    [told, isOther] = [line, false];
  }
  return [];
}

/** Nobody asks a recorder to end what is kept just when the SSRC has changed. */
function checkHungUp(record: RunRecord, recording: RecordedFile): string[] {
  const end = recording.journal.findLast(({ type }) => type === "end");
  if (end?.["reason"] !== "local-bye" || end["recovered"] === true) return [];
  const leg = legOf(record, recording);
  const last = leg?.frames.at(-1);
  if (leg?.endedBy !== "recorder" || last === undefined || !hasChangedSsrc(leg)) return [];
  const since = leg.frames.findLast(({ ssrc }) => ssrc !== last.ssrc);
  const passedMs = last.sentMs - (since?.sentMs ?? -Infinity);
  if (passedMs > HUNG_UP_BY_MS) return [];
  const when = `${Math.round(passedMs)} ms behind the last packet of another SSRC`;
  return [
    `${recording.recordingKey}: hung up by the recorder, ${when}: a change of it ends no file`,
  ];
}

function isOfSameEnd(one: JournalEntry, other: JournalEntry): boolean {
  return ["callKey", "deviceCallId", "endId"].every((field) => one[field] === other[field]);
}

/**
 * Of a recording whose frames are not where they belong: whether its file holds none of what was
 * spoken before a change of the SSRC that its journal tells of.
 */
export function begunAnew({ journal }: RecordedFile, audio: Uint8Array, leg: TruthLeg): string[] {
  const told = journal.flatMap((line) => (line.type === "media" ? [line["ssrc"]] : []));
  const [first] = told;
  if (told.every((ssrc) => ssrc === first)) return [];
  const held = new Set(findFrameTags(audio).map(({ tag }) => tag.frame));
  const isThere = leg.frames.some(({ ssrc, tag }) => ssrc === first && held.has(tag.frame));
  return isThere ? [] : ["a change of its SSRC began the file anew: what came before is gone"];
}

function audioFiles(record: RunRecord): AudioFile[] {
  return [
    ...record.recordings.flatMap((recording) => {
      const { recordingKey, audio } = recording;
      if (audio === null) return [];
      return { name: `${recordingKey}.ul`, leg: legOf(record, recording)?.leg ?? firstLeg(audio) };
    }),
    ...record.litterAudio.map(({ path, bytes }) => {
      return { name: path.slice(path.lastIndexOf("/") + 1), leg: firstLeg(bytes) };
    }),
  ];
}

function firstLeg(audio: Uint8Array): number | null {
  return findFrameTags(audio)[0]?.tag.leg ?? null;
}

function hasChangedSsrc({ frames }: TruthLeg): boolean {
  return frames.some(({ ssrc }) => ssrc !== frames[0]?.ssrc);
}
