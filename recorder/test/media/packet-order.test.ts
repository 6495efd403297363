// Order, loss and duplicates through the whole plane, as properties (design.md §5, "Timeline").
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { assertBytes, PlaneBench } from "./plane-bench.ts";
import { FRAME, frame, frames, packet, range, rtp } from "./rtp-builder.ts";

const COUNT = 120;

test("any order, loss and duplication within the window gives exactly the expected bytes", async () => {
  const plan = fc.record({
    lost: fc.uniqueArray(fc.integer({ min: 1, max: COUNT - 2 }), { maxLength: 25 }),
    delaysMs: fc.array(fc.integer({ min: 0, max: 90 }), { minLength: COUNT, maxLength: COUNT }),
    copies: fc.uniqueArray(fc.integer({ min: 0, max: COUNT - 1 }), { maxLength: 20 }),
    firstSequence: fc.integer({ min: 0, max: 65_535 }),
    firstTimestamp: fc.integer({ min: 0, max: 4_294_967_295 }),
    isListened: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(plan, async (given) => {
      const { firstSequence, firstTimestamp } = given;
      const bench = await new PlaneBench().start();
      await bench.open();
      if (given.isListened) bench.post({ type: "listen", recordingKey: "rec" });
      const sent = range(0, COUNT).filter((n) => !given.lost.includes(n));
      const arrivals = [...sent, ...given.copies.filter((n) => sent.includes(n))]
        .map((n, index) => ({ n, atMs: n * 20 + (given.delaysMs[(n + index) % COUNT] ?? 0) }))
        .sort((one, other) => one.atMs - other.atMs);
      let nowMs = 0;
      for (const { n, atMs } of arrivals) {
        await bench.clock.advance(atMs - nowMs);
        nowMs = atMs;
        bench.datagram(packet(n, { firstSequence, firstTimestamp }));
      }
      const closed = await bench.close();
      const expected = frames(range(0, COUNT));
      for (const n of given.lost) expected.fill(0xff, n * FRAME, (n + 1) * FRAME);
      assertBytes(bench.audio(), expected);
      const { statistics } = closed;
      assert.equal(statistics.packetsReceived, sent.length);
      assert.equal(statistics.packetsLost, given.lost.length);
      assert.equal(statistics.packetsDuplicate, arrivals.length - sent.length);
      assert.equal(statistics.packetsLate, 0);
      const filled = bench.lines("gap").flatMap((gap) => {
        assert.equal(gap.cause, "loss");
        return range(gap.fromSample / FRAME, (gap.fromSample + gap.samples) / FRAME);
      });
      assert.deepEqual(
        filled,
        [...given.lost].sort((one, other) => one - other),
      );
      if (given.isListened)
        assertBytes(bench.heard().bytes, bench.audio().subarray(0, bench.heard().bytes.length));
      await bench.stop();
    }),
    { numRuns: 25, endOnFailure: true },
  );
});

test("a stalled thread loses nothing: the burst after it stands where it was spoken", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 30);
  bench.clock.stall(3000);
  for (const n of range(30, 180)) bench.datagram(packet(n));
  await bench.send(180, 200);
  await bench.close();
  assertBytes(bench.audio(), frames(range(0, 200)));
  await bench.stop();
});

test("the first packet may be overtaken: sample 0 is the earliest of the first 100 ms", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  for (const n of [2, 0, 1, 3]) {
    bench.datagram(packet(n));
    await bench.clock.advance(20);
  }
  await bench.send(4, 40);
  await bench.close();
  assertBytes(bench.audio(), frames(range(0, 40)));
  assert.deepEqual(
    bench.all("media").map((event) => event.sample),
    [0],
  );
  await bench.stop();
});

test("a sequence restart keeps both packets that prove it, a lone wild one is a stray", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 50);
  bench.datagram(packet(20_000));
  await bench.send(50, 100);
  await bench.send(100, 150, { firstSequence: 30_000, firstTimestamp: 7_000_000 });
  const closed = await bench.close();
  const expected = frames(range(0, 150));
  assertBytes(bench.audio(), expected);
  assert.equal(closed.statistics.packetsStray, 1);
  assertBytes(bench.audio().subarray(100 * FRAME, 101 * FRAME), frame(100));
  await bench.stop();
});

test("packets of the SSRC before that are overtaken by the new one still find their place", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 48);
  await bench.clock.advance(40);
  const changed = { ssrc: 5, firstSequence: 100 };
  bench.datagram(packet(50, changed));
  await bench.clock.advance(20);
  bench.datagram(packet(51, changed));
  bench.datagram(packet(49));
  bench.datagram(packet(48));
  bench.datagram(packet(48));
  await bench.clock.advance(20);
  await bench.send(52, 100, changed);
  const closed = await bench.close();
  assertBytes(bench.audio(), frames(range(0, 100)));
  assert.equal(closed.statistics.packetsDuplicate, 1);
  await bench.stop();
});

test("jitter counts in order of arrival, overtaken packets too (RFC 3550 §6.4.1)", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  let [expected, transit, nowMs] = [0, 0, 0];
  const delayMs = (n: number) => (n % 4 === 1 ? 70 : 0);
  const arrivals = range(0, COUNT).map((n) => ({ n, atMs: n * 20 + delayMs(n) }));
  for (const { n, atMs } of arrivals.toSorted((one, other) => one.atMs - other.atMs)) {
    await bench.clock.advance(atMs - nowMs);
    nowMs = atMs;
    bench.datagram(packet(n));
    const difference = Math.abs(delayMs(n) - transit);
    transit = delayMs(n);
    expected += (difference - expected) / 16;
  }
  const { statistics } = await bench.close();
  assert.ok(expected > 30, "seen with sequence alone it would be nothing");
  assert.ok(Math.abs(statistics.jitterMs - expected) < 1, `${statistics.jitterMs}, ${expected}`);
  await bench.stop();
});

/** Where each frame stands, one behind the other; -1 = it does not. */
function placesOf(audio: Uint8Array, count: number): number[] {
  const bytes = Buffer.from(audio);
  let from = 0;
  return range(0, count).map((n) => {
    const at = bytes.indexOf(frame(n), from);
    if (at >= 0) from = at + FRAME;
    return at;
  });
}

test("a timestamp that jumps while packets overtake one another costs none of them", async () => {
  const plan = fc.record({
    jumpAt: fc.integer({ min: 10, max: 80 }),
    jump: fc.constantFrom(13_446, -13_446, 1_000_000, 2 ** 31),
    delaysMs: fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 90, maxLength: 90 }),
    isListened: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ jumpAt, jump, delaysMs, isListened }) => {
      const bench = await new PlaneBench().start();
      await bench.open();
      if (isListened) bench.post({ type: "listen", recordingKey: "rec" });
      const arrivals = range(0, 90)
        .map((n) => ({ n, atMs: n * 20 + (delaysMs[n] ?? 0) }))
        .sort((one, other) => one.atMs - other.atMs);
      let nowMs = 0;
      for (const { n, atMs } of arrivals) {
        await bench.clock.advance(atMs - nowMs);
        nowMs = atMs;
        const timestamp = n * FRAME + (n >= jumpAt ? jump : 0);
        bench.datagram(rtp({ payload: frame(n), sequence: n, timestamp }));
      }
      const { statistics } = await bench.close();
      const places = placesOf(bench.audio(), 90);
      assert.ok(!places.includes(-1), `frame ${places.indexOf(-1)} is missing`);
      assert.ok((places.at(-1) ?? 0) <= 89 * FRAME + 1_600, "no hole stands in its place");
      assert.equal(statistics.packetsLate, 0);
      await bench.stop();
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

test("the first packet after a hold may be overtaken, and come after the hold has been written", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 20);
  await bench.clock.advance(2_000);
  const after = (n: number): Uint8Array =>
    rtp({ payload: frame(n), sequence: n, timestamp: n * FRAME + 16_000 });
  bench.datagram(after(21));
  await bench.clock.advance(150);
  bench.datagram(after(20));
  await bench.send(22, 30, { firstTimestamp: 16_000 });
  await bench.close();
  const places = placesOf(bench.audio(), 30).slice(20);
  assert.deepEqual(
    places,
    range(20, 30).map((n) => n * FRAME + 16_000),
  );
  assert.deepEqual(
    bench.lines("gap").map(({ fromSample, samples, cause }) => [fromSample, samples, cause]),
    [[20 * FRAME, 16_000, "hold"]],
  );
  await bench.stop();
});

test("an overtaken packet with a bit error in its timestamp opens no hole", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 20);
  bench.datagram(packet(21));
  await bench.clock.advance(20);
  bench.datagram(rtp({ payload: frame(20), sequence: 20, timestamp: 20 * FRAME + 2 ** 20 }));
  await bench.send(22, 40);
  await bench.close();
  assertBytes(bench.audio(), frames(range(0, 40)));
  await bench.stop();
});
