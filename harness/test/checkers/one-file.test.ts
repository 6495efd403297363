// audio, one file a call: audio that a change of SSRC put into a file of its own is found, whether
// the file has a name of ours or not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import { audioChecker } from "../../src/checkers/audio.ts";
import { checkOneFile } from "../../src/checkers/one-file.ts";
import { legOf } from "../../src/record/leg-audio.ts";
import type { RunRecord } from "../../src/record/run-record.ts";
import { audioAt, BUSY, passes, recordingAt, recordOf, withJournal } from "./spoiled-run.ts";

const record = await recordOf(BUSY);

const ONE_CALL = scenario({
  name: "test/one-call",
  title: "A call of one SSRC",
  proves: ["T1"],
  async story({ caller, agent, talk }) {
    const [phone, alice] = [caller("+4930111"), agent("2001")];
    await phone.calls("2001");
    await alice.answers();
    await alice.isBeingRecorded();
    await talk({ seconds: 1 });
    await alice.hangsUp();
  },
});

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

test("so is a second recording of the same call; without another SSRC it is just that", async () => {
  const [alice, bob] = [recordingAt(record, 0), recordingAt(record, 1)];
  const twice = { ...bob, recordingKey: "second" };
  const told = checkOneFile({ ...record, recordings: [alice, bob, twice] }).join();
  assert.match(told, /has 2 audio files, \S+, second\.ul: a change of its SSRC/);
  const plain = await recordOf(ONE_CALL);
  const only = recordingAt(plain, 0);
  const again = checkOneFile({ ...plain, recordings: [only, { ...only, recordingKey: "b" }] });
  assert.match(again.join(), /^SIP call \S+ has 2 audio files, \S+, b\.ul$/);
});

test("a part that gets another number behind a change of the SSRC is named", () => {
  const spoiled = withJournal(record, 1, (journal) => {
    const told = journal.findLast(({ type }) => type === "association");
    const at = journal.findLastIndex(({ type }) => type === "media");
    assert.ok(told !== undefined);
    return journal.toSpliced(at + 1, 0, { ...told, part: 2 });
  });
  assert.match(
    checkOneFile(spoiled).join(),
    /^\S+: part 1 became part 2: a change of its SSRC began another$/,
  );
  const repeated = withJournal(record, 1, (journal) =>
    journal.flatMap((line) => (line.type === "association" ? [line, line] : [line])),
  );
  assert.deepEqual(checkOneFile(repeated), []);
});

test("a file that holds only what came behind the change is named as begun anew", () => {
  const [one, bytes] = [recordingAt(record, 1), audioAt(record, 1)];
  const changed = one.journal.findLast(({ type }) => type === "media");
  const audio = bytes.subarray(changed?.sample);
  const told = audioChecker.check({ ...record, recordings: [{ ...one, audio }] }).join();
  assert.match(told, /: a change of its SSRC began the file anew: what came before is gone/);
});

test("a recorder that hangs up as the SSRC changes is named; one that does so later is not", () => {
  const [bob, ended] = [recordingAt(record, 1), { reason: "local-bye", recovered: false }];
  const cut = (frameCount: number): RunRecord => {
    const ours = withJournal(record, 1, (journal) =>
      journal.map((line) => (line.type === "end" ? { ...line, ...ended } : line)),
    );
    const conversations = ours.truth.conversations.map((conversation) => ({
      ...conversation,
      legs: conversation.legs.map((leg) => {
        if (leg !== legOf(record, bob)) return leg;
        const changedAt = leg.frames.findIndex(({ ssrc }) => ssrc !== leg.frames[0]?.ssrc);
        const frames = leg.frames.slice(0, changedAt + frameCount);
        return { ...leg, frames, endedBy: "recorder" as const };
      }),
    }));
    return { ...ours, truth: { ...ours.truth, conversations } };
  };
  assert.match(
    checkOneFile(cut(2)).join(),
    /^\S+: hung up by the recorder, \d+ ms behind the last packet of another SSRC/,
  );
  assert.deepEqual(checkOneFile(cut(20)), []);
});
