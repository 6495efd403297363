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

// -- Whole reports --------------------------------------------------------------------------------

const [CALL] = ROWS;
const KEPT = { ...ORPHAN, parties: ["+4930111", "2001"] };
const WHOLE = reconcile(
  [
    ...ROWS,
    {
      ...{ ...CALL, callKey: "c2", deviceCallIds: ["n-2"], startedAt: "2026-11-22T11:00:00.000Z" },
      ...{ endedAt: null, open: true, parties: ["+44 20", "-5\r\n<b>"], rule: "Sales" },
      parts: [
        { part: 1, recordingKey: "r1" },
        { part: 2, recordingKey: "r2" },
      ],
    },
    {
      ...{ ...CALL, callKey: "c3", deviceCallIds: ["n-3"], startedAt: "2026-11-22T12:00:00.000Z" },
      ...{ endedAt: null, wanted: false, recordFromBeginning: false, parts: [] },
      parties: ["@x", "+49 x"],
    },
    { ...CALL, callKey: "c0", deviceCallIds: ["n-0"], startedAt: "2026-11-21T23:00:00.000Z" },
  ],
  [
    KEPT,
    { ...KEPT, recordingKey: "r1", callKey: "c2", part: 1 },
    { ...KEPT, recordingKey: "r2", callKey: "c2", part: 2 },
  ],
  {
    ...{ fromMs: FROM_MS, toMs: FROM_MS + 86_400_000, day: null },
    nowMs: FROM_MS + 86_400_000,
  },
);

const NO_CALL = "The IP Office called the recorder, and no event told of what call.";
const DOWN = "The DevLink3 link was down: calls of this time are not known.";
const STOPPED =
  "The recorder was stopped or lost the call before its end: what followed is not known.";
const SEE = "See the times that are not known, and library.log for the cause of the stop.";
const NO_INVITE =
  "IP Office 192.0.2.1 accepted the request for 2001, but no SIP call reached the recorder.";
const OPEN_PORT = "Open that port from 192.0.2.1, or correct recorder.address.";
const NO_RULES = "There are no rules, and Record From Beginning is off.";
const ADD_RULES = "Add rules, or set recorder.recordFromBeginning.";
const TEN = "2026-11-22T10:00:00.000Z";
const FIVE_PAST = "2026-11-22T10:05:00.000Z";

test("R18: a CSV, cell by cell", () => {
  assert.deepEqual(reportText(WHOLE, "csv").split("\r\n"), [
    "kind,status,startedAt,endedAt,pbx,callKey,direction,parties,parts,seconds,recordingKeys," +
      "rule,reason,remedy",
    `call,missing,${TEN},${FIVE_PAST},192.0.2.1,c1,inbound,"'=cmd ""x"", y; Ann | 2001",1,0,,,` +
      `"${NO_INVITE}","${OPEN_PORT}"`,
    "call,partial,2026-11-22T11:00:00.000Z,,192.0.2.1,c2,inbound,\"'+44 20; -5",
    `<b>",2,3,r1; r2,Sales,${STOPPED},"${SEE}"`,
    "call,not-wanted,2026-11-22T12:00:00.000Z,,192.0.2.1,c3,inbound,'@x; +49 x,0,0,,," +
      `"${NO_RULES}","${ADD_RULES}"`,
    `orphan,,2026-11-22T00:00:00.001Z,,,,,'+4930111; 2001,,1.5,r9,,"${NO_CALL}",`,
    `unknown,link-down,2026-11-22T23:00:00.000Z,2026-11-23T00:00:00.000Z,192.0.2.1,,,,,,,,` +
      `${DOWN},`,
    "",
  ]);
});

test("R18: what a spreadsheet could take for a formula has an apostrophe, a number has none", () => {
  const cell = (name: string): string => {
    const [call] = WHOLE.calls;
    assert.ok(call !== undefined);
    const report = { ...WHOLE, calls: [{ ...call, parties: [name] }], orphans: [], unknown: [] };
    return /inbound,(.*),1,0,,/s.exec(reportText(report, "csv"))?.[1] ?? "";
  };
  for (const name of ["=1", "@a", "-a", "+a", "\ta"]) assert.equal(cell(name), `'${name}`);
  for (const name of ["+49 30 1", "-1", "2001", "a=b", "Ann"]) assert.equal(cell(name), name);
  for (const name of ["a,b", "a\nb", "a\rb"]) assert.equal(cell(name), `"${name}"`);
  assert.equal(cell('a"b'), '"a""b"');
});

test("R18: a Markdown, line by line", () => {
  const head = (columns: readonly string[]): string[] => [
    `| ${columns.join(" | ")} |`,
    `| ${columns.map(() => "---").join(" | ")} |`,
  ];
  const calls = head(["Began", "Ended", "Parties", "Parts", "Recorded", "Why"]);
  assert.deepEqual(reportText(WHOLE, "md").split("\n"), [
    "# Calls and recordings, 2026-11-22T00:00:00.000Z – 2026-11-23T00:00:00.000Z",
    "",
    "2026-11-22T00:00:00.000Z to 2026-11-23T00:00:00.000Z (UTC). A call stands where it began.",
    "",
    ...head([
      "Calls",
      "Recorded",
      "Partial",
      "Missing",
      "Not wanted",
      "Open",
      "Orphans",
      "Unknown",
    ]),
    "| 3 | 0 | 1 | 1 | 1 | 1 | 1 | 3600 s |",
    ...["", "## Missing (1)", "", ...calls],
    `| ${TEN} | ${FIVE_PAST} | =cmd "x", y, Ann \\| 2001 | 1 | 0 s | ${NO_INVITE} ${OPEN_PORT} |`,
    ...["", "## Partial (1)", "", ...calls],
    `| 2026-11-22T11:00:00.000Z | open | +44 20, -5 \\<b\\> | 2 | 3 s | ${STOPPED} ${SEE} |`,
    ...["", "## Not wanted (1)", "", ...calls],
    `| 2026-11-22T12:00:00.000Z | ? | @x, +49 x | 0 | 0 s | ${NO_RULES} ${ADD_RULES} |`,
    ...["", "## Orphans: recordings of no known call (1)", ""],
    ...head(["Began", "Length", "Parties", "Recording", "Why"]),
    `| 2026-11-22T00:00:00.001Z | 1.5 s | +4930111, 2001 | r9 | ${NO_CALL} |`,
    ...["", "## Not known (1)", "", ...head(["IP Office", "From", "To", "Why"])],
    `| 192.0.2.1 | 2026-11-22T23:00:00.000Z | 2026-11-23T00:00:00.000Z | ${DOWN} |`,
    ...["", "## Began before, ended within: in the report of their beginning (1)", ""],
    ...head(["Call", "Ended"]),
    `| c0 | ${FIVE_PAST} |`,
    "",
  ]);
});
