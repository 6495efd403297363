// Where in a run a complaint belongs: each kind of words that checkers use leads to the moment of
// the frame, message, journal line or call that it names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { evidenceOf } from "../../src/record/evidence.ts";
import { findingsOf, storyFinding } from "../../src/record/findings.ts";
import { legOf } from "../../src/record/leg-audio.ts";
import { play } from "../../src/run-scenario.ts";
import { VirtualEnvironment } from "../../src/virtual/virtual-environment.ts";
import { BUSY } from "../checkers/spoiled-run.ts";

const environment = await VirtualEnvironment.start({ scenario: BUSY, seed: "f", trace: "full" });
const record = await play(environment);
const [alice] = record.recordings;
assert.ok(alice !== undefined);
const leg = legOf(record, alice);
assert.ok(leg !== null && leg.endedMs !== null);
const firstMs = leg.frames[0]?.sentMs ?? NaN;
const bye = record.sip.find(({ text }) => text.startsWith("BYE") && text.includes(leg.sipCallId));
assert.ok(bye !== undefined);
const cseq = /^CSeq: (\d+)/im.exec(bye.text)?.[1] ?? "";

function momentOf(text: string): number | null {
  const [finding] = findingsOf(record, [{ name: "audio", texts: [text] }]);
  return finding?.atMs ?? null;
}

test("a sample of a recording is so many ms behind its first packet", () => {
  const key = alice.recordingKey;
  assert.equal(momentOf(`${key}: frame 5 arrived and is not at sample 800 (loss)`), firstMs + 100);
  assert.equal(momentOf(`${key}: ends at 1600, before its last frame does`), firstMs + 200);
  assert.equal(momentOf(`${key}: sample 99999999 is fill`), leg.endedMs, "never behind the end");
});

test("a line of a journal is at its time; a whole recording at its leg's end", () => {
  const key = alice.recordingKey;
  const line = alice.journal[3];
  assert.equal(
    momentOf(`${key}: samples run back at line 4`),
    leg.invitedMs + (line?.elapsedMs ?? NaN),
  );
  assert.equal(momentOf(`${key} is an orphan`), leg.endedMs);
  assert.equal(momentOf("recording 1: outcome is failed, expected ok"), leg.endedMs);
});

test("a message is at its own time, by method, CSeq and Call-ID; others have no moment", () => {
  assert.equal(momentOf(`BYE (CSeq ${cseq}) of ${leg.sipCallId} was never answered`), bye.atMs);
  assert.equal(
    momentOf(`SIP call ${leg.sipCallId} was answered and has 2 recordings`),
    leg.invitedMs,
  );
  assert.equal(momentOf("65 of 64 channels at 1234 ms"), 1_234);
  assert.equal(momentOf("a timer is left"), null);
  assert.equal(momentOf("recording 99: nothing"), null);
});

test("each checker says its first before any says its second; there is an end to them", () => {
  const many = Array.from({ length: 100 }, (_, at) => `a${at}`);
  const findings = findingsOf(record, [
    { name: "audio", texts: many },
    { name: "sip", texts: ["b"] },
    { name: "quiet", texts: [] },
  ]);
  assert.equal(findings.length, 60);
  assert.deepEqual(
    findings.slice(0, 3).map(({ check, text }) => `${check} ${text}`),
    ["audio a0", "sip b", "audio a1"],
  );
});

test("evidence counts findings from the run's beginning, and has the trace up to the first", () => {
  const findings = findingsOf(record, [
    { name: "sip", texts: [`BYE (CSeq ${cseq}) of ${leg.sipCallId} was never answered`] },
  ]);
  const { findings: shown, trace, ladder } = evidenceOf(environment, record, findings);
  const row = ladder.find(({ title, text }) => title === "BYE" && text.includes(leg.sipCallId));
  assert.equal(shown?.[0]?.atMs, row?.atMs);
  assert.equal(trace?.length, 10);
  const times = trace.map((line) => Number.parseInt(line, 10) / 1_000);
  const last = times.at(-1) ?? NaN;
  assert.ok(last <= (row?.atMs ?? 0) + 1 && last > (row?.atMs ?? 0) - 100, `${last}`);
  assert.equal(evidenceOf(environment, record).findings, undefined);
});

test("a run that came to no end went wrong where it stopped, and its trace is the last", () => {
  const found = storyFinding("2001 rings: not within 120000 ms", environment.pbxNowMs());
  const { findings, trace } = evidenceOf(environment, null, [found]);
  assert.equal(findings?.[0]?.check, "story");
  assert.deepEqual(trace, environment.trace().lines.slice(-10));
});

test("two pauses at one sample, without a packet between them, end each at its own resume", () => {
  const resume = alice.journal.find(({ type }) => type === "resume");
  const pause = alice.journal.find(({ type }) => type === "pause");
  assert.ok(resume !== undefined && pause !== undefined);
  const later = { ...resume, toSample: Number(resume["toSample"]) + 4_000 };
  const journal = alice.journal.flatMap((line) => {
    return line === resume ? [resume, pause, later] : [line];
  });
  const twice = { ...record, recordings: [{ ...alice, journal }] };
  const [track] = evidenceOf(environment, twice).tracks;
  const ends = track?.spans.filter(({ kind }) => kind === "pause").map(({ toSample }) => toSample);
  assert.deepEqual(ends, [resume["toSample"], later.toSample]);
});
