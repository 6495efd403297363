// The last packet before a silence, whose timestamp alone has jumped, may stand in either place;
// one that a next packet speaks for, or that stands elsewhere, may not.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TruthLeg } from "@tapeline/simulator/pbx";
import { settleLoneJumps } from "../../src/record/lone-jumps.ts";
import type { PlacedFrame } from "../../src/record/placed-frame.ts";
import { BUSY, recordOf } from "../checkers/spoiled-run.ts";

const FRAME = 160;
const JUMP = 8_000;
const record = await recordOf(BUSY);
const [leg] = record.truth.conversations.flatMap(({ legs }): readonly TruthLeg[] => legs);

/** The first frames of a real leg; the timestamp of the one at `jumped` and of all later is ahead. */
function placed(count: number, jumped: number): readonly PlacedFrame[] {
  return (leg?.frames ?? []).slice(0, count).map((frame, index): PlacedFrame => {
    const ahead = index < jumped ? 0 : JUMP;
    const timestamp = frame.timestamp + ahead;
    const sample = index * FRAME + ahead;
    return {
      frame: { ...frame, timestamp },
      ...{ sample, arrivedMs: frame.sentMs, isCorrupted: false },
    };
  });
}

function audioOf(frames: readonly PlacedFrame[], samples: number): Uint8Array {
  const audio = new Uint8Array(samples).fill(0xff);
  for (const [index, { frame }] of frames.entries()) audio.set(frame.payload!, index * FRAME);
  return audio;
}

test("a lone jump stands by its sequence number, if the audio has it there", () => {
  const frames = placed(3, 2);
  const settled = settleLoneJumps(frames, audioOf(frames, 3 * FRAME));
  assert.deepEqual(
    settled.map(({ sample }) => sample),
    [0, FRAME, 2 * FRAME],
  );
});

test("where the audio does not have it there, its timestamp counts", () => {
  const frames = placed(3, 2);
  const settled = settleLoneJumps(frames, audioOf(frames.slice(0, 2), 3 * FRAME));
  assert.equal(settled[2]?.sample, 2 * FRAME + JUMP);
});

test("a jump that the next packet confirms is none alone: it must have been followed", () => {
  const frames = placed(4, 2);
  const settled = settleLoneJumps(frames, audioOf(frames, 4 * FRAME));
  assert.deepEqual(settled, frames);
});

test("a packet that was sent after the BYE confirms nothing: it came too late", () => {
  const frames = placed(4, 2).map((item, index): PlacedFrame => {
    return index === 3 ? { ...item, frame: { ...item.frame, afterBye: true } } : item;
  });
  assert.equal(settleLoneJumps(frames, audioOf(frames, 4 * FRAME))[2]?.sample, 2 * FRAME);
});

test("without audio nothing is settled", () => {
  const frames = placed(3, 2);
  assert.equal(settleLoneJumps(frames, null), frames);
});
