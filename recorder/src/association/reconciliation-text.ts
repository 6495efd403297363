// The reconciliation report for people and spreadsheets (R18): Markdown, and CSV as RFC 4180 has
// it. Pure.
import type { ReconciliationReport, ReconciledCall } from "./reconciliation.ts";

export const REPORT_FORMATS = ["json", "csv", "md"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export const REPORT_TYPES: Readonly<Record<ReportFormat, string>> = {
  json: "application/json",
  csv: "text/csv; charset=utf-8",
  md: "text/markdown; charset=utf-8",
};

/** The beginning of a day of UTC, epoch ms; null where there is no such day. */
export function startOfDay(day: string): number | null {
  const ms = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00.000Z`) : Number.NaN;
  // 31 June would be taken for 1 July.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== day ? null : ms;
}

export function reportText(report: ReconciliationReport, format: ReportFormat): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(report, null, 2)}\n`;
    case "csv":
      return csvText(report);
    case "md":
      return markdownText(report);
  }
}

// -- CSV ------------------------------------------------------------------------------------------

const COLUMNS = [
  "kind",
  "status",
  "startedAt",
  "endedAt",
  "pbx",
  "callKey",
  "direction",
  "parties",
  "parts",
  "seconds",
  "recordingKeys",
  "rule",
  "reason",
  "remedy",
] as const;

type Cells = Partial<Record<(typeof COLUMNS)[number], string | number | null>>;

/** One line a call, an orphan, a time that is not known: `kind` says which. */
function csvText({ calls, orphans, unknown }: ReconciliationReport): string {
  const rows: Cells[] = [
    ...calls.map(callCells),
    ...orphans.map(({ recordingKey, startedAt, seconds, parties, reason }) => ({
      ...{ kind: "orphan", startedAt, seconds, reason },
      parties: parties.join("; "),
      recordingKeys: recordingKey,
    })),
    ...unknown.map(({ pbx, from, to, why, reason }) => ({
      ...{ kind: "unknown", status: why, startedAt: from, endedAt: to, pbx, reason },
    })),
  ];
  const lines = rows.map((row) => COLUMNS.map((column) => csvCell(row[column] ?? "")).join(","));
  return [COLUMNS.join(","), ...lines].map((line) => `${line}\r\n`).join("");
}

function callCells(call: ReconciledCall): Cells {
  const { status, startedAt, endedAt, pbx, callKey, direction, rule, reason, remedy } = call;
  return {
    ...{ kind: "call", status, startedAt, endedAt, pbx, callKey, direction, rule, reason, remedy },
    parties: call.parties.join("; "),
    parts: call.parts.length,
    seconds: secondsOf(call),
    recordingKeys: call.parts.flatMap(({ recordingKeys }) => recordingKeys).join("; "),
  };
}

/** A spreadsheet must not take a caller's name for a formula. */
function csvCell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) && !/^[+-]?[\d\s]+$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// -- Markdown -------------------------------------------------------------------------------------

const TITLES = [
  ["missing", "Missing"],
  ["partial", "Partial"],
  ["recorded", "Recorded"],
  ["not-wanted", "Not wanted"],
] as const;

function markdownText(report: ReconciliationReport): string {
  const { day, from, to, summary, calls, carriedOver, orphans, unknown } = report;
  const title = day === null ? `${from} – ${to}` : day;
  const lines = [
    `# Calls and recordings, ${title}`,
    "",
    `${from} to ${to} (UTC). A call stands where it began.`,
    "",
    ...table(
      ["Calls", "Recorded", "Partial", "Missing", "Not wanted", "Open", "Orphans", "Unknown"],
      [
        [
          ...[summary.calls, summary.recorded, summary.partial, summary.missing].map(String),
          ...[summary.notWanted, summary.open, summary.orphans].map(String),
          `${summary.unknownSeconds} s`,
        ],
      ],
    ),
    ...TITLES.flatMap(([status, heading]) =>
      section(
        heading,
        ["Began", "Ended", "Parties", "Parts", "Recorded", "Why"],
        calls.filter((call) => call.status === status).map(callLine),
      ),
    ),
    ...section(
      "Orphans: recordings of no known call",
      ["Began", "Length", "Parties", "Recording", "Why"],
      orphans.map(({ startedAt, seconds, parties, recordingKey, reason }) => [
        ...[startedAt, `${seconds} s`, parties.join(", "), recordingKey, reason],
      ]),
    ),
    ...section(
      "Not known",
      ["IP Office", "From", "To", "Why"],
      unknown.map((span) => [span.pbx, span.from, span.to, span.reason]),
    ),
    ...section(
      "Began before, ended within: in the report of their beginning",
      ["Call", "Ended"],
      carriedOver.map(({ callKey, endedAt }) => [callKey, endedAt]),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function callLine(call: ReconciledCall): string[] {
  const { startedAt, endedAt, parties, parts, reason, remedy } = call;
  const why = remedy === null ? reason : `${reason} ${remedy}`;
  const end = endedAt ?? (call.isOpen ? "open" : "?");
  return [startedAt, end, parties.join(", "), String(parts.length), `${secondsOf(call)} s`, why];
}

function section(
  heading: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  if (rows.length === 0) return [];
  return ["", `## ${heading} (${rows.length})`, "", ...table(columns, rows)];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)];
}

/** Names come from callers: no cell may break its table, or be markup. */
function plain(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ").replaceAll(/[\\|<>`*_[\]]/g, (sign) => `\\${sign}`);
}

function secondsOf({ parts }: ReconciledCall): number {
  return Math.round(parts.reduce((sum, { seconds }) => sum + seconds, 0) * 1000) / 1000;
}
