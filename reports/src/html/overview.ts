// The head of a suite's page: verdict, figures per mode, and the matrix of scenario × mode that
// links to each run's card.
import type { Mode, RunResult, SuiteResult, Verdict } from "../result.ts";
import { speedOf, summarize } from "../summary.ts";
import { escapeMarkup, formatCount, formatDuration, plural, visibleLine } from "../text.ts";
import { cardId } from "./run-card.ts";

/** Marks in one cell of the matrix; a soak of 200 seeds shows failures and a number. */
const MARKS_PER_CELL = 12;
const MARKS: Readonly<Record<Verdict, string>> = { pass: "✓", fail: "✕", skip: "–" };

/** The verdict of a suite in words and as a class. */
export function suiteVerdict(suite: SuiteResult): { verdict: Verdict; words: string } {
  const { passed, failed, skipped } = suite.summary;
  if (failed > 0) return { verdict: "fail", words: `${plural(failed, "run")} failed` };
  if (passed === 0) return { verdict: "skip", words: "Nothing passed, nothing failed" };
  const rest = skipped > 0 ? `, ${formatCount(skipped)} skipped` : "";
  return { verdict: "pass", words: `All ${plural(passed, "run")} passed${rest}` };
}

/** Header with verdict and figures. */
export function renderHeader(suite: SuiteResult): string {
  const { verdict, words } = suiteVerdict(suite);
  const started = escapeMarkup(
    visibleLine(suite.startedAt.replace("T", " ").replace(/\.\d+Z$/, " UTC")),
  );
  return [
    `<header class="${verdict}">`,
    '<p class="brand">Tapeline <span>scenario report</span></p>',
    `<h1>${escapeMarkup(words)}</h1>`,
    `<p class="facts">Started ${started} · commit <code>${escapeMarkup(visibleLine(suite.commit))}</code></p>`,
    '<div class="tiles">',
    ...summarize(suite.runs).map((row) => {
      const speed = row.mode === "virtual" ? speedOf(row) : null;
      const figures = [
        `<span class="n pass">${formatCount(row.passed)}</span> passed`,
        ...(row.failed > 0
          ? [`<span class="n fail">${formatCount(row.failed)}</span> failed`]
          : []),
        ...(row.skipped > 0
          ? [`<span class="n skip">${formatCount(row.skipped)}</span> skipped`]
          : []),
      ];
      const details = [
        plural(row.recordings, "recording"),
        `${formatDuration(row.audioMs)} of audio`,
        `took ${formatDuration(row.wallMs)}`,
        ...(speed === null ? [] : [`${formatCount(speed)} × real time`]),
      ];
      return `<div class="tile"><h2>${row.mode === "virtual" ? "Virtual world" : "Real sockets"}</h2><p class="big">${figures.join(" ")}</p><p class="facts">${details.join(" · ")}</p></div>`;
    }),
    "</div></header>",
  ].join("\n");
}

/** The matrix. Runs without a card (beyond the page's limit) are marks without a link. */
export function renderMatrix(suite: SuiteResult, linked: ReadonlySet<RunResult>): string {
  const modes = summarize(suite.runs).map((row) => row.mode);
  const names = [...new Set(suite.runs.map((run) => run.scenario))].sort();
  const heads = modes.map((mode) => `<th scope="col">${mode}</th>`).join("");
  let folder = "";
  const rows = names.flatMap((name) => {
    const own = name.includes("/") ? name.slice(0, name.indexOf("/")) : "";
    const group =
      own === folder || own === ""
        ? []
        : [
            `<tr class="group"><th colspan="${modes.length + 1}" scope="rowgroup">${escapeMarkup(visibleLine(own))}</th></tr>`,
          ];
    folder = own;
    return [...group, renderMatrixRow(suite, name, modes, linked)];
  });
  return `<section id="matrix"><h2>Scenarios</h2><table class="matrix"><thead><tr><th scope="col">Scenario</th>${heads}</tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table></section>`;
}

function renderMatrixRow(
  suite: SuiteResult,
  name: string,
  modes: readonly Mode[],
  linked: ReadonlySet<RunResult>,
): string {
  const own = suite.runs.filter((run) => run.scenario === name);
  const proves = [...new Set(own.flatMap((run) => run.proves))].map(
    (id) => `<span class="chip">${escapeMarkup(visibleLine(id))}</span>`,
  );
  const cells = modes.map((mode) => {
    const runs = own.filter((run) => run.mode === mode);
    return `<td>${renderCell(runs, linked)}</td>`;
  });
  const short = name.slice(name.indexOf("/") + 1);
  return `<tr><th scope="row">${escapeMarkup(visibleLine(short))} ${proves.join(" ")}</th>${cells.join("")}</tr>`;
}

function renderCell(runs: readonly RunResult[], linked: ReadonlySet<RunResult>): string {
  const order: readonly Verdict[] = ["fail", "skip", "pass"];
  const sorted = order.flatMap((verdict) => runs.filter((run) => run.verdict === verdict));
  const shown = runs.length > MARKS_PER_CELL ? sorted : runs;
  const marks = shown.slice(0, MARKS_PER_CELL).map((run) => {
    const label = escapeMarkup(
      visibleLine(`${run.scenario}, ${run.mode}, seed ${run.seed}: ${run.verdict}`),
    );
    const mark = MARKS[run.verdict];
    if (!linked.has(run))
      return `<span class="mark ${run.verdict}" title="${label}">${mark}</span>`;
    return `<a class="mark ${run.verdict}" href="#${cardId(run)}" title="${label}" aria-label="${label}">${mark}</a>`;
  });
  const hidden = runs.length - marks.length;
  return (
    marks.join(" ") + (hidden > 0 ? ` <span class="facts">+ ${formatCount(hidden)}</span>` : "")
  );
}
