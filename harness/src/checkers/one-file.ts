// One call is one recording and one `.ul`, whatever its audio does: no change of SSRC, source or
// timestamps begins another (formats.md, "The live pair"). What stands where is read from the
// bytes: every spoken frame spells the leg that it is of.
import { findFrameTags, type TruthLeg } from "@tapeline/simulator/pbx";
import { legOf } from "../record/leg-audio.ts";
import type { RunRecord } from "../record/run-record.ts";

interface AudioFile {
  readonly name: string;
  /** null = none that can be told. */
  readonly leg: number | null;
}

export function checkOneFile(record: RunRecord): string[] {
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
