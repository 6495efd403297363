// A run's result as somebody kept it: results.json, results.jsonl or one run alone, with #n for the
// nth of several. What `replay` and `pin` begin with.
import { readFile } from "node:fs/promises";
import type { RunResult, SuiteResult } from "@tapeline/reports";
import { loadScenarios, runnable, type Scenario } from "@tapeline/scenarios";
import { UsageError } from "./exit-codes.ts";

export interface StoredResult {
  readonly run: RunResult;
  /** null where the file does not say it. */
  readonly commit: string | null;
}

/** Without #n the only run, or the first one that failed. Throws UsageError. */
export async function storedResult(given: string): Promise<StoredResult> {
  const [, path = given, number] = /^(.*)#(\d+)$/.exec(given) ?? [];
  const text = await textOf(path);
  const { runs, commit } = runsOf(text, path);
  if (number !== undefined) {
    const run = runs[Number(number) - 1];
    if (run !== undefined) return { run, commit };
    throw new UsageError(`${path} has ${runs.length} runs, so there is no #${number}.`);
  }
  const run = runs.length === 1 ? runs[0] : runs.find(({ verdict }) => verdict === "fail");
  if (run !== undefined) return { run, commit };
  throw new UsageError(`${path} has ${runs.length} runs and none failed. Say which: ${path}#1`);
}

/** The scenario of a result, as it is now. Throws UsageError. */
export async function scenarioOf(run: RunResult): Promise<Scenario> {
  const found = runnable(await loadScenarios()).find(({ name }) => name === run.scenario);
  if (found !== undefined) return found;
  throw new UsageError(`There is no scenario ${run.scenario} any more; see \`npx testbed list\`.`);
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new UsageError(
      `${path} cannot be read (${String(error.code)}). Name a results.json or results.jsonl ` +
        "that `npx testbed run` wrote.",
    );
  }
}

function runsOf(text: string, path: string): { runs: readonly RunResult[]; commit: string | null } {
  const whole = parsed(text);
  if (whole === undefined) return { runs: linesOf(text, path), commit: null };
  if (isRun(whole)) return { runs: [whole], commit: null };
  const { runs, commit } = (whole ?? {}) as Partial<SuiteResult>;
  if (Array.isArray(runs) && runs.every(isRun)) return { runs, commit: commit ?? null };
  throw noResult(path);
}

function linesOf(text: string, path: string): readonly RunResult[] {
  const runs = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => parsed(line));
  if (runs.length > 0 && runs.every(isRun)) return runs;
  throw noResult(path);
}

function noResult(path: string): UsageError {
  return new UsageError(`${path} holds no result of a run. Name a results.json or results.jsonl.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isRun(value: unknown): value is RunResult {
  const { scenario, seed, mode, verdict, checks } = (value ?? {}) as Partial<RunResult>;
  return (
    typeof scenario === "string" &&
    typeof seed === "string" &&
    (mode === "virtual" || mode === "live") &&
    (verdict === "pass" || verdict === "fail" || verdict === "skip") &&
    Array.isArray(checks)
  );
}
