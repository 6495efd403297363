// Going on in the same live pair after kill -9 (design.md §5, "Live pair and crash"): same seconds,
// gap cause restart, pauses still in force.
import assert from "node:assert/strict";
import test from "node:test";
import { makeFill } from "../../src/audio/tone.ts";
import { FakeDisk } from "./media-fakes.ts";
import { assertBytes, LIVE, negotiation, PlaneBench, RTP_PORT } from "./plane-bench.ts";
import { FRAME, frames, packet, type PacketDefaults, range } from "./rtp-builder.ts";

/** A process that recorded `count` frames and was killed; its disk, and what was on it. */
async function killed(count: number, act?: (bench: PlaneBench) => Promise<void>) {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, count);
  await act?.(bench);
  const disk = new FakeDisk();
  for (const [path, bytes] of bench.disk.files) disk.files.set(path, bytes.slice());
  return { disk, wallTimeMs: bench.clock.wallTimeMs() };
}

/** A new process on that disk, `downMs` later. */
async function restarted(before: { disk: FakeDisk; wallTimeMs: number }, downMs: number) {
  const bench = new PlaneBench(before.disk);
  bench.clock.wallOffsetMs = before.wallTimeMs + downMs - bench.clock.nowMs();
  await bench.start();
  return bench;
}

function resume(bench: PlaneBench): void {
  bench.post({
    type: "resumeFile",
    recordingKey: "rec",
    negotiation: negotiation(),
    rtpPort: RTP_PORT,
    entries: [],
  });
}

/** Frames of the call that went on meanwhile. */
async function goOn(bench: PlaneBench, from: number, to: number, of: PacketDefaults = {}) {
  for (const n of range(from, to)) {
    bench.datagram(packet(n, of));
    await bench.clock.advance(20);
  }
}

test("of the same SSRC the timestamps decide: each frame stands where it was spoken", async () => {
  const before = await killed(200);
  const length = before.disk.files.get(`${LIVE}/rec.ul`)?.length ?? 0;
  assert.ok(length >= 200 * FRAME - 500 * 8, "at most 500 ms are missing");
  // The wall clock is 70 ms off, which RTP corrects.
  const bench = await restarted(before, 2070);
  resume(bench);
  await bench.clock.advance(0);
  assert.deepEqual(bench.all("opened")[0], {
    type: "opened",
    recordingKey: "rec",
    rtpPort: RTP_PORT,
    inMemory: false,
    samples: length,
  });
  await goOn(bench, 300, 400);
  await bench.close();
  const expected = frames(range(0, 400));
  expected.fill(0xff, length, 300 * FRAME);
  assertBytes(bench.audio(), expected);
  const gaps = bench.lines("gap");
  assert.deepEqual(
    gaps.map((gap) => [gap.fromSample, gap.samples, gap.cause]),
    [[length, 300 * FRAME - length, "restart"]],
  );
  const elapsed = bench.journal().map((line) => line.elapsedMs);
  assert.deepEqual(
    elapsed,
    [...elapsed].sort((one, other) => one - other),
  );
  await bench.finish();
  await bench.stop();
});

test("what an earlier process may not have synced is synced within about a second", async () => {
  const bench = await restarted(await killed(100), 500);
  resume(bench);
  await goOn(bench, 125, 200);
  for (const file of ["rec.ul", "rec.tmpvrtx"]) {
    const synced = bench.disk.calls.filter((call) => call === `sync ${LIVE}/${file}`);
    assert.equal(synced.length, 1, file);
  }
  await bench.stop();
});

test("of another SSRC the wall clock tells the gap", async () => {
  const before = await killed(200);
  const bench = await restarted(before, 2000);
  resume(bench);
  await bench.clock.advance(0);
  await goOn(bench, 300, 350, { ssrc: 77, firstTimestamp: 1_000_000 });
  await bench.close();
  assertBytes(bench.audio().subarray(-50 * FRAME), frames(range(300, 350)));
  const away = bench.audio().length / FRAME - 350;
  assert.ok(Math.abs(away) <= 1, `${away} frames off`);
  await bench.stop();
});

test("timestamps that have leapt while nobody listened are no witness against clock and numbers", async () => {
  const bench = await restarted(await killed(200), 2000);
  resume(bench);
  await bench.clock.advance(0);
  await goOn(bench, 300, 350, { firstTimestamp: 60 * 8000 });
  await bench.close();
  assertBytes(bench.audio().subarray(-50 * FRAME), frames(range(300, 350)));
  const away = bench.audio().length / FRAME - 350;
  assert.ok(Math.abs(away) <= 1, `${away} frames off`);
  await bench.stop();
});

test("a wall clock that went back makes no negative gap", async () => {
  const before = await killed(200);
  const length = before.disk.files.get(`${LIVE}/rec.ul`)?.length ?? 0;
  const bench = await restarted(before, -3_600_000);
  resume(bench);
  await bench.clock.advance(0);
  await goOn(bench, 0, 50, { ssrc: 77 });
  await bench.close();
  assert.ok(bench.audio().length >= length + 50 * FRAME);
  assert.ok(bench.audio().length <= 260 * FRAME);
  await bench.stop();
});

test("a wall clock set back by as long as a hold had been is no witness against timestamps", async () => {
  // 1.6 s without packets: the timestamps go on, the numbers do not.
  const before = await killed(100, async (bench) => {
    await bench.clock.advance(1600);
    await bench.send(180, 250, { firstSequence: -80 });
  });
  const length = before.disk.files.get(`${LIVE}/rec.ul`)?.length ?? 0;
  const bench = await restarted(before, 400);
  resume(bench);
  await bench.clock.advance(0);
  await goOn(bench, 350, 400, { firstSequence: -80 });
  await bench.close();
  const expected = frames(range(0, 400));
  expected.fill(0xff, 100 * FRAME, 180 * FRAME);
  expected.fill(0xff, length, 350 * FRAME);
  assertBytes(bench.audio(), expected);
  await bench.stop();
});

test("heard nothing more: the file is closed at its length, without a tail", async () => {
  const before = await killed(100);
  const length = before.disk.files.get(`${LIVE}/rec.ul`)?.length ?? 0;
  const bench = await restarted(before, 5000);
  resume(bench);
  await bench.clock.advance(10_000);
  const closed = await bench.close();
  assert.equal(closed.samples, length);
  assert.equal(closed.startTimeMs, Date.parse(bench.lines("media")[0]?.at ?? ""));
  await bench.finish();
  assert.ok(before.disk.files.has(`${LIVE}/rec.vrtx`));
  await bench.stop();
});

test("a pause before the crash is in force after it, until the resume", async () => {
  const before = await killed(100, async (bench) => {
    await bench.pause("pause");
    await bench.send(100, 150);
  });
  const bench = await restarted(before, 1000);
  resume(bench);
  await bench.clock.advance(0);
  assert.equal((await bench.pause("pause")).result, "already");
  await goOn(bench, 200, 250);
  const resumed = await bench.pause("resume");
  await goOn(bench, 250, 300);
  await bench.close();
  const expected = frames(range(0, 300));
  expected.set(makeFill(100 * FRAME, resumed.sample - 100 * FRAME, "tone"), 100 * FRAME);
  const length = before.disk.files.get(`${LIVE}/rec.ul`)?.length ?? 0;
  assert.equal(length, 300 * FRAME);
  assertBytes(bench.audio(), expected);
  await bench.stop();
});

test("a resume's guard before the crash still holds after it", async () => {
  const before = await killed(100, async (bench) => {
    await bench.pause("pause");
    await bench.send(100, 110);
    await bench.pause("resume");
  });
  const bench = await restarted(before, 60);
  resume(bench);
  await bench.clock.advance(0);
  await goOn(bench, 113, 150);
  await bench.close();
  const [line] = bench.lines("resume");
  const edge = line?.toSample ?? 0;
  assert.ok(edge > 113 * FRAME);
  const paused = bench.audio().subarray(113 * FRAME, edge);
  assertBytes(paused, makeFill(113 * FRAME, paused.length, "tone"));
  assertBytes(bench.audio().subarray(edge), frames(range(0, 150)).subarray(edge));
  await bench.stop();
});

test("torn ends are cut: the journal to its last whole line, the audio to whole 20 ms", async () => {
  const before = await killed(100);
  const journal = before.disk.files.get(`${LIVE}/rec.tmpvrtx`) ?? new Uint8Array();
  const torn = new Uint8Array(journal.length + 9).fill(0x7b);
  torn.set(journal);
  before.disk.files.set(`${LIVE}/rec.tmpvrtx`, torn);
  const audio = before.disk.files.get(`${LIVE}/rec.ul`) ?? new Uint8Array();
  before.disk.files.set(`${LIVE}/rec.ul`, audio.slice(0, audio.length - 70));
  const bench = await restarted(before, 500);
  resume(bench);
  await bench.clock.advance(0);
  assert.equal(bench.all("opened")[0]?.samples, audio.length - FRAME);
  await goOn(bench, 125, 140);
  await bench.close();
  assertBytes(bench.audio().subarray(125 * FRAME), frames(range(125, 140)));
  await bench.stop();
});

test("packets that come while the files are read are kept, commands as well", async () => {
  const before = await killed(100);
  const bench = await restarted(before, 400);
  bench.disk.mood = "hangs";
  resume(bench);
  await goOn(bench, 120, 140);
  bench.post({
    type: "journal",
    recordingKey: "rec",
    entry: { type: "rule", title: "t", kind: "k" },
  });
  bench.disk.heal();
  await goOn(bench, 140, 200);
  await bench.close();
  assertBytes(bench.audio().subarray(120 * FRAME), frames(range(120, 200)));
  assert.equal(bench.lines("rule").length, 1);
  await bench.stop();
});

/** Gap lines: from which frame, how many, why. */
function toldGaps(bench: PlaneBench): [number, number, string][] {
  return bench
    .lines("gap")
    .map(({ fromSample, samples, cause }) => [fromSample / FRAME, samples / FRAME, cause]);
}

test("one absence is one gap line, however long, when packets waited for files that were read", async () => {
  const before = await killed(100);
  const kept = (before.disk.files.get(`${LIVE}/rec.ul`)?.length ?? 0) / FRAME;
  const bench = await restarted(before, 2400);
  bench.disk.mood = "hangs";
  resume(bench);
  // More than the 100 ms in which the first packets are put in order.
  await goOn(bench, 220, 230);
  bench.disk.heal();
  await goOn(bench, 230, 260);
  await bench.close();
  assert.deepEqual(toldGaps(bench), [[kept, 220 - kept, "restart"]]);
  const expected = frames(range(0, 260));
  expected.fill(0xff, kept * FRAME, 220 * FRAME);
  assertBytes(bench.audio(), expected);
  await bench.stop();
});

test("one absence is one gap line when a SIP message is written before the tick that follows it", async () => {
  const before = await killed(100);
  const kept = (before.disk.files.get(`${LIVE}/rec.ul`)?.length ?? 0) / FRAME;
  const bench = await restarted(before, 2400);
  resume(bench);
  await bench.clock.advance(0);
  const entry = {
    ...{ type: "sip", direction: "in", transport: "udp", from: "a:1", to: "b:2" },
    text: "INFO …",
  };
  for (const n of range(220, 260)) {
    bench.datagram(packet(n));
    bench.post({ type: "journal", recordingKey: "rec", entry });
    await bench.clock.advance(20);
  }
  await bench.close();
  assert.deepEqual(toldGaps(bench), [[kept, 220 - kept, "restart"]]);
  await bench.stop();
});

test("what cannot be resumed is told: no journal, no header, or a disk that hangs for 10 s", async () => {
  const bench = await new PlaneBench().start();
  resume(bench);
  await bench.clock.advance(0);
  assert.equal(bench.all("openFailed")[0]?.code, "LIVE_WRITE_FAILED");
  bench.disk.files.set(`${LIVE}/rec.tmpvrtx`, new TextEncoder().encode("{}\n"));
  resume(bench);
  await bench.clock.advance(0);
  assert.equal(bench.all("openFailed")[1]?.code, "JOURNAL_DAMAGED");
  bench.disk.mood = "hangs";
  resume(bench);
  bench.post({ type: "pause", requestId: 5, recordingKey: "rec", by: "x", via: "api" });
  await bench.clock.advance(10_100);
  assert.equal(bench.all("openFailed")[2]?.code, "LIVE_WRITE_FAILED");
  assert.equal(bench.all("pauseApplied")[0]?.result, "no-recording");
  bench.disk.heal();
  await bench.clock.advance(100);
  assert.equal(bench.all("opened").length, 0);
  await bench.stop();
});

test("damaged lines in the middle are told and stepped over; a call without media begins anew", async () => {
  const before = await killed(0);
  const journal = before.disk.files.get(`${LIVE}/rec.tmpvrtx`) ?? new Uint8Array();
  const damaged = new Uint8Array(journal.length + 4);
  damaged.set(journal);
  damaged.set(new TextEncoder().encode("?!?\n"), journal.length);
  before.disk.files.set(`${LIVE}/rec.tmpvrtx`, damaged);
  before.disk.files.delete(`${LIVE}/rec.ul`);
  const bench = await restarted(before, 500);
  resume(bench);
  await bench.clock.advance(0);
  assert.ok(bench.all("notice").some((event) => event.code === "JOURNAL_DAMAGED"));
  await goOn(bench, 0, 50);
  bench.post({ type: "close", recordingKey: "rec" });
  await bench.clock.advance(0);
  assertBytes(bench.audio(), frames(range(0, 50)));
  assert.equal(bench.all("closed")[0]?.samples, 50 * FRAME);
  await bench.stop();
});
