// The live pair on a disk that hangs, fails or is full (design.md §5, "Media plane"): audio stays
// in memory, is tried again, and nothing is thrown; beyond the limits it becomes fill that is told.
import assert from "node:assert/strict";
import test from "node:test";
import { WRITE_BEHIND_LIMIT_BYTES, WriteBudget, WriteQueue } from "../../src/media/write-queue.ts";
import { turns } from "./media-fakes.ts";
import { assertBytes, LIVE, PBX, PlaneBench } from "./plane-bench.ts";
import { FRAME, frames, range } from "./rtp-builder.ts";

test("a disk that hangs at the open: opened after 500 ms in memory, and all is there later", async () => {
  const bench = await new PlaneBench().start();
  bench.disk.mood = "hangs";
  await bench.open();
  await bench.clock.advance(490);
  assert.equal(bench.all("opened").length, 0);
  await bench.clock.advance(20);
  assert.equal(bench.all("opened")[0]?.inMemory, true);
  await bench.send(0, 100);
  assert.equal(bench.audio().length, 0);
  bench.disk.heal();
  await bench.send(100, 130);
  await bench.close();
  assertBytes(bench.audio(), frames(range(0, 130)));
  assert.equal(bench.all("opened").length, 1);
  await bench.finish();
  assert.equal(bench.lines("header").length, 1);
  await bench.stop();
});

for (const code of ["ENOSPC", "EIO"]) {
  test(`${code} while opening and writing is tried again, told once in 10 s, and loses nothing`, async () => {
    const bench = await new PlaneBench().start();
    bench.disk.mood = code;
    await bench.open();
    assert.equal(bench.all("opened")[0]?.inMemory, true);
    await bench.send(0, 100);
    bench.disk.heal();
    await bench.send(100, 200);
    bench.disk.mood = code;
    await bench.send(200, 250);
    bench.disk.heal();
    await bench.send(250, 320);
    await bench.close();
    assertBytes(bench.audio(), frames(range(0, 320)));
    const told = bench.all("notice").filter((event) => event.code === "LIVE_WRITE_FAILED");
    assert.equal(told.length, 1);
    assert.match(told[0]?.detail ?? "", new RegExp(code));
    assert.deepEqual(bench.all("degraded"), []);
    await bench.stop();
  });
}

test("one recording's hanging disk does not disturb another's", async () => {
  const bench = await new PlaneBench().start();
  await bench.open("good");
  const source = { host: PBX, port: 49_160 };
  await bench.open("bad", { remote: source });
  bench.disk.concerns = (call) => call.includes("/bad.");
  bench.disk.mood = "hangs";
  for (let n = 0; n < 100; n += 1) {
    await bench.send(n, n + 1);
    await bench.send(n, n + 1, { source, ssrc: 2 });
  }
  assert.ok(bench.audio("good").length > 80 * FRAME);
  assert.equal(bench.audio("bad").length, 0);
  bench.disk.heal();
  await bench.clock.advance(500);
  await bench.close("good");
  await bench.close("bad");
  await bench.stop();
});

test("beyond 30 s of write-behind audio becomes fill, a gap (overflow), and the call is degraded", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  bench.post({ type: "listen", recordingKey: "rec" });
  await bench.send(0, 50);
  bench.disk.mood = "hangs";
  await bench.send(50, 2000);
  assert.deepEqual(
    bench.all("degraded").map((event) => event.why),
    ["write-overflow"],
  );
  assert.equal(bench.all("notice").filter((one) => one.code === "WRITE_BEHIND_FULL").length, 1);
  const { writeBehindBytes } = bench.all("metrics").at(-1)!;
  assert.ok(writeBehindBytes <= WRITE_BEHIND_LIMIT_BYTES && writeBehindBytes > 200_000);
  bench.disk.heal();
  await bench.send(2000, 2100);
  const closed = await bench.close();
  assert.equal(closed.samples, 2100 * FRAME);
  const expected = frames(range(0, 2100));
  const gaps = bench.lines("gap");
  assert.ok(gaps.length > 0 && gaps.every((gap) => gap.cause === "overflow"));
  for (const gap of gaps) expected.fill(0xff, gap.fromSample, gap.fromSample + gap.samples);
  assertBytes(bench.audio(), expected);
  const heard = bench.heard();
  assertBytes(heard.bytes, expected.subarray(0, heard.bytes.length));
  assert.equal(bench.all("metrics").length > 40, true);
  await bench.stop();
});

test("closed is told after 2 s though the disk hangs; finish waits for the disk", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 60);
  bench.disk.mood = "hangs";
  bench.post({ type: "close", recordingKey: "rec" });
  await bench.clock.advance(1900);
  assert.equal(bench.all("closed").length, 0);
  await bench.clock.advance(200);
  assert.equal(bench.all("closed").length, 1);
  await bench.finish();
  assert.equal(bench.all("finished").length, 0);
  bench.disk.heal();
  await bench.clock.advance(300);
  assert.equal(bench.all("finished").length, 1);
  assert.equal(bench.all("closed").length, 1);
  assertBytes(bench.audio(), frames(range(0, 60)));
  assert.equal(bench.lines("end")[0]?.sha256, bench.all("closed")[0]?.sha256);
  await bench.stop();
});

test("a journal has its end only behind the sync of the audio whose hash the end tells", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 30);
  bench.disk.mood = "hangs";
  await bench.send(30, 60);
  bench.post({ type: "close", recordingKey: "rec" });
  await bench.clock.advance(2_100);
  await bench.finish();
  bench.disk.heal();
  const isSynced = (): boolean => {
    // The last call has not been done yet.
    const calls = bench.disk.calls.slice(0, -1);
    const lastWrite = calls.findLastIndex((call) => /^write .*\.ul/.test(call));
    return calls.findLastIndex((call) => /^sync .*\.ul/.test(call)) > lastWrite;
  };
  // Whatever call would be the last one: what is on the disk by then promises nothing.
  const ended: boolean[] = [];
  bench.disk.concerns = () => {
    if (bench.lines("end").length > 0) ended.push(isSynced());
    return false;
  };
  await bench.clock.advance(300);
  assert.equal(bench.all("finished").length, 1);
  assert.ok(ended.length > 0 && !ended.includes(false));
  assert.equal(bench.audio().length, 60 * FRAME);
  await bench.stop();
});

test("a failing rename is repeated until it succeeds", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 30);
  await bench.close();
  bench.disk.concerns = (call) => call.startsWith("rename");
  bench.disk.mood = "EIO";
  await bench.finish();
  await bench.clock.advance(3000);
  assert.equal(bench.all("finished").length, 0);
  bench.disk.heal();
  await bench.clock.advance(1500);
  assert.equal(bench.all("finished").length, 1);
  assert.ok(bench.disk.files.has(`${LIVE}/rec.vrtx`));
  await bench.stop();
});

test("erase gives up what waits, even when the files could never be made", async () => {
  const bench = await new PlaneBench().start();
  bench.disk.concerns = (call) => call.startsWith("open");
  bench.disk.mood = "ENOSPC";
  await bench.open();
  await bench.send(0, 30);
  bench.post({ type: "erase", recordingKey: "rec" });
  await bench.clock.advance(1500);
  assert.equal(bench.all("finished").length, 1);
  assert.equal(bench.disk.files.size, 0);
  await bench.clock.advance(1500);
  assert.equal(bench.all("metrics").at(-1)?.writeBehindBytes, 0);
  await bench.stop();
});

test("live files are synced every 10 s, and their names within about a second", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 60);
  assert.equal(bench.disk.calls.filter((call) => call === `syncDirectory ${LIVE}`).length, 1);
  await bench.send(60, 1200);
  assert.equal(bench.disk.calls.filter((call) => call === `sync ${LIVE}/rec.ul`).length, 2);
  assert.equal(bench.disk.calls.filter((call) => call === `sync ${LIVE}/rec.tmpvrtx`).length, 2);
  await bench.stop();
});

test("what is over is synced at once, and its journal every 10 s until its last line comes", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 60);
  await bench.close();
  const synced = async (ms: number): Promise<string[]> => {
    bench.disk.calls.length = 0;
    await bench.clock.advance(ms);
    return bench.disk.calls.filter((call) => call.startsWith("sync "));
  };
  const journal = `sync ${LIVE}/rec.tmpvrtx`;
  assert.deepEqual(await synced(500), [journal], "the audio was synced as it was closed");
  assert.deepEqual(await synced(9_000), []);
  assert.deepEqual(await synced(1_000), [journal]);
  await bench.finish();
  assert.deepEqual(await synced(30_000), []);
  assert.ok(bench.disk.files.has(`${LIVE}/rec.vrtx`));
  await bench.stop();
});

test("of what is erased the journal is synced no more, however long the disk takes", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 60);
  bench.disk.concerns = (call) => call.startsWith("sync ");
  bench.disk.mood = "EIO";
  bench.post({ type: "erase", recordingKey: "rec" });
  bench.disk.calls.length = 0;
  await bench.clock.advance(25_000);
  assert.ok(!bench.disk.calls.includes(`sync ${LIVE}/rec.tmpvrtx`));
  bench.disk.heal();
  await bench.clock.advance(1_500);
  assert.equal(bench.disk.files.size, 0);
  await bench.stop();
});

test("stop gives up on a hanging disk after 5 s", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  await bench.send(0, 30);
  bench.disk.mood = "hangs";
  await bench.clock.advance(300);
  const closing = bench.plane.close();
  await bench.clock.advance(4900);
  assert.equal(bench.all("stopped").length, 0);
  await bench.clock.advance(200);
  assert.equal(bench.all("stopped").length, 1);
  await closing;
  assert.deepEqual(bench.clock.running(), []);
});

test("the queue hands out single pieces as they are, and batches of at most 256 KiB when behind", () => {
  const budget = new WriteBudget(1000);
  const queue = new WriteQueue(budget, (target) => target.fill(9));
  const bytes = new Uint8Array(600).fill(1);
  assert.equal(queue.push(0, bytes), true);
  assert.equal(queue.peek(), bytes);
  assert.equal(queue.push(600, new Uint8Array(500)), false, "the shared budget is used up");
  queue.pushFill(600, 200_000);
  queue.pushFill(200_600, 200_000);
  const batch = queue.peek();
  assert.equal(batch.length, 256 * 1024);
  assert.deepEqual([batch[599], batch[600]], [1, 9]);
  queue.drop(100);
  assert.equal(budget.usedBytes, 500);
  queue.drop(500 + 400_000);
  assert.equal(queue.isEmpty, true);
  assert.equal(budget.usedBytes, 0);
  assert.equal(queue.peek().length, 0);
});

test("the journal in memory is limited; lines beyond are refused and told", async () => {
  const bench = await new PlaneBench().start();
  await bench.open();
  bench.disk.mood = "hangs";
  const entry = { type: "rule", title: "x".repeat(100_000), kind: "agent" };
  for (let n = 0; n < 50; n += 1) bench.post({ type: "journal", recordingKey: "rec", entry });
  await turns();
  assert.match(bench.all("notice").at(-1)?.detail ?? "", /a line was refused/);
  bench.disk.heal();
  await bench.close();
  assert.equal(bench.lines("rule").length, 41);
  await bench.stop();
});
