// The verdict on a terminal: what has to be changed first, then the table of items. Pure.
import {
  validationChanges,
  type ItemVerdict,
  type TrafficRow,
  type ValidationResult,
} from "@tapeline/reports";

const MARKS: Readonly<Record<ItemVerdict, string>> = {
  pass: "pass",
  warn: "WARN",
  fail: "FAIL",
  "not-measured": " –  ",
};

export function resultText(result: ValidationResult): string {
  const { items, counts, artifacts } = result;
  const changes = validationChanges(items);
  const width = Math.min(62, Math.max(...items.map(({ title }) => title.length)));
  const files = [artifacts.html, artifacts.pdf, artifacts.json, ...artifacts.captures];
  return [
    ...items.map(
      ({ verdict, title, measured }) => `  ${MARKS[verdict]}  ${title.padEnd(width)}  ${measured}`,
    ),
    "",
    ...(changes.length === 0 ? [] : ["What to change:"]),
    ...changes.map(({ verdict, remedy }) => `  ${MARKS[verdict]}  ${remedy}`),
    ...(changes.length === 0 ? [] : [""]),
    ...(result.ramp === null
      ? []
      : [`ramp     ${result.ramp.carried} of ${result.ramp.asked} recordings at the same time`]),
    `verdict  ${result.verdict}: ${result.summary}`,
    `items    ${counts.pass} pass · ${counts.warn} warn · ${counts.fail} fail · ${counts["not-measured"]} not measured`,
    ...files.flatMap((path) => (path === null ? [] : [`file     ${path}`])),
    ...(artifacts.pdf === null && artifacts.html !== null
      ? ["         no PDF: install Chromium, or print the page from any browser"]
      : []),
    "",
  ].join("\n");
}

/** The dry run. */
export function planText(rows: readonly TrafficRow[], place: string): string {
  const columns = rows.map(({ what, protocol, to, packets, bytes, bitsPerSecond, seconds }) => [
    what,
    `${protocol} ${to}`,
    `${packets.toLocaleString("en-US")} packets`,
    `${bytes.toLocaleString("en-US")} bytes`,
    bitsPerSecond === 0 ? "" : `${(bitsPerSecond / 1000).toLocaleString("en-US")} kbit/s`,
    seconds === 0 ? "" : `${Math.round(seconds).toLocaleString("en-US")} s`,
  ]);
  const packets = rows.reduce((sum, row) => sum + row.packets, 0);
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  return [
    `A dry run: nothing was sent. From ${place} would be sent, at most:`,
    "",
    ...table(columns),
    "",
    `In all at most ${packets.toLocaleString("en-US")} packets, ${bytes.toLocaleString("en-US")} bytes (at IP, headers included).`,
    "",
  ].join("\n");
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    `  ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ")}`.trimEnd(),
  );
}
