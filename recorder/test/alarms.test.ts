// Alarms: each once, with its remedy, until it is cleared; within a limit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Alarms, MAXIMUM_ALARMS } from "../src/alarms.ts";
import { ERRORS } from "../src/errors.ts";
import { Metrics } from "../src/metrics.ts";

test("an alarm stands once a subject, from its first time, with the newest detail", () => {
  const metrics = new Metrics();
  let nowMs = 0;
  const alarms = new Alarms(metrics, () => nowMs);
  const alarm = { code: "POOL_FULL", severity: "critical", subject: "main" } as const;
  assert.equal(alarms.raise({ ...alarm, detail: "one" }), true);
  nowMs = 5_000;
  assert.equal(alarms.raise({ ...alarm, detail: "two" }), false);
  assert.equal(alarms.raise({ ...alarm, subject: "other", detail: "three" }), true);
  assert.deepEqual(alarms.list()[0], {
    ...alarm,
    since: "1970-01-01T00:00:00.000Z",
    detail: "two",
    remedy: ERRORS.POOL_FULL.remedy,
  });
  assert.equal(metrics.get("alarms"), 2);
  assert.equal(alarms.clear("POOL_FULL", "main"), true);
  assert.equal(alarms.clear("POOL_FULL", "main"), false);
  assert.deepEqual([alarms.list().length, metrics.get("alarms")], [1, 1]);
});

test("beyond the limit no new ones are kept", () => {
  const alarms = new Alarms(new Metrics(), () => 0);
  const alarm = { code: "POOL_FULL", severity: "critical", detail: "" } as const;
  for (let count = 0; count <= MAXIMUM_ALARMS; count += 1) {
    alarms.raise({ ...alarm, subject: String(count) });
  }
  assert.equal(alarms.list().length, MAXIMUM_ALARMS);
});
