// The house rules that a program can check, over the whole checkout. Run by `npm run tidy` and by
// the tests.  style.md, "Working habits"; design.md §3 and §4.
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { checkBannedCalls } from "./banned-calls.ts";
import { checkDeadCode } from "./dead-code.ts";
import { checkFolderCycles } from "./folder-cycles.ts";
import { checkFunctionLength } from "./function-length.ts";
import type { KnownLengths } from "./function-length.ts";
import { checkImports } from "./import-table.ts";
import { checkScenarioFile } from "./scenario-files.ts";
import { PACKAGES, readConsole, readSources, readTexts } from "./source-file.ts";
import type { Finding } from "./source-file.ts";
import { checkHeader, checkLineLength, checkMachinePaths, checkUnfinished } from "./text-rules.ts";
import { checkDependencies } from "./dependencies.ts";

/** Tools that only tests start: the house rules and the typed runner of SIPp. */
const FOR_TESTS = ["tidy/tidy", "sipp/run-sipp", "sipp/scenarios", "sipp/rtp-capture"].map(
  (name) => `harness/src/${name}.ts`,
);
const LENGTHS = "harness/src/tidy/function-lengths.json";

/** Everything that breaks a rule below this folder, in the order of paths. */
export function tidy(root: string): readonly Finding[] {
  const files = readSources(root);
  const known = JSON.parse(readFileSync(join(root, LENGTHS), "utf8")) as KnownLengths;
  const findings = [
    ...checkImports(files),
    ...checkDependencies(files, manifestsOf(root)),
    ...checkFolderCycles(files),
    ...checkBannedCalls(files),
    ...checkFunctionLength(files, known),
    ...checkDeadCode(files, entriesOf(root)),
    ...files.flatMap((file) => [
      ...checkHeader(file),
      ...checkLineLength(file),
      ...checkUnfinished(file),
      ...checkScenarioFile(file),
    ]),
    ...readConsole(root).flatMap(checkHeader),
    ...readTexts(root).flatMap(checkMachinePaths),
  ];
  return findings.sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
}

/** One finding as an editor can follow it. */
export function formatFinding(finding: Finding): string {
  return `${finding.path}:${finding.line} ${finding.rule}: ${finding.message}`;
}

interface Manifest {
  readonly exports?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readManifest(root: string, folder: string): Manifest {
  const path = join(root, folder, "package.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Manifest) : {};
}

function manifestsOf(root: string): ReadonlyMap<string, ReadonlySet<string>> {
  const shared = Object.keys(readManifest(root, ".").devDependencies ?? {});
  const own = PACKAGES.map((name): [string, ReadonlySet<string>] => {
    const manifest = readManifest(root, name);
    return [name, new Set(Object.keys(manifest.dependencies ?? {}))];
  });
  return new Map([...own, [".", new Set(shared)]]);
}

/** Files that packages export, bins that users start (with what they import), scripts' files. */
function entriesOf(root: string): readonly string[] {
  const scripts = Object.values(readManifest(root, ".").scripts ?? {}).flatMap(
    (command) => command.match(/[\w./-]+\.ts\b/g) ?? [],
  );
  const ofPackages = PACKAGES.flatMap((name) => {
    const { exports = {}, bin = {} } = readManifest(root, name);
    const targets = [...Object.values(exports), "./src/main.ts"].map((path) =>
      posix.join(name, path),
    );
    const started = Object.values(bin).flatMap((path) =>
      importsOfBin(root, posix.join(name, path)),
    );
    return [...targets, ...started];
  });
  return [...scripts, ...ofPackages, ...FOR_TESTS];
}

function importsOfBin(root: string, path: string): readonly string[] {
  if (!existsSync(join(root, path))) return [];
  const text = readFileSync(join(root, path), "utf8");
  const specifiers = text.match(/\.{1,2}\/[\w./-]+\.ts\b/g) ?? [];
  return specifiers.map((specifier) => posix.join(posix.dirname(path), specifier));
}
