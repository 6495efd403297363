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

test("rows are read with the damaged ones counted; a missing file has none", async () => {
  const { file, medium } = build();
  assert.deepEqual(await file.rows(), { rows: [], damagedCount: 0 });
  medium.put(PATH, new TextEncoder().encode('{"a":1}\nnot json\n[1]\n{"b":2}\n{"to'));
  assert.deepEqual(await file.rows(), { rows: [{ a: 1 }, { b: 2 }], damagedCount: 3 });
});
