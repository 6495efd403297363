// The HTML pages: self-contained, within their size, harmless whatever a message contains, and
// opened by a real browser without an error.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fairShare, SUITE_LIMITS } from "../../src/html/limits.ts";
import { evidenceKey, renderHtml, renderRunHtml } from "../../src/index.ts";
import type { RunEvidence, RunResult } from "../../src/index.ts";
import { aFailedRun, aMessage, aRun, aSuite, aTrack, someEvidence } from "../suite-builder.ts";

const HOSTILE = `"></pre></details><script>document.title="owned"</script><img src=x onerror="document.title='owned'">'&amp;`;

function pageOf(runs: readonly RunResult[], evidence: RunEvidence = someEvidence()): string {
  return renderHtml(aSuite(runs), new Map(runs.map((run) => [evidenceKey(run), evidence])));
}

test("the page names verdict, figures, matrix, recordings with MOS and loss, waveform, ladder", () => {
  const skip = aRun({ scenario: "storage/drive-full", mode: "live", verdict: "skip", why: "no" });
  const html = pageOf([aRun(), aFailedRun(), skip]);
  for (const part of [
    "<h1>1 run failed</h1>",
    "1,356 × real time",
    '<a class="mark fail" href="#run-media_2floss-and-reorder_7cvirtual_7cs1"',
    "<dt>MOS</dt><dd>4.41</dd>",
    "<dt>Loss</dt><dd>0 %</dd>",
    '<h5 class="track">201 with 0123456789</h5>',
    'class="pcm"',
    "npx testbed run basics/one-call --mode virtual --seed s1",
    'data-verdict="fail"',
  ]) {
    assert.ok(html.includes(part), part);
  }
});

test("failed runs come first and are open; others are closed", () => {
  const html = pageOf([aRun(), aFailedRun()]);
  const cards = [...html.matchAll(/<details class="run (\w+)"[^>]*>/g)];
  assert.deepEqual(
    cards.map((card) => [card[1], card[0].endsWith(" open>")]),
    [
      ["fail", true],
      ["pass", false],
    ],
  );
});

test("nothing is loaded from anywhere and only the page's own script may run", () => {
  const html = pageOf([aRun()]);
  assert.doesNotMatch(html, /<link|<img|<iframe|@import|url\((?!#)|\bsrc=/);
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.match(html, /default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[^']+'/);
});

test("hostile text in any place does not become markup", () => {
  const run = aFailedRun({
    scenario: HOSTILE,
    seed: HOSTILE,
    why: HOSTILE,
    traceHash: HOSTILE,
    proves: [HOSTILE],
    checks: [{ name: HOSTILE, verdict: "fail", detail: HOSTILE }],
    recordings: [
      { ...aRun().recordings[0], recordingKey: HOSTILE, outcome: HOSTILE, why: HOSTILE } as never,
    ],
    artifacts: { ...aRun().artifacts, ladder: `/${HOSTILE}`, log: `javascript:${HOSTILE}` },
  });
  const spans = [{ fromSample: 0, toSample: 9, kind: "talking", label: HOSTILE }] as const;
  const evidence = someEvidence({
    ladder: [aMessage({ from: HOSTILE, to: HOSTILE, title: HOSTILE, text: HOSTILE }), aMessage()],
    tracks: [aTrack({ recordingKey: HOSTILE, title: HOSTILE, spans })],
    notes: [{ atMs: 1, text: HOSTILE }],
  });
  for (const html of [pageOf([run], evidence), renderRunHtml(run, evidence)]) {
    assert.doesNotMatch(html, /<img/);
    assert.equal(html.match(/<script/g)?.length, 1);
    assert.equal(html.match(/<\/script/g)?.length, 1);
    assert.doesNotMatch(html, /href="javascript:/i);
  }
});

test("a run without evidence, a recording without measurement, and other audio are shown", () => {
  const bare = renderHtml(aSuite([aRun({ mode: "live", recordings: [], checks: [] })]), new Map());
  assert.match(bare, /Real sockets/);
  const recording = { ...aRun().recordings[0], mos: null, why: "no-media", outcome: "failed" };
  const html = pageOf(
    [aRun({ recordings: [{ ...recording, callKey: null, part: null } as never] })],
    someEvidence({ tracks: [aTrack({ recordingKey: "heard", title: "listener 1" })] }),
  );
  assert.match(html, /not measured/);
  assert.match(html, /failed: no-media/);
  assert.match(html, /orphan/);
  assert.match(html, /<h5 class="track">listener 1<\/h5>/);
});

test("fifty runs with long ladders, long messages and many tracks stay below 5 MB", () => {
  const text = "Header: some value that repeats <&>\r\n".repeat(120);
  const ladder = Array.from({ length: 400 }, (_, at) => aMessage({ atMs: at * 10, text }));
  const track = aTrack();
  const tracks = Array.from({ length: 10 }, () => track);
  const runs = Array.from({ length: 50 }, (_, at) => aRun({ seed: `s${at}` }));
  const bytes = Buffer.byteLength(pageOf(runs, someEvidence({ ladder, tracks })));
  assert.ok(bytes < 5_000_000, `${bytes} bytes`);
});

test("more runs than cards: failures keep theirs, the rest is counted", () => {
  const many = Array.from({ length: SUITE_LIMITS.runCards + 20 }, (_, at) =>
    aRun({ seed: `s${at}` }),
  );
  const html = renderHtml(aSuite([...many, aFailedRun()]), new Map());
  assert.match(html, /<details class="run fail"/);
  assert.match(html, /21 more runs that did not fail/);
  assert.match(html, /aria-label="320 seeds, 0 failed"/);
});

test("shares are fair: the small take what they need, the large share the rest", () => {
  assert.equal(fairShare([1, 2, 100, 100], 43), 20);
  assert.equal(fairShare([1, 2, 3], 100), 3);
  assert.equal(fairShare([], 100), 0);
});

test("the page of one run shows everything opened", () => {
  const html = renderRunHtml(aRun(), someEvidence());
  assert.match(html, /<details class="messages" open>/);
  assert.match(html, /<title>basics\/one-call \(virtual\) – Tapeline<\/title>/);
});

test("failures alike are one entry with their seeds; the page of each is linked where it lies", () => {
  const seeds = Array.from({ length: 14 }, (_, at) =>
    aFailedRun({
      seed: `s+${at}`,
      why: `storage: INVITE ${at}a3f has no recording`,
      artifacts: { ...aRun().artifacts, ladder: `/out/suite/run ${at}/ladder.html` },
    }),
  );
  const html = renderHtml(aSuite([aRun(), ...seeds]), new Map(), { directory: "/out/suite" });
  assert.equal(html.match(/<ol class="failures">.*?<\/ol>/s)?.[0].match(/<li>/g)?.length, 1);
  assert.match(html, /14 seeds: .* and 4 more/);
  assert.match(html, /href="\.\/run%203\/ladder\.html"/);
  assert.equal(html.match(/class="mark fail small"/g)?.length, 14);
});

test("a failed run says its last events, its timeline, what was odd and what is left of it", () => {
  const shrunk = {
    plan: null,
    from: { people: 12, steps: 80, faults: 9 },
    to: { people: 2, steps: 4, faults: 1 },
    runs: 60,
    isMinimal: true,
    why: "",
    traceHash: null,
  };
  const evidence = someEvidence({ title: "A title", oddities: ["lossRatio 0.05"] });
  const html = renderRunHtml(aFailedRun({ shrunk }), evidence);
  assert.match(html, /<li>60\.200 s {2}IP Office → Recorder: BYE<\/li>/);
  assert.match(html, /<code>lossRatio 0\.05<\/code>/);
  assert.match(html, /people 12 → 2, steps 80 → 4, faults 9 → 1/);
  assert.match(html, /<p class="title">A title<\/p>/);
});

test("the cells of a scenario with parameters are one row of the matrix", () => {
  const cells = ["udp", "tcp"].flatMap((transport) =>
    ["blind", "parked"].map((kind) =>
      aRun({ scenario: `transfers/each-kind[transfer=${kind},transport=${transport}]` }),
    ),
  );
  const html = renderHtml(aSuite(cells), new Map());
  assert.equal(html.match(/<th scope="row">/g)?.length, 1);
  assert.match(html, /<th scope="row">each-kind <span class="facts">4 cells<\/span>/);
  assert.match(
    html,
    /title="transfers\/each-kind\[transfer=blind,transport=tcp\], virtual, seed s1: pass"/,
  );
});

test("5,000 failures with endless reasons are a page below 5 MB; what is cut is said", () => {
  const detail = "frame 812 is missing; ".repeat(2_000);
  const checks = [{ name: "audio", verdict: "fail", detail }] as const;
  const runs = Array.from({ length: 5_000 }, (_, at) =>
    aFailedRun({ scenario: `swarm/s${at % 6}`, seed: `s+${at}`, why: `audio: ${detail}`, checks }),
  );
  const html = renderHtml(aSuite(runs), new Map());
  assert.ok(Buffer.byteLength(html) < 5_000_000, `${Buffer.byteLength(html)} bytes`);
  assert.match(html, /42,007 more characters/);
  assert.match(html, /4,700 more runs, 4,700 of them failed: see results\.jsonl/);
});
