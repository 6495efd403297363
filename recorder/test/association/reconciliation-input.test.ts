// Rows as this and other versions may have written them, as the reconciliation reads them (R18).
import assert from "node:assert/strict";
import { test } from "node:test";
import { readReportedFacts, rowTimeMs } from "../../src/association/reconciliation-input.ts";

const AT = "2026-11-22T10:00:00.000Z";
const AT_MS = Date.parse(AT);

const WHOLE = {
  ...{ type: "call", callKey: "c1", pbx: "192.0.2.1", deviceCallIds: ["n-1", 7] },
  ...{ startedAt: AT, answeredAt: AT, endedAt: "2026-11-22T10:05:00.000Z", open: true },
  ...{ direction: "inbound", parties: ["a", null, "b"], wanted: true, rule: "Sales" },
  ...{ ruleDecision: "positive", recordFromBeginning: false },
  events: [{ kind: "ringing" }, { kind: "talking", agents: [{ extension: "2001" }] }],
  parts: [
    {
      ...{ part: 2, agent: "Ann", extension: "2001", callKey: "c0", recordingKey: "r1" },
      ...{ outcome: "failed", why: "no-invite", missedMs: 70 },
    },
    7,
  ],
};

test("a call's row is read with all that it says", () => {
  const { calls, seenMs } = readReportedFacts([WHOLE]);
  assert.deepEqual(calls, [
    {
      ...{ callKey: "c1", pbx: "192.0.2.1", deviceCallIds: ["n-1"], startedMs: AT_MS },
      ...{ endedMs: AT_MS + 300_000, isAnswered: true, isOpen: true, direction: "inbound" },
      ...{ parties: ["a", "b"], isWanted: true, rule: "Sales", ruleDecision: "positive" },
      ...{ recordFromBeginning: false, hadAgent: true },
      parts: [
        {
          ...{ part: 2, agent: "Ann", extension: "2001", callKey: "c0", recordingKey: "r1" },
          ...{ outcome: "failed", why: "no-invite", missedMs: 70 },
        },
      ],
    },
  ]);
  assert.deepEqual(seenMs, [AT_MS + 300_000]);
});

test("what a row lacks, or has of another type, is unknown and no trouble", () => {
  const odd = {
    ...{ type: "call", callKey: `n-31-${AT_MS}`, pbx: 7, deviceCallIds: "n", startedAt: "soon" },
    ...{ answeredAt: 5, endedAt: null, open: "yes", direction: "", parties: {}, wanted: 1 },
    ...{ rule: null, ruleDecision: 0, recordFromBeginning: "on", events: [{ kind: "talking" }] },
    parts: [{ part: "2", missedMs: Number.POSITIVE_INFINITY }, null, []],
  };
  const { calls, seenMs } = readReportedFacts([odd]);
  const key = `n-31-${AT_MS}`;
  assert.deepEqual(calls, [
    {
      ...{ callKey: key, pbx: "", deviceCallIds: [], startedMs: AT_MS, endedMs: null },
      ...{ isAnswered: false, isOpen: false, direction: null, parties: [], isWanted: false },
      ...{ rule: null, ruleDecision: null, recordFromBeginning: null, hadAgent: false },
      parts: [
        {
          ...{ part: 0, agent: "", extension: "", callKey: key, recordingKey: null },
          ...{ outcome: null, why: null, missedMs: 0 },
        },
      ],
    },
  ]);
  assert.deepEqual(seenMs, [AT_MS]);
});

test("without key or time it is no call", () => {
  const rows = [
    { type: "call", startedAt: AT },
    { type: "call", callKey: "", startedAt: AT },
    { type: "call", callKey: "c1" },
    { type: "note", callKey: "c1", startedAt: AT },
  ];
  assert.deepEqual(readReportedFacts(rows).calls, []);
});

test("an agent was on it who talked, alone or in a conference; who only heard it ring was not", () => {
  const had = (kind: string, agents: unknown): boolean | undefined =>
    readReportedFacts([{ ...WHOLE, events: [{ kind, agents }] }]).calls[0]?.hadAgent;
  const agents = [{ extension: "2001" }];
  assert.deepEqual(
    ["talking", "conference", "ringing", "held"].map((kind) => had(kind, agents)),
    [true, true, false, false],
  );
  assert.deepEqual(
    [had("talking", []), had("talking", [7]), had("talking", "Ann")],
    [false, false, false],
  );
});

test("of one call the last row counts, at its place in the file", () => {
  const rows = [WHOLE, { ...WHOLE, callKey: "c2" }, { ...WHOLE, rule: "Later" }];
  assert.deepEqual(
    readReportedFacts(rows).calls.map(({ callKey, rule }) => [callKey, rule]),
    [
      ["c2", "Sales"],
      ["c1", "Later"],
    ],
  );
});

test("links go up and down, and a start says nothing of the time before it", () => {
  const link = { type: "link", at: AT, pbx: "192.0.2.1", state: "up" };
  const { links, seenMs } = readReportedFacts([
    link,
    { ...link, state: "down", at: "2026-11-22T11:00:00.000Z" },
    { ...link, state: "down", reason: "start", at: "2026-11-22T12:00:00.000Z" },
    { ...link, at: "later" },
    { ...link, pbx: null },
    { ...link, type: "note" },
  ]);
  const pbx = "192.0.2.1";
  assert.deepEqual(links, [
    { pbx, atMs: AT_MS, isUp: true, isStart: false },
    { pbx, atMs: AT_MS + 3_600_000, isUp: false, isStart: false },
    { pbx, atMs: AT_MS + 7_200_000, isUp: false, isStart: true },
  ]);
  assert.deepEqual(seenMs, [AT_MS, AT_MS + 3_600_000]);
});

test("a tie names what it names; the last one of a recording counts", () => {
  const tie = { type: "association", recordingKey: "r1", callKey: "c1", part: 1 };
  const { ties } = readReportedFacts([
    { ...tie, extension: "2001", agent: "Ann" },
    { ...tie, recordingKey: "r2", part: "1", callKey: 7 },
    { ...tie, recordingKey: null },
    { ...tie, callKey: null },
  ]);
  const [first, second] = [ties.get("r1"), ties.get("r2")];
  assert.equal(ties.size, 2);
  assert.deepEqual(first, {
    ...{ recordingKey: "r1", callKey: null, part: 1, extension: null, agent: null },
  });
  assert.deepEqual([second?.callKey, second?.part], [null, null]);
});

test("discards have an outcome, erasures say who, when and why, as far as they are known", () => {
  const { discards, erasures } = readReportedFacts([
    { type: "discard", recordingKey: "r1", outcome: "blocked" },
    { type: "discard", recordingKey: "r2" },
    { type: "discard" },
    { type: "erased", recordingKey: "r3", by: "Ann", at: AT, reason: "GDPR" },
    { type: "erased", recordingKey: "r4", by: "Ann" },
    { type: "erased" },
    { type: "note", recordingKey: "r5" },
  ]);
  assert.deepEqual(
    [...discards],
    [
      ["r1", "blocked"],
      ["r2", "discarded"],
    ],
  );
  assert.deepEqual(
    [...erasures],
    [
      ["r3", `It was erased by Ann at ${AT}: GDPR.`],
      ["r4", "It was erased by Ann: ?."],
    ],
  );
});

test("a row was written when it says so, or when what it tells of ended or began", () => {
  const [one, two, three] = [1, 2, 3].map((hour) => `2026-11-22T0${hour}:00:00.000Z`);
  assert.equal(rowTimeMs({ at: one, endedAt: two, startedAt: three }), Date.parse(one ?? ""));
  assert.equal(rowTimeMs({ endedAt: two, startedAt: three }), Date.parse(two ?? ""));
  assert.equal(rowTimeMs({ endedAt: null, startedAt: three }), Date.parse(three ?? ""));
  assert.equal(rowTimeMs({ at: 5 }), null);
});
