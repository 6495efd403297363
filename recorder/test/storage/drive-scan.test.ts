// What a drive holds: committed, left over, held, being erased; and what is never removed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { removeRecording, scanDrive, scanRecording } from "../../src/storage/drive-scan.ts";
import { DriveTrouble, PoolDrive } from "../../src/storage/drive.ts";
import { serializeJournalLine } from "../../src/audio/journal.ts";
import { CrashDisk, CrashMedium, type CallHook } from "./crash-disk.ts";
import { ManualClock } from "./manual-clock.ts";

const DIRECTORY = "/one/2026/11/22";
const PART = [".spx.part", ".vrtx.part"];

function journalOf(storedBytes: number): Uint8Array {
  const stamps = { at: "2026-11-22T17:00:01.234Z", elapsedMs: 0, sample: 0 };
  const stored = { pool: "main", drive: "/one", bytes: storedBytes, sha256: "", encoder: "none" };
  return new TextEncoder().encode(serializeJournalLine({ ...stamps, type: "stored", ...stored }));
}

function setUp(names: readonly string[], hook?: CallHook) {
  const medium = new CrashMedium();
  medium.directories.add("/one");
  for (const name of names) medium.put(`${DIRECTORY}/${name}`, journalOf(name[0] === "0" ? 0 : 9));
  const calls: string[] = [];
  const disk = new CrashDisk(medium, (call) => {
    calls.push(`${call.op} ${call.path.replace(`${DIRECTORY}/`, "")}`);
    return hook?.(call) ?? null;
  });
  const drive = new PoolDrive(
    { pool: "main", path: "/one", maxBytes: 1_000_000 },
    { clock: new ManualClock(), disk },
  );
  const left = (): string[] =>
    medium.paths(DIRECTORY).map((path) => path.slice(DIRECTORY.length + 1));
  return { medium, drive, calls, left };
}

const SIZE = journalOf(9).length;
const never = (): boolean => false;
const always = (): boolean => true;

test("committed is a pair, or a journal alone whose recording had no audio", async () => {
  const { drive } = setUp(["a.spx", "a.vrtx", "b.vrtx", "0.vrtx", "c.spx"]);
  const { committed, usedBytes, removed } = await scanDrive(drive, never);
  assert.deepEqual(
    [...committed],
    [
      ["0", { path: null, bytes: 0 }],
      ["a", { path: `${DIRECTORY}/a.spx`, bytes: SIZE }],
    ],
  );
  assert.equal(usedBytes, 4 * SIZE + journalOf(0).length);
  assert.deepEqual(removed, []);
});

test("half a pair is removed if its live pair is there to begin again, else it is kept", async () => {
  for (const [isLive, left] of [
    [always, ["0.vrtx", "a.spx", "a.vrtx"]],
    [never, ["0.vrtx", "a.spx", "a.vrtx", "b.vrtx", "c.spx"]],
  ] as const) {
    const world = setUp(["a.spx", "a.vrtx", "b.vrtx", "0.vrtx", "c.spx"]);
    const { removed, usedBytes } = await scanDrive(world.drive, isLive);
    assert.deepEqual(world.left(), left);
    const gone = isLive === always ? [`${DIRECTORY}/b.vrtx`, `${DIRECTORY}/c.spx`] : [];
    assert.deepEqual(removed, gone);
    assert.equal(usedBytes, (left.length - 1) * SIZE + journalOf(0).length);
  }
});

test("files of an unfinished attempt are removed, unless somebody else may be at it", async () => {
  const names = [
    "a.spx",
    "a.vrtx",
    ...PART.map((ending) => `a${ending}`),
    ...PART.map((e) => `b${e}`),
  ];
  const world = setUp(names);
  const { removed } = await scanDrive(world.drive, always);
  assert.deepEqual(
    removed.map((path) => path.slice(DIRECTORY.length + 1)),
    ["a.spx.part", "a.vrtx.part", "b.spx.part", "b.vrtx.part"],
  );
  assert.deepEqual(world.left(), ["a.spx", "a.vrtx"]);
  const beside = setUp([...names, "c.spx"]);
  const read = await scanDrive(beside.drive, always, true);
  assert.deepEqual([read.removed, beside.left().length], [[], names.length + 1]);
  assert.deepEqual([...read.committed.keys()], ["a"]);
});

test("holds and begun erasures are told; what is being erased is not committed", async () => {
  const { drive } = setUp(["a.spx", "a.vrtx", "a.hold", "b.spx", "b.vrtx", "b.erase", "c.hold"]);
  const { held, erasing, committed } = await scanDrive(drive, never);
  assert.deepEqual([...held], ["a", "c"]);
  assert.deepEqual([...erasing], ["b"]);
  assert.deepEqual([...committed.keys()], ["a"]);
});

test("only days are looked into, and only files count", async () => {
  const { drive, medium } = setUp(["a.spx", "a.vrtx"]);
  for (const path of ["/one/20261/11/22", "/one/2026/111/22", "/one/2026/11/x22", "/one/x/11/22"]) {
    for (const ending of [".spx", ".vrtx"]) medium.put(`${path}/b${ending}`, journalOf(9));
  }
  for (const name of ["c.spx", "c.vrtx"]) medium.directories.add(`${DIRECTORY}/${name}`);
  medium.put("/one/2027", new Uint8Array(1));
  const { committed } = await scanDrive(drive, never);
  assert.deepEqual([...committed.keys()], ["a"]);
});

test("one recording is looked at again, with or without its directory", async () => {
  const { drive, left } = setUp(["a.spx", "a.vrtx", "b.spx", "b.vrtx.part", "c.spx"]);
  const look = (key: string, isLive: boolean, directory = DIRECTORY) =>
    scanRecording(drive, { directory, key, isLive });
  assert.deepEqual(await look("a", true), { path: `${DIRECTORY}/a.spx`, bytes: SIZE });
  assert.equal(await look("b", true), null);
  assert.deepEqual(left(), ["a.spx", "a.vrtx", "c.spx"]);
  assert.equal(await look("c", false), null);
  assert.equal(await look("d", true), null);
  assert.equal(await look("a", true, "/one/2026/11/23"), null);
  assert.deepEqual(left(), ["a.spx", "a.vrtx", "c.spx"]);
});

test("a recording is removed with its commit mark first, for good before the audio; a hold stays", async () => {
  const names = ["a.spx", "a.vrtx", "a.hold", ...PART.map((ending) => `a${ending}`), "b.spx"];
  const { drive, calls, left } = setUp(names);
  await removeRecording(drive, { key: "a", directory: DIRECTORY });
  assert.deepEqual(
    calls.filter((call) => /^(remove|sync)/.test(call)),
    [
      "remove a.vrtx",
      `syncDirectory ${DIRECTORY}`,
      "remove a.vrtx.part",
      "remove a.spx",
      "remove a.spx.part",
    ],
  );
  assert.deepEqual(left(), ["a.hold", "b.spx"]);
  calls.length = 0;
  await removeRecording(drive, { key: "c", directory: DIRECTORY });
  await removeRecording(drive, { key: "a", directory: "/one/2026/11/23" });
  assert.deepEqual(
    calls.filter((call) => /^(remove|sync)/.test(call)),
    [],
  );
});

test("whatever call fails, the trouble says which step of the scan it was", async () => {
  const told = async (op: string, path: string): Promise<string> => {
    const hook: CallHook = (call) =>
      call.op === op && call.path === path ? { before: "fail" } : null;
    const { drive } = setUp(["a.spx", "a.vrtx", "a.spx.part", "b.vrtx"], hook);
    try {
      await scanDrive(drive, never);
    } catch (error) {
      assert.ok(error instanceof DriveTrouble);
      return error.message.replace(DIRECTORY, "DAY");
    }
    return "none";
  };
  assert.equal(await told("list", "/one"), "list: EIO: /one");
  assert.equal(await told("list", DIRECTORY), "list: EIO: DAY");
  assert.equal(await told("remove", `${DIRECTORY}/a.spx.part`), "remove: EIO: DAY/a.spx.part");
  assert.equal(await told("status", `${DIRECTORY}/a.spx`), "look: EIO: DAY/a.spx");
  assert.equal(await told("status", `${DIRECTORY}/a.vrtx`), "look: EIO: DAY/a.vrtx");
  assert.equal(await told("readFile", `${DIRECTORY}/b.vrtx`), "read journal: EIO: DAY/b.vrtx");
});
