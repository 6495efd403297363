// SIGTERM while calls are live: every recording is complete, the callers get their BYE, nothing is
// left running, and the next start has nothing to recover but only to store (design.md §7).
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FRAME_SAMPLES, findFrameTags } from "@tapeline/simulator/pbx";
import {
  filesIn,
  gapsOf,
  journalOf,
  keysWith,
  LIVE_TEST_LIMIT_MS,
  liveRecorder,
  metric,
  simulatedIpOffice,
  sipTitles,
  until,
  untilIdle,
  type Line,
} from "./live-fixture.ts";

const EXTENSIONS = ["2001", "2002", "2003"];
const FRAMES = 60;
/** While the process is stopped the kernel keeps so many packets of each call. */
const FROZEN_FRAMES = 40;
/** Of each call, before it is told to stop. */
const WRITTEN_FRAMES = 2 * FRAMES + FROZEN_FRAMES;

test(
  "SIGTERM during 3 live calls: exit code 0, complete recordings, nothing left running (R4)",
  { timeout: LIVE_TEST_LIMIT_MS },
  async (context) => {
    const { pbx, devlink3 } = await simulatedIpOffice(context);
    const recorder = await liveRecorder(context, { devlink3: [devlink3] });
    const first = await recorder.start();
    await until("the DevLink3 link", () => pbx.streamingConnections() === 1);
    for (const [index, extension] of EXTENSIONS.entries()) {
      pbx.placeCall({ from: { number: `+493012345${index}` }, to: extension });
      pbx.answer(extension);
    }
    const legs = () => pbx.truth.conversations.flatMap((conversation) => conversation.legs);
    const haveSpoken = (frames: number) => () =>
      EXTENSIONS.every((extension) => pbx.isRecording(extension)) &&
      legs().every((leg) => leg.frames.length >= frames);
    await until("all are recorded", haveSpoken(FRAMES));
    first.signal("SIGSTOP");
    await until("speech while it stands still", haveSpoken(FRAMES + FROZEN_FRAMES));
    first.signal("SIGCONT");
    const haveWritten = (samples: number) => () =>
      keysWith(recorder.live, ".ul").filter(
        (key) => statSync(join(recorder.live, `${key}.ul`)).size >= samples,
      ).length === EXTENSIONS.length;
    await until("speech afterwards", haveWritten(WRITTEN_FRAMES * FRAME_SAMPLES));
    const kernelDrops = await metric(recorder, "rtp_kernel_drops_total");

    const processes = descendants(first.pid);
    assert.equal(await first.stop(), 0, first.stderr);
    // What it started leaves when the channel to it closes: at once, but not before it.
    await until("nothing is left running", () => !processes.some(isRunning));
    assert.ok(legs().every((leg) => leg.endedBy === "recorder"));

    const keys = keysWith(recorder.live, ".vrtx");
    assert.equal(keys.length, EXTENSIONS.length);
    assert.deepEqual(keysWith(recorder.live, ".ul"), keys);
    assert.deepEqual(keysWith(recorder.live, ".tmpvrtx"), []);
    let lost = 0;
    for (const key of keys) {
      const journal = journalOf(join(recorder.live, `${key}.vrtx`));
      const end = journal.at(-1);
      const outcome = kernelDrops === 0 ? "ok" : "degraded";
      assert.deepEqual([end?.["reason"], end?.["outcome"]], ["shutdown", outcome]);
      assert.match(
        sipTitles(journal).findLast((title) => title.startsWith("out BYE")) ?? "",
        /BYE/,
      );
      const audio = readFileSync(join(recorder.live, `${key}.ul`));
      assert.ok(audio.length >= WRITTEN_FRAMES * FRAME_SAMPLES, "up to the last moment");
      lost += lostFrames(audio, journal);
    }
    assert.ok(lost <= kernelDrops, `${lost} frames lost, ${kernelDrops} of them by the kernel`);

    for (const extension of EXTENSIONS) pbx.hangUp(extension);
    await recorder.start();
    await untilIdle(recorder);
    assert.deepEqual(keysWith(recorder.pool, ".spx"), keys);
    assert.equal(filesIn(recorder.pool).length, 2 * EXTENSIONS.length);
    assert.equal(await recorder.process().stop(), 0);
  },
);

/** Frames that a gap stands for; all others follow one another, and a tail may end them. */
function lostFrames(audio: Uint8Array, journal: readonly Line[]): number {
  const found = findFrameTags(audio);
  for (const { offset, tag } of found) {
    const frame = tag.frame - (found[0]?.tag.frame ?? 0);
    assert.equal(offset, frame * FRAME_SAMPLES, "each frame stands at its time");
  }
  const gaps = gapsOf(journal);
  const filled = gaps.reduce((sum, { fromSample, toSample }) => sum + toSample - fromSample, 0);
  assert.equal(found.length * FRAME_SAMPLES + filled, audio.length, "no frame is missing untold");
  const lost = gaps.filter(({ cause }) => cause !== "tail");
  return lost.reduce((sum, gap) => sum + (gap.toSample - gap.fromSample) / FRAME_SAMPLES, 0);
}

/** Process ids below this one, itself included; only Linux tells. */
function descendants(pid: number): number[] {
  if (process.platform !== "linux") return [pid];
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8")
      .split(" ")
      .filter(Boolean)
      .map(Number),
  );
  return [pid, ...children.flatMap((child) => descendants(child))];
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
