// A finished live pair as storage reads it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeUlawBytes } from "../../src/audio/g711.ts";
import { RecorderError } from "../../src/errors.ts";
import { EnvelopeMeter } from "../../src/storage/envelope.ts";
import { readLivePair } from "../../src/storage/live-pair.ts";
import { CrashDisk, CrashMedium, type CallHook } from "./crash-disk.ts";
import { finishedPair, keyOf, LIVE, talk } from "./world.ts";

const KEY = keyOf(1);

function setUp(samples: number, hook?: CallHook) {
  const medium = new CrashMedium();
  finishedPair(medium, 1, samples);
  const disk = new CrashDisk(medium, hook);
  const read = (hasAudio = true) => readLivePair(disk, { directory: LIVE, key: KEY, hasAudio });
  return { medium, disk, read };
}

test("samples, hash and envelope are those of the whole file, however it falls into pieces", async () => {
  const piece = 256 * 1024;
  for (const samples of [1600, piece - 1, piece, piece + 1]) {
    const { read, disk } = setUp(samples);
    const pair = await read();
    assert.deepEqual(
      [pair.samples, pair.isAsRecorded, pair.end?.samples],
      [samples, true, samples],
    );
    const meter = new EnvelopeMeter();
    meter.push(decodeUlawBytes(talk(samples, 1)));
    assert.deepEqual(pair.envelope, meter.flush());
    assert.equal(pair.source, `${LIVE}/${KEY}.ul`);
    assert.equal(disk.openFiles, 0);
  }
});

test("a torn last line of the journal is left out", async () => {
  const { medium, read } = setUp(800);
  const whole = medium.files.get(`${LIVE}/${KEY}.vrtx`)?.data ?? assert.fail();
  medium.put(`${LIVE}/${KEY}.vrtx`, Buffer.concat([whole, Buffer.from('{"type"')]));
  assert.deepEqual(Buffer.from((await read()).journal), Buffer.from(whole));
});

test("as recorded is what has the end line's hash, has no end yet, or has no audio", async () => {
  const { medium, read } = setUp(800);
  medium.put(`${LIVE}/${KEY}.ul`, talk(800, 2));
  assert.equal((await read()).isAsRecorded, false);
  const none = await read(false);
  assert.deepEqual([none.isAsRecorded, none.samples, none.envelope.energies], [true, 0, []]);
  medium.put(`${LIVE}/${KEY}.vrtx`, new Uint8Array());
  const endless = await read();
  assert.deepEqual([endless.isAsRecorded, endless.end], [true, null]);
});

test("what cannot be read is told with key and code, and the file is closed", async () => {
  const { read, disk } = setUp(800, ({ op }) => (op === "read" ? { before: "fail" } : null));
  await assert.rejects(read(), (error) => {
    assert.ok(error instanceof RecorderError);
    assert.deepEqual([error.code, error.detail], ["LIVE_READ_FAILED", `${KEY}: EIO`]);
    return true;
  });
  assert.equal(disk.openFiles, 0);
  const wrong = setUp(800, () => {
    throw new TypeError("a mistake");
  });
  await assert.rejects(wrong.read(), TypeError);
});
