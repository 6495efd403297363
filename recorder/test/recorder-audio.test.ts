// The audio of complete recordings for the API: the live pair while it is there, else the pool's
// file; a drive that hangs is a coded error; the story of the journal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUlawBytes } from "../src/audio/g711.ts";
import { RecorderError } from "../src/errors.ts";
import type { Encoder } from "../src/ports/index.ts";
import { DECODED_LIMIT_BYTES, RecordingReader } from "../src/recorder-audio.ts";
import { ROW } from "./http/fakes.ts";
import { MemoryDisk } from "./memory-disk.ts";
import { TestClock } from "./sip/fake-ports.ts";

function open(samplesInFile = 1_000) {
  const disk = new MemoryDisk();
  const drive = new MemoryDisk();
  const clock = new TestClock();
  let decodes = 0;
  const encoder: Encoder = {
    describe: () => Promise.resolve("test"),
    encode: () => assert.fail("nothing is encoded"),
    decode: (_path, onSamples) => {
      decodes += 1;
      for (let at = 0; at < samplesInFile; at += 300) {
        const length = Math.min(300, samplesInFile - at);
        onSamples(Int16Array.from({ length }, (_, index) => at + index));
      }
      return Promise.resolve();
    },
  };
  const ports = { clock, disk, driveDisk: () => drive, encoder };
  return {
    disk,
    drive,
    clock,
    decodes: () => decodes,
    hang: () => {
      drive.status = () => new Promise(() => undefined);
    },
    reader: new RecordingReader(ports, "/live"),
  };
}

test("from the live pair: exact, any part", async () => {
  const { disk, reader, decodes } = open();
  const samples = Int16Array.from([0, 8, -8, 1_000, -1_000]);
  const ulaw = encodeUlawBytes(samples);
  disk.put("/live/key-1.ul", ulaw);
  const audio = await reader.openAudio({ ...ROW, pool: null, drive: null, path: null });
  assert.ok(audio !== null);
  assert.deepEqual([audio.samples, audio.spxBytes], [5, null]);
  const part = await audio.readSamples(1, 4);
  assert.deepEqual(encodeUlawBytes(part), ulaw.subarray(1, 4));
  await assert.rejects(audio.readSpx(0, 1), (error) => error instanceof RecorderError);
  assert.equal(decodes(), 0);
});

test("from the pool: bytes as stored, decoded once, as long as the recording was", async () => {
  const { drive, reader, decodes } = open(990);
  drive.put("/pool/key-1.spx", new Uint8Array([9, 8, 7]));
  const audio = await reader.openAudio({ ...ROW, samples: 1_000 });
  assert.ok(audio !== null);
  assert.deepEqual([audio.samples, audio.spxBytes], [1_000, 3]);
  assert.deepEqual([...(await audio.readSpx(1, 3))], [8, 7]);
  assert.deepEqual([...(await audio.readSamples(299, 302))], [299, 300, 301]);
  assert.deepEqual([...(await audio.readSamples(988, 1_000))].slice(0, 4), [988, 989, 0, 0]);
  assert.equal(decodes(), 1);
  await audio.close();
});

test("nothing is left: null", async () => {
  const { reader } = open();
  assert.equal(await reader.openAudio(ROW), null);
  assert.equal(await reader.openAudio({ ...ROW, drive: null, path: null }), null);
});

test("decoded audio has a limit for all exports together", async () => {
  const { drive, reader } = open(0);
  drive.put("/pool/key-1.spx", new Uint8Array(1));
  const first = await reader.openAudio({ ...ROW, samples: 10 });
  const second = await reader.openAudio({ ...ROW, samples: DECODED_LIMIT_BYTES / 2 });
  await first?.readSamples(0, 1);
  const isBusy = (error: unknown): boolean =>
    error instanceof RecorderError && error.code === "EXPORTS_BUSY";
  await assert.rejects(async () => second?.readSamples(0, 1), isBusy);
  await first?.close();
  const third = await reader.openAudio({ ...ROW, samples: 10 });
  assert.equal((await third?.readSamples(0, 1))?.length, 1);
});

test("a drive that hangs is DRIVE_FAILED, in time", async () => {
  const { clock, hang, reader } = open();
  hang();
  const opening = reader.openAudio(ROW);
  const failed = assert.rejects(
    opening,
    (error) => error instanceof RecorderError && error.code === "DRIVE_FAILED",
  );
  clock.advance(10_000);
  await failed;
});

test("the story of a journal: events, pauses with their ends, gaps, the digest", async () => {
  const { drive, reader } = open();
  const stamps = { at: "2026-11-22T17:00:00.000Z", elapsedMs: 0, sample: 0 };
  const lines = [
    { type: "event", eventId: "e", kind: "talking", fromSample: 0, toSample: 9, parties: ["a"] },
    { type: "pause", fromSample: 1, by: "Ann", via: "api", fill: "tone" },
    { type: "resume", fromSample: 1, toSample: 3, by: "Ann", via: "api", fill: "tone" },
    { type: "pause", fromSample: 5, by: "Bob", via: "dashboard", fill: "tone" },
    { type: "gap", fromSample: 4, samples: 1, cause: "loss" },
    { type: "end", reason: "remote-bye", outcome: "ok", samples: 9, sha256: "ab" },
  ].map((line) => JSON.stringify({ ...stamps, ...line }));
  drive.put("/pool/key-1.vrtx", `${lines.join("\n")}\n`);
  assert.deepEqual(await reader.storyOf(ROW), {
    sha256: "ab",
    events: [{ eventId: "e", kind: "talking", fromSample: 0, toSample: 9, parties: ["a"] }],
    messages: [],
    pauses: [
      { fromSample: 1, toSample: 3, by: "Ann", via: "api" },
      { fromSample: 5, toSample: null, by: "Bob", via: "dashboard" },
    ],
    gaps: [{ fromSample: 4, samples: 1, cause: "loss" }],
  });
  assert.equal(await reader.storyOf({ ...ROW, recordingKey: "key-9", path: "/pool/9.spx" }), null);
});
