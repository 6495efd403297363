// Names in a pool: which files are ours, where they lie, and which keys people may name.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beganTimeMs,
  dayOf,
  directoryOf,
  isRecordingKey,
  parsePoolFile,
} from "../../src/storage/pool-files.ts";

const KEY = "00000000-0000-4000-8000-000000000001-1795366801234";

test("each ending is told from the longer one that it is part of; foreign names are none", () => {
  for (const ending of [".spx", ".spx.part", ".vrtx", ".vrtx.part", ".hold", ".erase"]) {
    assert.deepEqual(parsePoolFile(KEY + ending), { key: KEY, ending });
    assert.equal(parsePoolFile(ending), null);
  }
  for (const name of [KEY, `${KEY}.ul`, `${KEY}.spx.bak`, "lost+found", ""]) {
    assert.equal(parsePoolFile(name), null, name);
  }
});

test("the directory is the UTC day in the key; a key of another make lies by its start", () => {
  assert.deepEqual(dayOf(KEY, 0), ["2026", "11", "22"]);
  assert.deepEqual(dayOf("strange", Date.UTC(2025, 0, 2)), ["2025", "01", "02"]);
  assert.equal(directoryOf("/one", KEY), "/one/2026/11/22");
  assert.equal(directoryOf("/one", "strange"), "/one/1970/01/01");
});

test("a key ends with when it began", () => {
  assert.equal(beganTimeMs(KEY), 1_795_366_801_234);
  assert.equal(beganTimeMs("a-7"), 7);
  for (const key of ["strange", "a-", "a-7b", `a-${"1".repeat(16)}`]) {
    assert.equal(beganTimeMs(key), null, key);
  }
});

test("keys that people name are letters, digits and dashes, with a time, and no path", () => {
  assert.ok(isRecordingKey(KEY));
  assert.ok(isRecordingKey(`${"a".repeat(80)}-${"1".repeat(15)}`));
  for (const text of [
    ...["", "-1", "strange", `../${KEY}`, `${KEY}/..`, `${KEY}.ul`, `${KEY} `, `${KEY}\n`],
    ...[
      `${"a".repeat(81)}-1`,
      `a-${"1".repeat(16)}`,
      `${"a".repeat(80)}-${"1".repeat(15)}`.repeat(2),
    ],
  ]) {
    assert.equal(isRecordingKey(text), false, text);
  }
});
