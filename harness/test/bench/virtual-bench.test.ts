// The virtual bench on a small scale: its document, and that checkers judge its runs. No figure of
// time is judged: machines differ.
import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualBench } from "../../src/bench/virtual-bench.ts";

const CALLS = 3;
const SECONDS = 2;
const FRAMES_PER_SECOND = 50;

test("a virtual bench of three calls at once records every packet (§9)", async () => {
  const { figures, problems } = await virtualBench(
    { calls: CALLS, seconds: SECONDS },
    { warmUp: 1, counted: 2 },
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(Object.keys(figures), [
    "mode",
    "calls",
    "seconds",
    "runs",
    "packetsSent",
    "packetsReceived",
    "virtualMs",
    "wallMs",
    "timesRealTime",
    "meanTimesRealTime",
    "packetsPerSecond",
  ]);
  assert.equal(figures.calls, CALLS);
  assert.ok(figures.packetsSent > figures.runs * CALLS * SECONDS * FRAMES_PER_SECOND);
  assert.equal(figures.packetsReceived, figures.packetsSent);
  assert.ok(figures.virtualMs > figures.runs * SECONDS * 1000);
  const { timesRealTime, meanTimesRealTime, virtualMs, wallMs } = figures;
  assert.ok(timesRealTime >= meanTimesRealTime && figures.packetsPerSecond > 0);
  // Both times are rounded to whole milliseconds.
  assert.ok(Math.abs(meanTimesRealTime / (virtualMs / wallMs) - 1) < 0.01);
});
