// Writes the table of oddities into simulator/README.md (`npm run oddities`), from the catalogue.
import { readFileSync, writeFileSync } from "node:fs";
import { ODDITIES_DONE, oddityEntries } from "../src/pbx/oddity-catalogue.ts";

const BEGIN = "<!-- oddities table -->\n";
const END = "<!-- end -->";
const README = new URL("../README.md", import.meta.url);

/** The README with the table as it must be. */
export function readmeWithTable(readme: string): string {
  const from = readme.indexOf(BEGIN) + BEGIN.length;
  const to = readme.indexOf(END, from);
  return `${readme.slice(0, from)}\n${oddityTable()}\n\n${readme.slice(to)}`;
}

export function readmeText(): string {
  return readFileSync(README, "utf8");
}

function oddityTable(): string {
  const rows = oddityEntries().map(({ name, sentence, none }) => [`\`${name}\``, sentence, none]);
  const done = Object.entries(ODDITIES_DONE).map(([name, does]) => [`\`${name}()\``, does]);
  return `${table(["switch", "does", "none"], rows)}\n\n${table(["done once", "does"], done)}`;
}

/** As Prettier would write it. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) =>
    Math.max(...all.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(heads), rule, ...rows.map(line)].join("\n");
}

if (import.meta.main) writeFileSync(README, readmeWithTable(readmeText()));
