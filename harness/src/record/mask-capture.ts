// Takes paused voice out of a capture: packets whose frame lies in a paused span of its recording,
// or that such a recording never took, keep their header and lose their payload; so do all of a
// recording that was discarded, or paused and then lost, and those of a pause that was never saved.
import type { CapturedPacket } from "@tapeline/reports";
import type { SpokenFrame } from "@tapeline/simulator/pbx";
import { legOf, overlaps, pausedSpans, placeFrames } from "./leg-audio.ts";
import { samplesOf } from "./placed-frame.ts";
import { pauseEndMs } from "./pause-span.ts";
import type { RunRecord } from "./run-record.ts";

const RTP_HEADER_BYTES = 12;
/** µ-law silence. */
const SILENCE = 0xff;

export function withoutPausedAudio(
  packets: readonly CapturedPacket[],
  record: RunRecord,
): CapturedPacket[] {
  const paused = pausedPackets(record);
  if (paused.size === 0) return [...packets];
  return packets.map((packet) => {
    const key = packet.protocol === "udp" ? rtpKey(packet.data) : null;
    if (key === null || !paused.has(key)) return packet;
    const data = packet.data.slice();
    data.fill(SILENCE, RTP_HEADER_BYTES);
    return { ...packet, data };
  });
}

/** What tells one RTP packet from all others; null for anything else. */
function rtpKey(data: Uint8Array): string | null {
  if (data.length < RTP_HEADER_BYTES || (data[0] ?? 0) >> 6 !== 2) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return keyOf({ ssrc: view.getUint32(8), sequence: view.getUint16(2) });
}

function keyOf({ ssrc, sequence }: { readonly ssrc: number; readonly sequence: number }): string {
  return `${ssrc} ${sequence}`;
}

/**
 * Of what was given up nothing is kept, and nobody can tell any more what of it was paused; nor of
 * a call that somebody paused and whose recording a power cut took.
 */
function untoldFrames(record: RunRecord): readonly SpokenFrame[] {
  const { calls, pauses, recordings, truth } = record;
  const discarded = new Set(
    calls.filter((row) => row["type"] === "discard").map((row) => row["sipCallId"]),
  );
  const paused = new Set(pauses.map(({ leg }) => leg));
  const recorded = new Set(recordings.map((recording) => legOf(record, recording)?.leg));
  return truth.conversations
    .flatMap(({ legs }) => legs)
    .filter(
      ({ leg, sipCallId }) => discarded.has(sipCallId) || (paused.has(leg) && !recorded.has(leg)),
    )
    .flatMap(({ frames }) => frames);
}

/** A journal that a crash left without its pause tells of none. */
function unsavedFrames(record: RunRecord): readonly SpokenFrame[] {
  const legs = record.truth.conversations.flatMap((conversation) => conversation.legs);
  return record.pauses.flatMap((pause) => {
    const { unsavedSinceMs } = pause;
    if (unsavedSinceMs === undefined) return [];
    const endMs = pauseEndMs(record, pause);
    const frames = legs.find(({ leg }) => leg === pause.leg)?.frames ?? [];
    return frames.filter(({ sentMs }) => sentMs >= unsavedSinceMs && sentMs < endMs);
  });
}

function pausedPackets(record: RunRecord): ReadonlySet<string> {
  const paused = new Set<string>([...untoldFrames(record), ...unsavedFrames(record)].map(keyOf));
  for (const recording of record.recordings) {
    const leg = legOf(record, recording);
    // A pause before the first packet begins at sample 0; what was lost until then is before it.
    const spans = pausedSpans(recording).map((span) =>
      span.from === 0 ? { ...span, from: -Infinity } : span,
    );
    if (leg === null || spans.length === 0) continue;
    const { placed, unplaced } = placeFrames(record, leg, recording);
    for (const { frame, sample } of placed) {
      if (overlaps(spans, sample, sample + samplesOf(frame))) paused.add(keyOf(frame));
    }
    for (const { frame } of unplaced) paused.add(keyOf(frame));
  }
  return paused;
}
