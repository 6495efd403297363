// A scenario is a file: the first line says what it proves, the default export is made by
// scenario(), its name is its path; so `testbed list` has it.  formats.md, "Scenario".
import { lineAt } from "./source-file.ts";
import type { Finding, SourceFile } from "./source-file.ts";

const ROOT = "scenarios/src/";
const REQUIREMENT = /\b[RT]\d+\b/;

/** Is it a scenario's own file? */
export function isScenarioFile(path: string): boolean {
  const inside = path.startsWith(ROOT) ? path.slice(ROOT.length) : "";
  return inside.includes("/") && !inside.startsWith("language/");
}

/** What makes a scenario file invisible to `testbed list`, or leaves its purpose unsaid. */
export function checkScenarioFile(file: SourceFile): readonly Finding[] {
  if (!isScenarioFile(file.path)) return [];
  const name = file.path.slice(ROOT.length).replace(/\.ts$/, "");
  const problems: (readonly [line: number, message: string])[] = [];
  const [first = ""] = file.text.split("\n");
  if (!first.startsWith("// ") || !REQUIREMENT.test(first)) {
    problems.push([1, "the first line says what it proves: // Proves R22: …"]);
  }
  const made = /\bexport\s+default\s+scenario\s*\(/.exec(file.masked.code);
  if (made === null) {
    problems.push([1, "needs `export default scenario({ … })`, or belongs into language/"]);
  } else {
    const written = /\bname:\s*["'`]([^"'`]*)/.exec(file.text.slice(made.index))?.[1];
    if (written !== name) {
      problems.push([lineAt(file.text, made.index), `its name must be its path: name: "${name}"`]);
    }
  }
  return problems.map(([line, message]) => {
    return { path: file.path, line, rule: "scenario-file", message };
  });
}
