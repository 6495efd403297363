// The writer of one live pair by itself: what it asks the disk for, and what it no longer does.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { RecordingWriter, RETRY_MS } from "../../src/media/recording-writer.ts";
import { WRITE_BATCH_LIMIT_BYTES, WriteBudget } from "../../src/media/write-queue.ts";
import { FakeClock, FakeDisk, turns } from "./media-fakes.ts";

const FILL = 0x55;

function setUp(namesSyncedMs = Number.NEGATIVE_INFINITY) {
  const clock = new FakeClock();
  const disk = new FakeDisk();
  const writer = new RecordingWriter(
    {
      directory: "/live",
      recordingKey: "rec",
      budget: new WriteBudget(),
      writeFill: (target) => void target.fill(FILL),
      existing: null,
      namesSyncedMs: () => namesSyncedMs,
      keys: [],
    },
    { clock, disk },
    { onOpened() {}, onWriting() {}, onTrouble() {}, onNamesChanged() {} },
  );
  return { clock, disk, writer };
}

test("the audio is closed only when all of it is written, however many writes that takes", async () => {
  const { disk, writer } = setUp();
  const samples = 6 * WRITE_BATCH_LIMIT_BYTES + 1;
  writer.appendFill(0, samples);
  const told: string[] = [];
  const known = writer.closeAudio((sha256) => told.push(sha256));
  await turns(200);
  const audio = disk.files.get("/live/rec.ul") ?? new Uint8Array();
  assert.equal(audio.length, samples);
  assert.equal(createHash("sha256").update(audio).digest("hex"), known);
  assert.deepEqual(told, [known]);
});

test("R4 after a sync that failed the audio is written again before the file is closed", async () => {
  const { clock, disk, writer } = setUp();
  writer.append(0, new Uint8Array(160));
  writer.kick();
  await turns();
  disk.concerns = (call) => call === "sync /live/rec.ul";
  disk.mood = "EIO";
  assert.equal(await writer.sync(), false);
  disk.heal();
  disk.calls.length = 0;
  writer.closeAudio(() => undefined);
  await turns();
  await clock.advance(RETRY_MS);
  assert.deepEqual(
    disk.calls.filter((call) => call.endsWith("/live/rec.ul")),
    ["read", "write 160@0", "sync", "close"].map((call) => `${call} /live/rec.ul`),
  );
});

test("audio without lines asks nothing of the journal's file", async () => {
  const { disk, writer } = setUp();
  writer.journal("header\n");
  writer.kick();
  await turns();
  disk.calls.length = 0;
  writer.append(0, new Uint8Array(160));
  writer.kick();
  await turns();
  assert.deepEqual(disk.calls, ["write 160@0 /live/rec.ul"]);
});

test("after `abandon` nothing is written, whatever waits and whoever asks", async () => {
  const { disk, writer } = setUp();
  writer.kick();
  await turns();
  writer.journal("too late\n");
  writer.abandon();
  disk.calls.length = 0;
  writer.kick(true);
  await turns();
  assert.deepEqual(disk.calls, []);
});

test("R4 no end is promised before the names of the files are on the medium", async () => {
  for (const [namesSyncedMs, syncs] of [
    [Number.NEGATIVE_INFINITY, 2],
    // As it was opened: the sync may have begun before.
    [1000, 2],
    [1001, 1],
  ] as const) {
    const { disk, writer } = setUp(namesSyncedMs);
    writer.append(0, new Uint8Array(160));
    writer.kick();
    await turns(50);
    writer.finish(
      () => "end\n",
      () => {},
    );
    await turns(50);
    const isSync = (call: string): boolean => call === "syncDirectory /live";
    const endAt = disk.calls.findIndex((call) => call.startsWith("write 4@"));
    assert.ok(endAt > 0, disk.calls.join("\n"));
    assert.equal(disk.calls.slice(0, endAt).some(isSync), syncs === 2, String(namesSyncedMs));
    assert.equal(disk.calls.filter(isSync).length, syncs);
  }
});
