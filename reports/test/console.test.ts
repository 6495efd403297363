// Progress and summary on a console: a terminal, a log file, and a terminal without colour.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConsoleReport } from "../src/console.ts";
import { NO_FACTS } from "../src/failure.ts";
import { aFailedRun, aRun, aSuite } from "./suite-builder.ts";

interface Recorded {
  readonly report: ConsoleReport;
  readonly text: () => string;
  advance: (ms: number) => void;
}

function record(isTerminal: boolean, isColoured: boolean, columns = 80): Recorded {
  let text = "";
  let nowMs = 0;
  const report = new ConsoleReport({
    write: (piece) => {
      text += piece;
    },
    isTerminal,
    isColoured,
    columns: () => columns,
    monotonicMs: () => nowMs,
  });
  return {
    report,
    text: () => text,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}

const skipped = aRun({ scenario: "storage/drive-full", verdict: "skip", why: "no loop device" });

test("elsewhere than on a terminal each run is one plain line without escape sequences", () => {
  const { report, text } = record(false, true);
  report.start(2);
  report.onRunStart(aRun());
  report.tick();
  report.onRunEnd(aRun());
  report.onRunEnd(skipped);
  assert.equal(
    text(),
    [
      "Tapeline testbed: 2 runs",
      "[1/2] ok   basics/one-call (virtual)                  45 ms",
      "[2/2] skip storage/drive-full (virtual)               45 ms  no loop device",
      "",
    ].join("\n"),
  );
});

test("on a terminal one line with counts, scenario and time is rewritten", () => {
  const { report, text, advance } = record(true, false);
  report.start(3);
  report.onRunStart(aRun());
  advance(1_500);
  report.tick();
  const last = text().split("\r\u001b[2K").at(-1);
  assert.equal(last, "1.5 s · 0 passed, 0 failed, 0 skipped of 3 · basics/one-call (virtual)");
  report.onRunEnd(aRun());
  assert.doesNotMatch(text(), /ok   basics/, "passed runs leave no line on a terminal");
});

test("the line on a terminal never wraps", () => {
  const { report, text } = record(true, true, 30);
  report.start(3);
  report.onRunStart(aRun({ scenario: "a-very-long-folder/a-very-long-scenario-name" }));
  const last = text().split("\r\u001b[2K").at(-1) ?? "";
  assert.equal(last.length, 29);
  assert.ok(last.endsWith("…"));
});

test("colour needs a terminal and the absence of NO_COLOR", () => {
  for (const [isTerminal, isColoured, expected] of [
    [true, true, true],
    [true, false, false],
    [false, true, false],
  ] as const) {
    const { report, text } = record(isTerminal, isColoured);
    report.start(1);
    report.onRunEnd(aFailedRun());
    report.close(aSuite([aFailedRun()]));
    assert.equal(text().includes("\u001b[31m"), expected);
  }
});

test("the summary has figures per mode, failures with their command, verdict and paths", () => {
  const { report, text, advance } = record(false, false);
  const runs = [aRun(), aFailedRun(), skipped, aRun({ mode: "live", wallMs: 8_000 })];
  report.start(4);
  advance(9_000);
  const events = ["0.120 s  IP Office → Recorder: INVITE"];
  for (const run of runs) report.onRunEnd(run, { ...NO_FACTS, events });
  report.close(aSuite(runs), ["/out/report.html"]);
  const printed = text();
  assert.match(printed, /^FAILED media\/loss-and-reorder \(virtual, seed s1\)$/m);
  assert.match(printed, /^    0\.120 s {2}IP Office → Recorder: INVITE$/m);
  assert.match(
    printed,
    /^  repeat: npx testbed run media\/loss-and-reorder --mode virtual --seed s1$/m,
  );
  assert.match(printed, /^virtual {2}1 passed · 1 failed · 1 skipped · 3 recordings, 3 min 00 s/m);
  assert.match(printed, /1,356 × real time$/m);
  assert.match(printed, /^live {5}1 passed · 0 failed · 0 skipped · 1 recording, .* in 8\.0 s$/m);
  assert.match(printed, /^verdict {2}1 run FAILED, 9\.0 s$/m);
  assert.match(printed, /^report {3}\/out\/report\.html$/m);
});

test("a suite in which nothing passed is not called passed", () => {
  const { report, text } = record(false, false);
  report.start(1);
  report.onRunEnd(skipped);
  report.close(aSuite([skipped]));
  assert.match(text(), /verdict {2}nothing passed, nothing failed/);
});

test("a good suite ends with its verdict", () => {
  const { report, text } = record(false, false);
  report.start(1);
  report.note("seed\u001b[2J s1");
  report.onRunEnd(aRun());
  report.close(aSuite());
  assert.match(text(), /^seed\u241b\[2J s1$/m);
  assert.match(text(), /^verdict {2}all passed, 0 ms$/m);
});
