// Pause in the media plane (design.md §5, "Pause"; R21): what lies in [P, R) is fill, sample-exact,
// for file and listeners, whatever the network does.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { makeFill } from "../../src/audio/tone.ts";
import { PauseGate } from "../../src/media/pause-gate.ts";
import { assertBytes, negotiation, PBX, PlaneBench } from "./plane-bench.ts";
import { FRAME, frames, packet, range } from "./rtp-builder.ts";

test("the paused span is tone from P to R, R = predicted sample + 200 ms guard", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  bench.post({ type: "listen", recordingKey: "rec" });
  await bench.send(0, 100);
  const paused = await bench.pause("pause");
  await bench.send(100, 200);
  const resumed = await bench.pause("resume");
  await bench.send(200, 300);
  await bench.close();
  assert.deepEqual([paused.result, paused.sample], ["applied", 100 * FRAME]);
  const toSample = 200 * FRAME + 160 + 1600;
  assert.deepEqual([resumed.result, resumed.sample], ["applied", toSample]);
  const expected = frames(range(0, 300));
  expected.set(makeFill(100 * FRAME, toSample - 100 * FRAME, "tone"), 100 * FRAME);
  assertBytes(bench.audio(), expected);
  const { from, bytes } = bench.heard();
  assert.equal(from, 0);
  assertBytes(bytes, expected.subarray(0, bytes.length));
  const [pause] = bench.lines("pause");
  assert.deepEqual(
    [pause?.fromSample, pause?.by, pause?.via, pause?.fill, pause?.sample],
    [100 * FRAME, "anna", "api", "tone", 100 * FRAME],
  );
  const [resume] = bench.lines("resume");
  assert.deepEqual([resume?.fromSample, resume?.toSample], [100 * FRAME, toSample]);
  assert.deepEqual(
    bench.lines("pauseRequest").map(({ action, result }) => [action, result]),
    [
      ["pause", "applied"],
      ["resume", "applied"],
    ],
  );
  await bench.stop();
});

test("requests that do nothing answer already, and are journalled", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  assert.equal((await bench.pause("resume")).result, "already");
  await bench.pause("pause");
  assert.equal((await bench.pause("pause")).result, "already");
  assert.deepEqual(
    bench.lines("pauseRequest").map(({ action, result }) => [action, result]),
    [
      ["resume", "already"],
      ["pause", "applied"],
      ["pause", "already"],
    ],
  );
  assert.equal(bench.lines("pause").length, 1);
  await bench.stop();
});

test("silence as fill, and a pause that lasts to the end fills the tail as well", async () => {
  const bench = await new PlaneBench().start({ pause: { fill: "silence", guardMs: 0 } });
  await bench.open();
  await bench.send(0, 50);
  await bench.pause("pause");
  await bench.send(50, 60);
  await bench.clock.advance(1000);
  const { samples } = await bench.close();
  assert.ok(
    bench
      .audio()
      .subarray(50 * FRAME)
      .every((code) => code === 0xff),
  );
  assert.ok(samples > 100 * FRAME);
  assert.deepEqual(bench.lines("gap"), [], "paused samples are told by their pause alone");
  await bench.stop();
});

test("R21: a pause is answered once its line is on the disk, or is told to be volatile after 10 s", async () => {
  for (const [hungMs, isVolatile] of [
    [9_900, undefined],
    [10_100, true],
  ] as const) {
    const bench = await new PlaneBench().start();
    await bench.open();
    await bench.send(0, 50);
    bench.disk.mood = "hangs";
    bench.post({ type: "pause", requestId: 1, recordingKey: "rec", by: "x", via: "rule" });
    await bench.clock.advance(9_900);
    assert.equal(bench.all("pauseApplied").length, 0);
    await bench.clock.advance(hungMs - 9_900);
    bench.disk.heal();
    await bench.clock.advance(500);
    const [answer, ...more] = bench.all("pauseApplied");
    assert.deepEqual([answer?.result, answer?.isVolatile], ["applied", isVolatile]);
    assert.deepEqual(more, []);
    assert.equal(bench.lines("pause").length, 1);
    await bench.stop();
  }
});

test("R21: a pause whose line the disk took and could not sync is told to be volatile", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  bench.disk.concerns = (call) => call.startsWith("sync ");
  bench.disk.mood = "EIO";
  bench.post({ type: "pause", requestId: 1, recordingKey: "rec", by: "x", via: "api" });
  await bench.clock.advance(500);
  const [answer, ...more] = bench.all("pauseApplied");
  assert.deepEqual([answer?.result, answer?.isVolatile], ["applied", true]);
  assert.deepEqual(more, []);
  bench.disk.heal();
  await bench.stop();
  assert.equal(bench.lines("pause").length, 1);
});

test("R21: a call that ends meanwhile leaves a pause waiting for the disk that hangs, up to 10 s", async () => {
  const end = { type: "end", reason: "remote-bye", outcome: "ok" };
  for (const last of [
    { type: "finish", recordingKey: "rec", end },
    { type: "erase", recordingKey: "rec" },
  ] as const) {
    for (const hungMs of [9_900, 10_100]) {
      const bench = await new PlaneBench().start();
      await bench.open();
      await bench.send(0, 50);
      bench.disk.mood = "hangs";
      bench.post({ type: "pause", requestId: 1, recordingKey: "rec", by: "x", via: "api" });
      await bench.clock.advance(100);
      bench.post({ type: "close", recordingKey: "rec" });
      await bench.clock.advance(3_000);
      assert.equal(bench.all("closed").length, 1);
      bench.post(last);
      await bench.clock.advance(6_800);
      assert.deepEqual(bench.all("pauseApplied"), []);
      await bench.clock.advance(hungMs - 9_900);
      bench.disk.heal();
      await bench.clock.advance(500);
      const [answer, ...more] = bench.all("pauseApplied");
      const isVolatile = hungMs > 10_000 ? true : undefined;
      assert.deepEqual([answer?.result, answer?.isVolatile], ["applied", isVolatile]);
      assert.deepEqual(more, []);
      assert.equal(bench.events.at(-1)?.type, "finished");
      await bench.stop();
    }
  }
});

test("a plane that stops while the disk hangs promises no pause that a restart would not know", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  bench.disk.mood = "hangs";
  bench.post({ type: "pause", requestId: 1, recordingKey: "rec", by: "x", via: "api" });
  await bench.clock.advance(100);
  bench.post({ type: "stop" });
  await bench.clock.advance(100);
  assert.equal(bench.all("pauseApplied")[0]?.isVolatile, true);
  bench.disk.heal();
  await bench.clock.advance(100);
  assert.equal(bench.all("pauseApplied").length, 1);
});

test("a resume waits for a disk that hangs 500 ms: taken back it lets nothing be heard", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  await bench.pause("pause");
  bench.disk.mood = "hangs";
  bench.post({ type: "resume", requestId: 2, recordingKey: "rec", by: "x", via: "api" });
  await bench.clock.advance(490);
  assert.equal(bench.all("pauseApplied").length, 1);
  await bench.clock.advance(20);
  const resumed = bench.all("pauseApplied")[1];
  assert.deepEqual([resumed?.result, resumed?.isVolatile], ["applied", undefined]);
  bench.disk.heal();
  await bench.stop();
});

/** Bytes of paused frames: 201 … 250; of others 1 … 200. Silence is 255; tone may be any. */
const PAUSED_MARKS = range(201, 251);

interface Scheduled {
  readonly atMs: number;
  readonly data: Uint8Array;
}

test("no byte of a paused frame gets through under loss, delay, reorder and SSRC change", async () => {
  const plan = fc.record({
    lost: fc.uniqueArray(fc.integer({ min: 0, max: 149 }), { maxLength: 30 }),
    delaysMs: fc.array(fc.integer({ min: 0, max: 180 }), { minLength: 150, maxLength: 150 }),
    ssrcChanges: fc.uniqueArray(fc.integer({ min: 10, max: 140 }), { maxLength: 2 }),
    pauseAt: fc.integer({ min: 20, max: 70 }),
    pausedFrames: fc.integer({ min: 5, max: 50 }),
  });
  await fc.assert(
    fc.asyncProperty(plan, async (given) => {
      const { pauseAt, pausedFrames } = given;
      const bench = await new PlaneBench().start({ pause: { fill: "silence", guardMs: 200 } });
      await bench.open();
      bench.post({ type: "listen", recordingKey: "rec" });
      const pauseMs = pauseAt * 20;
      const resumeMs = (pauseAt + pausedFrames) * 20;
      const schedule = range(0, 150)
        .filter((n) => !given.lost.includes(n))
        .map((n): Scheduled => {
          const isPaused = n * 20 >= pauseMs && n * 20 < resumeMs;
          const data = packet(n, { ssrc: 1 + given.ssrcChanges.filter((at) => at <= n).length });
          const mark = isPaused ? PAUSED_MARKS[n % PAUSED_MARKS.length]! : 1 + n;
          data.fill(mark, 12);
          return { atMs: n * 20 + (given.delaysMs[n] ?? 0), data };
        })
        .sort((one, other) => one.atMs - other.atMs);
      let nowMs = 0;
      const at = async (ms: number, act: () => void): Promise<void> => {
        await bench.clock.advance(ms - nowMs);
        nowMs = ms;
        act();
      };
      const request = (type: "pause" | "resume", requestId: number) => (): void =>
        bench.post({ type, requestId, recordingKey: "rec", by: "x", via: "rule" });
      // The pause reaches the plane before the frames that are spoken after it.
      const events = [
        ...schedule.map((one) => ({ ms: one.atMs, act: () => bench.datagram(one.data) })),
        { ms: pauseMs - 0.5, act: request("pause", 1) },
        { ms: resumeMs, act: request("resume", 2) },
      ].sort((one, other) => one.ms - other.ms);
      for (const event of events) await at(event.ms, event.act);
      await bench.clock.advance(500);
      await bench.close();
      for (const bytes of [bench.audio(), bench.heard().bytes]) {
        assert.ok(!bytes.some((code) => code > 200 && code <= 250), "a paused byte got through");
      }
      await bench.stop();
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

test("after resume the guard keeps back what was spoken before and comes late", async () => {
  const bench = await new PlaneBench().start({ pause: { fill: "silence", guardMs: 200 } });
  await bench.open();
  await bench.send(0, 50);
  await bench.pause("pause");
  await bench.send(50, 90);
  await bench.clock.advance(100);
  await bench.pause("resume");
  for (const n of range(90, 96)) bench.datagram(packet(n).fill(222, 12));
  await bench.send(96, 150);
  await bench.close();
  assert.ok(!bench.audio().includes(222));
  assertBytes(bench.audio().subarray(-FRAME * 20), frames(range(130, 150)));
  await bench.stop();
});

test("a pause holds across a re-INVITE to another source", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  await bench.pause("pause");
  const source = { host: PBX, port: 50_000 };
  bench.post({
    type: "renegotiate",
    recordingKey: "rec",
    negotiation: negotiation({ remote: source }),
  });
  await bench.send(0, 50, { source, ssrc: 3 });
  await bench.close();
  assertBytes(
    bench.audio().subarray(50 * FRAME),
    makeFill(50 * FRAME, bench.audio().length - 50 * FRAME, "tone"),
  );
  await bench.stop();
});

test("the gate splits a stretch into what is paused and what is not", () => {
  const gate = new PauseGate({ fill: "tone", guardMs: 0 });
  gate.pause(100);
  assert.equal(gate.pause(120), null);
  assert.deepEqual(gate.resume({ nextSample: 200, predictedSample: 150 }), {
    fromSample: 100,
    toSample: 200,
  });
  assert.equal(gate.resume({ nextSample: 200, predictedSample: 150 }), null);
  gate.pause(300);
  assert.deepEqual(gate.outside(50, 400), [
    { from: 50, samples: 50 },
    { from: 200, samples: 100 },
  ]);
  assert.deepEqual(gate.outside(100, 100), []);
  assert.deepEqual(
    [gate.isClear(0, 100), gate.isClear(99, 101), gate.isClear(200, 300), gate.isClear(900, 901)],
    [true, false, true, false],
  );
  const masked = gate.mask(90, new Uint8Array(20).fill(1));
  assert.deepEqual(masked.subarray(0, 10), new Uint8Array(10).fill(1));
  assert.deepEqual(masked.subarray(10), makeFill(100, 10, "tone"));
});
