// The clock port in the virtual world.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { WALL_EPOCH_MS } from "../../src/world/index.ts";
import { twoHosts } from "./two-hosts.ts";

describe("virtual clock", () => {
  test("a timer never fires before its delay has passed on its own clock", async () => {
    const { world, recorder } = twoHosts();
    const { clock } = recorder.ports;
    const delays = fc.sample(fc.double({ min: 0, max: 500, noNaN: true }), {
      numRuns: 200,
      seed: 1,
    });
    let fired = 0;
    for (const delayMs of [...delays, 20, 0.1, 1 / 3]) {
      const startMs = clock.nowMs();
      clock.setTimer("t", delayMs, () => {
        const passedMs = clock.nowMs() - startMs;
        assert.ok(passedMs >= delayMs && passedMs < delayMs + 0.002, `${passedMs} for ${delayMs}`);
        fired += 1;
      });
      await world.runFor(0.37);
    }
    await world.runFor(600);
    assert.equal(fired, 203);
  });

  test("a cancelled timer never calls back, and cancelling twice is harmless", async () => {
    const { world, recorder } = twoHosts();
    const timer = recorder.ports.clock.setTimer("t", 5, () => assert.fail("cancelled"));
    timer.cancel();
    timer.cancel();
    await world.runFor(10);
    assert.deepEqual(recorder.leftovers(), []);
    assert.equal(world.traceLines().filter((line) => line.includes(" cancel ")).length, 1);
  });

  test("cancelling after it fired leaves no trace", async () => {
    const { world, recorder } = twoHosts();
    const timer = recorder.ports.clock.setTimer("t", 5, () => undefined);
    await world.runFor(10);
    timer.cancel();
    assert.ok(!world.traceLines().some((line) => line.includes(" cancel ")));
  });

  test("a delay that is no number is a mistake of the programmer", () => {
    const { recorder } = twoHosts();
    assert.throws(
      () => recorder.ports.clock.setTimer("t", Number.NaN, () => undefined),
      RangeError,
    );
  });

  test("the wall clock starts on 2026-01-05 and steps for one host only", async () => {
    const { world, pbx, recorder, recorderHost } = twoHosts();
    await world.runFor(1500);
    assert.equal(recorder.ports.clock.wallTimeMs(), WALL_EPOCH_MS + 1500);
    const monotonicMs = recorder.ports.clock.nowMs();
    recorderHost.stepClock(-3_600_000);
    assert.equal(recorder.ports.clock.wallTimeMs(), WALL_EPOCH_MS + 1500 - 3_600_000);
    assert.equal(pbx.ports.clock.wallTimeMs(), WALL_EPOCH_MS + 1500);
    assert.equal(recorder.ports.clock.nowMs(), monotonicMs);
  });

  test("each process has a monotonic origin of its own, the same for the same seed", () => {
    const first = twoHosts("s");
    const second = twoHosts("s");
    assert.equal(first.recorder.ports.clock.nowMs(), second.recorder.ports.clock.nowMs());
    assert.notEqual(first.recorder.ports.clock.nowMs(), first.pbx.ports.clock.nowMs());
  });
});
