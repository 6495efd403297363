// The coverage gate: c8 over all tests, workers and the recorder's child processes included, at
// least 90 % of the lines of recorder/src. Files that no test loads count as not covered, so they
// cannot hide; files that hold only types have no code that could run, and are left out.
import { isInSource, packageOf } from "../tidy/source-file.ts";
import type { SourceFile } from "../tidy/source-file.ts";

/** The gate, in per cent of lines of recorder/src. */
export const LINES_MIN_PERCENT = 90;

const RUNS =
  /^(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function|class|const|let|await|if|for)\b/m;
const CALLS = /^(?:void\s+)?[\w$.]+\s*(?:\(|=[^=>])/m;

/** Files of recorder/src without a line that runs. */
export function typeOnlyFiles(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(({ path }) => isInSource(path) && packageOf(path) === "recorder")
    .filter(({ masked }) => !RUNS.test(masked.code) && !CALLS.test(masked.code))
    .map(({ path }) => path);
}

/** c8's arguments before the command that it measures. */
export function coverageArguments(typeOnly: readonly string[]): readonly string[] {
  return [
    "--all",
    "--include=recorder/src/**/*.ts",
    ...typeOnly.map((path) => `--exclude=${path}`),
    "--extension=.ts",
    "--reporter=text-summary",
    "--reporter=html",
    "--reports-dir=coverage",
    "--check-coverage",
    `--lines=${LINES_MIN_PERCENT}`,
    "--functions=0",
    "--branches=0",
    "--statements=0",
  ];
}
