// kill -9 of the standalone recorder while 20 calls are live, and a start afterwards: nothing is
// lost but the last moment, nothing is there twice (R4, R6; design.md §5, "Live pair and crash").
// Judged frame by frame against what the simulated IP Office knows that it sent.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodeClock } from "@tapeline/recorder/ports/node";
import {
  FRAME_SAMPLES,
  findFrameTags,
  type SimulatedIpOffice,
  type SpokenFrame,
  type TruthLeg,
} from "@tapeline/simulator/pbx";
import {
  filesIn,
  journalOf,
  keysWith,
  linesOf,
  liveRecorder,
  simulatedIpOffice,
  until,
  untilIdle,
  type Line,
  type LiveRecorder,
} from "./live-fixture.ts";

const CALLS = 20;
/** So many callers hang up while the recorder is dead. */
const ENDED_WHILE_DEAD = 8;
const FRAME_MS = 20;
const FRAMES_BEFORE = 100;
const FRAMES_AFTER = 60;
/** The promise: of the audio received before the kill so much may be missing. */
const LOST_LIMIT_MS = 500;
/** The promise: calls still up are recorded again so soon after readiness. */
const AGAIN_LIMIT_MS = 2_000;
const SILENCE = 0xff;

test(
  "kill -9 during 20 live calls: at most 500 ms lost, calls go on in the same file, nothing twice (R4, R6)",
  { timeout: 300_000 },
  async (context) => {
    const clock = nodeClock();
    const extensions = Array.from({ length: CALLS }, (_, index) => String(2_001 + index));
    const { pbx, devlink3 } = await simulatedIpOffice(context, {
      users: extensions.map((extension) => ({ extension, name: `Agent ${extension}` })),
      vcm: { channels: 3 * CALLS },
    });
    const recorder = await liveRecorder(context, { devlink3: [devlink3] });
    const first = await recorder.start();
    await until("the DevLink3 link", () => pbx.streamingConnections() === 1);
    const callers = extensions.map((_, index) => `+4930${1_000 + index}`);
    for (const [index, extension] of extensions.entries()) {
      pbx.placeCall({ from: { number: callers[index] ?? "" }, to: extension });
      pbx.answer(extension);
    }
    await untilSpoken(pbx, extensions, () => FRAMES_BEFORE);

    const killedMs = clock.nowMs();
    await first.kill();
    for (const caller of callers.slice(0, ENDED_WHILE_DEAD)) pbx.hangUp(caller);
    await recorder.start();
    const readyMs = clock.nowMs();

    const spokenBefore = new Map(extensions.map((each) => [each, legOf(pbx, each).frames.length]));
    const survivors = extensions.slice(ENDED_WHILE_DEAD);
    await untilSpoken(
      pbx,
      survivors,
      (extension) => (spokenBefore.get(extension) ?? 0) + FRAMES_AFTER,
    );
    for (const caller of callers.slice(ENDED_WHILE_DEAD)) pbx.hangUp(caller);
    await until("no call is left", () => pbx.activeCalls().length === 0);
    await untilIdle(recorder);
    assert.equal(await recorder.process().stop(), 0, recorder.process().stderr);

    const byExtension = checkFiles(recorder);
    checkCallRows(recorder, byExtension);
    let [lostMs, againMs] = [0, 0];
    for (const [index, extension] of extensions.entries()) {
      const file = byExtension.get(extension);
      assert.ok(file !== undefined, `${extension} has a recording`);
      const leg = legOf(pbx, extension);
      const crash = { killedMs, readyMs, isSurvivor: index >= ENDED_WHILE_DEAD };
      const figures = checkAgainstTruth(file, leg, crash);
      lostMs = Math.max(lostMs, figures.lostMs);
      againMs = Math.max(againMs, figures.againMs);
    }
    assert.ok(lostMs <= LOST_LIMIT_MS, `${lostMs} ms received before the kill are missing`);
    assert.ok(againMs <= AGAIN_LIMIT_MS, `recording again ${againMs} ms after readiness`);
    context.diagnostic(`lost by kill -9: ${lostMs} ms; recording again: ${againMs.toFixed(0)} ms`);
  },
);

/** The one recording leg of the extension: a second one would be a recording made twice. */
function legOf(pbx: SimulatedIpOffice, extension: string): TruthLeg {
  const legs = pbx.truth.conversations
    .flatMap((conversation) => conversation.legs)
    .filter((leg) => leg.extension === extension);
  assert.equal(legs.length, 1, `recording legs of ${extension}`);
  return legs[0]!;
}

function untilSpoken(
  pbx: SimulatedIpOffice,
  extensions: readonly string[],
  frames: (extension: string) => number,
): Promise<void> {
  return until("all agents are recorded and have talked", () =>
    extensions.every(
      (extension) =>
        pbx.isRecording(extension) && legOf(pbx, extension).frames.length >= frames(extension),
    ),
  );
}

interface RecordedFile {
  readonly key: string;
  readonly journal: readonly Line[];
  readonly audio: Uint8Array;
}

/** Live directory and pool hold each recording exactly once, complete. By extension. */
function checkFiles(recorder: LiveRecorder): Map<string, RecordedFile> {
  const keys = keysWith(recorder.live, ".vrtx");
  assert.equal(keys.length, CALLS);
  assert.deepEqual(keysWith(recorder.live, ".ul"), keys);
  assert.deepEqual(keysWith(recorder.pool, ".vrtx"), keys);
  assert.deepEqual(keysWith(recorder.pool, ".spx"), keys);
  assert.equal(filesIn(recorder.live).length + filesIn(recorder.pool).length, 4 * CALLS);
  const byExtension = new Map<string, RecordedFile>();
  for (const key of keys) {
    const journal = journalOf(join(recorder.live, `${key}.vrtx`));
    const association = linesOf(journal, "association").at(-1);
    assert.equal(association?.["rung"], 1, `${key} is associated by its stream id`);
    assert.equal(association["part"], 1);
    byExtension.set(String(association["extension"]), {
      key,
      journal,
      audio: readFileSync(join(recorder.live, `${key}.ul`)),
    });
  }
  return byExtension;
}

/** One row a call, and each recording belongs to one: the conversations survive the restart. */
function checkCallRows(
  recorder: LiveRecorder,
  byExtension: ReadonlyMap<string, RecordedFile>,
): void {
  const rows = readFileSync(join(recorder.state, "calls.jsonl"), "utf8").trim().split("\n");
  const told = rows.map((row) => (JSON.parse(row) as { readonly callKey: string }).callKey);
  const recorded = [...byExtension.values()].map(({ journal }) =>
    String(linesOf(journal, "association").at(-1)?.["callKey"]),
  );
  assert.deepEqual(told.sort(), recorded.sort());
}

interface Crash {
  readonly killedMs: number;
  readonly readyMs: number;
  readonly isSurvivor: boolean;
}

function checkAgainstTruth(
  file: RecordedFile,
  leg: TruthLeg,
  crash: Crash,
): { readonly lostMs: number; readonly againMs: number } {
  const { key, audio, journal } = file;
  const frames = placed(leg, audio, key);
  const recorded = new Set(frames.map(({ frame }) => frame));
  const before = leg.frames.filter(({ sentMs }) => sentMs <= crash.killedMs);
  const lostMs = before.filter((frame) => !recorded.has(frame)).length * FRAME_MS;
  const again = frames.find(({ frame }) => frame.sentMs > crash.killedMs);
  const end = journal.at(-1);
  assert.equal(end?.type, "end");
  assert.equal(end["samples"], audio.length);
  assert.equal(end["recovered"], true, `${key} is flagged`);
  assert.equal(end["outcome"], "degraded");
  assert.equal(end["why"], "restart");
  if (!crash.isSurvivor) {
    assert.equal(again, undefined, `${key} ended while the recorder was dead`);
    return { lostMs, againMs: 0 };
  }
  assert.ok(again !== undefined, `${key} went on in the same file`);
  // After the gap nothing is missing: from the first frame heard again to the last.
  const after = leg.frames.slice(leg.frames.indexOf(again.frame));
  const missing = after.filter((frame) => !recorded.has(frame) && frame.afterBye !== true);
  assert.equal(missing.length, 0, `${key} lacks frames after the restart`);
  checkGap(file, { toSample: again.sample, frames });
  return { lostMs, againMs: Math.max(0, again.frame.sentMs - crash.readyMs) };
}

interface PlacedFrame {
  readonly frame: SpokenFrame;
  readonly sample: number;
}

/** The frames found in the audio: each once, unchanged, at its sample by RTP timestamp. */
function placed(leg: TruthLeg, audio: Uint8Array, key: string): PlacedFrame[] {
  const spoken = new Map(leg.frames.map((frame) => [frame.tag.frame, frame]));
  const found = findFrameTags(audio);
  const origin = leg.frames.find(({ tag }) => tag.frame === found[0]?.tag.frame);
  assert.ok(origin !== undefined, `${key} holds speech of its leg`);
  const frames = found.map(({ offset, tag }): PlacedFrame => {
    assert.equal(tag.leg, leg.leg, `${key} holds another call's audio`);
    const frame = spoken.get(tag.frame);
    assert.ok(frame !== undefined && frame.payload !== null);
    assert.equal(offset, (frame.timestamp - origin.timestamp) >>> 0, `${key}: sample of a frame`);
    const bytes = audio.subarray(offset, offset + FRAME_SAMPLES);
    assert.ok(Buffer.from(bytes).equals(frame.payload), `${key}: bytes of a frame`);
    return { frame, sample: offset };
  });
  assert.equal(new Set(frames.map(({ frame }) => frame)).size, frames.length, `${key}: twice`);
  return frames;
}

/** The gap of the restart stands in the journal, sample-exact, and is silence in the audio. */
function checkGap(
  { key, journal, audio }: RecordedFile,
  resumed: { readonly toSample: number; readonly frames: readonly PlacedFrame[] },
): void {
  const gaps = linesOf(journal, "gap").filter((line) => line["cause"] === "restart");
  assert.equal(gaps.length, 1, `${key}: gaps of the restart`);
  const fromSample = Number(gaps[0]?.["fromSample"]);
  const toSample = fromSample + Number(gaps[0]?.["samples"]);
  assert.equal(toSample, resumed.toSample, `${key}: the gap ends where audio goes on`);
  const last = resumed.frames.findLast(({ sample }) => sample < toSample);
  assert.equal(
    fromSample,
    (last?.sample ?? 0) + FRAME_SAMPLES,
    `${key}: and begins where it ended`,
  );
  assert.ok(audio.subarray(fromSample, toSample).every((byte) => byte === SILENCE));
}
