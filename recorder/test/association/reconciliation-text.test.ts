// The report as JSON, CSV and Markdown (R18).
import assert from "node:assert/strict";
import { test } from "node:test";
import { reconcile } from "../../src/association/reconciliation.ts";
import { reportText, startOfDay } from "../../src/association/reconciliation-text.ts";

const FROM_MS = Date.parse("2026-11-22T00:00:00.000Z");
const ROWS = [
  {
    ...{ type: "call", callKey: "c1", deviceCallIds: ["n-1"], pbx: "192.0.2.1" },
    ...{ startedAt: "2026-11-22T10:00:00.000Z", answeredAt: "2026-11-22T10:00:01.000Z" },
    ...{ endedAt: "2026-11-22T10:05:00.000Z", direction: "inbound", wanted: true },
    ...{ parties: ['=cmd "x", y', "Ann | 2001"], rule: null, ruleDecision: "no-rules" },
    parts: [{ part: 1, agent: "Ann", extension: "2001", recordingKey: null, why: "no-invite" }],
  },
  { type: "link", at: "2026-11-22T23:00:00.000Z", pbx: "192.0.2.1", state: "down" },
];
const ORPHAN = {
  ...{ recordingKey: "r9", callKey: null, part: null, startTimeMs: FROM_MS + 1, samples: 12_000 },
  ...{ outcome: "ok", why: null, recovered: false, agent: null, extension: null, loss: 0 },
  ...{ parties: ["+4930111"], sipCallId: "77aa", isInProgress: false },
};
const REPORT = reconcile(ROWS, [ORPHAN], {
  ...{ fromMs: FROM_MS, toMs: FROM_MS + 86_400_000, day: "2026-11-22" },
  nowMs: FROM_MS + 86_400_000,
});

test("R18: JSON is the report itself", () => {
  assert.deepEqual(JSON.parse(reportText(REPORT, "json")), REPORT);
});

test("R18: CSV has one line a call, orphan and unknown time, and no formula", () => {
  const [head, ...lines] = reportText(REPORT, "csv").trimEnd().split("\r\n");
  assert.ok(head?.startsWith("kind,status,startedAt,endedAt,pbx,callKey,direction,parties,"));
  assert.deepEqual(
    lines.map((line) => line.split(",").slice(0, 2).join()),
    ["call,missing", "orphan,", "unknown,link-down"],
  );
  assert.match(lines[0] ?? "", /,"'=cmd ""x"", y; Ann \| 2001",/);
  assert.match(lines[1] ?? "", /,\+4930111,,1\.5,r9,/);
});

test("R18: Markdown tells the sums, and each call under its status with the reason", () => {
  const text = reportText(REPORT, "md");
  assert.match(text, /^# Calls and recordings, 2026-11-22\n/);
  assert.match(text, /\| 1 \| 0 \| 0 \| 1 \| 0 \| 0 \| 1 \| 3600 s \|/);
  assert.match(text, /## Missing \(1\)[^]*Ann \\\| 2001[^]*no SIP call reached/);
  assert.match(text, /## Orphans[^]*r9/);
  assert.match(text, /## Not known \(1\)/);
  assert.doesNotMatch(text, /## Partial/);
});

test("R18: Markdown's tables have their columns, and what began before stands apart", () => {
  const text = reportText(REPORT, "md");
  assert.match(text, /\| Began \| Length \| Parties \| Recording \| Why \|/);
  assert.match(text, /\| 2026-11-22T00:00:00\.001Z \| 1\.5 s \| \+4930111 \| r9 \|/);
  assert.match(text, /\| IP Office \| From \| To \| Why \|/);
  const early = { ...ROWS[0], startedAt: "2026-11-21T23:50:00.000Z" };
  const carried = reconcile([early], [], {
    ...{ fromMs: FROM_MS, toMs: FROM_MS + 86_400_000, day: "2026-11-22" },
    nowMs: FROM_MS + 86_400_000,
  });
  assert.match(
    reportText(carried, "md"),
    /## Began before, ended within[^]*\| Call \| Ended \|[^]*\| c1 \| 2026-11-22T10:05:00\.000Z \|/,
  );
});

test("a day is one that exists", () => {
  assert.equal(startOfDay("2026-11-22"), FROM_MS);
  for (const none of ["2026-06-31", "2026-13-01", "22.11.2026", "", "today"]) {
    assert.equal(startOfDay(none), null);
  }
});
