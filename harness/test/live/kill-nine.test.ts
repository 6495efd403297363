// kill -9 of the standalone recorder while 20 calls are live, and a start afterwards: nothing that
// was on the disk is lost, nothing is there twice, each sample is speech or a gap that is told (R4,
// R6; design.md §5, "Live pair and crash"). Judged frame by frame against what the simulated IP
// Office knows that it sent. How much a kill costs and how soon recording goes on are times, which
// a busy machine stretches: here they are figures; virtual runs judge them (frame-duty.ts).
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
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
  gapsOf,
  journalOf,
  keysWith,
  LIVE_TEST_LIMIT_MS,
  linesOf,
  liveRecorder,
  metric,
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
const SILENCE = 0xff;

test(
  "kill -9 during 20 live calls: what was written stays, calls go on in the same file, nothing twice (R4, R6)",
  { timeout: LIVE_TEST_LIMIT_MS },
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
    await until("all are recorded, and it is known whom", () => {
      const { live } = recorder;
      const isWritten = (key: string) => samplesOf(live, key) >= FRAMES_BEFORE * FRAME_SAMPLES;
      const known = keysWith(live, ".tmpvrtx").filter(
        (key) => isWritten(key) && speaker(live, key),
      );
      return known.length === CALLS;
    });

    const killedMs = clock.nowMs();
    await first.kill();
    const left = new Map(
      keysWith(recorder.live, ".ul").map((key) => [key, audioOf(recorder.live, key)]),
    );
    for (const caller of callers.slice(0, ENDED_WHILE_DEAD)) pbx.hangUp(caller);
    const ended = new Set(extensions.slice(0, ENDED_WHILE_DEAD));
    const survivors = [...left.keys()].filter((key) => !ended.has(speaker(recorder.live, key)));
    await recorder.start();
    const readyMs = clock.nowMs();
    await until("the other calls go on", () =>
      survivors.every((key) => hasGoneOn(recorder.live, key)),
    );
    for (const caller of callers.slice(ENDED_WHILE_DEAD)) pbx.hangUp(caller);
    await until("no call is left", () => pbx.activeCalls().length === 0);
    await untilIdle(recorder);
    const kernelDrops = await metric(recorder, "rtp_kernel_drops_total");
    assert.equal(await recorder.process().stop(), 0, recorder.process().stderr);

    const byExtension = checkFiles(recorder);
    checkCallRows(recorder, byExtension);
    let [lostMs, againMs, missing] = [0, 0, 0];
    for (const [index, extension] of extensions.entries()) {
      const file = byExtension.get(extension);
      assert.ok(file !== undefined, `${extension} has a recording`);
      checkKept(file, left.get(file.key));
      const isSurvivor = index >= ENDED_WHILE_DEAD;
      const figures = checkAgainstTruth(file, legOf(pbx, extension), {
        ...{ killedMs, readyMs, isSurvivor },
      });
      lostMs = Math.max(lostMs, figures.lostMs);
      againMs = Math.max(againMs, figures.againMs);
      missing += figures.missing;
    }
    assert.ok(
      missing <= kernelDrops,
      `${missing} frames lost, ${kernelDrops} of them by the kernel`,
    );
    context.diagnostic(`lost by kill -9: ${lostMs} ms; recording again: ${againMs.toFixed(0)} ms`);
  },
);

function samplesOf(live: string, key: string): number {
  return statSync(join(live, `${key}.ul`)).size;
}

function audioOf(live: string, key: string): Uint8Array {
  return readFileSync(join(live, `${key}.ul`));
}

/** The extension of a call that is up; "" = the journal does not tell yet. */
function speaker(live: string, key: string): string {
  const told = linesOf(journalOf(join(live, `${key}.tmpvrtx`)), "association").at(-1);
  const extension = told?.["extension"];
  return typeof extension === "string" ? extension : "";
}

/** Behind the gap of the restart the file grows. */
function hasGoneOn(live: string, key: string): boolean {
  const gaps = gapsOf(journalOf(join(live, `${key}.tmpvrtx`)));
  const restart = gaps.findLast(({ cause }) => cause === "restart");
  if (restart === undefined) return false;
  return samplesOf(live, key) >= restart.toSample + FRAMES_AFTER * FRAME_SAMPLES;
}

/** The one recording leg of the extension: a second one would be a recording made twice. */
function legOf(pbx: SimulatedIpOffice, extension: string): TruthLeg {
  const legs = pbx.truth.conversations
    .flatMap((conversation) => conversation.legs)
    .filter((leg) => leg.extension === extension);
  assert.equal(legs.length, 1, `recording legs of ${extension}`);
  return legs[0]!;
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

/** A kill takes nothing that has been written; part of a packet may be cut off. */
function checkKept({ key, audio }: RecordedFile, left: Uint8Array | undefined): void {
  assert.ok(left !== undefined, `${key} was there when the recorder was killed`);
  const whole = left.subarray(0, left.length - (left.length % FRAME_SAMPLES));
  assert.ok(Buffer.from(audio.subarray(0, whole.length)).equals(whole), `${key} keeps its audio`);
}

interface Crash {
  readonly killedMs: number;
  readonly readyMs: number;
  readonly isSurvivor: boolean;
}

interface Figures {
  readonly lostMs: number;
  readonly againMs: number;
  /** Frames after the restart that are not in the file. */
  readonly missing: number;
}

function checkAgainstTruth(file: RecordedFile, leg: TruthLeg, crash: Crash): Figures {
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
  checkEverySample(file, frames);
  if (!crash.isSurvivor) {
    assert.equal(again, undefined, `${key} ended while the recorder was dead`);
    return { lostMs, againMs: 0, missing: 0 };
  }
  assert.ok(again !== undefined, `${key} went on in the same file`);
  checkRestart(file, again.sample);
  // After the gap nothing is missing, from the first frame heard again to the last, unless the
  // kernel had no room for it: then it is a gap of its own, and the recorder has counted it.
  const after = leg.frames.slice(leg.frames.indexOf(again.frame));
  const missing = after.filter((frame) => !recorded.has(frame) && frame.afterBye !== true).length;
  return { lostMs, againMs: Math.max(0, again.frame.sentMs - crash.readyMs), missing };
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

/** Each sample is of one frame or of one gap, and gaps are silence. */
function checkEverySample(
  { key, journal, audio }: RecordedFile,
  frames: readonly PlacedFrame[],
): void {
  const gaps = gapsOf(journal);
  for (const { fromSample, toSample, cause } of gaps) {
    assert.ok(["restart", "tail", "loss"].includes(cause), `${key}: a gap of ${cause}`);
    const isFill = audio.subarray(fromSample, toSample).every((byte) => byte === SILENCE);
    assert.ok(isFill, `${key}: the gap at ${fromSample} is silence`);
  }
  const spans = [
    ...gaps.map(({ fromSample, toSample }) => [fromSample, toSample] as const),
    ...frames.map(({ sample }) => [sample, sample + FRAME_SAMPLES] as const),
  ].sort(([one], [other]) => one - other);
  let end = 0;
  for (const [fromSample, toSample] of spans) {
    assert.equal(fromSample, end, `${key}: speech and gaps follow one another`);
    end = toSample;
  }
  assert.equal(end, audio.length, `${key}: to the last sample`);
}

/** What is told as the restart ends where audio goes on: one stretch, also of two lines. */
function checkRestart({ key, journal }: RecordedFile, resumedSample: number): void {
  const gaps = gapsOf(journal).filter(({ cause }) => cause === "restart");
  assert.equal(gaps.at(-1)?.toSample, resumedSample, `${key}: the gap ends where audio goes on`);
  // Samples that the journal knew and the file had not are told as the file is mended.
  for (const [index, { fromSample }] of gaps.entries()) {
    if (index > 0) assert.equal(fromSample, gaps[index - 1]?.toSample, `${key}: one absence`);
  }
  assert.ok(gaps.length <= 2, `${key}: ${gaps.length} gaps of one restart`);
}
