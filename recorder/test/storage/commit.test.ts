// One attempt to put one recording on one drive: which step failed is told, each limit has its
// boundary, and what the pool's journal says of the copy.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { linesOfType, parseJournal } from "../../src/audio/journal.ts";
import { RecorderError } from "../../src/errors.ts";
import type { Encoder } from "../../src/ports/index.ts";
import { commitRecording } from "../../src/storage/commit.ts";
import { DriveTrouble, PoolDrive, type Committed } from "../../src/storage/drive.ts";
import { readLivePair } from "../../src/storage/live-pair.ts";
import { CrashDisk, CrashMedium, diskError, type CallHook } from "./crash-disk.ts";
import { ManualClock, runUntil } from "./manual-clock.ts";
import { DAY, finishedPair, keyOf, LIVE, standInEncoder } from "./world.ts";

const KEY = keyOf(1);
const STEM = `/one/${DAY}/${KEY}`;
const SLACK_BYTES = 8192;

interface Setting {
  readonly samples?: number;
  readonly maxBytes?: number;
  readonly hook?: CallHook;
  readonly encoder?: Partial<Encoder>;
}

async function setUp({ samples = 1600, maxBytes = 10_000_000, hook, encoder = {} }: Setting = {}) {
  const medium = new CrashMedium();
  const clock = new ManualClock();
  finishedPair(medium, 1, samples);
  medium.directories.add("/one");
  const disk = new CrashDisk(medium, hook);
  const drive = new PoolDrive({ pool: "main", path: "/one", maxBytes }, { clock, disk });
  const hasAudio = samples > 0;
  const live = await readLivePair(new CrashDisk(medium), { directory: LIVE, key: KEY, hasAudio });
  const tools = { clock, encoder: { ...standInEncoder(new CrashDisk(medium), {}), ...encoder } };
  const job = { key: KEY, day: DAY.split("/"), live, quality: 8 };
  const commit = (): Promise<Committed> => commitRecording(job, drive, tools);
  const text = (ending: string): Uint8Array =>
    medium.files.get(STEM + ending)?.data ?? assert.fail(`no ${ending}`);
  return { medium, clock, drive, live, commit, text };
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof DriveTrouble) return `${error.kind}: ${error.message}`;
    if (error instanceof RecorderError) return `${error.code}: ${error.detail}`;
    throw error;
  }
  return "none";
}

test("whatever call to the drive fails, the trouble says which step it was", async () => {
  const troubles: string[] = [];
  for (let failing = 1; ; failing += 1) {
    let count = 0;
    const hook: CallHook = () => {
      count += 1;
      return count === failing ? { before: "fail" } : null;
    };
    const { commit } = await setUp({ hook });
    const failure = await failureOf(commit());
    if (failure === "none") break;
    troubles.push(failure.replace(STEM, "K").replace(`/one/${DAY}`, "DAY"));
  }
  assert.deepEqual(troubles, [
    "failed: free space: EIO: /one",
    "failed: make directory: EIO: DAY",
    "failed: sync directory: EIO: /one",
    "failed: sync directory: EIO: /one/2026",
    "failed: sync directory: EIO: /one/2026/11",
    "failed: look: EIO: K.spx.part",
    "failed: open: EIO: K.spx.part",
    "failed: close: EIO: K.spx.part",
    "failed: open: EIO: K.spx.part",
    "failed: sync: EIO: K.spx.part",
    "failed: read: EIO: K.spx.part",
    "failed: close: EIO: K.spx.part",
    "failed: rename: EIO: K.spx",
    "failed: sync directory: EIO: DAY",
    "failed: look: EIO: K.vrtx.part",
    "failed: open: EIO: K.vrtx.part",
    "failed: write: EIO: K.vrtx.part",
    "failed: sync: EIO: K.vrtx.part",
    "failed: close: EIO: K.vrtx.part",
    "failed: commit: EIO: K.vrtx",
    "failed: sync directory: EIO: DAY",
  ]);
});

test("what an earlier attempt left is removed before a new file is made", async () => {
  for (const ending of [".spx.part", ".vrtx.part"]) {
    let isRemoving = false;
    const hook: CallHook = ({ op, path }) => {
      isRemoving ||= op === "remove" && path.endsWith(ending);
      return null;
    };
    const { commit, medium } = await setUp({ hook });
    medium.put(STEM + ending, new Uint8Array(5000).fill(7));
    await commit();
    assert.ok(isRemoving);
    assert.deepEqual(medium.paths("/one"), [`${STEM}.spx`, `${STEM}.vrtx`]);
    const broken = await setUp({
      hook: ({ op }) => (op === "remove" ? { before: "fail" } : null),
    });
    broken.medium.put(STEM + ending, new Uint8Array(1));
    assert.equal(await failureOf(broken.commit()), `failed: remove: EIO: ${STEM}${ending}`);
  }
});

test("room is needed for half the samples, the journal, and some blocks; to the byte", async () => {
  const samples = 1601;
  const { live } = await setUp({ samples });
  const neededBytes = SLACK_BYTES + live.journal.length + 801;
  assert.equal(await failureOf((await setUp({ samples, maxBytes: neededBytes })).commit()), "none");
  const tight = await setUp({ samples, maxBytes: neededBytes - 1 });
  assert.equal(
    await failureOf(tight.commit()),
    `full: /one has ${neededBytes - 1} bytes free, ${neededBytes} are needed`,
  );
  assert.deepEqual(tight.medium.paths("/one"), []);
});

test("the copy is counted, and the drive is asked for the next one with what is left", async () => {
  const { drive, commit, text } = await setUp({ maxBytes: 50_000 });
  const committed = await commit();
  const { length } = text(".vrtx");
  assert.deepEqual(committed, { path: `${STEM}.spx`, bytes: 1601 });
  assert.equal(drive.usedBytes, 1601 + length);
  await drive.measure();
  assert.equal(drive.status().freeBytes, 50_000 - 1601 - length);
});

test("the pool's journal is the live one and a line that says where, how much and by what", async () => {
  const { live, commit, text } = await setUp();
  await commit();
  const journal = text(".vrtx");
  assert.deepEqual(journal.slice(0, live.journal.length), live.journal);
  const line = linesOfType(parseJournal(journal).lines, "stored").at(-1);
  assert.deepEqual(line, {
    at: "2026-11-22T17:00:01.234Z",
    elapsedMs: 900,
    sample: 1600,
    type: "stored",
    pool: "main",
    drive: "/one",
    bytes: 1601,
    sha256: createHash("sha256").update(text(".spx")).digest("hex"),
    encoder: "stand-in 1",
  });
});

test("a recording without a packet has no .spx, and its line says so", async () => {
  const { commit, text, medium } = await setUp({ samples: 0 });
  assert.deepEqual(await commit(), { path: null, bytes: 0 });
  assert.deepEqual(medium.paths("/one"), [`${STEM}.vrtx`]);
  const line = linesOfType(parseJournal(text(".vrtx")).lines, "stored").at(-1);
  assert.deepEqual([line?.bytes, line?.sha256, line?.encoder], [0, "", "none"]);
});

test("the hash is that of the whole file, however it falls into pieces", async () => {
  const piece = 256 * 1024;
  for (const bytes of [piece - 1, piece, piece + 1, 2 * piece]) {
    const { commit, text } = await setUp({ samples: bytes - 1 });
    assert.equal((await commit()).bytes, bytes);
    const line = linesOfType(parseJournal(text(".vrtx")).lines, "stored").at(-1);
    assert.equal(line?.bytes, bytes);
    assert.equal(line.sha256, createHash("sha256").update(text(".spx")).digest("hex"));
  }
});

for (const [name, step] of [
  ["encode", { encode: () => new Promise<void>(() => undefined) }],
  ["decode", { decode: () => new Promise<void>(() => undefined) }],
] as const) {
  test(`${name} has two minutes and the recording's own length`, async () => {
    const { commit, clock } = await setUp({ encoder: step, samples: 16_000 });
    let failure = "";
    void failureOf(commit()).then((told) => {
      failure = told;
    });
    await runUntil(clock, () => failure !== "", 1_000_000);
    assert.equal(clock.nowMs(), 122_000);
    assert.equal(failure, `failed: ${name}: no answer in 122000 ms`);
  });
}

test("who is to blame for a failed encoder: the system's code, the full drive, or itself", async () => {
  const failure = async (error: Error, freeBytes = 1_000_000): Promise<string> => {
    const world = await setUp({
      encoder: {
        encode: async () => {
          world.medium.freeBytes = freeBytes;
          throw error;
        },
      },
    });
    return failureOf(world.commit());
  };
  assert.equal(await failure(diskError("EIO", "/x")), "failed: encode: EIO: /x");
  assert.equal(await failure(diskError("ENOSPC", "/x")), "full: encode: ENOSPC: /x");
  assert.equal(await failure(diskError("EDQUOT", "/x")), "full: encode: EDQUOT: /x");
  assert.equal(await failure(new Error("exit 1")), "ENCODER_FAILED: encode: exit 1");
  assert.equal(await failure(new Error("exit 1"), 16_384), "ENCODER_FAILED: encode: exit 1");
  assert.equal(await failure(new Error("exit 1"), 16_383), "full: encode: exit 1");
  const numbered = Object.assign(new Error("exit 1"), { code: 1 });
  assert.equal(await failure(numbered), "ENCODER_FAILED: encode: exit 1");
  const own = new RecorderError("ENCODER_MISSING", "speexenc");
  assert.equal(await failure(own), "ENCODER_MISSING: speexenc");
});

test("while blame is sought the drive may fail as well", async () => {
  let isAsked = false;
  const hook: CallHook = ({ op }) =>
    isAsked && op === "freeBytes" ? { before: "fail", code: "EIO" } : null;
  const { commit } = await setUp({
    hook,
    encoder: {
      encode: async () => {
        isAsked = true;
        throw new Error("exit 1");
      },
    },
  });
  assert.equal(await failureOf(commit()), "failed: free space: EIO: /one");
});

test("an encoder that cannot say what it is is missing", async () => {
  const describe = (error: unknown): Partial<Encoder> => ({
    describe: () => Promise.reject(error),
  });
  const plain = await setUp({ encoder: describe(new Error("ENOENT speexenc")) });
  assert.equal(await failureOf(plain.commit()), "ENCODER_MISSING: ENOENT speexenc");
  const strange = await setUp({ encoder: describe("gone") });
  assert.equal(await failureOf(strange.commit()), "ENCODER_MISSING: gone");
  const told = await setUp({ encoder: describe(new RecorderError("ENCODER_FAILED", "exit 3")) });
  assert.equal(await failureOf(told.commit()), "ENCODER_FAILED: exit 3");
});

test("what does not decode, or to other audio, is not committed", async () => {
  const decode = (work: Encoder["decode"]): Partial<Encoder> => ({ decode: work });
  const broken = await setUp({ encoder: decode(() => Promise.reject(new Error("no Ogg"))) });
  assert.equal(await failureOf(broken.commit()), "VERIFICATION_FAILED: decode: no Ogg");
  const empty = await setUp({ encoder: decode(async () => undefined) });
  assert.equal(
    await failureOf(empty.commit()),
    `VERIFICATION_FAILED: ${STEM}.spx.part: 1600 samples became 0`,
  );
  assert.deepEqual(empty.medium.paths("/one"), [`${STEM}.spx.part`]);
});
