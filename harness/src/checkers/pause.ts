// pause: what was spoken while a pause was known to be in force stands nowhere: in no file of the
// recorder, in nothing that a listener heard, in no log line, in no capture kept as evidence
// (domain.md, "Pause"; R21). Which frames those are is known from the PBX's own account and from
// when the API had answered, not from the recorder's journal.
import { findFrameTags } from "@tapeline/simulator/pbx";
import type { CapturedPacket } from "@tapeline/reports";
import { heardBytes } from "../environment/environment.ts";
import { withoutPausedAudio } from "../record/mask-capture.ts";
import { pauseEndMs } from "../record/pause-span.ts";
import type { RunRecord } from "../record/run-record.ts";
import { MAXIMUM_COMPLAINTS, type Checker } from "./checker.ts";
import { speltBytes } from "./spelt-bytes.ts";

const RTP_HEADER_BYTES = 12;

export const pauseChecker: Checker = {
  name: "pause",
  check(record) {
    const known = pausedFrames(record);
    if (known.size === 0) return [];
    const complaints: string[] = [];
    for (const { name, bytes } of artefacts(record)) {
      const found = findFrameTags(bytes).find(({ tag }) => known.has(keyOf(tag)));
      if (found === undefined) continue;
      const { leg, frame } = found.tag;
      complaints.push(`frame ${frame} of leg ${leg}, spoken while paused, stands in ${name}`);
    }
    return complaints.slice(0, MAXIMUM_COMPLAINTS);
  },
};

/** How many frames the run knows to have been paused: a search for none would prove nothing. */
export function pausedFrames(record: RunRecord): ReadonlySet<string> {
  const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
  const known = new Set<string>();
  for (const pause of record.pauses) {
    const { leg, fromMs } = pause;
    const toMs = pauseEndMs(record, pause);
    let spokenMs = Infinity;
    // What the sender held back was spoken before what it sent meanwhile.
    for (const { sentMs, tag } of legs.find((one) => one.leg === leg)?.frames.toReversed() ?? []) {
      spokenMs = Math.min(spokenMs, sentMs);
      if (spokenMs >= fromMs && spokenMs < toMs) known.add(keyOf(tag));
    }
  }
  return known;
}

function keyOf({ leg, frame }: { readonly leg: number; readonly frame: number }): string {
  return `${leg} ${frame}`;
}

interface Artefact {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One after the other: all at once would be the size of the run twice. */
function* artefacts(record: RunRecord): Generator<Artefact> {
  for (const file of record.artefacts) {
    yield file;
    if (!/\.(ul|spx)(\.part)?$/.test(file.name)) {
      yield* spelt(file.name, file.bytes);
    }
  }
  // What the recordings came down to, where a file was released meanwhile.
  for (const { recordingKey, audio } of record.recordings) {
    if (audio !== null) yield { name: `${recordingKey}.ul`, bytes: audio };
  }
  for (const [index, { target, pieces }] of record.listeners.entries()) {
    yield { name: `what listener ${index} of ${target} heard`, bytes: heardBytes(pieces) };
  }
  yield* spelt("the log", Buffer.from(record.log.join("\n")));
  yield capture(record);
}

function* spelt(name: string, text: Uint8Array): Generator<Artefact> {
  for (const { by, bytes } of speltBytes(text)) yield { name: `${name} (${by})`, bytes };
}

/** The capture as it would be kept, without its headers: a frame must not hide behind one. */
function capture(record: RunRecord): Artefact {
  const packets = record.fates.map(({ from, to, data }): CapturedPacket => ({
    ...{ wallTimeMs: 0, protocol: "udp", from, to, data },
  }));
  const kept = withoutPausedAudio(packets, record);
  const payloads = kept.map(({ data }) => data.subarray(RTP_HEADER_BYTES));
  return { name: "the capture", bytes: Buffer.concat(payloads) };
}
