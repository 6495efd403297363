// Gaps on their way into the journal (formats.md, `gap`): adjacent ones are one, late audio is told.
import assert from "node:assert/strict";
import test from "node:test";
import type { GapCause } from "../../src/audio/journal-lines.ts";
import { GapLog } from "../../src/media/gap-log.ts";

type Row = [fromSample: number, samples: number, cause: GapCause];

function logOf(...rows: Row[]): GapLog {
  const log = new GapLog();
  for (const [fromSample, samples, cause] of rows) log.add({ fromSample, samples, cause });
  return log;
}

function rowsOf(log: GapLog): Row[] {
  return log.drain().map(({ fromSample, samples, cause }) => [fromSample, samples, cause]);
}

test("adjacent gaps of one cause are one; another cause, or audio between, begins the next", () => {
  const log = logOf(
    [0, 160, "loss"],
    [160, 160, "loss"],
    [320, 160, "loss"],
    [480, 160, "hold"],
    [800, 160, "hold"],
    [960, 40, "hold"],
  );
  assert.deepEqual(rowsOf(log), [
    [0, 480, "loss"],
    [480, 160, "hold"],
    [800, 200, "hold"],
  ]);
});

test("what was drained is told once; what comes then begins a line of its own", () => {
  const log = logOf([0, 160, "loss"]);
  assert.deepEqual(rowsOf(log), [[0, 160, "loss"]]);
  assert.deepEqual(rowsOf(log), []);
  log.add({ fromSample: 160, samples: 160, cause: "loss" });
  assert.deepEqual(rowsOf(log), [[160, 160, "loss"]]);
});

test("runs of loss are counted, other causes are not, and a longer run is still one", () => {
  const log = logOf([0, 160, "loss"], [160, 160, "loss"], [320, 80, "hold"], [400, 80, "tail"]);
  assert.equal(log.lossRuns, 1);
  log.add({ fromSample: 900, samples: 160, cause: "loss" });
  assert.equal(log.lossRuns, 2);
  log.drain();
  assert.equal(log.lossRuns, 2);
});

test("audio that came too late makes its part of a loss late, and nothing else", () => {
  const relabelled = (fromSample: number, samples: number, ...rows: Row[]): Row[] => {
    const log = logOf(...rows);
    log.relabelLate(fromSample, samples);
    return rowsOf(log);
  };
  assert.deepEqual(relabelled(160, 160, [0, 480, "loss"]), [
    [0, 160, "loss"],
    [160, 160, "late"],
    [320, 160, "loss"],
  ]);
  assert.deepEqual(relabelled(0, 160, [0, 160, "loss"]), [[0, 160, "late"]]);
  assert.deepEqual(relabelled(0, 900, [160, 160, "loss"]), [[160, 160, "late"]]);
  assert.deepEqual(relabelled(100, 100, [0, 160, "loss"]), [
    [0, 100, "loss"],
    [100, 60, "late"],
  ]);
  assert.deepEqual(relabelled(0, 200, [100, 160, "loss"]), [
    [100, 100, "late"],
    [200, 60, "loss"],
  ]);
  assert.deepEqual(relabelled(0, 160, [160, 160, "loss"]), [[160, 160, "loss"]]);
  assert.deepEqual(relabelled(320, 160, [160, 160, "loss"]), [[160, 160, "loss"]]);
  assert.deepEqual(relabelled(0, 100, [160, 160, "loss"]), [[160, 160, "loss"]]);
  assert.deepEqual(relabelled(500, 100, [160, 160, "loss"]), [[160, 160, "loss"]]);
  assert.deepEqual(relabelled(0, 160, [0, 160, "hold"]), [[0, 160, "hold"]]);
  assert.deepEqual(relabelled(0, 600, [0, 160, "loss"], [200, 160, "hold"], [400, 160, "loss"]), [
    [0, 160, "late"],
    [200, 160, "hold"],
    [400, 160, "late"],
  ]);
});
