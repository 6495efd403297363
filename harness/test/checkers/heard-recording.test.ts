// Which recording a listener heard, where one stream was the stream of two calls.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crossingChecker } from "../../src/checkers/crossing.ts";
import { heardRecording } from "../../src/checkers/heard-recording.ts";
import { legOf } from "../../src/record/leg-audio.ts";
import type { RunRecord } from "../../src/record/run-record.ts";
import { BUSY, passes, recordOf } from "./spoiled-run.ts";

const record = await recordOf(BUSY);
const heard = record.listeners[0] ?? assert.fail("nobody listened");
const own = heardRecording(record, heard) ?? assert.fail("it has its recording");
const other = record.recordings.find((one) => one !== own) ?? assert.fail("two calls");
const earlier = legOf(record, other) ?? assert.fail("it is a call");

/** The stream's listener heard the other call, which had the same stream, and the power failed. */
function spoiled(of: { readonly streamId: string; readonly powerMs: number | null }): RunRecord {
  const { streamId, powerMs } = of;
  const piece = { sample: 0, bytes: (other.audio ?? assert.fail()).subarray(0, 1_600) };
  const conversations = record.truth.conversations.map((conversation) => ({
    ...conversation,
    legs: conversation.legs.map((leg) => (leg === earlier ? { ...leg, streamId } : leg)),
  }));
  const power = powerMs === null ? [] : [{ kind: "power" as const, atMs: powerMs }];
  return {
    ...record,
    truth: { ...record.truth, conversations },
    listeners: [{ ...heard, fromSample: 0, pieces: [piece] }],
    life: [...record.life, ...power],
  };
}

const target = legOf(record, own)?.streamId ?? assert.fail("it has a stream");
const cutMs = earlier.invitedMs + 1_500;

test("a call of the stream that a power cut took is not the recording that the stream has now", () => {
  passes(record);
  const lost = spoiled({ streamId: target, powerMs: cutMs });
  assert.equal(heardRecording(lost, lost.listeners[0]!), undefined);
  assert.deepEqual(crossingChecker.check(lost), []);
});

test("audio of another stream, or of a call that nothing has taken, is audio of another call", () => {
  for (const spoilt of [
    spoiled({ streamId: target, powerMs: null }),
    spoiled({ streamId: "another", powerMs: cutMs }),
    spoiled({ streamId: target, powerMs: cutMs + 60_000 }),
  ]) {
    assert.match(crossingChecker.check(spoilt).join(), /audio of another call: what listener 0/);
  }
});
