// After a loss of power: what was not synced comes back as zeros or not at all, and neither is
// presented as audio.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJournal } from "../../src/audio/journal.ts";
import { mendTornAudio, UNSYNCED_LIMIT_SECONDS, zeroRuns } from "../../src/recording/torn-audio.ts";
import { MemoryDisk } from "../memory-disk.ts";
import { journalText, request, sipLine, UP } from "./journals.ts";

const STEM = "/live/rec";
const NOW = { wallTimeMs: 1_795_400_000_000 };

/** A call that is up; none of its lines claims audio. */
const DIALOG = UP.map((line) => ({ ...line, sample: 0 }));

/** 0x2a is somebody's voice; zeros are what the disk made of it. */
function audio(samples: number, torn: readonly (readonly [number, number])[] = []): Uint8Array {
  const bytes = new Uint8Array(samples).fill(0x2a);
  for (const [from, to] of torn) bytes.fill(0, from, to);
  return bytes;
}

function makeDisk(ul: Uint8Array, lines: Parameters<typeof journalText>[0] = DIALOG): MemoryDisk {
  const disk = new MemoryDisk();
  disk.directories.add("/live");
  disk.put(`${STEM}.ul`, ul);
  disk.put(`${STEM}.tmpvrtx`, `${journalText(lines)}{"torn`);
  return disk;
}

async function read(disk: MemoryDisk) {
  const ul = await disk.readFile(`${STEM}.ul`);
  const { lines } = parseJournal(await disk.readFile(`${STEM}.tmpvrtx`));
  const gaps = lines.flatMap((line) => (line.type === "gap" ? [line] : []));
  return {
    ul,
    gaps: gaps.map(({ fromSample, samples, cause }) => [fromSample, samples, cause]),
    samples: lines.map(({ sample }) => sample),
  };
}

const at = (type: string, fields: object) => ({ ...DIALOG[0]!, type, ...fields }) as (typeof UP)[0];

test("torn stretches become silence and gaps; the audio around them stays", async () => {
  const disk = makeDisk(
    audio(16_000, [
      [4_096, 4_608],
      [15_000, 16_000],
    ]),
  );
  assert.equal(await mendTornAudio(disk, STEM, NOW), true);
  const { ul, gaps } = await read(disk);
  assert.deepEqual(gaps, [
    [4_096, 512, "restart"],
    [15_000, 1_000, "restart"],
  ]);
  const expected = audio(16_000);
  expected.fill(0xff, 4_096, 4_608);
  expected.fill(0xff, 15_000);
  assert.deepEqual(ul, expected);
  assert.equal(await mendTornAudio(disk, STEM, NOW), false);
  assert.deepEqual((await read(disk)).gaps.length, 2);
});

test("whole audio is not touched: a few loudest samples are a loud voice", async () => {
  const disk = makeDisk(audio(16_000, [[4_100, 4_100 + 159]]));
  assert.equal(await mendTornAudio(disk, STEM, NOW), false);
  const { ul, gaps } = await read(disk);
  assert.deepEqual(ul, audio(16_000, [[4_100, 4_100 + 159]]));
  assert.deepEqual(gaps, []);
});

test("a sample has one explanation: known gaps and pauses are not told again", async () => {
  const lines = [
    ...DIALOG,
    at("gap", { fromSample: 4_000, samples: 160, cause: "loss" }),
    at("pause", { fromSample: 6_000, by: "anna", via: "api", fill: "tone" }),
    at("resume", { fromSample: 6_000, toSample: 7_000, by: "anna", via: "api", fill: "tone" }),
  ];
  const disk = makeDisk(
    audio(16_000, [
      [3_900, 4_500],
      [5_900, 7_100],
    ]),
    lines,
  );
  assert.equal(await mendTornAudio(disk, STEM, NOW), true);
  const { ul, gaps } = await read(disk);
  assert.deepEqual(gaps.slice(1), [
    [3_900, 100, "restart"],
    [4_160, 340, "restart"],
    [5_900, 100, "restart"],
    [7_000, 100, "restart"],
  ]);
  assert.ok(!ul.subarray(3_900, 7_100).includes(0));
  assert.notEqual(ul[6_010], 0xff, "the tone of the pause");
});

for (const isOver of [false, true]) {
  const title = isOver ? "a call that is over ends" : "a call that goes on does so";
  test(`${title} where its journal says; what the file lacks is a gap`, async () => {
    const last = isOver
      ? sipLine("in", request("BYE"))
      : at("rule", { title: "All", kind: "agent" });
    const lines = [...DIALOG, { ...last, sample: 16_000 }];
    const disk = makeDisk(audio(8_000), lines);
    assert.equal(await mendTornAudio(disk, STEM, NOW), true);
    const { ul, gaps, samples } = await read(disk);
    assert.deepEqual(gaps, [[8_000, 8_000, "restart"]]);
    assert.equal(ul.length, 16_000);
    assert.deepEqual(samples.slice(-2), [16_000, 16_000], "samples never run back");
    const killed = makeDisk(audio(12_000), lines);
    assert.equal(await mendTornAudio(killed, STEM, NOW), false);
  });
}

test("only what may be unsynced is looked at", async () => {
  const tailSamples = UNSYNCED_LIMIT_SECONDS * 8_000;
  const disk = makeDisk(audio(tailSamples + 16_000, [[0, 8_000]]));
  assert.equal(await mendTornAudio(disk, STEM, NOW), false);
});

test("runs are found wherever they lie", () => {
  assert.deepEqual(
    zeroRuns(
      audio(400, [
        [0, 160],
        [161, 400],
      ]),
      1_000,
    ),
    [
      { from: 1_000, to: 1_160 },
      { from: 1_161, to: 1_400 },
    ],
  );
  assert.deepEqual(zeroRuns(audio(400), 0), []);
  assert.deepEqual(zeroRuns(new Uint8Array(0), 0), []);
});

test("a short piece of a torn write is known by the sector at which it begins or ends", () => {
  const found = (from: number, to: number, offset = 0): boolean =>
    zeroRuns(audio(2_000, [[from, to]]), offset).length === 1;
  assert.equal(found(512, 544), true, "the last sector of a write has 32 bytes of it");
  assert.equal(found(992, 1_024), true, "so has the first");
  assert.equal(found(512, 543), false, "no write leaves so little");
  assert.equal(found(513, 640), false, "loud voice");
  assert.equal(found(513, 673), true);
  assert.equal(found(12, 140, 500), true, "by the place in the file");
  assert.equal(found(512, 640, 500), false);
});

test("audio that clips elsewhere is loud, not torn: it keeps its short pieces at sectors too", () => {
  const piece: readonly [number, number] = [512, 544];
  const torn = (spans: readonly (readonly [number, number])[], positiveAt?: number): number => {
    const bytes = audio(4_000, [piece, ...spans]);
    if (positiveAt !== undefined) bytes.fill(0x80, positiveAt, positiveAt + 16);
    return zeroRuns(bytes, 0).length;
  };
  assert.equal(torn([[700, 715]]), 1, "shorter than 2 ms");
  assert.equal(torn([[700, 716]]), 0, "clipped downwards");
  assert.equal(torn([], 700), 0, "clipped upwards");
  assert.equal(torn([[2_000, 2_160]], 700), 1, "20 ms are torn all the same");
});
