// What `verify` tells of a recording: each check, each state, in words that people can act on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serializeJournalLine } from "../../src/audio/journal.ts";
import { RecorderError } from "../../src/errors.ts";
import type { Encoder } from "../../src/ports/index.ts";
import { commitRecording } from "../../src/storage/commit.ts";
import { PoolDrive } from "../../src/storage/drive.ts";
import { readLivePair } from "../../src/storage/live-pair.ts";
import { verifyRecording } from "../../src/storage/verification.ts";
import { CrashDisk, CrashMedium, type CallHook } from "./crash-disk.ts";
import { ManualClock, runUntil } from "./manual-clock.ts";
import { DAY, finishedPair, keyOf, LIVE, standInEncoder } from "./world.ts";

const KEY = keyOf(1);
const SPX = `/one/${DAY}/${KEY}.spx`;
const VRTX = `/one/${DAY}/${KEY}.vrtx`;

/** A recording that is committed, unless the test says otherwise, and its live pair. */
async function setUp(
  set: { readonly samples?: number; readonly isStored?: boolean; readonly hook?: CallHook } = {},
) {
  const { samples = 1600, isStored = true, hook } = set;
  const medium = new CrashMedium();
  const clock = new ManualClock();
  finishedPair(medium, 1, samples);
  medium.directories.add("/one");
  const plain = new CrashDisk(medium);
  const encoder: Encoder = standInEncoder(plain, {});
  const whole = new PoolDrive(
    { pool: "main", path: "/one", maxBytes: 1_000_000 },
    { clock, disk: plain },
  );
  const live = await readLivePair(plain, { directory: LIVE, key: KEY, hasAudio: samples > 0 });
  const job = { key: KEY, day: DAY.split("/"), live, quality: 8 };
  const committed = isStored ? await commitRecording(job, whole, { clock, encoder }) : null;
  const disk = new CrashDisk(medium, hook);
  const drive = new PoolDrive({ pool: "main", path: "/one", maxBytes: 1_000_000 }, { clock, disk });
  const verify = (with_: Partial<Encoder> = {}) =>
    verifyRecording(
      {
        key: KEY,
        place: committed === null ? null : { drive, ...committed },
        liveDirectory: LIVE,
      },
      { disk, encoder: { ...encoder, ...with_ } },
    );
  const change = (path: string, to: (data: Uint8Array) => Uint8Array): void => {
    medium.put(path, to(medium.files.get(path)?.data ?? assert.fail(path)));
  };
  const release = (): void => {
    for (const path of medium.paths(LIVE)) medium.files.delete(path);
  };
  return { medium, clock, disk, verify, change, release };
}

const WHOLE = {
  recordingKey: KEY,
  state: "ok",
  pool: "main",
  drive: "/one",
  path: SPX,
  samples: 1600,
  bytes: 1601,
  isAsStored: true,
  isDecodable: true,
  isLiveAsRecorded: true,
  problems: [],
};

test("whole is what has bytes, hash, samples and audio of its journal, with or without live pair", async () => {
  const { verify, release } = await setUp();
  assert.deepEqual(await verify(), WHOLE);
  release();
  assert.deepEqual(await verify(), { ...WHOLE, isLiveAsRecorded: null });
});

test("a recording without a packet is whole without an .spx", async () => {
  const { verify } = await setUp({ samples: 0 });
  assert.deepEqual(await verify(), { ...WHOLE, path: null, samples: 0, bytes: 0 });
});

test("an .spx that is longer or of other bytes is not the one that was stored", async () => {
  for (const to of [
    (data: Uint8Array) => Uint8Array.of(...data, 0xff),
    (data: Uint8Array) => data.with(900, (data[900] ?? 0) ^ 1),
  ]) {
    const { verify, change } = await setUp();
    change(SPX, to);
    const { state, isAsStored, problems } = await verify();
    assert.deepEqual([state, isAsStored], ["damaged", false]);
    assert.deepEqual(problems, ["the .spx is not the one that was stored"]);
  }
});

test("samples that are missing are told, within the tolerance of the codec's last frame", async () => {
  const { verify } = await setUp();
  const decode = (samples: number) =>
    verify({ decode: async (_path, onSamples) => onSamples(new Int16Array(samples).fill(1)) });
  const short = await decode(1439);
  assert.deepEqual([short.state, short.isDecodable], ["damaged", false]);
  assert.ok(short.problems.includes("the .spx has 1439 samples instead of 1600"));
  const other = await decode(1440);
  assert.deepEqual([other.state, other.isDecodable], ["damaged", true]);
  assert.match(other.problems[0] ?? "", /^the \.spx holds other audio than the \.ul: the corr/);
});

test("without its live pair nobody can tell other audio, nor with one that has changed", async () => {
  const silence: Partial<Encoder> = {
    decode: async (_path, onSamples) => onSamples(new Int16Array(1600)),
  };
  const released = await setUp();
  released.release();
  assert.equal((await released.verify(silence)).state, "ok");
  const changed = await setUp();
  changed.change(`${LIVE}/${KEY}.ul`, (data) => data.with(3, (data[3] ?? 0) ^ 1));
  const { state, isLiveAsRecorded, problems } = await changed.verify(silence);
  assert.deepEqual([state, isLiveAsRecorded], ["damaged", false]);
  assert.deepEqual(problems, ["the .ul differs from its journal"]);
});

test("what does not decode is told with the encoder's words, and in its time", async () => {
  const { verify, clock } = await setUp({ samples: 16_000 });
  const failing = await verify({ decode: () => Promise.reject(new Error("no Ogg")) });
  assert.deepEqual([failing.state, failing.isAsStored], ["damaged", true]);
  assert.deepEqual(failing.problems, ["the .spx does not decode: decode: no Ogg"]);
  const own = new RecorderError("ENCODER_MISSING", "speexdec");
  const missing = await verify({ decode: () => Promise.reject(own) });
  assert.deepEqual(missing.problems, [`the .spx does not decode: ${own.message}`]);
  let told = "";
  void verify({ decode: () => new Promise(() => undefined) }).then(({ problems }) => {
    told = problems.join();
  });
  await runUntil(clock, () => told !== "", 1_000_000);
  assert.equal(told, "the .spx does not decode: decode: no answer in 122000 ms");
});

test("a journal without end or stored line, or with torn lines, is told as such", async () => {
  const { verify, change, medium } = await setUp();
  const text = new TextDecoder().decode(medium.files.get(VRTX)?.data);
  const lines = text.trimEnd().split("\n");
  const without = (type: string) => () =>
    new TextEncoder().encode(
      `${lines.filter((line) => !line.includes(`"type":"${type}"`)).join("\n")}\n`,
    );
  change(VRTX, without("stored"));
  const unstored = await verify();
  assert.deepEqual([unstored.state, unstored.samples], ["damaged", 0]);
  assert.deepEqual(unstored.problems, ["the journal has no stored line"]);
  change(VRTX, without("end"));
  assert.deepEqual((await verify()).problems, ["the journal has no end line"]);
  change(VRTX, () => new TextEncoder().encode(`not json\n${text}`));
  const torn = await verify();
  assert.deepEqual(torn.problems, ["the journal has lines that cannot be read"]);
  assert.deepEqual([torn.state, torn.isDecodable], ["damaged", true]);
});

test("an .spx that should be there and is not is told; what has none has 0 bytes stored", async () => {
  const { verify, change, medium } = await setUp({ samples: 0 });
  const stamps = { at: "2026-11-22T17:00:01.234Z", elapsedMs: 0, sample: 0 };
  const end = { ...stamps, type: "end", reason: "remote-bye", outcome: "ok", sha256: "" };
  const stored = {
    ...stamps,
    type: "stored",
    pool: "main",
    drive: "/one",
    sha256: "",
    encoder: "x",
  };
  const rest = medium.files.get(VRTX)?.data ?? new Uint8Array();
  change(VRTX, () =>
    Buffer.concat([
      rest,
      Buffer.from(serializeJournalLine({ ...end, samples: 5 })),
      Buffer.from(serializeJournalLine({ ...stored, bytes: 9 })),
    ]),
  );
  const { state, problems, isAsStored, isDecodable } = await verify();
  assert.deepEqual([state, isAsStored, isDecodable], ["damaged", false, false]);
  assert.deepEqual(problems, ["the .spx is gone"]);
});

test("a drive that cannot be read makes no judgement, and says where it failed", async () => {
  for (const [op, what, path] of [
    ["readFile", "read journal", VRTX],
    ["open", "open", SPX],
    ["read", "read", SPX],
  ] as const) {
    const hook: CallHook = (call) =>
      call.op === op && call.path === path ? { before: "fail" } : null;
    const { verify } = await setUp({ hook });
    const { state, problems } = await verify();
    assert.deepEqual([state, problems], ["unreadable", [`${what}: EIO: ${path}`]]);
  }
});

test("a mistake of ours is no unreadable drive", async () => {
  const { verify, disk, release } = await setUp();
  release();
  disk.readFile = () => Promise.resolve(null as never);
  await assert.rejects(verify(), TypeError);
});

test("what is in no pool: not stored, damaged, or nowhere", async () => {
  const { verify, change, release } = await setUp({ isStored: false });
  const unstored = {
    ...{ recordingKey: KEY, pool: null, drive: null, path: null, bytes: 0, samples: 1600 },
    ...{ isAsStored: false, isDecodable: false, isLiveAsRecorded: true, problems: [] },
  };
  assert.deepEqual(await verify(), { ...unstored, state: "not-stored" });
  change(`${LIVE}/${KEY}.ul`, (data) => data.with(3, (data[3] ?? 0) ^ 1));
  assert.deepEqual(await verify(), {
    ...{ ...unstored, state: "damaged", isLiveAsRecorded: false },
    problems: ["the .ul differs from its journal"],
  });
  release();
  assert.deepEqual(await verify(), {
    ...{ ...unstored, state: "missing", samples: 0, isLiveAsRecorded: null },
    problems: ["no drive and no finished live pair has this recording"],
  });
});

test("a live pair that cannot be read is a problem, stored or not; a mistake of ours is none", async () => {
  const hook: CallHook = ({ op, path }) =>
    op === "read" && path.startsWith(LIVE) ? { before: "fail" } : null;
  for (const isStored of [true, false]) {
    const { verify } = await setUp({ hook, isStored });
    const { state, problems, isLiveAsRecorded } = await verify();
    assert.deepEqual([state, isLiveAsRecorded], ["damaged", null]);
    assert.match(
      problems.join(),
      new RegExp(`^the live pair cannot be read: LIVE_READ_FAILED: .*${KEY}: EIO`),
    );
  }
  const unseen: CallHook = ({ op, path }) =>
    op === "status" && path.startsWith(LIVE) ? { before: "fail" } : null;
  const { problems } = await (await setUp({ hook: unseen })).verify();
  assert.deepEqual(problems, [`the live pair cannot be read: EIO: ${LIVE}/${KEY}.vrtx`]);
  const { verify } = await setUp({
    hook: () => {
      throw new TypeError("a mistake");
    },
  });
  await assert.rejects(verify(), /a mistake/);
});
