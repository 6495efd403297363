// For each call that the PBX reported: recorded, partial, missing, not wanted, and why (R7, R18).
import assert from "node:assert/strict";
import { test } from "node:test";
import { reconcile, type ReconciliationReport } from "../../src/association/reconciliation.ts";
import type { KeptRecording } from "../../src/association/reconciliation-input.ts";

const DAY = "2026-11-22";
const FROM_MS = Date.parse(`${DAY}T00:00:00.000Z`);
const DAY_MS = 86_400_000;
const PBX = "192.0.2.1";

type Row = Readonly<Record<string, unknown>>;

/** "10:00" of the day, "-1 23:50" of the day before, "+1 00:10" of the day after. */
function at(text: string): string {
  const [, days = "0", time = "", seconds = "00"] =
    /^(?:([+-]1) )?(\d\d:\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  return new Date(
    Date.parse(`${DAY}T${time}:${seconds}.000Z`) + Number(days) * DAY_MS,
  ).toISOString();
}

function call(key: string, set: Row = {}): Row {
  return {
    ...{ version: 1, type: "call", callKey: key, deviceCallIds: [key], pbx: PBX },
    ...{ startedAt: at("10:00"), answeredAt: at("10:00"), endedAt: at("10:05") },
    ...{ direction: "inbound", parties: ["+4930123456", "2001"] },
    ...{ wanted: true, rule: null, ruleDecision: "no-rules", recordFromBeginning: true },
    parts: [part(1)],
    ...set,
  };
}

function part(number: number, set: Row = {}): Row {
  const recordingKey = `r${number}`;
  return { part: number, agent: "Ann", extension: "2001", liveStreamId: "s", recordingKey, ...set };
}

function kept(recordingKey: string, set: Partial<KeptRecording> = {}): KeptRecording {
  return {
    ...{ recordingKey, callKey: "c1", part: 1, startTimeMs: Date.parse(at("10:00")) },
    ...{ samples: 8_000 * 60, outcome: "ok", why: null, recovered: false, agent: "Ann" },
    ...{ extension: "2001", parties: ["+4930123456", "2001"], sipCallId: "77aa", loss: 0 },
    isInProgress: false,
    ...set,
  };
}

function report(
  rows: readonly Row[],
  recordings: readonly KeptRecording[] = [],
  nowMs = FROM_MS + 2 * DAY_MS,
): ReconciliationReport {
  const span = { fromMs: FROM_MS, toMs: FROM_MS + DAY_MS, day: DAY, nowMs };
  return reconcile(rows, recordings, span);
}

/** Status and reason of the only call. */
function verdict(rows: readonly Row[], recordings: readonly KeptRecording[] = []): string[] {
  const { calls } = report(rows, recordings);
  const [only, ...more] = calls;
  assert.ok(only !== undefined && more.length === 0, `${calls.length} calls`);
  return [only.status, only.reason];
}

const NO_AGENT = { parts: [], wanted: false, events: [{ kind: "talking", agents: [] }] };

const VERDICTS: readonly (readonly [string, Row, readonly KeptRecording[], string, RegExp])[] = [
  ["all of it is there", {}, [kept("r1")], "recorded", /^Recorded\.$/],
  [
    "the recording is found by call and part where the row has no key",
    { parts: [part(1, { recordingKey: null })] },
    [kept("other")],
    "recorded",
    /^Recorded\.$/,
  ],
  [
    "rules could not be decided: kept and whole",
    {},
    [kept("r1", { outcome: "degraded", why: "rules-unproven" })],
    "recorded",
    /rules could not be decided/,
  ],
  [
    "little loss is no missing part",
    {},
    [kept("r1", { outcome: "degraded", why: "packets-lost", loss: 0.01 })],
    "recorded",
    /^1 % of the RTP packets/,
  ],
  [
    "much loss is",
    {},
    [kept("r1", { outcome: "degraded", why: "packets-lost", loss: 0.2 })],
    "partial",
    /^20 % of the RTP packets/,
  ],
  [
    "a restart in mid-call",
    {},
    [kept("r1", { outcome: "degraded", why: "restart", recovered: true })],
    "partial",
    /restarted during the call/,
  ],
  [
    "the recording began late",
    { parts: [part(1, { missedMs: 7_300 })] },
    [kept("r1")],
    "partial",
    /first 7\.3 s were not recorded/,
  ],
  [
    "one part failed",
    { parts: [part(1), part(2, { recordingKey: null, outcome: "failed", why: "no-invite" })] },
    [kept("r1")],
    "partial",
    /^Part 2: .*no SIP call reached/,
  ],
  [
    "no part came",
    { parts: [part(1, { recordingKey: null, outcome: "failed", why: "vcm-exhausted" })] },
    [],
    "missing",
    /^IP Office 192\.0\.2\.1 has no VCM channel free/,
  ],
  [
    "asked for, and nothing came",
    { parts: [part(1, { recordingKey: null })] },
    [],
    "missing",
    /no SIP call came/,
  ],
  [
    "the SIP call brought no audio",
    {},
    [kept("r1", { outcome: "failed", why: "no-media", samples: 0 })],
    "missing",
    /no RTP reached/,
  ],
  ["its files are gone", {}, [], "missing", /in no pool/],
  [
    "an agent was on it and nothing was begun",
    { parts: [], wanted: false, events: [{ kind: "talking", agents: [{ extension: "2001" }] }] },
    [],
    "missing",
    /no recording was begun/,
  ],
  ["no agent was on it", NO_AGENT, [], "not-wanted", /No agent of the configuration/],
  [
    "nobody answered",
    { ...NO_AGENT, answeredAt: null },
    [],
    "not-wanted",
    /^Nobody answered it\.$/,
  ],
  [
    "a negative rule",
    { parts: [], wanted: false, rule: "Private", ruleDecision: "negative" },
    [],
    "not-wanted",
    /^The rule "Private" refuses it\.$/,
  ],
  [
    "no rule matched",
    { parts: [], wanted: false, ruleDecision: "none" },
    [],
    "not-wanted",
    /^No rule matched\.$/,
  ],
  [
    "no rules, and off",
    { parts: [], wanted: false, recordFromBeginning: false },
    [],
    "not-wanted",
    /Record From Beginning is off/,
  ],
  [
    "a party's wish",
    { parts: [part(1, { recordingKey: null, outcome: "blocked", why: "consent" })] },
    [],
    "not-wanted",
    /refused consent/,
  ],
  [
    "a wish in mid-call leaves the part before",
    { parts: [part(1), part(2, { recordingKey: null, outcome: "blocked", why: "privacy" })] },
    [kept("r1")],
    "partial",
    /^Part 2: A party's privacy flag/,
  ],
  [
    "every part of several",
    { parts: [part(1), part(2)] },
    [kept("r1"), kept("r2", { part: 2 })],
    "recorded",
    /Every part/,
  ],
];

for (const [title, row, recordings, status, reason] of VERDICTS) {
  test(`R18: ${title}: ${status}`, () => {
    const [found, why = ""] = verdict([call("c1", row)], recordings);
    assert.equal(found, status);
    assert.match(why, reason);
  });
}

test("R13: a discarded recording is not wanted, by the row that its discard left", () => {
  const row = call("c1", { wanted: false, ruleDecision: "none" });
  const discard = { type: "discard", recordingKey: "r1", outcome: "discarded" };
  assert.deepEqual(verdict([row, discard]), ["not-wanted", "No rule matched."]);
  const blocked = { type: "discard", recordingKey: "r1", outcome: "blocked" };
  assert.match(verdict([call("c1"), blocked]).join(), /^not-wanted,A party's privacy/);
});

test("R18: what was erased since is missing, and the report says by whom", () => {
  const erased = { type: "erased", recordingKey: "r1", at: at("11:00"), by: "Ann", reason: "GDPR" };
  const nameless = verdict([call("c1"), { type: "erased", recordingKey: "r1" }]);
  assert.match(nameless[1] ?? "", /It was erased by somebody: \?\./);
  const [status, reason] = verdict([call("c1"), erased]);
  assert.equal(status, "missing");
  assert.match(reason ?? "", /^It was erased by Ann at 2026-11-22T11:00:00\.000Z: GDPR\.$/);
});

test("R18: of one call the last row counts, and damaged rows are left out", () => {
  const rows = [call("c1", { open: true, endedAt: null }), { type: "call" }, {}, call("c1")];
  const { summary, calls } = report(rows, [kept("r1")]);
  assert.deepEqual([summary.calls, summary.open, calls[0]?.status], [1, 0, "recorded"]);
});

test("R18: a call that is open at midnight stands in the report of its beginning, once", () => {
  const late = call("c1", { startedAt: at("23:58"), endedAt: at("+1 00:10") });
  const [only] = report([late], [kept("r1")]).calls;
  assert.deepEqual([only?.endsLater, only?.status], [true, "recorded"]);
  const early = call("c2", { startedAt: at("-1 23:50"), endedAt: at("00:10") });
  const before = report([early]);
  assert.deepEqual(before.calls, []);
  assert.deepEqual(before.carriedOver, [{ callKey: "c2", endedAt: at("00:10") }]);
});

test("R18: a call without a row goes on as far as its recording tells", () => {
  const began = Date.parse(at("12:00"));
  const key = `c0a80a01-31-${began}`;
  const own = kept("r1", { callKey: key, startTimeMs: began, isInProgress: true });
  const [goesOn] = report([], [own]).calls;
  assert.deepEqual(
    [goesOn?.status, goesOn?.isOpen, goesOn?.startedAt, goesOn?.deviceCallIds],
    ["recorded", true, at("12:00"), ["c0a80a01-31"]],
  );
  assert.match(goesOn?.reason ?? "", /goes on/);
  const [killed] = report([], [{ ...own, isInProgress: false }]).calls;
  assert.equal(killed?.status, "partial");
  assert.match(killed?.reason ?? "", /lost the call before its end/);
});

test("R18: a call over a restart is one call, whatever callKey it got after it", () => {
  const open = call("c1", { deviceCallIds: ["n-1"], open: true, endedAt: null });
  const rest = call("c2", { deviceCallIds: ["n-1"], startedAt: at("10:03"), parts: [part(2)] });
  const other = call("c3", { deviceCallIds: ["n-2"], startedAt: at("10:04"), parts: [part(3)] });
  const recordings = [
    kept("r1"),
    kept("r2", { callKey: "c2", part: 2 }),
    kept("r3", { callKey: "c3", part: 3 }),
  ];
  const { calls } = report([open, rest, other], recordings);
  assert.deepEqual(
    calls.map(({ callKey, startedAt, endedAt, parts }) => [
      callKey,
      startedAt,
      endedAt,
      parts.length,
    ]),
    [
      ["c1", at("10:00"), at("10:05"), 2],
      ["c3", at("10:04"), at("10:05"), 1],
    ],
  );
});

test("R18: what was kept before a restart shows that the call was wanted, whatever the rest's row says", () => {
  const began = Date.parse(at("10:00"));
  const own = kept("r1", { callKey: `n-1-${began}`, startTimeMs: began });
  const later = { deviceCallIds: ["n-1"], startedAt: at("10:03"), parts: [part(2)] };
  const rest = call("c2", { ...later, wanted: false, ruleDecision: "none" });
  assert.deepEqual(verdict([rest], [own]), [
    "partial",
    "Part 2: Its recording is in no pool: it was deleted, or its drive is missing.",
  ]);
});

test("R18: a part of before a restart that the call's row does not know is in the report by its recording", () => {
  const { calls, orphans } = report(
    [call("c1", { parts: [part(2)] })],
    [kept("r1"), kept("r2", { part: 2 })],
  );
  assert.deepEqual(
    calls.map(({ status, parts }) => [status, parts.map((one) => [one.part, one.recordingKeys])]),
    [
      [
        "recorded",
        [
          [1, ["r1"]],
          [2, ["r2"]],
        ],
      ],
    ],
  );
  assert.deepEqual(orphans, []);
});

test("R18: a recording that lost its journal is with the call whose row names it, and no orphan", () => {
  const { calls, orphans } = report([call("c1")], [kept("r1", { callKey: null, part: null })]);
  assert.deepEqual(
    calls.flatMap(({ parts }) => parts.map((one) => one.recordingKeys)),
    [["r1"]],
  );
  assert.deepEqual(orphans, []);
});

test("R7: orphans are listed apart, until somebody ties one to its call", () => {
  const orphan = kept("r9", { callKey: null, part: null, extension: null, agent: null });
  const rows = [call("c1", { parts: [part(1, { recordingKey: null })] })];
  const apart = report(rows, [orphan]);
  assert.deepEqual(
    apart.orphans.map(({ recordingKey, seconds }) => [recordingKey, seconds]),
    [["r9", 60]],
  );
  assert.equal(apart.calls[0]?.status, "missing");
  const tie = { type: "association", recordingKey: "r9", callKey: "c1", part: 1 };
  const tied = report([...rows, tie], [orphan]);
  assert.deepEqual([tied.orphans.length, tied.calls[0]?.status], [0, "recorded"]);
  const back = report([...rows, tie, { ...tie, callKey: null }], [orphan]);
  assert.deepEqual([back.orphans.length, back.calls[0]?.status], [1, "missing"]);
});

// -- What nobody knows ----------------------------------------------------------------------------

function link(when: string, state: "up" | "down", reason?: string): Row {
  return {
    type: "link",
    at: at(when),
    pbx: PBX,
    state,
    ...(reason === undefined ? {} : { reason }),
  };
}

const GAPS: readonly (readonly [string, readonly Row[], readonly string[]])[] = [
  [
    "a link that went and came",
    [link("11:00", "down"), link("11:05", "up")],
    ["11:00 11:05 link-down"],
  ],
  [
    "a link that was down since the day before",
    [link("-1 23:00", "down"), link("01:00", "up")],
    ["00:00 01:00 link-down"],
  ],
  ["a link that is down still", [link("23:00", "down")], ["23:00 +1 00:00 link-down"]],
  [
    "one that came up for the first time",
    [link("09:00", "down", "start"), link("09:01", "up")],
    ["00:00 09:01 not-connected"],
  ],
  [
    "a recorder that was killed: since it was last heard of",
    [link("09:00", "up"), call("c1"), link("12:00", "down", "start"), link("12:01", "up")],
    ["00:00 09:00 not-connected", "10:05 12:01 stopped"],
  ],
  [
    "one that was stopped in order: since its link was closed",
    [
      link("-1 09:00", "up"),
      link("20:00", "down"),
      link("21:00", "down", "start"),
      link("21:01", "up"),
    ],
    ["20:00 21:01 link-down"],
  ],
  ["a link that was up all day", [link("-1 09:00", "up"), call("c1")], []],
  ["no word of any link", [call("c1")], []],
];

for (const [title, rows, spans] of GAPS) {
  test(`R18: times that nobody knows are told as such: ${title}`, () => {
    const words = (iso: string): string =>
      Date.parse(iso) >= FROM_MS + DAY_MS ? `+1 ${iso.slice(11, 16)}` : iso.slice(11, 16);
    const { unknown, summary } = report(rows);
    const found = unknown.map(({ from, to, why }) => `${words(from)} ${words(to)} ${why}`);
    assert.deepEqual(found, spans);
    assert.equal(summary.unknownSeconds > 0, spans.length > 0);
  });
}

test("R18: what is later than now is not unknown yet", () => {
  const nowMs = Date.parse(at("12:00"));
  const { unknown } = report([link("11:00", "down")], [], nowMs);
  assert.deepEqual(
    unknown.map(({ to }) => to),
    [at("12:00")],
  );
});

test("R18: the pieces of a call over restarts are joined in order of time, whatever the rows' order", () => {
  const piece = (key: string, startedAt: string, number: number): Row =>
    call(key, {
      ...{ deviceCallIds: ["n-1"], startedAt: at(startedAt), parts: [part(number)] },
      ...(number < 3 ? { open: true, endedAt: null } : {}),
    });
  const [first, second, third] = [
    piece("c1", "10:00", 1),
    piece("c2", "10:03", 2),
    piece("c3", "10:04", 3),
  ];
  const recordings = [1, 2, 3].map((number) => kept(`r${number}`));
  for (const rows of [
    [first, second, third],
    [third, second, first],
    [second, third, first],
  ]) {
    const { calls } = report(rows, recordings);
    assert.deepEqual(
      calls.map(({ callKey, parts }) => [callKey, parts.length]),
      [["c1", 3]],
    );
  }
});

test("R18: a row of another type is no tie, whatever it names", () => {
  const orphan = kept("r9", { callKey: null, part: null, extension: null, agent: null });
  const rows = [
    call("c1", { parts: [part(1, { recordingKey: null })] }),
    { type: "note", recordingKey: "r9", callKey: "c1", part: 1 },
  ];
  assert.equal(report(rows, [orphan]).orphans.length, 1);
});

// -- Every field ----------------------------------------------------------------------------------

test("R18: the report says all of a call, an orphan and a time that is not known", () => {
  const orphan = kept("r9", {
    ...{ callKey: null, part: null, startTimeMs: Date.parse(at("09:00")), samples: 12_004 },
    ...{ parties: ["+4930111"] },
  });
  const open = call("c2", {
    ...{ startedAt: at("09:30"), answeredAt: null, endedAt: null, open: true, parts: [] },
    ...{ wanted: false, direction: null, rule: "Nights" },
  });
  const rows = [call("c1"), open, link("23:59", "down")];
  assert.deepEqual(report(rows, [kept("r1"), orphan]), {
    version: 1,
    day: DAY,
    from: at("00:00"),
    to: at("+1 00:00"),
    summary: {
      ...{ calls: 2, recorded: 1, partial: 0, missing: 0, notWanted: 1, open: 1, orphans: 1 },
      unknownSeconds: 60,
    },
    calls: [
      {
        ...{ callKey: "c2", pbx: PBX, deviceCallIds: ["c2"], startedAt: at("09:30") },
        ...{ endedAt: null, isOpen: true, endsLater: true, direction: null, rule: "Nights" },
        ...{ parties: ["+4930123456", "2001"], status: "not-wanted", parts: [] },
        ...{ reason: "Nobody answered it.", remedy: null },
      },
      {
        ...{ callKey: "c1", pbx: PBX, deviceCallIds: ["c1"], startedAt: at("10:00") },
        ...{ endedAt: at("10:05"), isOpen: false, endsLater: false, direction: "inbound" },
        ...{ parties: ["+4930123456", "2001"], rule: null, status: "recorded" },
        ...{ reason: "Recorded.", remedy: null },
        parts: [
          {
            ...{ part: 1, agent: "Ann", extension: "2001", recordingKeys: ["r1"], seconds: 60 },
            ...{ outcome: "ok", why: null, status: "recorded", reason: "Recorded.", remedy: null },
          },
        ],
      },
    ],
    carriedOver: [],
    orphans: [
      {
        ...{ recordingKey: "r9", startedAt: at("09:00"), seconds: 1.501, parties: ["+4930111"] },
        sipCallId: "77aa",
        reason: "The IP Office called the recorder, and no event told of what call.",
      },
    ],
    unknown: [
      {
        ...{ pbx: PBX, from: at("23:59"), to: at("+1 00:00"), why: "link-down" },
        reason: "The DevLink3 link was down: calls of this time are not known.",
      },
    ],
  });
});

test("R18: the sums count each status, and calls stand in order of their beginning", () => {
  const rows = [
    call("c5", { startedAt: at("10:04"), parts: [part(5, { missedMs: 9_000 })] }),
    call("c4", { startedAt: at("10:03"), parts: [part(4)] }),
    call("c3", { startedAt: at("10:02"), parts: [], wanted: false, ruleDecision: "none" }),
    call("c2", { startedAt: at("10:01"), parts: [part(2, { missedMs: 9_000 })] }),
    call("c1", { startedAt: at("10:01"), parts: [part(1)] }),
    call("c6", { startedAt: at("10:05"), parts: [part(6)] }),
  ];
  const own = (n: number): KeptRecording => kept(`r${n}`, { callKey: `c${n}`, part: n });
  const { summary, calls } = report(rows, [own(1), own(2), own(5)]);
  assert.deepEqual(
    calls.map(({ callKey }) => callKey),
    ["c1", "c2", "c3", "c4", "c5", "c6"],
  );
  const { recorded, partial, missing, notWanted } = summary;
  assert.deepEqual([recorded, partial, missing, notWanted], [1, 2, 2, 1]);
});

test("R18: a day is from midnight to midnight, for calls, orphans and what is carried over", () => {
  const began = (startedAt: string, endedAt: string): ReconciliationReport =>
    report([call("c1", { startedAt, endedAt })], [kept("r1")]);
  const midnight = at("00:00");
  const before = new Date(FROM_MS - 1).toISOString();
  const next = at("+1 00:00");
  const last = new Date(FROM_MS + DAY_MS - 1).toISOString();
  assert.equal(began(midnight, at("00:05")).calls.length, 1);
  assert.equal(began(before, at("00:05")).calls.length, 0);
  assert.equal(began(last, next).calls[0]?.endsLater, true);
  assert.equal(began(midnight, last).calls[0]?.endsLater, false);
  assert.equal(began(next, at("+1 00:05")).calls.length, 0);
  const carried = (endedAt: string): number => began(before, endedAt).carriedOver.length;
  assert.deepEqual(
    [carried(midnight), carried(last), carried(next), carried(before)],
    [1, 1, 0, 0],
  );
  const orphans = (startTimeMs: number): number =>
    report([], [kept("r9", { callKey: null, part: null, startTimeMs })]).orphans.length;
  assert.deepEqual(
    [FROM_MS - 1, FROM_MS, FROM_MS + DAY_MS - 1, FROM_MS + DAY_MS].map(orphans),
    [0, 1, 1, 0],
  );
});

const REMEDIES: readonly (readonly [
  string,
  Row,
  readonly KeptRecording[],
  string,
  string | null,
])[] = [
  [
    "nothing came of a request",
    { parts: [part(1, { recordingKey: null })] },
    [],
    "A recording was asked for, and no SIP call came.",
    "See server.log for the request and its result.",
  ],
  [
    "nothing came, and nobody had asked",
    { parts: [part(1, { recordingKey: null })], wanted: false, ruleDecision: "none" },
    [],
    "No rule matched.",
    null,
  ],
  [
    "the files are gone",
    {},
    [],
    "Its recording is in no pool: it was deleted, or its drive is missing.",
    "See the audit for a deletion, and /api/v1/pools for the drives.",
  ],
  [
    "a beginning that is missing",
    { parts: [part(1, { missedMs: 2_001 })] },
    [kept("r1")],
    "The first 2 s were not recorded.",
    "See server.log for the request and its result.",
  ],
  [
    "a beginning that nobody misses",
    { parts: [part(1, { missedMs: 2_000 })] },
    [kept("r1")],
    "Recorded.",
    null,
  ],
  [
    "loss, to the tenth of a per cent",
    {},
    [kept("r1", { outcome: "degraded", why: "packets-lost", loss: 0.0506 })],
    "5.1 % of the RTP packets were lost; the gaps are filled.",
    "Check the network between IP Office and recorder.",
  ],
  [
    "loss at the limit",
    {},
    [kept("r1", { outcome: "degraded", why: "packets-lost", loss: 0.05 })],
    "5 % of the RTP packets were lost; the gaps are filled.",
    null,
  ],
  [
    "a reason of another version",
    { parts: [part(1, { recordingKey: null, outcome: "failed", why: "gremlins" })] },
    [],
    "It failed: gremlins.",
    "See server.log.",
  ],
  [
    "no rules, and off",
    { parts: [], wanted: false, recordFromBeginning: false },
    [],
    "There are no rules, and Record From Beginning is off.",
    "Add rules, or set recorder.recordFromBeginning.",
  ],
  [
    "an agent, and no recording",
    { parts: [], wanted: false, events: [{ kind: "talking", agents: [{ extension: "2001" }] }] },
    [],
    "An agent was on it, and no recording was begun.",
    "See server.log: the link may have been down, or the call a copy of another one.",
  ],
  ["no agent", NO_AGENT, [], "No agent of the configuration was on it.", null],
  [
    "a rule without a name",
    { parts: [], ruleDecision: "negative" },
    [],
    'The rule "" refuses it.',
    null,
  ],
  [
    "open at the end",
    { open: true, endedAt: null },
    [kept("r1")],
    "The recorder was stopped or lost the call before its end: what followed is not known.",
    "See the times that are not known, and library.log for the cause of the stop.",
  ],
  [
    "open, and being recorded",
    { open: true, endedAt: null },
    [kept("r1", { isInProgress: true })],
    "The call goes on, and is being recorded.",
    null,
  ],
  [
    "every part of several",
    { parts: [part(1), part(2)] },
    [kept("r1"), kept("r2", { part: 2 })],
    "Every part is recorded.",
    null,
  ],
  [
    "one of several is missing",
    { parts: [part(1), part(2)] },
    [kept("r1")],
    "Part 2: Its recording is in no pool: it was deleted, or its drive is missing.",
    "See the audit for a deletion, and /api/v1/pools for the drives.",
  ],
  [
    "missing is worse than partial, partial than not wanted",
    {
      parts: [
        part(1, { recordingKey: null, outcome: "blocked", why: "privacy" }),
        part(2, { missedMs: 9_000 }),
        part(3),
      ],
    },
    [kept("r2", { part: 2 })],
    "Part 3: Its recording is in no pool: it was deleted, or its drive is missing.",
    "See the audit for a deletion, and /api/v1/pools for the drives.",
  ],
  [
    "partial is worse than not wanted",
    {
      parts: [
        part(1, { recordingKey: null, outcome: "blocked", why: "privacy" }),
        part(2, { missedMs: 9_000 }),
      ],
    },
    [kept("r2", { part: 2 })],
    "Part 2: The first 9 s were not recorded.",
    "See server.log for the request and its result.",
  ],
  [
    "all discarded, and not wanted",
    { wanted: false, ruleDecision: "none", parts: [part(1, { outcome: "discarded" })] },
    [],
    "No rule matched.",
    null,
  ],
  ["erased", { parts: [part(1, { recordingKey: "r8" })] }, [], "It was erased by Ann: GDPR.", null],
];

for (const [title, row, recordings, reason, remedy] of REMEDIES) {
  test(`R18: reason and remedy: ${title}`, () => {
    const erased = { type: "erased", recordingKey: "r8", by: "Ann", reason: "GDPR" };
    const [only] = report([call("c1", row), erased], recordings).calls;
    assert.deepEqual([only?.reason, only?.remedy], [reason, remedy]);
  });
}

test("R18: what is degraded without a reason was interrupted, or lost packets", () => {
  const torn = (recovered: boolean): string | undefined =>
    verdict([call("c1")], [kept("r1", { outcome: "degraded", recovered, loss: 0.2 })])[1];
  assert.match(torn(true) ?? "", /restarted during the call/);
  assert.match(torn(false) ?? "", /^20 % of the RTP packets/);
});

test("R18: a part of several recordings has their keys and their length together", () => {
  const again = kept("r1b", { samples: 8_004 });
  const [only] = report([call("c1")], [kept("r1"), again]).calls;
  const [first] = only?.parts ?? [];
  assert.deepEqual([first?.recordingKeys, first?.seconds], [["r1", "r1b"], 61.001]);
});

test("R18: outcome and why are those of the recording, of the row, or of the discard", () => {
  const of = (row: Row, recordings: readonly KeptRecording[], rows: readonly Row[] = []) => {
    const [only] = report([call("c1", { parts: [part(1, row)] }), ...rows], recordings).calls;
    return [only?.parts[0]?.outcome, only?.parts[0]?.why];
  };
  const degraded = kept("r1", { outcome: "degraded", why: "restart" });
  assert.deepEqual(of({ outcome: "failed", why: "no-invite" }, [degraded]), [
    "degraded",
    "restart",
  ]);
  assert.deepEqual(of({ outcome: "failed", why: "no-invite" }, []), ["failed", "no-invite"]);
  const discard = { type: "discard", recordingKey: "r1", outcome: "blocked" };
  assert.deepEqual(of({}, [], [discard]), ["blocked", null]);
  assert.deepEqual(of({}, []), [null, null]);
});

// -- Joined over restarts -------------------------------------------------------------------------

function isJoined(before: Row, after: Row): boolean {
  const open = { deviceCallIds: ["n-1"], open: true, endedAt: null };
  const rows = [
    call("c1", { ...open, startedAt: at("01:00"), parts: [part(1)], ...before }),
    call("c2", { deviceCallIds: ["n-1"], startedAt: at("02:00"), parts: [part(2)], ...after }),
  ];
  return report(rows, [kept("r1"), kept("r2", { callKey: "c2", part: 2 })]).calls.length === 1;
}

test("R18: joined is what was open, is the same call of the same PBX, within half a day", () => {
  assert.equal(isJoined({}, {}), true);
  assert.equal(isJoined({ open: false }, {}), false);
  assert.equal(isJoined({}, { deviceCallIds: ["n-2"] }), false);
  assert.equal(isJoined({}, { pbx: "192.0.2.2" }), false);
  assert.equal(isJoined({ pbx: "" }, {}), true);
  assert.equal(isJoined({}, { pbx: "" }), true);
  assert.equal(isJoined({}, { startedAt: at("12:59:59") }), true);
  assert.equal(isJoined({}, { startedAt: at("13:00") }), false);
});

test("R18: a joined call has what either piece knew", () => {
  const open = { deviceCallIds: ["n-1"], open: true, endedAt: null };
  const first = call("c1", {
    ...{ ...open, pbx: "", direction: null, answeredAt: null, wanted: false, rule: "First" },
    parties: ["a"],
  });
  const rest = call("c2", {
    ...{ deviceCallIds: ["n-1", "n-2"], startedAt: at("10:03"), parts: [part(2)] },
    ...{ direction: "outbound", rule: null, parties: ["a", "b"] },
  });
  const [only, ...more] = report([first, rest], []).calls;
  assert.equal(more.length, 0);
  assert.deepEqual(
    [only?.pbx, only?.direction, only?.rule, only?.parties, only?.deviceCallIds, only?.isOpen],
    [PBX, "outbound", "First", ["a", "b"], ["n-1", "n-2"], false],
  );
  assert.deepEqual(
    only?.parts.map((one) => one.part),
    [1, 2],
  );
});

test("R18: a call of recordings alone has their parts and parties, and began with the first", () => {
  const [later, earlier] = [at("12:05"), at("12:00")].map(Date.parse);
  assert.ok(later !== undefined && earlier !== undefined);
  const own = (key: string, set: Partial<KeptRecording>): KeptRecording =>
    kept(key, { callKey: "strange", isInProgress: true, ...set });
  const [only] = report(
    [],
    [
      own("r1", { startTimeMs: later, part: null, extension: null, agent: null }),
      own("r2", { startTimeMs: earlier, part: null, parties: ["2001", "x"] }),
    ],
  ).calls;
  assert.deepEqual(
    [only?.startedAt, only?.deviceCallIds, only?.parties, only?.status],
    [at("12:00"), [], ["+4930123456", "2001", "x"], "recorded"],
  );
  assert.deepEqual(
    only?.parts.map((one) => [one.part, one.agent, one.extension]),
    [
      [1, "", ""],
      [2, "Ann", "2001"],
    ],
  );
});

test("R18: a tie may name part, extension and agent, or leave them as they are", () => {
  const orphan = kept("r9", { callKey: null, part: null, extension: "77", agent: null });
  const rows = [call("c1", { parts: [] })];
  const tie = { type: "association", recordingKey: "r9", callKey: "c1" };
  const parts = (set: Row) =>
    report([...rows, { ...tie, ...set }], [orphan]).calls[0]?.parts.map((one) => [
      ...[one.part, one.extension, one.agent],
    ]);
  assert.deepEqual(parts({ part: 3, extension: "2001", agent: "Ann" }), [[3, "2001", "Ann"]]);
  assert.deepEqual(parts({}), [[1, "77", ""]]);
});

test("R18: an orphan that is being recorded may yet be told of", () => {
  const orphan = kept("r9", { callKey: null, part: null, isInProgress: true });
  assert.equal(
    report([], [orphan]).orphans[0]?.reason,
    "It is being recorded, and the IP Office has not told yet what call it is.",
  );
});
