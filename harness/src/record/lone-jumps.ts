// The last packet before a silence, an SSRC change or the BYE whose timestamp alone has jumped: no
// packet after it says whether it was meant or a bit error, so it may stand by its timestamp or by
// its sequence number (RFC 3550 A.1: two in a row prove a source; recorder, jump-probation).
import { readFrameTag } from "@tapeline/simulator/pbx";
import { SAMPLES_PER_MS, samplesOf, type PlacedFrame } from "./placed-frame.ts";

/** A packet that comes later than this says nothing of the one before. */
const PROOF_MS = 60;
/** What a sender's pace may be off without a jump. */
const PACE_MS = 10;

/** Frames that jumped alone stand where the audio has them, if that is one of their two places. */
export function settleLoneJumps(
  placed: readonly PlacedFrame[],
  audio: Uint8Array | null,
): readonly PlacedFrame[] {
  if (audio === null) return placed;
  let before: PlacedFrame | null = null;
  const settled = placed.map((item, index): PlacedFrame => {
    if (item.arrivedMs === null) return item;
    const sample = before === null ? null : placeByNumber(before, item);
    before = item;
    if (sample === null || hasProof(placed, index) || !standsAt(audio, sample, item)) return item;
    return { ...item, sample };
  });
  return settled;
}

/** Where its sequence number puts it; null = its timestamp follows, or the time has passed. */
function placeByNumber(before: PlacedFrame, { frame, sample }: PlacedFrame): number | null {
  if (before.frame.ssrc !== frame.ssrc) return null;
  const numbers = (frame.sequence - before.frame.sequence) & 0xffff;
  const byNumber = before.sample + samplesOf(before.frame) + (numbers - 1) * samplesOf(frame);
  const passedMs = frame.sentMs - before.frame.sentMs;
  const jumpMs = (sample - before.sample) / SAMPLES_PER_MS - passedMs;
  return byNumber === sample || Math.abs(jumpMs) <= PACE_MS ? null : byNumber;
}

/**
 * A packet after it came soon enough to say which of the two places it is; what was sent after our
 * BYE came too late, as a rule.
 */
function hasProof(placed: readonly PlacedFrame[], index: number): boolean {
  const { frame, arrivedMs } = placed[index]!;
  return placed
    .slice(index + 1)
    .some(
      (later) =>
        later.frame.ssrc === frame.ssrc &&
        later.frame.afterBye !== true &&
        later.arrivedMs !== null &&
        later.arrivedMs <= (arrivedMs ?? 0) + PROOF_MS,
    );
}

function standsAt(audio: Uint8Array, sample: number, { frame }: PlacedFrame): boolean {
  const tag = readFrameTag(audio, sample);
  return tag !== null && tag.leg === frame.tag.leg && tag.frame === frame.tag.frame;
}
