// What went wrong and where: the list at the head of a failed run, its links into the ladder, the
// marks on the timeline, and that nothing of it is left out for want of room.
import assert from "node:assert/strict";
import { test } from "node:test";
import { placesOf, renderFindings, renderFirstFinding } from "../../src/html/findings.ts";
import { ladderRows, renderLadder } from "../../src/html/ladder.ts";
import { renderTimeline } from "../../src/html/timeline.ts";
import { evidenceKey, renderHtml, renderRunHtml, type Finding } from "../../src/index.ts";
import { aFailedRun, aMessage, aRun, aSuite, someEvidence } from "../suite-builder.ts";

const KEY = "018f3a52-7c1e-7000-8000-0123456789ab-1795366801234";
const LOST: Finding = { check: "audio", text: `${KEY}: frame 812 is missing`, atMs: 16_300 };
const UNANSWERED: Finding = { check: "sip", text: "BYE (CSeq 3) was never answered", atMs: 60_200 };
const LEAK: Finding = { check: "quiet", text: "a timer is left", atMs: null };
const ALL = [LOST, UNANSWERED, LEAK];
const LIMITS = { findings: 10, characters: 400, title: "" };

test("a finding belongs to its message, else to what came last before its moment", () => {
  const rows = ladderRows(someEvidence());
  const places = placesOf(rows, ALL, "p");
  assert.deepEqual(
    places.map(({ row, id }) => [rows[row]?.title, id]),
    [
      ["RTP PCMU 3,000 packets", "p-m4"],
      ["BYE", "p-m6"],
    ],
  );
  assert.deepEqual(placesOf(rows, [{ ...LOST, atMs: -1 }], "p"), []);
});

test("the list has moment, checker and words; its times lead into the ladder", () => {
  const places = placesOf(ladderRows(someEvidence()), ALL, "p");
  const html = renderFindings(ALL, places, LIMITS);
  assert.match(html, /<a class="when" href="#p-m6" title="In the ladder">60\.200 s<\/a> <b>sip/);
  assert.match(html, /<span class="when">at the end<\/span> <b>quiet<\/b> a timer is left/);
  assert.match(html, /<code title="018f3a52-[^"]*">018f3a52…01234<\/code>: frame 812 is missing/);
});

test("four stand open, more are a click away, what is cut is said", () => {
  const many = Array.from({ length: 30 }, (_, at) => ({ ...LEAK, text: `timer ${at} is left` }));
  const html = renderFindings(many, [], LIMITS);
  assert.match(html, /<details><summary>6 more findings<\/summary>/);
  assert.match(html, /20 more findings left out here/);
  assert.equal(renderFindings([], [], LIMITS), "");
});

test("on the page of a run they come before events, facts and checks, and the command follows", () => {
  const html = renderRunHtml(aFailedRun(), someEvidence({ findings: ALL, trace: ["16299 udp"] }));
  const order = [
    "What went wrong, and where",
    "npx testbed run media/loss-and-reorder",
    "Events before it first went wrong",
    "The trace up to there",
    ">Checks</h2>",
    ">Ladder</h2>",
  ].map((text) => html.indexOf(text));
  assert.ok(order.every((at, index) => at > (order[index - 1] ?? 0)));
  const ids = [...html.matchAll(/class="when" href="#([^"]+)"/g)].map(([, id]) => id);
  assert.equal(ids.length, 2);
  for (const id of ids) assert.ok(html.includes(`<div class="m odd" id="${id}"`), id);
  // The list has said it; the check says no more than that it failed.
  assert.match(html, /<li class="fail"><span aria-hidden="true">✕<\/span> <b>audio<\/b>/);
});

test("a suite's list of failures has the first finding with its moment, and the command", () => {
  const run = aFailedRun();
  const evidence = new Map([[evidenceKey(run), someEvidence({ findings: ALL })]]);
  const list = /<ol class="failures">.*?<\/ol>/s.exec(renderHtml(aSuite([run]), evidence))?.[0];
  assert.match(list ?? "", /16\.300 s<\/span> <b>audio<\/b> .*and 2 more findings/);
  assert.match(list ?? "", /<code>npx testbed run media\/loss-and-reorder --mode virtual/);
  assert.equal(renderFirstFinding([]), "");
});

test("a long ladder is cut, but never around what is wrong", () => {
  const rows = Array.from({ length: 200 }, (_, at) => aMessage({ atMs: at, title: `M${at}` }));
  const places = placesOf(rows, [{ ...UNANSWERED, atMs: 100 }], "p");
  const limits = { rows: 20, textBytesEach: 100 };
  const html = renderLadder(rows, limits, { moreHref: null, places });
  assert.match(html, />M100</);
  assert.match(html, /M104<[\s\S]*id="p-m100"|id="p-m100"[\s\S]*M104</);
  assert.match(html, /84 rows left out here[\s\S]*id="p-m100"[\s\S]*87 rows left out here/);
});

test("the timeline marks the moments above everything and through all rows", () => {
  const lanes = [
    { name: "2001", spans: [{ fromMs: 0, toMs: 9, kind: "talking", label: "" }] as const },
  ];
  const timeline = { endMs: 100_000, lanes, series: [] };
  const html = renderTimeline(someEvidence({ timeline, findings: ALL }));
  assert.equal(html.match(/class="k-wrong"/g)?.length, 2);
  assert.equal(html.match(/class="wrongline"/g)?.length, 2);
  assert.match(html, /<title>16\.300 s: audio: .*frame 812 is missing<\/title>/);
  assert.doesNotMatch(renderTimeline(someEvidence({ timeline })), /wrong/);
});

test("a run that passed says nothing of it", () => {
  assert.doesNotMatch(renderRunHtml(aRun(), someEvidence()), /class="wrong"|m odd/);
});
