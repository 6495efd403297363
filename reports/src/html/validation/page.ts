// The report of a validation as one self-contained HTML page, made to be printed: the first page
// alone tells the owner of the network what to change. No script, no request, nothing from outside.
// Pure: the result document in, text out.
import type {
  FirewallRow,
  ItemGroup,
  ItemVerdict,
  ValidationItem,
  ValidationResult,
} from "../../validation.ts";
import { escapeMarkup, formatCount, formatDuration, visibleLine } from "../../text.ts";
import { renderMap } from "./map.ts";
import { renderPlot } from "./plot.ts";
import { VALIDATION_STYLE } from "./style.ts";

const VERDICT_WORDS = {
  pass: "Passed",
  warn: "Passed, with warnings",
  fail: "Not fit yet",
} as const;
const CHIPS: Readonly<Record<ItemVerdict, string>> = {
  pass: "✓ pass",
  warn: "! warn",
  fail: "✗ fail",
  "not-measured": "not measured",
};
const GROUPS: Readonly<Record<ItemGroup, string>> = {
  reach: "Reach",
  sip: "SIP signalling",
  media: "Audio (RTP)",
  path: "The path",
  nat: "Address translation",
  pbx: "IP Office (DevLink3)",
  responder: "Measured by the responder",
  capacity: "Capacity",
  "long-run": "Over days",
};
/** On the first page, where they were measured. */
const FIGURES: readonly (readonly [id: string, words: string])[] = [
  ["media.loss", "Loss"],
  ["media.jitter", "Jitter"],
  ["media.one-way-delay", "One-way delay"],
  ["media.mos-listening", "MOS, listening"],
  ["sip.answer-time", "Slowest answer"],
  ["path.mtu", "Path MTU"],
];
/** More changes than this are written smaller, to stay on the first page. */
const MANY_CHANGES = 7;
/** With so few changes the map fits below them. */
const SHORT_CHANGES = 3;

export function renderValidationHtml(result: ValidationResult): string {
  const title = `Network validation: ${VERDICT_WORDS[result.verdict]}`;
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeMarkup(title)}</title>`,
    `<style>${VALIDATION_STYLE}</style></head><body><main>`,
    firstPage(result),
    itemsPage(result),
    pathPage(result),
    ...plotsPage(result),
    appendix(result),
    "</main></body></html>",
    "",
  ].join("\n");
}

function safe(text: string): string {
  return escapeMarkup(visibleLine(text));
}

function chip(verdict: ItemVerdict): string {
  return `<span class="chip ${verdict}">${CHIPS[verdict]}</span>`;
}

// ---- First page -------------------------------------------------------------------------------

function firstPage(result: ValidationResult): string {
  const { verdict, summary, recorder, ipOffice, place, startedAt, endedAt, counts } = result;
  const day = startedAt.slice(0, 16).replace("T", " ");
  const length = formatDuration(Date.parse(endedAt) - Date.parse(startedAt));
  const measured = `${counts.pass} pass, ${counts.warn} warn, ${counts.fail} fail, ${counts["not-measured"]} not measured`;
  return `<section>
<div class="brand"><b>Tapeline</b><span>Network validation before deployment</span></div>
<h1>Is this network fit for call recording?</h1>
<dl class="facts">
<dt>From (place of the IP Office)</dt><dd>${safe(place)}</dd><dt>Measured</dt><dd>${day} UTC, ${length}</dd>
<dt>Recorder</dt><dd>${safe(recorder)}</dd><dt>IP Office</dt><dd>${safe(ipOffice ?? "not asked")}</dd>
</dl>
<div class="verdict ${verdict}"><strong>${VERDICT_WORDS[verdict]}</strong><p>${safe(summary)}</p></div>
${figures(result)}
${changes(result)}
${isShort(result) ? `<h3>The way as measured</h3>${renderMap(result)}` : ""}
<p style="margin-top:4mm;color:var(--soft);font-size:8.5pt">${measured}. Every figure with its threshold and source: next page.</p>
</section>`;
}

/** There is room for the map on the first page. */
function isShort({ items }: ValidationResult): boolean {
  return validationChanges(items).length <= SHORT_CHANGES;
}

function figures({ items, ramp }: ValidationResult): string {
  const tiles = FIGURES.flatMap(([id, words]) => {
    const item = items.find((entry) => entry.id === id);
    if (item === undefined || item.verdict === "not-measured") return [];
    return [tile(words, item)];
  });
  if (ramp !== null) {
    const verdict = ramp.carried >= ramp.asked ? "pass" : "warn";
    tiles.unshift(
      `<div class="figure ${verdict}"><span>Recordings at once</span><b>${ramp.carried}</b><span>of ${ramp.asked} asked</span></div>`,
    );
  }
  return tiles.length === 0 ? "" : `<div class="figures">${tiles.join("")}</div>`;
}

function tile(words: string, item: ValidationItem): string {
  const value = item.measured.replace(/ (?:\(|over |or more).*$/, "");
  const limit = item.threshold === null ? "" : `<span>limit ${safe(item.threshold.text)}</span>`;
  return `<div class="figure ${item.verdict}"><span>${words}</span><b>${safe(value)}</b>${limit}</div>`;
}

/** One change often heals several items: each is written once, the worst first. */
export function validationChanges(
  items: readonly ValidationItem[],
): { readonly remedy: string; readonly verdict: ItemVerdict; readonly titles: string[] }[] {
  const changed = new Map<string, { remedy: string; verdict: ItemVerdict; titles: string[] }>();
  for (const verdict of ["fail", "warn"] as const) {
    for (const item of items) {
      if (item.verdict !== verdict || item.remedy === null) continue;
      const known = changed.get(item.remedy);
      const title = `${item.title}: ${item.measured}`;
      if (known === undefined) {
        changed.set(item.remedy, { remedy: item.remedy, verdict, titles: [title] });
      } else known.titles.push(title);
    }
  }
  return [...changed.values()];
}

function changes({ items }: ValidationResult): string {
  const list = validationChanges(items);
  if (list.length === 0) return "<h2>What to change</h2><p>Nothing.</p>";
  const rows = list.map(({ remedy, verdict, titles }) => {
    const more = titles.length > 3 ? ` and ${titles.length - 2} more` : "";
    const shown = titles.length > 3 ? titles.slice(0, 2) : titles;
    return `<li>${chip(verdict)}<div>${safe(remedy)}<small>${shown.map(safe).join(" · ")}${more}</small></div></li>`;
  });
  const size = list.length > MANY_CHANGES ? " many" : "";
  return `<h2>What to change</h2><ol class="changes${size}">${rows.join("\n")}</ol>`;
}

// ---- Items, path, plots -----------------------------------------------------------------------

function itemsPage({ items }: ValidationResult): string {
  const groups = Object.keys(GROUPS) as ItemGroup[];
  const rows = groups.flatMap((group) => {
    const own = items.filter((item) => item.group === group);
    if (own.length === 0) return [];
    return [`<tr class="group"><td colspan="4">${GROUPS[group]}</td></tr>`, ...own.map(itemRow)];
  });
  return `<section><h2>All items</h2>
<table><thead><tr><th style="width:34%">Item</th><th style="width:12%">Verdict</th><th style="width:25%">Measured</th><th>Threshold and its source</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></section>`;
}

function itemRow({ title, verdict, measured, threshold, flow }: ValidationItem): string {
  const way =
    flow === null
      ? ""
      : `<small>${safe(`${flow.protocol} ${flow.from} → ${flow.to} ${/^\d/.test(flow.port) ? `port ${flow.port}` : flow.port}`)}</small>`;
  const limit =
    threshold === null ? "–" : `${safe(threshold.text)}<small>${safe(threshold.source)}</small>`;
  return `<tr><td>${safe(title)}${way}</td><td>${chip(verdict)}</td><td>${safe(measured)}</td><td>${limit}</td></tr>`;
}

function pathPage(result: ValidationResult): string {
  return `<section><h2>The topology as measured</h2>
<figure>${renderMap(result)}</figure>
<h2>Firewall table to hand over</h2>
<p>Every line is needed between where the IP Office will be and the recorder, unless it says otherwise.</p>
<table><thead><tr><th>Protocol</th><th>From</th><th>To</th><th>Port</th><th>Why</th><th>Seen</th></tr></thead>
<tbody>${result.firewall.map(firewallRow).join("\n")}</tbody></table>${rampTable(result)}${longRunTable(result)}</section>`;
}

function firewallRow({ protocol, from, to, port, why, verdict }: FirewallRow): string {
  return `<tr><td class="word">${protocol === "TLS" ? "TCP (TLS)" : protocol}</td><td class="word">${safe(from)}</td><td class="word">${safe(to)}</td><td class="port">${safe(port)}</td><td>${safe(why)}</td><td>${chip(verdict)}</td></tr>`;
}

function rampTable({ ramp }: ValidationResult): string {
  if (ramp === null) return "";
  const share = (value: number | null): string =>
    value === null ? "–" : `${(value * 100).toFixed(2)} %`;
  const ms = (value: number | null): string => (value === null ? "–" : `${value.toFixed(1)} ms`);
  const rows = ramp.steps.map(
    ({ calls, answered, lossRatio, jitterMs, roundTripMs, verdict }) =>
      `<tr><td class="number">${calls}</td><td class="number">${answered}</td><td class="number">${share(lossRatio)}</td><td class="number">${ms(jitterMs)}</td><td class="number">${ms(roundTripMs)}</td><td>${chip(verdict)}</td></tr>`,
  );
  const broken = ramp.brokenBy === null ? "" : ` What broke first: ${safe(ramp.brokenBy)}.`;
  return `<h3>Ramp: ${ramp.carried} of ${ramp.asked} recordings at the same time</h3><p>${broken}</p>
<table><thead><tr><th class="number">Calls</th><th class="number">Answered</th><th class="number">Loss</th><th class="number">Jitter</th><th class="number">Round trip</th><th>Verdict</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function longRunTable({ longRun }: ValidationResult): string {
  if (longRun === null) return "";
  const { askedSeconds, coveredSeconds, samples, missing, worst } = longRun;
  const rows = worst.map(
    ({ what, value, at }) =>
      `<tr><td>${safe(what)}</td><td class="word">${safe(value)}</td><td class="word">${safe(at)}</td></tr>`,
  );
  return `<h3>Over days: ${formatDuration(coveredSeconds * 1000)} of ${formatDuration(askedSeconds * 1000)}</h3>
<p>${formatCount(samples)} samples, one a minute; ${formatCount(missing)} minutes without one.</p>
<table><thead><tr><th>Worst of</th><th>Value</th><th>At</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function plotsPage({ series }: ValidationResult): string[] {
  if (series.length === 0) return [];
  return [`<section><h2>Over time</h2>${series.map(renderPlot).join("\n")}</section>`];
}

// ---- Appendix ---------------------------------------------------------------------------------

function appendix({ traffic, remarks, artifacts, commit }: ValidationResult): string {
  const rows = traffic.map(
    ({ what, protocol, to, packets, bytes, bitsPerSecond }) =>
      `<tr><td>${safe(what)}</td><td>${safe(protocol)}</td><td>${safe(to)}</td><td class="number">${formatCount(packets)}</td><td class="number">${formatCount(bytes)}</td><td class="number">${bitsPerSecond === 0 ? "–" : `${formatCount(bitsPerSecond / 1000)} kbit/s`}</td></tr>`,
  );
  const captures = artifacts.captures.map(
    (path) => `<li><code>${safe(baseName(path))}</code></li>`,
  );
  return `<section><h2>Appendix</h2>
<h3>How it was measured</h3><ul class="remarks">${remarks.map((remark) => `<li>${safe(remark)}</li>`).join("")}</ul>
<h3>Traffic: planned at most, and sent</h3>
<table><thead><tr><th>What</th><th>Protocol</th><th>To</th><th class="number">Packets</th><th class="number">Bytes (IP)</th><th class="number">Rate</th></tr></thead><tbody>${rows.join("")}</tbody></table>
<h3>Evidence</h3><p>Packet captures beside this report, to be opened with Wireshark:</p>
<ul class="remarks">${captures.length === 0 ? "<li>none</li>" : captures.join("")}</ul>
<p style="color:var(--soft);font-size:8.5pt">Tapeline testbed, commit <code>${safe(commit)}</code>. The same as data: validation.json.</p></section>`;
}

function baseName(path: string): string {
  return path.replace(/^.*[\\/]/, "");
}
