// audio, one file a call: audio that a change of SSRC put into a file of its own is found, whether
// the file has a name of ours or not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOneFile } from "../../src/checkers/one-file.ts";
import { audioAt, BUSY, passes, recordingAt, recordOf } from "./spoiled-run.ts";

const record = await recordOf(BUSY);

test("each call of a run has one audio file", () => {
  passes(record);
  assert.deepEqual(checkOneFile(record), []);
});

test("a file beside it is named, with the change of SSRC that began it", () => {
  const bytes = audioAt(record, 1);
  const litterAudio = [{ path: "/data/live/x.ul.2", bytes: bytes.subarray(bytes.length / 2) }];
  assert.match(
    checkOneFile({ ...record, litterAudio }).join(),
    /^SIP call \S+ has 2 audio files, \S+\.ul, x\.ul\.2: a change of its SSRC began another$/,
  );
});

test("so is a second recording of the same call; without another SSRC it is just that", () => {
  const [alice, bob] = [recordingAt(record, 0), recordingAt(record, 1)];
  const twice = { ...bob, recordingKey: "second" };
  const told = checkOneFile({ ...record, recordings: [alice, bob, twice] }).join();
  assert.match(told, /has 2 audio files, \S+, second\.ul: a change of its SSRC/);
  const again = checkOneFile({ ...record, recordings: [alice, { ...alice, recordingKey: "b" }] });
  assert.match(again.join(), /^SIP call \S+ has 2 audio files, \S+, b\.ul$/);
});
