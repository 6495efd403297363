// The failure text says all that is needed to repeat a run.  design.md §4
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFailure, lastEvents, repeatCommand } from "../src/failure.ts";
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
  const lines = formatFailure(aFailedRun(), ["1.000 s  x"]);
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
  const lines = formatFailure(aFailedRun({ why: "x".repeat(100_000) }), []);
  assert.ok((lines[1]?.length ?? 0) < 2_100);
  assert.match(lines[1] ?? "", /cut at 2000 characters/);
});

test("a run without a reason or detail still reads as a sentence", () => {
  const checks = [{ name: "quiet", verdict: "fail", detail: null }] as const;
  const lines = formatFailure(aFailedRun({ why: null, checks }), []);
  assert.equal(lines[1], "  why: no reason was given");
  assert.equal(lines[2], "  check quiet: failed");
});
