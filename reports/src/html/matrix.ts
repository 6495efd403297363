// The matrix of a suite: scenario × mode × seed, a table for each folder. A few seeds, or cells of
// a scenario with parameters, are marks that lead to their runs; many are a strip of squares in
// their order, failures last to vanish. Part of the HTML report.
import type { Mode, RunResult, SuiteResult, Verdict } from "../result.ts";
import { summarize } from "../summary.ts";
import { escapeMarkup, formatCount, plural, visibleLine } from "../text.ts";
import { cardId } from "./run-card.ts";
import { fairShare } from "./limits.ts";

/** Seeds of one cell that are marks of their own; beyond a few they are small ones. */
const MARKS_PER_CELL = 40;
const LARGE_MARKS_PER_CELL = 3;
/** Squares of all strips of a page together, and failures of a cell that lead to their runs. */
const SQUARES = 24_000;
const LINKS_PER_CELL = 60;
const SQUARES_PER_ROW = 32;
const SQUARE = 6;
const MARKS: Readonly<Record<Verdict, string>> = { pass: "✓", fail: "✕", skip: "–" };

/** The matrix. Runs without a card (beyond the page's limit) are marks without a link. */
export function renderMatrix(suite: SuiteResult, linked: ReadonlySet<RunResult>): string {
  const modes = summarize(suite.runs).map((row) => row.mode);
  const byScenario = grouped(suite.runs, (run) => baseOf(run.scenario));
  const names = [...byScenario.keys()].sort();
  const folders = grouped(names, folderOf);
  const cells = [...byScenario.values()].flatMap((runs) =>
    modes.map((mode) => runs.filter((run) => run.mode === mode).length),
  );
  const squares = fairShare(cells, SQUARES);
  const tables = [...folders].map(([folder, own]) => {
    const rows = own.map((name) =>
      renderRow(byScenario.get(name) ?? [], { name, modes, linked, squares }),
    );
    const runs = own.flatMap((name) => byScenario.get(name) ?? []);
    return renderTable(folder, rows, { modes, runs });
  });
  return [
    `<section id="matrix"><h2>Scenarios <span class="facts">${plural(names.length, "scenario")}, ${plural(suite.runs.length, "run")}</span></h2>`,
    `<div class="matrices">${tables.join("\n")}</div></section>`,
  ].join("\n");
}

function renderTable(
  folder: string,
  rows: readonly string[],
  { modes, runs }: { readonly modes: readonly Mode[]; readonly runs: readonly RunResult[] },
): string {
  const failed = runs.filter((run) => run.verdict === "fail").length;
  const words = failed > 0 ? `<b class="failed">${formatCount(failed)} failed</b>` : "";
  const heads = modes.map((mode) => `<th scope="col">${mode}</th>`).join("");
  return `<table class="matrix"><thead><tr><th scope="col">${escapeMarkup(visibleLine(folder))} ${words}</th>${heads}</tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table>`;
}

interface RowOptions {
  readonly name: string;
  readonly modes: readonly Mode[];
  readonly linked: ReadonlySet<RunResult>;
  readonly squares: number;
}

function renderRow(runs: readonly RunResult[], options: RowOptions): string {
  const { name, modes, linked, squares } = options;
  const proves = [...new Set(runs.flatMap((run) => run.proves))].map(
    (id) => `<span class="chip">${escapeMarkup(visibleLine(id))}</span>`,
  );
  const cells = modes.map((mode) => {
    const own = runs.filter((run) => run.mode === mode);
    const wide = own.length > LARGE_MARKS_PER_CELL ? ' class="many"' : "";
    return `<td${wide}>${renderCell(own, linked, squares)}</td>`;
  });
  const short = visibleLine(name.slice(name.indexOf("/") + 1));
  const cellCount = new Set(runs.map((run) => run.scenario)).size;
  const count = cellCount > 1 ? ` <span class="facts">${formatCount(cellCount)} cells</span>` : "";
  return `<tr><th scope="row">${escapeMarkup(short)}${count} ${proves.join(" ")}</th>${cells.join("")}</tr>`;
}

function renderCell(
  runs: readonly RunResult[],
  linked: ReadonlySet<RunResult>,
  squares: number,
): string {
  if (runs.length > MARKS_PER_CELL) return renderStrip(runs, linked, squares);
  const size = runs.length > LARGE_MARKS_PER_CELL ? " small" : "";
  return runs
    .map((run) => {
      const label = labelOf(run);
      const mark = MARKS[run.verdict];
      if (!linked.has(run)) {
        return `<span class="mark ${run.verdict}${size}" role="img" title="${label}" aria-label="${label}">${mark}</span>`;
      }
      return `<a class="mark ${run.verdict}${size}" href="#${cardId(run)}" title="${label}" aria-label="${label}">${mark}</a>`;
    })
    .join(" ");
}

/** All seeds as small squares; when there are too many, those that failed are shown for sure. */
function renderStrip(
  runs: readonly RunResult[],
  linked: ReadonlySet<RunResult>,
  squares: number,
): string {
  const failures = runs.filter((run) => run.verdict === "fail");
  const others = runs.filter((run) => run.verdict !== "fail");
  const isWhole = runs.length <= squares;
  const shown = isWhole ? runs : [...failures, ...others].slice(0, squares);
  const paths: Record<Verdict, string> = { pass: "", fail: "", skip: "" };
  const links: string[] = [];
  for (const [index, run] of shown.entries()) {
    const x = (index % SQUARES_PER_ROW) * SQUARE;
    const y = Math.floor(index / SQUARES_PER_ROW) * SQUARE;
    const side = SQUARE - 1;
    if (run.verdict === "fail" && linked.has(run) && links.length < LINKS_PER_CELL) {
      links.push(
        `<a href="#${cardId(run)}" aria-label="${labelOf(run)}"><rect class="fail" x="${x}" y="${y}" width="${side}" height="${side}"><title>${labelOf(run)}</title></rect></a>`,
      );
    } else paths[run.verdict] += `M${x} ${y}h${side}v${side}h-${side}z`;
  }
  const [width, height] = [
    Math.min(SQUARES_PER_ROW, shown.length) * SQUARE,
    Math.ceil(shown.length / SQUARES_PER_ROW) * SQUARE,
  ];
  const kinds = (["pass", "skip", "fail"] as const).map((verdict) =>
    paths[verdict] === "" ? "" : `<path class="${verdict}" d="${paths[verdict]}"/>`,
  );
  const label = `${formatCount(runs.length)} seeds, ${formatCount(failures.length)} failed`;
  const words =
    failures.length > 0
      ? `<b class="failed">${formatCount(failures.length)} failed</b> of ${formatCount(runs.length)}`
      : `${formatCount(runs.length)} seeds`;
  return `<svg class="seeds" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="group" aria-label="${label}">${kinds.join("")}${links.join("")}</svg><span class="facts">${words}</span>`;
}

function labelOf(run: RunResult): string {
  return escapeMarkup(
    visibleLine(`${run.scenario}, ${run.mode}, seed ${run.seed}: ${run.verdict}`),
  );
}

/** A scenario with parameters is one row; its cells are named "name[parameter=value]". */
function baseOf(scenario: string): string {
  return scenario.replace(/\[.*\]$/s, "");
}

function folderOf(name: string): string {
  return name.includes("/") ? name.slice(0, name.indexOf("/")) : "scenarios";
}

function grouped<T>(items: readonly T[], nameOf: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(nameOf(item));
    if (group === undefined) groups.set(nameOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
