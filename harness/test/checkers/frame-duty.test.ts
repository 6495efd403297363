// frame-duty: what a crash, the reorder window and the BYE excuse, and not a frame more (design.md
// §5, "Live pair and crash"): at most 500 ms before a kill, recording again 2 s after readiness.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario } from "@tapeline/scenarios/language";
import { audioChecker } from "../../src/checkers/audio.ts";
import type { RunRecord } from "../../src/record/run-record.ts";
import {
  audioAt,
  complains,
  passes,
  recordingAt,
  recordOf,
  withAudio,
  withJournal,
} from "./spoiled-run.ts";

const FRAME = 160;

/** A call that is killed in its middle, after so many seconds. */
function crashedAfter(seconds: number): Promise<RunRecord> {
  return recordOf(
    scenario({
      name: "test/crash",
      title: "A kill in mid-call, and rather late packets",
      proves: ["T1"],
      async story({ caller, agent, talk, recorder }) {
        const outside = caller();
        const alice = agent("2001");
        await outside.calls("2001");
        await alice.answers();
        await alice.isBeingRecorded();
        await talk({ seconds });
        await recorder.crashes();
        await talk({ seconds: 1 });
        await recorder.restarts();
        await talk({ seconds: 4 });
        await alice.hangsUp();
      },
    }),
  );
}

const crashed = await crashedAfter(3);

/** A frame is given up: silence and a gap line in its place. */
function without(record: RunRecord, sentMs: number, cause = "loss"): RunRecord {
  const leg = record.truth.conversations[0]?.legs[0];
  const media = recordingAt(record, 0).journal.find(({ type }) => type === "media");
  const frame = leg?.frames.find((one) => one.sentMs >= sentMs);
  assert.ok(frame !== undefined && media !== undefined);
  const at = (frame.timestamp - Number(media["rtpTimestamp"])) | 0;
  const audio = audioAt(record, 0)
    .slice()
    .fill(0xff, at, at + FRAME);
  const silent = withAudio(record, 0, audio);
  return withJournal(silent, 0, (journal) =>
    journal.toSpliced(-1, 0, {
      ...(journal.at(-1) ?? assert.fail()),
      ...{ type: "gap", fromSample: at, samples: FRAME, cause },
    }),
  );
}

function lifeMs(kind: string): number {
  return crashed.life.findLast((event) => event.kind === kind)?.atMs ?? assert.fail(kind);
}

test("a call that goes on after a kill passes", () => passes(crashed));

test("of the audio before a kill 500 ms may be missing", () => {
  passes(without(crashed, lifeMs("process") - 450));
});

test("audio that is missing 600 ms before the kill is named (R4)", () => {
  const spoiled = without(crashed, lifeMs("process") - 600);
  complains(spoiled, "audio", /frame \d+ arrived and is not at sample \d+ \(gap: loss\)/);
});

test("live, a busy machine may lose more by a kill, as far as the gap of the restart goes", () => {
  const live = { ...crashed, mode: "live", fates: [] } as const;
  const audio = (record: RunRecord): readonly string[] => audioChecker.check(record);
  const [beforeMs, afterMs] = [lifeMs("process") - 600, lifeMs("ready") + 2_100];
  for (const sentMs of [beforeMs, afterMs]) {
    assert.deepEqual(audio(without(live, sentMs, "restart")), []);
    assert.match(audio(without(live, sentMs)).join(), /\(gap: loss\)/);
    assert.match(audio(without(crashed, sentMs, "restart")).join(), /\(gap: restart\)/);
  }
});

test("audio that is missing 2 s after readiness is named (R4)", () => {
  const spoiled = without(crashed, lifeMs("ready") + 2_100);
  complains(spoiled, "audio", /frame \d+ arrived and is not at sample \d+/);
});

test("before that it may be missing", () => {
  passes(without(crashed, lifeMs("ready") + 1_900));
});

test("a power cut may cost what was not synced in the last ten seconds", () => {
  const life = crashed.life.map((event) =>
    event.kind === "process" ? { ...event, kind: "power" as const } : event,
  );
  passes(without({ ...crashed, life }, lifeMs("process") - 600));
});

test("of a frame a power cut may leave a part, a kill may not; the rest of it is a gap", async () => {
  // Long enough before the cut that the names of its files are synced.
  const killed = await crashedAfter(13);
  const life = killed.life.map((event) =>
    event.kind === "process" ? { ...event, kind: "power" as const } : event,
  );
  const cutMs = life.find(({ kind }) => kind === "power")?.atMs ?? assert.fail();
  const lost = without({ ...killed, life }, cutMs - 600);
  const from = Number(
    recordingAt(lost, 0).journal.findLast(({ type }) => type === "gap")?.["fromSample"],
  );
  const audio = audioAt(lost, 0).slice();
  audio.set(audioAt(killed, 0).subarray(from + 32, from + FRAME), from + 32);
  const withGap = (samples: number): RunRecord =>
    withJournal(withAudio(lost, 0, audio), 0, (journal) =>
      journal.map((line) => (line["fromSample"] === from ? { ...line, samples } : line)),
    );
  passes(withGap(32));
  complains(withGap(16), "audio", /sample \d+ is fill and no gap in the journal says why/);
  complains({ ...withGap(32), life: killed.life }, "audio", /frame \d+ arrived and is not at/);
});

test("the line of a gap may go with a power cut and its fill stay; a kill takes no line", async () => {
  const killed = await crashedAfter(13);
  const crashMs = killed.life.find(({ kind }) => kind === "process")?.atMs ?? assert.fail();
  const lost = without(killed, crashMs - 600);
  const gap = recordingAt(lost, 0).journal.findLast(({ type }) => type === "gap");
  const leg = lost.truth.conversations[0]?.legs[0];
  const timestamp = (leg?.frames[0]?.timestamp ?? assert.fail()) + Number(gap?.["fromSample"]);
  const fates = lost.fates.map((fate) => {
    const view = new DataView(fate.data.buffer, fate.data.byteOffset, fate.data.byteLength);
    const isIt = view.byteLength === 172 && view.getUint32(4) === timestamp >>> 0;
    return isIt ? { ...fate, arrivalsMs: [] } : fate;
  });
  const told = (cutMs: number | null): string => {
    const life = killed.life.map((event) =>
      event.kind === "process" && cutMs !== null ? { kind: "power" as const, atMs: cutMs } : event,
    );
    const untold = withJournal({ ...lost, fates, life }, 0, (journal) =>
      journal.filter((line) => line !== gap),
    );
    return audioChecker.check(untold).join();
  };
  assert.match(told(null), /is fill and no gap in the journal says why/);
  assert.doesNotMatch(told(crashMs), /is fill and no gap/);
  assert.match(told(crashMs + 60_000), /is fill and no gap in the journal says why/);
});

test("a media line after the restart that is off by a frame is named", () => {
  const spoiled = withJournal(crashed, 0, (journal) => {
    const last = journal.findLastIndex(({ type }) => type === "media");
    return journal.map((line, index) =>
      index < last ? line : { ...line, sample: line.sample + FRAME },
    );
  });
  complains(spoiled, "audio", /the media line at sample \d+ is 160 samples off/);
});

/** The nth frame arrives late by so much; it is then given up, or not. */
function late(record: RunRecord, frameNumber: number, byMs: number): RunRecord {
  const frame = record.truth.conversations[0]?.legs[0]?.frames[frameNumber];
  assert.ok(frame !== undefined);
  const fates = record.fates.map((fate) => {
    const view = new DataView(fate.data.buffer, fate.data.byteOffset, fate.data.byteLength);
    const isIt =
      fate.data.length > 12 &&
      view.getUint32(8) === frame.ssrc &&
      view.getUint32(4) === frame.timestamp;
    return isIt ? { ...fate, arrivalsMs: [fate.sentMs + byMs] } : fate;
  });
  return { ...without(record, frame.sentMs), fates };
}

test("a packet within the reorder window of 200 ms must be kept (R4)", () => {
  complains(late(crashed, 40, 150), "audio", /frame 40 arrived and is not at sample 6400/);
});

test("a packet that comes later than that may be given up", () => {
  passes(late(crashed, 40, 300));
});
