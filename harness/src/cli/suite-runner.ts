// Runs a list of planned runs, tells progress, and writes the reports: results.jsonl, JSON, JUnit,
// Markdown and the HTML page.
import { execFileSync } from "node:child_process";
import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ConsoleReport,
  evidenceKey,
  lastEvents,
  renderHtml,
  renderJson,
  renderJsonLine,
  renderJunit,
  renderMarkdown,
  type RunEvidence,
  type RunResult,
  type SuiteResult,
} from "@tapeline/reports";
import type { Mode, Scenario } from "@tapeline/scenarios";
import { runScenario } from "../run-scenario.ts";

export interface PlannedRun {
  readonly scenario: Scenario;
  readonly mode: Mode;
  readonly seed: string;
}

export interface SuiteOptions {
  /** Absolute; made anew. */
  readonly directory: string;
  /** Only the JSON document goes to standard output; progress to standard error. */
  readonly isJson: boolean;
  readonly keepsArtifacts: boolean;
  readonly jobs: number;
  readonly junitFile?: string;
}

const TICK_MS = 500;

export class Suite {
  readonly #options: SuiteOptions;
  readonly #console: ConsoleReport;
  readonly #evidence = new Map<string, RunEvidence>();
  readonly #results: RunResult[] = [];

  constructor(options: SuiteOptions) {
    this.#options = options;
    const stream = options.isJson ? process.stderr : process.stdout;
    this.#console = new ConsoleReport({
      write: (text) => stream.write(text),
      isTerminal: stream.isTTY,
      isColoured: process.env["NO_COLOR"] === undefined,
      columns: () => stream.columns ?? 80,
      monotonicMs: () => performance.now(),
    });
  }

  async run(runs: readonly PlannedRun[]): Promise<SuiteResult> {
    const { directory } = this.#options;
    const startedAt = new Date().toISOString();
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    this.#console.start(runs.length);
    const ticker = setInterval(() => this.#console.tick(), TICK_MS);
    try {
      for (const run of runs) await this.#runOne(run);
    } finally {
      clearInterval(ticker);
    }
    const suite = this.#suite(startedAt);
    const paths = await this.#write(suite);
    this.#console.close(suite, paths);
    if (this.#options.isJson) process.stdout.write(renderJson(suite));
    return suite;
  }

  async #runOne(planned: PlannedRun): Promise<void> {
    const { scenario, mode, seed } = planned;
    this.#console.onRunStart({ scenario: scenario.name, mode });
    const folder = `${scenario.name.replaceAll("/", "-")}-${mode}-${seed.replace(/[^\w.+-]/g, "_")}`;
    const kept = join(this.#options.directory, folder);
    const keeps = this.#options.keepsArtifacts;
    const workDirectory = keeps ? kept : await mkdtemp(join(tmpdir(), "testbed-"));
    const { result, evidence } = await runScenario({
      ...planned,
      directory: keeps ? kept : null,
      workDirectory,
    });
    if (!keeps && result.verdict !== "fail") await rm(workDirectory, { recursive: true });
    this.#results.push(result);
    if (evidence !== null) this.#evidence.set(evidenceKey(result), evidence);
    await appendFile(join(this.#options.directory, "results.jsonl"), renderJsonLine(result));
    this.#console.onRunEnd(result, evidence === null ? [] : lastEvents(evidence));
  }

  #suite(startedAt: string): SuiteResult {
    const count = (verdict: string): number =>
      this.#results.filter((result) => result.verdict === verdict).length;
    return {
      version: 1,
      commit: commitHash(),
      startedAt,
      summary: { passed: count("pass"), failed: count("fail"), skipped: count("skip") },
      runs: this.#results,
    };
  }

  async #write(suite: SuiteResult): Promise<readonly string[]> {
    const { directory, junitFile } = this.#options;
    const html = join(directory, "report.html");
    await writeFile(html, renderHtml(suite, this.#evidence));
    await writeFile(join(directory, "results.json"), renderJson(suite));
    await writeFile(join(directory, "report.md"), renderMarkdown(suite));
    await writeFile(junitFile ?? join(directory, "junit.xml"), renderJunit(suite, this.#evidence));
    return [html];
  }
}

/** The commit that runs, or "unknown" outside a checkout. */
function commitHash(): string {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch (error) {
    if (error instanceof Error) return "unknown";
    throw error;
  }
}
