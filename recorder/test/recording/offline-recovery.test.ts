// What `recover` makes of live pairs while the recorder itself is off: each journal has its end, each
// pair its final name.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { parseJournal } from "../../src/audio/journal.ts";
import { recoverOffline } from "../../src/recording/offline-recovery.ts";
import { MemoryDisk } from "../memory-disk.ts";
import { TestClock } from "../sip/fake-ports.ts";
import { NotingLogger } from "./fakes.ts";
import { journalText, KEY, request, sipLine, UP } from "./journals.ts";

const AUDIO = new Uint8Array(40_000).fill(0x2a);
const BYE = sipLine("in", request("BYE"));

async function recovered(lines: Parameters<typeof journalText>[0], ul: Uint8Array, tail = "") {
  const disk = new MemoryDisk();
  disk.put(`/live/${KEY}.ul`, ul);
  disk.put(`/live/${KEY}.tmpvrtx`, journalText(lines) + tail);
  const progress: string[] = [];
  const finished = await recoverOffline(
    "/live",
    { disk, clock: new TestClock(), log: new NotingLogger(), discarded: new Set<string>() },
    (done, total) => progress.push(`${done} of ${total}`),
  );
  const bytes = await disk.readFile(`/live/${KEY}.vrtx`);
  return { disk, finished, progress, journal: parseJournal(bytes) };
}

test("a call that was up is finished as degraded, with the length and hash of what is there", async () => {
  const { disk, finished, progress, journal } = await recovered(UP, AUDIO);
  assert.deepEqual(finished, [{ recordingKey: KEY, samples: 40_000, outcome: "degraded" }]);
  assert.deepEqual(progress, ["1 of 1"]);
  assert.deepEqual([...disk.files.keys()].sort(), [`/live/${KEY}.ul`, `/live/${KEY}.vrtx`]);
  assert.deepEqual(journal.problems, []);
  assert.deepEqual(journal.lines.at(-1), {
    at: "2026-11-22T17:00:01.000Z",
    elapsedMs: (UP.length - 1) * 1_000,
    sample: 40_000,
    type: "end",
    reason: "recovered",
    outcome: "degraded",
    why: "restart",
    samples: 40_000,
    sha256: createHash("sha256").update(AUDIO).digest("hex"),
    recovered: true,
  });
  assert.equal(journal.lines.length, UP.length + 1);
});

test("audio of more than one piece is hashed as a whole, and is on the medium first", async () => {
  const long = new Uint8Array(600_000).fill(0x2a);
  const { disk, journal } = await recovered([...UP, BYE], long);
  const end = journal.lines.at(-1);
  assert.ok(end?.type === "end");
  assert.equal(end.sha256, createHash("sha256").update(long).digest("hex"));
  const after = disk.calls.slice(disk.calls.lastIndexOf(`open-update /live/${KEY}.ul`));
  assert.deepEqual(after, [
    `open-update /live/${KEY}.ul`,
    `sync /live/${KEY}.ul`,
    `open-update /live/${KEY}.tmpvrtx`,
    `truncate /live/${KEY}.tmpvrtx`,
    `write /live/${KEY}.tmpvrtx`,
    `sync /live/${KEY}.tmpvrtx`,
    `rename /live/${KEY}.tmpvrtx`,
    "syncDirectory /live",
  ]);
});

test("a call that was over before the crash keeps its own end, and nothing is wrong with it", async () => {
  const { finished, journal } = await recovered([...UP, BYE], AUDIO);
  assert.equal(finished[0]?.outcome, "ok");
  const end = journal.lines.at(-1);
  assert.ok(end?.type === "end");
  assert.deepEqual([end.reason, end.outcome, "why" in end], ["remote-bye", "ok", false]);
});

test("a torn last line is cut off", async () => {
  const { journal } = await recovered([...UP, BYE], AUDIO, '{"at":"2026');
  assert.deepEqual([journal.problems, journal.tornTail], [[], false]);
  assert.equal(journal.lines.length, UP.length + 2);
});

test("a pause that was still on ends where the audio ends, never before it began", async () => {
  const up = UP.map((line) => ({ ...line, sample: 0 }));
  const pause = {
    type: "pause",
    sample: 8_000,
    fromSample: 8_000,
    by: "anna",
    via: "api",
    fill: "tone",
  };
  const resumeOf = async (lines: Parameters<typeof journalText>[0], ul: Uint8Array) => {
    const { journal } = await recovered([...up, ...lines], ul);
    return journal.lines.find((line) => line.type === "resume" && line.by === "recover");
  };
  const ended = await resumeOf([pause], AUDIO);
  assert.ok(ended?.type === "resume");
  const { fromSample, toSample, by, via, fill } = ended;
  assert.deepEqual(
    [fromSample, toSample, by, via, fill],
    [8_000, 40_000, "recover", "auto", "tone"],
  );
  const short = await resumeOf([pause], AUDIO.subarray(0, 4_000));
  assert.ok(short?.type === "resume");
  assert.equal(short.toSample, 8_000);
  const resume = { ...pause, type: "resume", toSample: 9_000 };
  assert.equal(await resumeOf([pause, resume], AUDIO), undefined);
});
