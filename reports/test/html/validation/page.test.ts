// The report of a validation: the first page alone says what to change, each change once; hostile
// texts stay texts; every threshold names its source.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  renderValidationHtml,
  validationChanges,
  type ItemVerdict,
  type ValidationItem,
  type ValidationResult,
} from "../../../src/index.ts";

function item(id: string, verdict: ItemVerdict, remedy: string | null): ValidationItem {
  return {
    ...{
      id,
      group: "sip",
      title: `Title of ${id}`,
      verdict,
      measured: "2 ms",
      value: 2,
      unit: "ms",
    },
    ...{ threshold: { text: "< 1 ms", source: "RFC 0000" }, remedy },
    flow: { protocol: "UDP", from: "10.1.1.5", to: "10.2.2.10", port: "5060" },
  };
}

function result(items: readonly ValidationItem[], changes: Partial<ValidationResult> = {}) {
  return {
    ...{ format: "tapeline-validation", version: 1, commit: "abc", recorder: "sip:10.2.2.10" },
    ...{ startedAt: "2026-01-01T00:00:00.000Z", endedAt: "2026-01-01T00:05:00.000Z" },
    ...{
      ipOffice: null,
      place: "10.1.1.5",
      verdict: "fail",
      summary: "One thing must be changed.",
    },
    counts: { pass: 0, warn: 0, fail: 1, "not-measured": 0 },
    items,
    series: [
      {
        ...{ id: "loss", title: "Loss", unit: "%", threshold: { value: 3, label: "3 %" } },
        lines: [
          { label: "call 1", points: [[5, 0] as const, [10, null] as const, [15, 4] as const] },
        ],
      },
    ],
    topology: {
      nodes: [
        { id: "here", title: "Place", lines: ["10.1.1.5"] },
        { id: "recorder", title: "Recorder", lines: ["10.2.2.10"] },
      ],
      links: [{ from: "here", to: "recorder", label: "SIP", verdict: "fail" }],
    },
    firewall: [
      {
        ...{ protocol: "UDP", from: "10.1.1.5", to: "10.2.2.10", port: "5060" },
        ...{ why: "SIP", verdict: "fail" },
      },
    ],
    ...{ traffic: [], ramp: null, longRun: null, remarks: ["half of the round trip"] },
    artifacts: { json: null, html: null, pdf: null, captures: ["/a/validation.pcapng"] },
    ...changes,
  } satisfies ValidationResult as ValidationResult;
}

test("each change is told once, failures first, with all the items that it heals", () => {
  const items = [
    item("a", "warn", "Do this."),
    item("b", "fail", "Open 5060."),
    item("c", "fail", "Open 5060."),
  ];
  const changes = validationChanges(items);
  assert.deepEqual(
    changes.map(({ verdict, remedy, titles }) => [verdict, remedy, titles.length]),
    [
      ["fail", "Open 5060.", 2],
      ["warn", "Do this.", 1],
    ],
  );
});

test("the first page has verdict, summary and every remedy; the others items, path, plots, captures", () => {
  const page = renderValidationHtml(result([item("b", "fail", "Open UDP port 5060.")]));
  const [first = "", ...others] = page.split("</section>");
  for (const words of ["Not fit yet", "One thing must be changed.", "Open UDP port 5060."]) {
    assert.ok(first.includes(words), words);
  }
  const rest = others.join("");
  for (const words of [
    "RFC 0000",
    "UDP 10.1.1.5 → 10.2.2.10 port 5060",
    "<svg",
    "validation.pcapng",
  ]) {
    assert.ok(rest.includes(words), words);
  }
});

test("what a far end says of itself is text, never markup, and nothing is fetched", () => {
  const evil = '<script>alert(1)</script>"';
  const items = [{ ...item("b", "fail", evil), title: evil, measured: evil }];
  const page = renderValidationHtml(result(items, { recorder: evil, summary: evil }));
  assert.ok(!page.includes("<script"));
  assert.ok(!/(src|href)=/.test(page));
  assert.match(page, /default-src 'none'/);
});

test("two hundred calls are drawn as a band, and a page without readings has no plots", () => {
  const lines = Array.from({ length: 200 }, (_, call) => ({
    label: `call ${call}`,
    points: [[5, call / 100] as const],
  }));
  const series = [{ id: "loss", title: "Loss", unit: "%", threshold: null, lines }];
  const page = renderValidationHtml(result([item("b", "pass", null)], { series, verdict: "pass" }));
  assert.match(page, /mean of 200 calls/);
  assert.ok(!renderValidationHtml(result([], { series: [] })).includes("Over time"));
});
