// The ladder: lanes, arrows, notes, RTP summaries, and what is said when rows or text are left out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileUrl } from "../../src/html/file-url.ts";
import { ladderMarkers, ladderRows, renderLadder } from "../../src/html/ladder.ts";
import { aMessage, someEvidence } from "../suite-builder.ts";

const limits = { rows: 100, textBytesEach: 1_000 };

test("every message opens and shows its text", () => {
  const html = renderLadder(ladderRows(someEvidence()), limits, { moreHref: null });
  assert.equal(html.match(/<details class="m /g)?.length, 6);
  assert.match(html, /<pre>INVITE sip:rec@192\.0\.2\.10 SIP\/2\.0\nCall-ID: a1<\/pre>/);
  assert.match(html, /<div class="m"><time>20\.000<\/time><span class="aside">201 pauses/);
});

test("lanes stand in the order in which they first speak and arrows point from sender to receiver", () => {
  const html = renderLadder(ladderRows(someEvidence()), limits, { moreHref: null });
  assert.match(html, /<b>IP Office<\/b><b>Recorder<\/b>/);
  assert.match(html, /<title>IP Office to Recorder: INVITE<\/title><line x1="25%" x2="75%"/);
  assert.match(html, /<title>Recorder to IP Office: 200 OK<\/title><line x1="75%" x2="25%"/);
});

test("a message to itself is a point; its text stays inside the ladder", () => {
  const own = aMessage({ from: "Recorder", to: "Recorder", title: "timer" });
  const html = renderLadder([aMessage(), own], limits, { moreHref: null });
  assert.match(html, /<circle cx="75%"[^>]*\/><text x="75%" dx="-9" [^>]*text-anchor="end">timer/);
  const left = aMessage({ from: "IP Office", to: "IP Office", title: "timer" });
  assert.match(
    renderLadder([aMessage(), left], limits, { moreHref: null }),
    /text-anchor="start">timer/,
  );
});

test("RTP rows of one direction that follow each other become one", () => {
  const rtp = aMessage({ protocol: "rtp", title: "RTP", text: "first" });
  const ladder = [rtp, { ...rtp, atMs: 140 }, { ...rtp, atMs: 160 }, aMessage({ atMs: 170 })];
  const rows = ladderRows(someEvidence({ ladder, notes: [] }));
  assert.deepEqual(
    rows.map((row) => row.title),
    ["RTP (3 rows)", "INVITE"],
  );
  assert.match(rows[0]?.text ?? "", /and 2 more RTP rows until 0\.160 s/);
});

test("beyond the limit the beginning and the end stay and the number left out is said", () => {
  const ladder = Array.from({ length: 30 }, (_, at) => aMessage({ atMs: at, title: `m${at}` }));
  const html = renderLadder(
    ladder,
    { ...limits, rows: 10 },
    { moreHref: "file:///out/my%20run/ladder.html" },
  );
  assert.match(html, /20 rows left out here; <a href="file:\/\/\/out\/my%20run\/ladder\.html">/);
  assert.match(html, />m5</);
  assert.doesNotMatch(html, />m6</);
  assert.match(html, />m26</);
});

test("a long message is cut and says by how much", () => {
  const html = renderLadder([aMessage({ text: "x".repeat(1_500) })], limits, { moreHref: null });
  assert.match(html, /500 more characters left out here; repeat the run with --out/);
  assert.doesNotMatch(html, /x{1001}/);
});

test("a note between lanes is drawn as one; a note with text opens", () => {
  const between = aMessage({ protocol: "note", title: "lost" });
  assert.match(renderLadder([aMessage(), between], limits, { moreHref: null }), /class="m note"/);
  const alone = aMessage({ protocol: "note", from: "", to: "", title: "fault", text: "details" });
  assert.match(
    renderLadder([aMessage(), alone], limits, { moreHref: null }),
    /class="aside">fault<.*\n?.*details/,
  );
});

test("no messages are said in words, long titles are shortened", () => {
  assert.match(renderLadder([], limits, { moreHref: null }), /No messages/);
  assert.match(
    renderLadder([aMessage({ title: "y".repeat(200) })], limits, { moreHref: null }),
    /y{89}…/,
  );
});

test("paths of every kind become links", () => {
  assert.equal(fileUrl("/a b/#1.html"), "file:///a%20b/%231.html");
  assert.equal(fileUrl("C:\\out\\x.html"), "file:///C:/out/x.html");
  assert.equal(fileUrl("out/x.html"), "./out/x.html");
  assert.equal(fileUrl("/out/suite/run 1/x.html", "/out/suite"), "./run%201/x.html");
  assert.equal(fileUrl("/out/suite-2/x.html", "/out/suite"), "file:///out/suite-2/x.html");
  assert.equal(fileUrl("C:\\out\\a\\x.txt", "C:\\out"), "./a/x.txt");
});

test("there is an arrow head for each protocol", () => {
  for (const protocol of ["sip", "devlink3", "rtp", "note"]) {
    assert.ok(ladderMarkers().includes(`id="tip-${protocol}"`));
  }
});
