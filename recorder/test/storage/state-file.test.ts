// State files: appended, synced, never in the caller's way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { StateFile } from "../../src/storage/state-file.ts";
import { CrashDisk, CrashMedium, type CallHook } from "./crash-disk.ts";
import { ManualClock, microtasks, runUntil } from "./manual-clock.ts";

const PATH = "/state/calls.jsonl";

function build(hook: CallHook = () => null, medium = new CrashMedium()) {
  const clock = new ManualClock();
  const disk = new CrashDisk(medium, hook);
  const problems: string[] = [];
  const file = new StateFile(
    PATH,
    { clock, disk },
    { onProblem: (code, detail) => problems.push(`${code} ${detail}`) },
  );
  const text = (): string => new TextDecoder().decode(medium.files.get(PATH)?.data);
  return { medium, clock, disk, file, problems, text };
}

test("lines are appended in order and survive a loss of power", async () => {
  const { file, medium, text } = build();
  for (let number = 1; number <= 5; number += 1) file.append({ number });
  await file.settled();
  medium.losePower(() => false);
  assert.equal(text(), [1, 2, 3, 4, 5].map((number) => `{"number":${number}}\n`).join(""));
  assert.deepEqual((await file.rows()).rows.length, 5);
  await file.close();
  file.append({ number: 6 });
  assert.equal(text().includes("6"), false);
});

test("a torn last line is cut off at open, whole ones stay", async () => {
  for (const tail of ["", '{"tor', "x".repeat(200_000)]) {
    const medium = new CrashMedium();
    medium.put(PATH, new TextEncoder().encode(`{"a":1}\n{"a":2}\n${tail}`));
    const { file, text } = build(undefined, medium);
    file.append({ a: 3 });
    await file.close();
    assert.equal(text(), '{"a":1}\n{"a":2}\n{"a":3}\n');
  }
  const medium = new CrashMedium();
  medium.put(PATH, new TextEncoder().encode("torn"));
  const only = build(undefined, medium);
  only.file.append({ a: 1 });
  await only.file.close();
  assert.equal(only.text(), '{"a":1}\n');
});

test("what cannot be written waits, is told once, and is written later", async () => {
  let isBroken = true;
  const { file, clock, problems, text } = build(({ op }) =>
    isBroken && op === "sync" ? { before: "fail", code: "ENOSPC" } : null,
  );
  file.append({ a: 1 });
  await microtasks();
  file.append({ a: 2 });
  await runUntil(clock, () => clock.nowMs() > 20_000, 60_000);
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? "", /^STATE_WRITE_FAILED \/state\/calls.jsonl: ENOSPC/);
  isBroken = false;
  file.append({ a: 3 });
  await runUntil(clock, () => text().includes('{"a":3}'), 120_000);
  assert.equal(text(), '{"a":1}\n{"a":2}\n{"a":3}\n');
  await file.close();
  assert.deepEqual(clock.names(), []);
});

test("a line whose writer waits for it is told when it is on the medium, not before", async () => {
  let isBroken = true;
  const { file, clock, medium, text } = build(({ op }) =>
    isBroken && op === "sync" ? { before: "fail", code: "ENOSPC" } : null,
  );
  let isDurable: boolean | null = null;
  void file.appendDurably({ a: 1 }).then((answer) => {
    isDurable = answer;
  });
  await runUntil(clock, () => clock.nowMs() > 10_000, 60_000);
  assert.equal(isDurable, null);
  isBroken = false;
  await runUntil(clock, () => isDurable !== null, 120_000);
  assert.equal(isDurable, true);
  medium.losePower(() => false);
  assert.equal(text(), '{"a":1}\n');
  await file.close();
  assert.equal(await file.appendDurably({ a: 2 }), false);
});

test("a line that the disk refused to the last is told as lost", async () => {
  const { file } = build(({ op }) => (op === "write" ? { before: "fail", code: "EIO" } : null));
  const answer = file.appendDurably({ a: 1 });
  await file.close();
  assert.equal(await answer, false);
});

test("close tries once more; what still fails is told, not thrown", async () => {
  const { file, clock, problems, disk } = build(({ op }) =>
    op === "write" || op === "close" ? { before: "fail", code: "EIO" } : null,
  );
  file.append({ a: 1 });
  await microtasks();
  await file.close();
  assert.equal(problems.length, 1);
  assert.deepEqual(clock.names(), []);
  assert.equal(disk.openFiles, 1);
});

test("a full queue loses its oldest lines and counts them", async () => {
  let isBroken = true;
  const { file, clock, text } = build(({ op }) =>
    isBroken && op === "open" ? { before: "fail", code: "EACCES" } : null,
  );
  for (let number = 1; number <= 10_003; number += 1) file.append({ number });
  await microtasks();
  assert.equal(file.lostCount, 3);
  isBroken = false;
  await runUntil(clock, () => text().includes('{"number":10003}'), 10_000);
  assert.ok(text().startsWith('{"number":4}\n'));
  await file.close();
});

test("what a full queue has lost is told to its writer", async () => {
  const { file } = build(({ op }) => (op === "open" ? { before: "fail", code: "EACCES" } : null));
  const first = file.appendDurably({ number: 0 });
  for (let number = 1; number <= 10_000; number += 1) file.append({ number });
  assert.equal(await first, false);
  await file.close();
});

test("the disk is asked again after 1, 2, 4 … seconds, at most a minute apart", async () => {
  const triesMs: number[] = [];
  const world = build(({ op }) => {
    if (op !== "open") return null;
    triesMs.push(world.clock.nowMs());
    return { before: "fail", code: "EACCES" };
  });
  const beganMs = world.clock.nowMs();
  world.file.append({ a: 1 });
  await microtasks();
  assert.deepEqual(world.clock.names(), ["storage.stateRetry"]);
  await runUntil(world.clock, () => triesMs.length === 9, 400_000);
  const seconds = triesMs.map((atMs) => (atMs - beganMs) / 1000);
  assert.deepEqual(seconds, [0, 1, 3, 7, 15, 31, 63, 123, 183]);
  await world.file.close();
});

test("after a success the next trouble is told again, and begins with a second", async () => {
  let isBroken = true;
  const { file, clock, problems, text } = build(({ op }) =>
    isBroken && op === "write" ? { before: "fail", code: "EIO" } : null,
  );
  file.append({ a: 1 });
  await runUntil(clock, () => clock.nowMs() > 10_000, 60_000);
  isBroken = false;
  await runUntil(clock, () => text() !== "", 60_000);
  isBroken = true;
  file.append({ a: 2 });
  await microtasks();
  assert.equal(problems.length, 2);
  isBroken = false;
  const failedMs = clock.nowMs();
  await runUntil(clock, () => text().includes('{"a":2}'), 60_000);
  assert.equal(clock.nowMs() - failedMs, 1000);
  await file.close();
});

test("close writes what had waited for the disk, and closes the file", async () => {
  let isBroken = true;
  const { file, clock, disk, text } = build(({ op }) =>
    isBroken && op === "sync" ? { before: "fail", code: "EIO" } : null,
  );
  const answer = file.appendDurably({ a: 1 });
  await microtasks();
  isBroken = false;
  await file.close();
  assert.equal(await answer, true);
  assert.equal(text(), '{"a":1}\n');
  assert.equal(disk.openFiles, 0);
  assert.deepEqual(clock.names(), []);
});

test("a file that was never written to is not made by its close", async () => {
  const { file, medium, problems } = build();
  await file.close();
  assert.deepEqual(medium.paths("/state"), []);
  assert.deepEqual(problems, []);
});

test("a file that cannot be closed is told of, not thrown", async () => {
  const { file, problems } = build(({ op }) =>
    op === "close" ? { before: "fail", code: "EIO" } : null,
  );
  file.append({ a: 1 });
  await file.close();
  assert.deepEqual(problems, [`STATE_WRITE_FAILED ${PATH}: EIO: ${PATH}`]);
});

test("a mistake of ours is no trouble of the disk: it is not swallowed", async () => {
  const { file, problems } = build(() => {
    throw new TypeError("a mistake");
  });
  file.append({ a: 1 });
  await assert.rejects(file.settled(), /a mistake/);
  assert.deepEqual(problems, []);
});

test("only a torn line is cut off, also where a piece begins with the newline", async () => {
  const calls: string[] = [];
  const hook: CallHook = ({ op }) => {
    calls.push(op);
    return null;
  };
  const whole = new CrashMedium();
  whole.put(PATH, new TextEncoder().encode('{"a":1}\n'));
  const first = build(hook, whole);
  first.file.append({ a: 2 });
  await first.file.close();
  assert.equal(calls.includes("truncate"), false);
  const torn = new CrashMedium();
  torn.put(PATH, new TextEncoder().encode(`{"a":1}\n${"x".repeat(64 * 1024 - 1)}`));
  const second = build(hook, torn);
  second.file.append({ a: 2 });
  await second.file.close();
  assert.equal(second.text(), '{"a":1}\n{"a":2}\n');
  assert.equal(calls.includes("truncate"), true);
});

test("a file of more than 256 MiB is not read as a whole", async () => {
  for (const [sizeBytes, isRead] of [
    [256 * 1024 * 1024, true],
    [256 * 1024 * 1024 + 1, false],
  ] as const) {
    const medium = new CrashMedium();
    medium.put(PATH, new TextEncoder().encode('{"a":1}\n'));
    const disk = new CrashDisk(medium);
    disk.status = async () => ({ sizeBytes, kind: "file", modifiedTimeMs: 0 });
    const file = new StateFile(
      PATH,
      { clock: new ManualClock(), disk },
      { onProblem: assert.fail },
    );
    if (isRead) assert.deepEqual((await file.rows()).rows, [{ a: 1 }]);
    else await assert.rejects(file.rows(), { code: "EFBIG", message: /^\/state\/calls.jsonl is/ });
  }
});

test("a whole file has no damaged rows; a row is an object and nothing else", async () => {
  const { file, medium } = build();
  medium.put(PATH, new TextEncoder().encode('{"a":1}\n\n{"a":2}\n'));
  assert.deepEqual(await file.rows(), { rows: [{ a: 1 }, { a: 2 }], damagedCount: 0 });
  medium.put(PATH, new TextEncoder().encode('null\n5\n"x"\ntrue\n'));
  assert.deepEqual(await file.rows(), { rows: [], damagedCount: 4 });
});

test("rows are read with the damaged ones counted; a missing file has none", async () => {
  const { file, medium } = build();
  assert.deepEqual(await file.rows(), { rows: [], damagedCount: 0 });
  medium.put(PATH, new TextEncoder().encode('{"a":1}\nnot json\n[1]\n{"b":2}\n{"to'));
  assert.deepEqual(await file.rows(), { rows: [{ a: 1 }, { b: 2 }], damagedCount: 3 });
});
