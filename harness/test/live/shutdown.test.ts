// SIGTERM while calls are live: every recording is complete, the callers get their BYE, nothing is
// left running, and the next start has nothing to recover but only to store (design.md §7).
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findFrameTags } from "@tapeline/simulator/pbx";
import {
  filesIn,
  journalOf,
  keysWith,
  liveRecorder,
  simulatedIpOffice,
  sipTitles,
  until,
  untilIdle,
} from "./live-fixture.ts";

const EXTENSIONS = ["2001", "2002", "2003"];
const FRAMES = 60;
/** While the process is stopped the kernel keeps so many packets of each call. */
const FROZEN_FRAMES = 40;

test(
  "SIGTERM during 3 live calls: exit code 0, complete recordings, nothing left running (R4)",
  { timeout: 240_000 },
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
    await until("speech afterwards", haveSpoken(2 * FRAMES + FROZEN_FRAMES));

    const processes = descendants(first.pid);
    assert.equal(await first.stop(), 0, first.stderr);
    // What it started leaves when the channel to it closes: at once, but not before it.
    await until("nothing is left running", () => !processes.some(isRunning));
    assert.ok(legs().every((leg) => leg.endedBy === "recorder"));

    const keys = keysWith(recorder.live, ".vrtx");
    assert.equal(keys.length, EXTENSIONS.length);
    assert.deepEqual(keysWith(recorder.live, ".ul"), keys);
    assert.deepEqual(keysWith(recorder.live, ".tmpvrtx"), []);
    for (const key of keys) {
      const journal = journalOf(join(recorder.live, `${key}.vrtx`));
      const end = journal.at(-1);
      assert.deepEqual([end?.["reason"], end?.["outcome"]], ["shutdown", "ok"]);
      assert.match(
        sipTitles(journal).findLast((title) => title.startsWith("out BYE")) ?? "",
        /BYE/,
      );
      const found = findFrameTags(readFileSync(join(recorder.live, `${key}.ul`)));
      assert.ok(found.length >= 2 * FRAMES + FROZEN_FRAMES - 25, "up to the last moment");
      for (const [index, { tag }] of found.entries()) {
        assert.equal(tag.frame, (found[0]?.tag.frame ?? 0) + index, "no frame is missing");
      }
    }

    for (const extension of EXTENSIONS) pbx.hangUp(extension);
    await recorder.start();
    await untilIdle(recorder);
    assert.deepEqual(keysWith(recorder.pool, ".spx"), keys);
    assert.equal(filesIn(recorder.pool).length, 2 * EXTENSIONS.length);
    assert.equal(await recorder.process().stop(), 0);
  },
);

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
