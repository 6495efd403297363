// Takes paused voice out of a capture: packets whose frame lies in a paused span of its recording,
// or that never reached a recording at all, keep their header and lose their payload.
import { readFrameTag } from "@tapeline/simulator/pbx";
import type { CapturedPacket } from "@tapeline/reports";
import { FRAME_SAMPLES, legOf, overlaps, pausedSpans, placeFrames } from "./leg-audio.ts";
import type { RunRecord } from "./run-record.ts";

const RTP_HEADER_BYTES = 12;
/** µ-law silence. */
const SILENCE = 0xff;

export function withoutPausedAudio(
  packets: readonly CapturedPacket[],
  record: RunRecord,
): CapturedPacket[] {
  const paused = pausedFrames(record);
  if (paused.size === 0) return [...packets];
  return packets.map((packet) => {
    const tag = packet.protocol === "udp" ? readFrameTag(packet.data, RTP_HEADER_BYTES) : null;
    if (tag === null || !paused.has(`${tag.leg} ${tag.frame}`)) return packet;
    const data = packet.data.slice();
    data.fill(SILENCE, RTP_HEADER_BYTES);
    return { ...packet, data };
  });
}

function pausedFrames(record: RunRecord): ReadonlySet<string> {
  const paused = new Set<string>();
  for (const recording of record.recordings) {
    const leg = legOf(record, recording);
    const spans = pausedSpans(recording);
    if (leg === null || spans.length === 0) continue;
    const { placed, unplaced } = placeFrames(record, leg, recording);
    for (const { frame, sample } of placed) {
      if (overlaps(spans, sample, sample + FRAME_SAMPLES)) {
        paused.add(`${leg.leg} ${frame.tag.frame}`);
      }
    }
    for (const { frame } of unplaced) paused.add(`${leg.leg} ${frame.tag.frame}`);
  }
  return paused;
}
