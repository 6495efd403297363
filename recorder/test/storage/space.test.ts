// Disk space in hours of recording, and when the alarm stands.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hoursLeft, isSpaceLow, Load } from "../../src/storage/space.ts";

const HOUR_BYTES = 8000 * 3600;

test("hours are what is free, by 8,000 bytes a second for each recording, one at least", () => {
  assert.equal(hoursLeft(HOUR_BYTES * 6, 1), 6);
  assert.equal(hoursLeft(HOUR_BYTES * 6, 3), 2);
  assert.equal(hoursLeft(HOUR_BYTES * 6, 0), 6);
  assert.equal(hoursLeft(HOUR_BYTES * 6, 2, 0.5), 6);
});

test("the alarm begins below its hours and ends a tenth above them", () => {
  assert.equal(isSpaceLow(false, 9.99, 10), true);
  assert.equal(isSpaceLow(false, 10, 10), false);
  assert.equal(isSpaceLow(true, 10.9, 10), true);
  assert.equal(isSpaceLow(true, 11.01, 10), false);
});

test("the load is the most of an hour, to the millisecond, and at least one", () => {
  const load = new Load();
  assert.equal(load.recordings, 1);
  load.push(0, 0);
  assert.equal(load.recordings, 1);
  load.push(1000, 5);
  load.push(2000, 3);
  load.push(3000, 4);
  assert.equal(load.recordings, 5);
  load.push(1000 + 3_600_000, 2);
  assert.equal(load.recordings, 5);
  load.push(1001 + 3_600_000, 2);
  assert.equal(load.recordings, 4);
  load.push(3001 + 3_600_000, 1);
  assert.equal(load.recordings, 2);
  load.push(3002 + 3_600_000, 9);
  assert.equal(load.recordings, 9);
});

test("the share is what has been stored of all, 0.4 before, and never nothing", () => {
  const load = new Load();
  assert.equal(load.share, 0.4);
  load.stored(1000, 200);
  load.stored(1000, 300);
  assert.equal(load.share, 0.25);
  const tiny = new Load();
  tiny.stored(1000, 1);
  assert.equal(tiny.share, 0.01);
});
