// The reports that programs read: JSON (formats.md, "Result of a run"), JUnit XML, Markdown.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  evidenceKey,
  failureFacts,
  renderJson,
  renderJsonLine,
  renderJunit,
  renderMarkdown,
} from "../src/index.ts";
import { aFailedRun, aRun, aSuite, someEvidence } from "./suite-builder.ts";

const skipped = aRun({ scenario: "storage/drive-full", verdict: "skip", why: "no loop device" });

test("the JSON document has formats.md's members in its order", () => {
  const suite = aSuite();
  const document: unknown = JSON.parse(renderJson(suite));
  assert.deepEqual(document, suite);
  assert.match(renderJson(suite), /^\{\n {2}"version": 1,\n {2}"commit": .*\n {2}"startedAt"/);
});

test("members that formats.md does not know stay inside", () => {
  const run = { ...aRun(), internal: "secret" };
  assert.doesNotMatch(renderJson(aSuite([run])), /secret/);
});

test("a line of results.jsonl is one line and the same run", () => {
  const run = aFailedRun({ why: "two\nlines" });
  const line = renderJsonLine(run);
  assert.equal(line.indexOf("\n"), line.length - 1);
  assert.deepEqual(JSON.parse(line), run);
});

test("JUnit has one test case a run, in one suite a mode, with right counts", () => {
  const xml = renderJunit(aSuite([aRun(), aFailedRun(), skipped, aRun({ mode: "live" })]));
  assert.equal(xml.match(/<testcase /g)?.length, 4);
  assert.match(xml, /<testsuites name="tapeline" tests="4" failures="1" errors="0" time="/);
  assert.match(
    xml,
    /<testsuite name="tapeline virtual" [^>]*tests="3" failures="1" [^>]*skipped="1"/,
  );
  assert.match(xml, /<testsuite name="tapeline live" [^>]*tests="1" failures="0"/);
  assert.match(
    xml,
    /classname="virtual\.basics" name="basics\/one-call \(virtual, seed s1\)" time="0\.045"\/>/,
  );
  assert.match(xml, /<skipped message="no loop device"\/>/);
});

test("a JUnit failure needs no artefact: it has why, last events and the command", () => {
  const run = aFailedRun();
  const xml = renderJunit(
    aSuite([run]),
    new Map([[evidenceKey(run), failureFacts(someEvidence())]]),
  );
  const text = /<failure [^>]*>([^<]*)<\/failure>/.exec(xml)?.[1] ?? "";
  assert.match(text, /why: audio: frame 812/);
  assert.match(text, /60\.200 s {2}IP Office → Recorder: BYE/);
  assert.match(text, /repeat: npx testbed run media\/loss-and-reorder --mode virtual --seed s1/);
});

test("no text of a run breaks the XML", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const xml = renderJunit(aSuite([aFailedRun({ why: text, scenario: text, seed: text })]));
      const tags = xml.match(/<[^>]*>/g) ?? [];
      assert.equal(tags.filter((tag) => tag.startsWith("<testcase")).length, 1);
      // Between the tags nothing opens or closes one.
      assert.doesNotMatch(xml.replaceAll(/<[^<>]*>/g, ""), /[<>]/);
    }),
  );
});

test("Markdown has a table row per mode, failures with their command, and skips with why", () => {
  const markdown = renderMarkdown(aSuite([aRun(), aFailedRun(), skipped]));
  assert.match(markdown, /^## Tapeline: 1 run failed$/m);
  assert.match(markdown, /^\| virtual \| 1 \| 1 \| 1 \| 3 \| 3 min 00 s \| 135 ms \| 1,356 × \|$/m);
  assert.match(markdown, /^\* \*\*media\/loss-and-reorder\*\* \(virtual\): audio: frame 812/m);
  assert.match(markdown, /^  `npx testbed run media\/loss-and-reorder .*`$/m);
  assert.match(markdown, /^\* storage\/drive-full \(virtual\): no loop device$/m);
});

test("Markdown text cannot build markup of its own", () => {
  const why = "| a | <img src=x> [x](http://y) `code`\n# head";
  const markdown = renderMarkdown(aSuite([aFailedRun({ why, seed: "a`b" })]));
  assert.doesNotMatch(markdown, /<img/);
  assert.doesNotMatch(markdown, /^# head/m);
  assert.match(markdown, /\\\[x\\\]/);
});

test("Markdown of a good, an empty and a very bad suite", () => {
  assert.match(renderMarkdown(aSuite()), /^## Tapeline: all runs passed$/m);
  assert.match(renderMarkdown(aSuite([])), /^## Tapeline: nothing was run$/m);
  const many = Array.from({ length: 60 }, (_, index) => aFailedRun({ seed: `s${index}` }));
  assert.match(renderMarkdown(aSuite(many)), /^\* and 10 more failures$/m);
});

test("JUnit has what Jenkins' and Ant's schemas demand of a suite, in their order", () => {
  const xml = renderJunit(aSuite([aRun(), aFailedRun(), skipped, aRun({ mode: "live" })]));
  const [root = "", ...suites] = [...xml.matchAll(/<testsuites? [^>]*>/g)].map(([tag]) => tag);
  const names = (tag: string): string[] =>
    [...tag.matchAll(/ (\w+)="/g)].map(([, name = ""]) => name);
  // Of the root, Jenkins' schema knows these alone.
  assert.deepEqual(names(root), ["name", "tests", "failures", "errors", "time"]);
  const wanted = ["name", "id", "package", "hostname", "timestamp", "tests", "failures", "errors"];
  for (const [index, tag] of suites.entries()) {
    assert.deepEqual(names(tag), [...wanted, "time", "skipped"]);
    assert.ok(tag.includes(` id="${index}" `));
    assert.match(tag, / timestamp="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d" /);
  }
  const order =
    /<properties>[\s\S]*<\/properties>[\s\S]*<testcase[\s\S]*<system-out\/>\s*<system-err\/>/;
  assert.match(xml, order);
});

test("a message is a headline: an endless reason is cut there, and stands in the text", () => {
  const xml = renderJunit(aSuite([aFailedRun({ why: `${"x".repeat(1_000)} & so on` })]));
  assert.match(xml, / message="x{399}…">/);
  assert.match(xml, /why: x{1000} &amp; so on/);
});
