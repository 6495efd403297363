// The day in the address of Calls and Audit: a date that exists, in the viewer's zone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dayOf, dayText } from "../../console/src/calls/days.ts";

test("a day of the address is its midnight in the viewer's zone, and back again", () => {
  const beganMs = dayOf("2026-11-23");
  assert.ok(beganMs !== null);
  assert.equal(dayText(beganMs), "2026-11-23");
  assert.equal(dayText(beganMs + 3_600_000), "2026-11-23");
});

test("what is no day is none", () => {
  for (const text of [null, "", "2026-02-30", "2026-13-01", "23.11.2026", "2026-11-23T10:00"]) {
    assert.equal(dayOf(text), null, `${text}`);
  }
});
