// The failure text says all that is needed to repeat a run.  design.md §4
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  failureFacts,
  formatFailure,
  lastEvents,
  NO_FACTS,
  repeatCommand,
} from "../src/failure.ts";
import { aFailedRun, aMessage, aRun, someEvidence } from "./suite-builder.ts";

test("the command repeats scenario, mode and seed", () => {
  assert.equal(
    repeatCommand(aRun({ mode: "live" })),
    "npx testbed run basics/one-call --mode live --seed s1",
  );
});

test("a seed that a shell would read otherwise is quoted", () => {
  assert.match(repeatCommand(aRun({ seed: "it's; $(x)" })), / --seed 'it'\\''s; \$\(x\)'$/);
  assert.match(repeatCommand(aRun({ seed: "" })), / --seed ''$/);
});

test("the last events are messages and notes in the order of time", () => {
  const events = lastEvents(someEvidence(), 3);
  assert.deepEqual(events, [
    "0.170 s  IP Office → Recorder: RTP PCMU 3,000 packets",
    "20.000 s  201 pauses the recording",
    "60.200 s  IP Office → Recorder: BYE",
  ]);
});

test("a note in the ladder is written without lanes", () => {
  const note = aMessage({ protocol: "note", title: "fault: 3 datagrams lost\u001b[2K" });
  const events = lastEvents(someEvidence({ ladder: [note], notes: [] }));
  assert.deepEqual(events, ["0.120 s  fault: 3 datagrams lost\u241b[2K"]);
});

test("a failure has scenario, seed, why, failed checks, last events and the command", () => {
  const lines = formatFailure(aFailedRun(), { ...NO_FACTS, events: ["1.000 s  x"] });
  assert.deepEqual(lines, [
    "media/loss-and-reorder (virtual, seed s1)",
    "  why: audio: frame 812 of voice 201 is missing",
    "  check audio: frame 812 of voice 201 is missing",
    "  last events:",
    "    1.000 s  x",
    "  repeat: npx testbed run media/loss-and-reorder --mode virtual --seed s1",
  ]);
});

test("an endless detail is cut and says so", () => {
  const lines = formatFailure(aFailedRun({ why: "x".repeat(100_000) }), NO_FACTS);
  assert.ok((lines[1]?.length ?? 0) < 2_100);
  assert.match(lines[1] ?? "", /cut at 2000 characters/);
});

test("a run without a reason or detail still reads as a sentence", () => {
  const checks = [{ name: "quiet", verdict: "fail", detail: null }] as const;
  const lines = formatFailure(aFailedRun({ why: null, checks }), NO_FACTS);
  assert.equal(lines[1], "  why: no reason was given");
  assert.equal(lines[2], "  check quiet: failed");
});

test("findings stand with their moments, and events and trace go up to the first", () => {
  const findings = [
    { check: "sip", text: "BYE (CSeq 3) was never answered", atMs: 60_200 },
    { check: "audio", text: "frame 812 is missing", atMs: 16_300 },
    { check: "quiet", text: "a timer is left", atMs: null },
  ];
  const trace = ["16299000 udp 192.0.2.1:5060>192.0.2.10:5060 12"];
  const facts = failureFacts(someEvidence({ findings, trace }));
  const lines = formatFailure(aFailedRun(), facts);
  assert.deepEqual(lines, [
    "media/loss-and-reorder (virtual, seed s1)",
    "  why: sip: BYE (CSeq 3) was never answered",
    "  check sip: BYE (CSeq 3) was never answered (at 60.200 s)",
    "  check audio: frame 812 is missing (at 16.300 s)",
    "  check quiet: a timer is left",
    "  last events:",
    "    0.120 s  IP Office → Recorder: INVITE",
    "    0.141 s  Recorder → IP Office: 200 OK",
    "    0.160 s  IP Office → Recorder: ACK",
    "    0.161 s  IP Office → Recorder: Event Detail call 31",
    "    0.170 s  IP Office → Recorder: RTP PCMU 3,000 packets",
    "  trace before it:",
    "    16299000 udp 192.0.2.1:5060>192.0.2.10:5060 12",
    "  repeat: npx testbed run media/loss-and-reorder --mode virtual --seed s1",
  ]);
});

test("many findings are cut, and their number is said", () => {
  const findings = Array.from({ length: 50 }, () => ({ check: "audio", text: "x", atMs: null }));
  const lines = formatFailure(aFailedRun(), { ...NO_FACTS, findings });
  assert.ok(lines.includes("  and 30 more findings"));
});
