// The comparison with the last suite, and what an earlier suite left on the disk.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  compareSuites,
  digestOf,
  parseDigests,
  parseSuite,
  renderHtml,
  renderJson,
  renderMarkdown,
  trendSentence,
} from "../src/index.ts";
import { aFailedRun, aRun, aSuite } from "./suite-builder.ts";

const good = aRun({ scenario: "a/good" });
const bad = aFailedRun({ scenario: "a/good" });

test("what fails now and did not is newly failing; the other way round it is mended", () => {
  const broken = compareSuites(aSuite([good]), aSuite([bad]));
  assert.deepEqual(broken.broken, ["a/good (virtual)"]);
  assert.equal(trendSentence(broken), "1 newly failing");
  const mended = compareSuites(aSuite([bad]), aSuite([good]));
  assert.deepEqual([mended.broken, mended.mended], [[], ["a/good (virtual)"]]);
  assert.equal(trendSentence(compareSuites(aSuite([bad]), aSuite([bad]))), "1 still failing");
});

test("a skipped scenario is neither mended nor broken", () => {
  const skipped = aRun({ scenario: "a/good", verdict: "skip" });
  const trend = compareSuites(aSuite([bad]), aSuite([skipped]));
  assert.equal(trendSentence(trend), "nothing changed");
});

test("seeds differ from run to run: one that failed makes its scenario failed", () => {
  const then = aSuite([aRun({ seed: "monday+0" }), aRun({ seed: "monday+1" })]);
  const now = aSuite([aRun({ seed: "x+0" }), aRun({ seed: "x+1", verdict: "fail" })]);
  const trend = compareSuites(then, now);
  assert.deepEqual(trend.broken, ["basics/one-call (virtual)"]);
  assert.equal(trend.commonCount, 1);
});

test("live and virtual runs of a scenario are compared apart; one that is new is no failure", () => {
  const trend = compareSuites(aSuite([good]), aSuite([good, { ...bad, mode: "live" }]));
  assert.deepEqual([trend.broken, trend.added], [[], ["a/good (live)"]]);
});

test("slower is half as long again and half a second, at least; the worst come first", () => {
  const then = aSuite([
    aRun({ scenario: "a", wallMs: 100 }),
    aRun({ scenario: "b", wallMs: 10_000 }),
    aRun({ scenario: "c", wallMs: 10_000 }),
    aRun({ scenario: "d", wallMs: 10_000 }),
  ]);
  const times = { a: 300, b: 14_000, c: 16_000, d: 30_000 };
  const now = aSuite(Object.entries(times).map(([scenario, wallMs]) => aRun({ scenario, wallMs })));
  const { slower } = compareSuites(then, now);
  assert.deepEqual(
    slower.map(({ scenario, beforeMs, nowMs }) => [scenario, beforeMs, nowMs]),
    [
      ["d", 10_000, 30_000],
      ["c", 10_000, 16_000],
    ],
  );
});

test("a suite's result document is read again; its digest is a line of the history", () => {
  const suite = aSuite([good, bad]);
  assert.deepEqual(parseSuite(renderJson(suite)), suite);
  const line = JSON.stringify(digestOf(suite));
  assert.deepEqual(parseDigests(`${line}\nhalf a li\n\n{"version":2}\n${line}\n`), [
    digestOf(suite),
    digestOf(suite),
  ]);
});

test("whatever lies where the last results were: nothing is thrown", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.equal(parseSuite(text), null);
      assert.deepEqual(parseDigests(text), []);
    }),
  );
  const whole = renderJson(aSuite());
  for (let length = 0; length < whole.length - 2; length += 7) {
    assert.equal(parseSuite(whole.slice(0, length)), null);
  }
  assert.equal(parseSuite(whole.replace('"pass"', '"perhaps"')), null);
});

test("page and Markdown tell the same trend", () => {
  const trend = compareSuites(aSuite([good]), aSuite([bad]));
  const history = [digestOf(aSuite([good])), digestOf(aSuite([bad]))];
  const html = renderHtml(aSuite([bad]), new Map(), { trend, history });
  assert.match(html, /Against the last run: <b>1 newly failing<\/b>/);
  assert.match(html, /The last 2 suites, 1 of them with failures/);
  assert.match(html, /<span class="chip odd">new<\/span>/);
  const markdown = renderMarkdown(aSuite([bad]), { trend });
  assert.match(markdown, /\*\*1 newly failing\*\*/);
  assert.match(markdown, /\* newly failing: a\/good \(virtual\)/);
});
