// Runs a list of planned runs, tells progress, and writes the reports: results.jsonl, JSON, JUnit,
// Markdown and the HTML page.
import { execFileSync } from "node:child_process";
import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
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
import type { RunOutcome } from "../run-scenario.ts";
import { runJob, type RunJob } from "./run-job.ts";
import { RunProcess } from "./run-processes.ts";

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
  /** Runs at the same time; above 1 each in a process of its own. */
  readonly jobs: number;
  readonly junitFile?: string;
}

const TICK_MS = 500;
/** Failed runs whose evidence goes into the reports when nothing else is kept. */
const EVIDENCE_RUNS = 20;
/** From so many runs on their rate is told. */
const RATE_RUNS = 50;

export class Suite {
  readonly #options: SuiteOptions;
  readonly #console: ConsoleReport;
  readonly #evidence = new Map<string, RunEvidence>();
  /** In the order of planning, whichever is done first. */
  readonly #results: RunResult[] = [];
  /** One after the other, so that lines do not mix. */
  #appending: Promise<void> = Promise.resolve();

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
    const startedMs = performance.now();
    try {
      await this.#runAll(runs);
      await this.#appending;
    } finally {
      clearInterval(ticker);
    }
    this.#tellRate(performance.now() - startedMs);
    const suite = this.#suite(startedAt);
    const paths = await this.#write(suite);
    this.#console.close(suite, paths);
    if (this.#options.isJson) process.stdout.write(renderJson(suite));
    return suite;
  }

  /** As many lanes as jobs; each takes the next run when its last one is done. */
  async #runAll(runs: readonly PlannedRun[]): Promise<void> {
    const waiting = runs.entries();
    const lane = async (): Promise<void> => {
      const process = this.#options.jobs > 1 ? new RunProcess() : null;
      try {
        for (const [index, planned] of waiting) {
          const job = this.#jobOf(planned);
          this.#console.onRunStart({ scenario: job.scenario, mode: job.mode });
          const running = process?.run(job, planned) ?? runJob(job, planned.scenario);
          this.#take(index, await running);
        }
      } finally {
        process?.close();
      }
    };
    const lanes = Math.min(this.#options.jobs, runs.length);
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  #jobOf({ scenario, mode, seed }: PlannedRun): RunJob {
    const { directory, keepsArtifacts } = this.#options;
    const words = [scenario.name.replaceAll("/", "-").replace(/\]$/, ""), mode, seed];
    const folder = words.map((word) => word.replace(/[^\w.+=-]/g, "_")).join("-");
    const kept = keepsArtifacts ? join(directory, folder) : null;
    return { scenario: scenario.name, mode, seed, directory: kept };
  }

  #take(index: number, { result, evidence }: RunOutcome): void {
    this.#results[index] = result;
    const keepsEvidence = this.#options.keepsArtifacts || this.#evidence.size < EVIDENCE_RUNS;
    if (evidence !== null && keepsEvidence) this.#evidence.set(evidenceKey(result), evidence);
    const file = join(this.#options.directory, "results.jsonl");
    this.#appending = this.#appending.then(() => appendFile(file, renderJsonLine(result)));
    this.#console.onRunEnd(result, evidence === null ? [] : lastEvents(evidence));
  }

  #tellRate(wallMs: number): void {
    const count = this.#results.length;
    if (count < RATE_RUNS) return;
    this.#console.note(`${((count * 1_000) / wallMs).toFixed(1)} seeds a second`);
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
