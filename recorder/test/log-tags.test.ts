// The three tags of a recording's log lines (R19).
import assert from "node:assert/strict";
import { test } from "node:test";
import { LogTags } from "../src/log-tags.ts";

const line = (tags: LogTags, fields: Record<string, unknown>): unknown => {
  const { sipCallId, recordingId, liveStreamId } = tags.complete(fields);
  return [sipCallId, recordingId, liveStreamId];
};

test("R19 what one line joins, later lines have", () => {
  const tags = new LogTags();
  assert.deepEqual(line(tags, { recordingId: "k1" }), [null, "k1", null]);
  assert.deepEqual(line(tags, { recordingId: "k1", sipCallId: "c1" }), ["c1", "k1", null]);
  assert.deepEqual(line(tags, { sipCallId: "c1", liveStreamId: "s1" }), ["c1", "k1", "s1"]);
  assert.deepEqual(line(tags, { liveStreamId: "s1", other: 1 }), ["c1", "k1", "s1"]);
  assert.equal(tags.complete({ other: 1 })["sipCallId"], undefined);
});

test("a stream that is asked for again belongs to the newer recording", () => {
  const tags = new LogTags();
  line(tags, { recordingId: "k1", sipCallId: "c1", liveStreamId: "s" });
  assert.deepEqual(line(tags, { recordingId: "k2", liveStreamId: "s" }), [null, "k2", "s"]);
  assert.deepEqual(line(tags, { liveStreamId: "s" }), [null, "k2", "s"]);
  assert.deepEqual(line(tags, { recordingId: "k1" }), ["c1", "k1", "s"]);
});

test("at the limit the recordings longest unchanged are forgotten, and counted", () => {
  let forgotten = 0;
  const tags = new LogTags(2, () => (forgotten += 1));
  for (const n of [1, 2, 3]) line(tags, { recordingId: `k${n}`, sipCallId: `c${n}` });
  assert.equal(forgotten, 1);
  assert.deepEqual(line(tags, { recordingId: "k1" }), [null, "k1", null]);
  assert.deepEqual(line(tags, { recordingId: "k3" }), ["c3", "k3", null]);
});
